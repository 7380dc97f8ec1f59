// SPDX-License-Identifier: Apache-2.0
//
// grpc#1353: the round-robin balancer sent addresses under the mutex that their receiver needs.
//
// The updater sends each update under the balancer's mutex, without a buffer. The watcher receives
// it and reports to the balancer, for each connection, under that mutex. If the updater locks for
// the next update before the watcher is through, it waits for the watcher to receive, the watcher
// for the mutex; who is to close the channel waits for the updater. Two updates instead of 100.
// Fixed: the channel has room for one update, and the sender takes out an old one before it sends.
// All send under the mutex: there is room then.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Grpc1353 {
  explicit Grpc1353(Version v) : version(v) {}

  const Version version;
  Mutex balancer{"balancer"};
  Mutex connections[2] = {Mutex("connection 1"), Mutex("connection 2")};
  Channel<int> addresses{version == Version::kFixed ? 1u : 0u, "addresses"};
  Channel<int> updated{0, "updated"};

  void Update() {
    for (int i = 0; i < 2; ++i) {
      MutexLock lock(balancer);
      if (version == Version::kFixed) (void)addresses.TryReceive();
      addresses.Send(i);
    }
    updated.Close();
  }

  void Watch() {
    while (addresses.Receive()) {
      for (Mutex& connection : connections) {
        MutexLock lock(connection);
        MutexLock up(balancer);
      }
    }
  }

  void Close() {
    (void)updated.Receive();
    MutexLock lock(balancer);
    addresses.Close();
  }
};

const Subject kGrpc1353 = {{
    .name = "grpc_1353",
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto client = std::make_shared<Grpc1353>(version);
          Go("updater", [client] { client->Update(); });
          Go("watcher", [client] { client->Watch(); });
          Go("closer", [client] { client->Close(); });
        },
    .explains = {"T1 -> needs a receive on channel \"addresses\" -> only T2 receives there: T2 is "
                 "blocked, too",
                 "T2 -> needs mutex \"balancer\" -> held by T1",
                 "T3 -> needs a send on channel \"updated\" or its close",
                 "let T1 unlock mutex \"balancer\" before grpc_1353.cc:34"},
}};

}  // namespace
}  // namespace catalogue
