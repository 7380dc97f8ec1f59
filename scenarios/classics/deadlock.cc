// SPDX-License-Identifier: Apache-2.0
//
// deadlock (deadlock01 of SCTBench): two tasks took the same two mutexes in opposite orders.
//
// Each takes its first mutex; from then on each waits for the one that the other has.
// Fixed: both take a first.
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct ClassicDeadlock {
  Mutex a{"a"};
  Mutex b{"b"};
  int counter = 1;

  void Increment() {
    MutexLock first(a);
    MutexLock second(b);
    ++counter;
  }

  void Decrement(Version version) {
    MutexLock first(version == Version::kFixed ? a : b);
    MutexLock second(version == Version::kFixed ? b : a);
    --counter;
  }
};

const Subject kClassicDeadlock = {{
    .name = "deadlock",
    .suite = Suite::kClassics,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          ClassicDeadlock shared;
          const Task up = Go("up", [&] { shared.Increment(); });
          const Task down = Go("down", [&] { shared.Decrement(version); });
          up.Join();
          down.Join();
        },
    .explains = {"2 tasks wait for each other and never go on",
                 "T1 -> needs mutex \"b\" -> held by T2", "T2 -> needs mutex \"a\" -> held by T1",
                 "deadlock.cc:28"},
}};

}  // namespace
}  // namespace catalogue
