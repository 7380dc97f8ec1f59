// SPDX-License-Identifier: Apache-2.0
//
// moby#36114: removing a disk from a service machine locked its mutex twice.
//
// Hot-adding disks holds the machine's mutex and, to undo what failed, calls the helper that
// removes them, which locks the same mutex: the task waits for itself. That is a cycle of owners,
// so a deadlock though the body has returned.
// Fixed: the helper expects that its caller holds the mutex and takes none.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Moby36114 {
  Mutex mu{"mu"};

  void HotAddDisks(Version version) {
    MutexLock lock(mu);
    HotRemoveDisks(version);
  }

  void HotRemoveDisks(Version version) {
    if (version == Version::kFixed) return;
    MutexLock lock(mu);
  }
};

const Subject kMoby36114 = {{
    .name = "moby_36114",
    .expected = Verdict::kDeadlock,
    .when = When::kAlways,
    .body =
        [](Version version) {
          auto machine = std::make_shared<Moby36114>();
          Go("adder", [machine, version] { machine->HotAddDisks(version); });
        },
    .explains = {"T1 locks mutex \"mu\", which it holds already", "T1 adder lock mutex \"mu\"",
                 "moby_36114.cc:29", "moby_36114.cc:23)"},
    .options = {.vacuous_ok = true},  // a single task does something
}};

}  // namespace
}  // namespace catalogue
