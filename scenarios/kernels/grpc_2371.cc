// SPDX-License-Identifier: Apache-2.0
//
// grpc#2371: an update of the resolver was handed to a balancer that closing had taken away.
//
// Two tasks lock the same mutex: one hands an update to the connection's balancer, the other closes
// the connection and drops its balancer. If closing comes first, the update goes through a null
// pointer. That is no data race, for both hold the mutex, but a wrong order.
// Scaled: one connection, not ten, which share nothing.
// Fixed: the update looks, under the mutex, whether the balancer is still there.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

struct Grpc2371Balancer {
  Channel<int> updates{1, "updates"};
};

struct Grpc2371 {
  SharedMutex mu{"mu"};
  std::unique_ptr<Grpc2371Balancer> balancer = std::make_unique<Grpc2371Balancer>();

  void Update(Version version) {
    WriterLock lock(mu);
    if (version == Version::kFixed && balancer == nullptr) return;
    ASSERT_NE(balancer, nullptr) << "the connection is closed";
    Select(OnReceive(balancer->updates), Default());
    balancer->updates.Send(1);
  }

  void Close() {
    WriterLock lock(mu);
    balancer = nullptr;
  }
};

const Subject kGrpc2371 = {{
    .name = "grpc_2371",
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto connection = std::make_shared<Grpc2371>();
          Go("resolver", [connection, version] { connection->Update(version); });
          Go("closer", [connection] { connection->Close(); });
          Sleep(100ms);
        },
    .explains = {"the connection is closed", "T1 resolver", "grpc_2371.cc:35"},
}};

}  // namespace
}  // namespace catalogue
