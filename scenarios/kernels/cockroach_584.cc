// SPDX-License-Identifier: Apache-2.0
//
// cockroach#584: the gossip loop left with its mutex locked.
//
// Bootstrapping and managing are two loops that look, under the mutex, whether the server was
// closed. It was: bootstrapping breaks out of its loop and forgets to unlock. Managing comes next
// in the same task and locks again: it waits for itself. That is a cycle of owners, so a deadlock
// though the body has returned.
// Fixed: both unlock before they leave.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Cockroach584 {
  Mutex mu{"mu"};
  bool closed = true;

  void Bootstrap(Version version) {
    for (;;) {
      mu.lock();
      if (closed) {
        if (version == Version::kFixed) mu.unlock();
        break;
      }
      mu.unlock();
      break;
    }
  }

  void Manage(Version version) {
    for (;;) {
      mu.lock();
      if (closed) {
        if (version == Version::kFixed) mu.unlock();
        break;
      }
      mu.unlock();
      break;
    }
  }
};

const Subject kCockroach584 = {{
    .name = "cockroach_584",
    .expected = Verdict::kDeadlock,
    .when = When::kAlways,
    .body =
        [](Version version) {
          auto gossip = std::make_shared<Cockroach584>();
          Go("gossip", [gossip, version] {
            gossip->Bootstrap(version);
            gossip->Manage(version);
          });
        },
    .explains = {"T1 locks mutex \"mu\", which it holds already", "T1 gossip lock mutex \"mu\"",
                 "cockroach_584.cc:38", "cockroach_584.cc:26)"},
    .options = {.vacuous_ok = true},  // a single task does something
}};

}  // namespace
}  // namespace catalogue
