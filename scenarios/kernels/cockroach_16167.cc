// SPDX-License-Identifier: Apache-2.0
//
// cockroach#16167: executing a statement read-locked the system configuration twice.
//
// The executor holds the configuration's read lock, taken as the locker of a condition variable,
// while it runs a transaction; several calls deeper preparing the statement takes it again by its
// own name. If the updater asks for the write lock in between, the second read lock queues up
// behind the updater, and the updater waits for the first.
// Fixed: the outer lock is released before the transaction runs; it only guards a look at the
// configuration.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Cockroach16167 {
  SharedMutex config{"config"};
  SharedMutex& config_changed_locker = config;

  void UpdateConfig() { WriterLock lock(config); }

  void Execute(Version version) {
    config_changed_locker.lock_shared();
    if (version == Version::kFixed) config_changed_locker.unlock_shared();
    RunTransaction();
    if (version == Version::kBuggy) config_changed_locker.unlock_shared();
  }

  void RunTransaction() { ExecuteStatement(); }
  void ExecuteStatement() { Prepare(); }
  void Prepare() { ReaderLock lock(config); }
};

const Subject kCockroach16167 = {{
    .name = "cockroach_16167",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto executor = std::make_shared<Cockroach16167>();
          Go("updater", [executor] { executor->UpdateConfig(); });
          executor->Execute(version);
        },
    .explains = {"T1 -> needs the readers of shared mutex \"config\" to leave -> read by T0",
                 "cockroach_16167.cc:28", "T0 main lock_shared shared mutex \"config\"",
                 "cockroach_16167.cc:36"},
}};

}  // namespace
}  // namespace catalogue
