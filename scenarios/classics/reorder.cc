// SPDX-License-Identifier: Apache-2.0
//
// reorder_N (SCTBench): a checker saw one of two variables changed and the other not yet.
//
// Setters write a = 1, then b = -1; checkers expect both values from before or both from after. The
// values differ while a setter stands between its writes and no other has finished: the more
// setters there are, the sooner one of them has written b. The variables are atomic, so that it is
// a checker's expectation that fails and not a race.
// The larger ones are beyond a random walk: a checker must load b after the first of all writes to a and
// before the first of all to b, which of 99 + 1 tasks one order in a hundred does, if orders at b are equally
// likely (SURW).
// Fixed: setters and checkers hold a mutex.
#include <gtest/gtest.h>

#include <vector>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <int kSetters, int kCheckers>
struct ClassicReorder {
  Mutex mu{"mu"};
  Atomic<int> a{0, "a"};
  Atomic<int> b{0, "b"};

  void Set(Version version) {
    if (version == Version::kFixed) mu.lock();
    a.store(1);
    b.store(-1);
    if (version == Version::kFixed) mu.unlock();
  }

  void Check(Version version) {
    if (version == Version::kFixed) mu.lock();
    EXPECT_TRUE((a.load() == 0 && b.load() == 0) || (a.load() == 1 && b.load() == -1));
    if (version == Version::kFixed) mu.unlock();
  }

  static void Run(Version version) {
    ClassicReorder pair;
    std::vector<Task> tasks;
    for (int i = 0; i < kSetters; ++i) tasks.push_back(Go("setter", [&] { pair.Set(version); }));
    for (int i = 0; i < kCheckers; ++i) {
      tasks.push_back(Go("checker", [&] { pair.Check(version); }));
    }
    for (const Task& task : tasks) task.Join();
  }
};

SubjectInfo ClassicReorderInfo(const char* name, Body body) {
  return {
      .name = name,
      .suite = Suite::kClassics,
      .expected = Verdict::kAssertion,
      .when = When::kSome,
      .body = body,
      .explains = {"reorder.cc:40: Value of: (a.load() == 0 && b.load() == 0)", "store a 1",
                   "load a -> 1", "load b -> 0"},
  };
}

// A checker's load of a may come more steps before its load of b than a report shows.
SubjectInfo ClassicReorderOf100() {
  SubjectInfo info = ClassicReorderInfo("reorder_100", ClassicReorder<99, 1>::Run);
  info.explains = {info.explains.front(), "load b -> 0"};
  info.bar = {.median = 300};
  return info;
}

const Subject kClassicReorder3 = ClassicReorderInfo("reorder_3", ClassicReorder<2, 1>::Run);
const Subject kClassicReorder4 = ClassicReorderInfo("reorder_4", ClassicReorder<3, 1>::Run);
const Subject kClassicReorder5 = ClassicReorderInfo("reorder_5", ClassicReorder<4, 1>::Run);
const Subject kClassicReorder10 = ClassicReorderInfo("reorder_10", ClassicReorder<9, 1>::Run);
const Subject kClassicReorder20 = ClassicReorderInfo("reorder_20", ClassicReorder<10, 10>::Run);
const Subject kClassicReorder50 = ClassicReorderInfo("reorder_50", ClassicReorder<40, 10>::Run);
const Subject kClassicReorder100 = ClassicReorderOf100();

}  // namespace
}  // namespace catalogue
