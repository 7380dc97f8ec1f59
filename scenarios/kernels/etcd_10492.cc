// SPDX-License-Identifier: Apache-2.0
//
// etcd#10492: renewing a lease locked the lessor's mutex twice.
//
// Renewing holds the lessor's mutex and calls the checkpointer, a function that was installed from
// outside. The checkpointer comes back to the lessor and locks the same mutex: the only task waits
// for itself.
// Fixed: renewing releases the mutex before it calls the checkpointer.
#include <functional>
#include <utility>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Etcd10492 {
  SharedMutex mu{"mu"};
  std::function<void()> checkpointer;

  void SetCheckpointer(std::function<void()> function) {
    WriterLock lock(mu);
    checkpointer = std::move(function);
  }

  void Checkpoint() { WriterLock lock(mu); }

  void Promote() { WriterLock lock(mu); }

  void Renew(Version version) {
    mu.lock();
    const std::function<void()> checkpoint = checkpointer;
    if (version == Version::kFixed) mu.unlock();
    if (checkpoint) checkpoint();
    if (version == Version::kBuggy) mu.unlock();
  }
};

const Subject kEtcd10492 = {{
    .name = "etcd_10492",
    .expected = Verdict::kDeadlock,
    .when = When::kAlways,
    .body =
        [](Version version) {
          Etcd10492 lessor;
          lessor.SetCheckpointer([&] { lessor.Checkpoint(); });
          lessor.Promote();
          lessor.Renew(version);
        },
    .explains = {"T0 locks shared mutex \"mu\", which it holds already", "etcd_10492.cc:29",
                 "etcd_10492.cc:34)"},
    .options = {.vacuous_ok = true},  // the body alone
}};

}  // namespace
}  // namespace catalogue
