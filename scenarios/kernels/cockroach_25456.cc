// SPDX-License-Identifier: Apache-2.0
//
// cockroach#25456: a queue asked whether the store is shutting down by a receive that blocks.
//
// Every item of the queue begins with that question. The channel is closed once the store stops,
// and nothing is ever sent to it: until then the first item waits, and with it the whole queue.
// Fixed: the question is a poll.
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Cockroach25456 {
  Channel<Done> quiesce{0, "quiesce"};

  void ProcessItem(Version version) {
    if (version == Version::kBuggy) {
      (void)quiesce.Receive();
    } else {
      (void)quiesce.TryReceive();
    }
  }
};

const Subject kCockroach25456 = {{
    .name = "cockroach_25456",
    .expected = Verdict::kDeadlock,
    .when = When::kAlways,
    .body =
        [](Version version) {
          Cockroach25456 store;
          for (int item = 0; item < 2; ++item) store.ProcessItem(version);
        },
    .explains = {"T0 -> needs a send on channel \"quiesce\" or its close -> no other task sends",
                 "cockroach_25456.cc:21"},
    .options = {.vacuous_ok = true},  // there is but one task
}};

}  // namespace
}  // namespace catalogue
