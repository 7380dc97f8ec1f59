// SPDX-License-Identifier: Apache-2.0
//
// Exhaustive search of loops that read a value until it changes.
#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/explore/explore.h"
#include "heddle/heddle.h"
#include "support/environment.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ExhaustiveLoopTest : public ::testing::Test {
 private:
  CleanEnvironment clean_;
};

Report SearchLoop(const std::function<void()>& body) {
  return Explore(body, {.name = "loop", .strategy = StrategyKind::kExhaustive, .max_steps = 1000});
}

constexpr char kWaitsForAChange[] = "with loops that read an unchanged value waiting for a change";

TEST_F(ExhaustiveLoopTest, ALoopThatWaitsForAChangeHasAnEnd) {
  for (const bool yields : {false, true}) {
    const Report report = SearchLoop([yields] {
      Atomic<bool> ready = false;
      Task setter = Go([&] { ready.store(true); });
      while (!ready.load()) {
        if (yields) Yield();
      }
      setter.Join();
    });
    EXPECT_EQ(report.coverage,
              std::string("verified: all 4 executions, up to equivalence, ") + kWaitsForAChange);
  }
}

// Peterson, 'Myths about the Mutual Exclusion Problem', 1981: of two tasks; `turn_first`: wrong, it gives way too early.
void Petersons(bool turn_first) {
  Atomic<bool> wants[2] = {false, false};
  Atomic<int> turn = 0;
  Atomic<int> inside = 0;
  Task tasks[2];
  for (int me : {0, 1}) {
    tasks[me] = Go([&, me] {
      if (turn_first) turn.store(1 - me);
      wants[me].store(true);
      if (!turn_first) turn.store(1 - me);
      while (wants[1 - me].load() && turn.load() == 1 - me) {
      }
      if (inside.fetch_add(1) == 1) Mutex().unlock();
      inside.fetch_sub(1);
      wants[me].store(false);
    });
  }
  for (Task& task : tasks) task.Join();
}

TEST_F(ExhaustiveLoopTest, ALockThatSpinsIsVerified) {
  // Each loop reads two values in turn: they are bounded here.
  const auto search = [](bool turn_first) {
    return Explore(
        [turn_first] { Petersons(turn_first); },
        {.name = "loop", .strategy = StrategyKind::kExhaustive, .max_steps = 60, .cut_ok = true});
  };
  EXPECT_TRUE(search(false).passed());
  EXPECT_EQ(search(true).verdict, Verdict::kMisuse);
}

TEST_F(ExhaustiveLoopTest, ALoopThatGivesUpSoonIsExploredInFull) {
  for (const int most : {1, 2, 3}) {
    const Report report = SearchLoop([most] {
      Atomic<bool> ready = false;
      Task setter = Go([&] { ready.store(true); });
      int reads = 0;
      while (reads < most && !ready.load()) ++reads;
      if (reads == most) Mutex().unlock();
      setter.Join();
    });
    EXPECT_EQ(report.verdict, Verdict::kMisuse) << most;
  }
}

// Nobody else can go on: then it does.
TEST_F(ExhaustiveLoopTest, ALoopForWhichNobodyChangesAnythingGoesOn) {
  const Report gives_up = SearchLoop([] {
    Atomic<bool> never = false;
    Task other = Go([] { Yield(); });
    for (int reads = 0; reads < 10 && !never.load(); ++reads) {
    }
    other.Join();
  });
  EXPECT_TRUE(gives_up.passed());
  EXPECT_THAT(gives_up.coverage, StartsWith("verified: "));
  const Report for_ever = SearchLoop([] {
    Atomic<bool> never = false;
    Task other = Go([] { Yield(); });
    while (!never.load()) {
    }
    other.Join();
  });
  EXPECT_EQ(for_ever.verdict, Verdict::kLivelock);
  EXPECT_THAT(for_ever.headline, StartsWith("no end after .max_steps = "));
  EXPECT_THAT(for_ever.headline, Not(HasSubstr("fairly")));
}

}  // namespace
}  // namespace heddle
