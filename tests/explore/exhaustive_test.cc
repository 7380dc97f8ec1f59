// SPDX-License-Identifier: Apache-2.0
//
// Exhaustive search as a user sees it: how many executions, what is said about them, and how it ends.
#include "heddle/strategy/exhaustive.h"

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/explore/explore.h"
#include "heddle/heddle.h"
#include "support/environment.h"
#include "support/execute.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ExhaustiveTest : public ::testing::Test {
 private:
  CleanEnvironment clean_;
};

// Each of `tasks` locks and unlocks one mutex that often.
void TakeTurns(int tasks, int sections) {
  Mutex mu;
  std::vector<Task> all;
  for (int t = 0; t < tasks; ++t) {
    all.push_back(Go([&] {
      for (int i = 0; i < sections; ++i) {
        mu.lock();
        mu.unlock();
      }
    }));
  }
  for (Task& task : all) task.Join();
}

Report SearchTurns(int tasks, int sections, Options options = {}) {
  options.name = "turns";
  options.strategy = StrategyKind::kExhaustive;
  return Explore([=] { TakeTurns(tasks, sections); }, options);
}

// The orders in which the lock can be taken: (tasks * sections)! / sections!^tasks.
TEST_F(ExhaustiveTest, MutexProgramsTakeOneExecutionPerOrderOfLocks) {
  struct Expected {
    int tasks;
    int sections;
    uint64_t executions;
    const char* coverage;
  };
  const Expected all[] = {{2, 3, 20, "verified: all 20 executions, up to equivalence"},
                          {3, 2, 90, "verified: all 90 executions, up to equivalence"},
                          {3, 3, 1680, "verified: all 1,680 executions, up to equivalence"},
                          {2, 6, 924, "verified: all 924 executions, up to equivalence"},
                          {2, 8, 12870, "verified: all 12,870 executions, up to equivalence"}};
  for (const Expected& expected : all) {
    const Report report = SearchTurns(expected.tasks, expected.sections);
    EXPECT_EQ(report.verdict, Verdict::kPassed);
    EXPECT_EQ(report.schedules_run, expected.executions);
    EXPECT_EQ(report.redundant, 0u);
    EXPECT_EQ(report.coverage, expected.coverage);
    EXPECT_EQ(report.strategy, "exhaustive");
  }
}

TEST_F(ExhaustiveTest, IndependentStepsAreNotTriedInBothOrders) {
  const Report report = Explore(
      [] {
        Mutex mu[3];
        std::vector<Task> tasks;
        for (Mutex& m : mu) tasks.push_back(Go([&m] { MutexLock lock(m); }));
        for (Task& task : tasks) task.Join();
      },
      {.name = "apart", .strategy = StrategyKind::kExhaustive});
  EXPECT_EQ(report.coverage, "verified: the only execution, up to equivalence");
}

TEST_F(ExhaustiveTest, EveryValueIsDrawn) {
  std::multiset<uint32_t> drawn;
  const Report report = Explore(
      [&] {
        Task other = Go([] {});
        const uint32_t value = Choose(3);
        drawn.insert(value == 2 ? 10 + Choose(2) : value);
        other.Join();
      },
      {.name = "draws", .strategy = StrategyKind::kExhaustive});
  EXPECT_EQ(report.coverage, "verified: all 4 executions, up to equivalence");
  // The first one is rechecked.
  EXPECT_THAT(drawn, ElementsAre(0, 0, 1, 10, 11));
}

// -- Limits
// ------------------------------------------------------------------------------------------------

TEST_F(ExhaustiveTest, SchedulesLimitTheSearchAndWhatIsLeftIsEstimated) {
  const Report report = SearchTurns(2, 6, {.schedules = 300});
  EXPECT_EQ(report.verdict, Verdict::kPassed);
  EXPECT_EQ(report.schedules_run, 300u);
  EXPECT_EQ(report.schedules_planned, 300u);
  EXPECT_THAT(report.coverage, StartsWith("300 executions explored, about "));
  EXPECT_THAT(::testing::PrintToString(report), StartsWith("passed: 300 executions explored, ab"));
}

TEST_F(ExhaustiveTest, ALimitThatSufficesIsNone) {
  EXPECT_THAT(SearchTurns(2, 3, {.schedules = 20}).coverage, StartsWith("verified: all 20 "));
  EXPECT_THAT(SearchTurns(2, 3, {.schedules = 19}).coverage,
              StartsWith("19 executions explored, about "));
}

TEST_F(ExhaustiveTest, TheTimeBudgetEndsTheSearch) {
  const Report report = SearchTurns(3, 8, {.time_budget_ms = 20});
  EXPECT_EQ(report.verdict, Verdict::kPassed);
  EXPECT_EQ(report.time_budget_ms, 20u);
  EXPECT_THAT(report.coverage, HasSubstr(" executions explored, about "));
}

TEST_F(ExhaustiveTest, TheDeadlineFailsAndSaysHowFarItCame) {
  const Report report = SearchTurns(3, 8, {.deadline_ms = 100});
  EXPECT_EQ(report.verdict, Verdict::kDeadline);
  EXPECT_THAT(report.coverage, HasSubstr(" executions explored, about "));
  EXPECT_THAT(::testing::PrintToString(report), HasSubstr("\n\n  " + report.coverage + "\n"));
  EXPECT_EQ(report.replay, "");
}

// The mean of what searches in different orders expect when a tenth is done.
TEST_F(ExhaustiveTest, TheEstimateIsAboutRight) {
  const auto body = [] { TakeTurns(2, 6); };
  double sum = 0;
  constexpr int kSearches = 100;
  for (uint64_t seed = 0; seed < kSearches; ++seed) {
    const Options options{.seed = seed, .clock = ClockPolicy::kWhenIdle};
    const std::unique_ptr<Search> search = MakeExhaustive(options);
    for (int i = 0; i < 92; ++i) {
      ExecuteBy(*search, body, options, 1, Recording::kOff);
      ASSERT_TRUE(search->Next());
    }
    sum += search->coverage().left + 92;
  }
  EXPECT_GT(sum / kSearches, 924 / 2.0);
  EXPECT_LT(sum / kSearches, 924 * 2.0);
}

TEST_F(ExhaustiveTest, WhatIsCutIsNotVerified) {
  const Report report = Explore(
      [] {
        Atomic<int> turns = 0;
        Task setter = Go([&] { turns.fetch_add(100); });
        while (turns.fetch_add(1) < 100) Yield();
        setter.Join();
      },
      {.name = "polls", .strategy = StrategyKind::kExhaustive, .max_steps = 30, .cut_ok = true});
  EXPECT_EQ(report.verdict, Verdict::kPassed);
  EXPECT_THAT(report.coverage, HasSubstr(" of them only up to max_steps"));
}

TEST_F(ExhaustiveTest, TooManyTasksAreRefused) {
  const auto with = [](int tasks) {
    return Explore(
        [=] {
          std::vector<Task> all;
          for (int i = 0; i < tasks; ++i) all.push_back(Go([] {}));
          for (Task& task : all) task.Join();
        },
        {.name = "many", .strategy = StrategyKind::kExhaustive});
  };
  EXPECT_THAT(with(62).coverage, StartsWith("verified: "));
  const Report report = with(63);
  EXPECT_EQ(report.verdict, Verdict::kVacuous);
  EXPECT_EQ(
      report.headline,
      "the search cannot be made: an exhaustive search takes at most 63 tasks in an execution");
}

// -- Failures
// ----------------------------------------------------------------------------------------------

void Opposite() {
  Mutex a, b;
  Task there = Go([&] {
    MutexLock first(a);
    MutexLock second(b);
  });
  Task back = Go([&] {
    MutexLock first(b);
    MutexLock second(a);
  });
  there.Join();
  back.Join();
}

TEST_F(ExhaustiveTest, AFailureHasATokenAndNoSeed) {
  const Options options{.name = "opposite", .strategy = StrategyKind::kExhaustive};
  const Report found = Explore(Opposite, options);
  EXPECT_EQ(found.verdict, Verdict::kDeadlock);
  EXPECT_EQ(found.seed, "");
  EXPECT_TRUE(found.reproduced);
  ASSERT_THAT(found.replay, StartsWith("HEDDLE_REPLAY=v1:"));
  EXPECT_THAT(::testing::PrintToString(found), ::testing::Not(HasSubstr("HEDDLE_SEED")));
  ScopedVariable replay("HEDDLE_REPLAY", found.replay.substr(found.replay.find('=') + 1));
  EXPECT_EQ(Explore(Opposite, options).trace_hash, found.trace_hash);
}

TEST_F(ExhaustiveTest, ThereIsNoSeedOfOneExecution) {
  ScopedVariable seed("HEDDLE_SEED", "0x5eed:3");
  const Report report = SearchTurns(2, 2);
  EXPECT_EQ(report.verdict, Verdict::kVacuous);
  EXPECT_EQ(report.headline, "a systematic strategy has no seed of a single execution");
}

TEST_F(ExhaustiveTest, TheVariableSelectsIt) {
  ScopedVariable strategy("HEDDLE_STRATEGY", "exhaustive");
  const Report report = Explore([] { TakeTurns(2, 3); }, {.name = "turns"});
  EXPECT_EQ(report.coverage, "verified: all 20 executions, up to equivalence");
}

TEST_F(ExhaustiveTest, AScenarioThatDoesNotRepeatItselfDiverges) {
  for (const bool ends_early : {false, true}) {
    int runs = 0;
    const Report report = Explore(
        [&] {
          if (++runs > 2 && ends_early) return;
          if (runs > 2) Yield();
          Mutex mu;
          Task other = Go([&] { MutexLock lock(mu); });
          { MutexLock lock(mu); }
          other.Join();
        },
        {.name = "changes", .strategy = StrategyKind::kExhaustive});
    EXPECT_EQ(report.verdict, Verdict::kDiverged);
    EXPECT_EQ(report.headline,
              "the scenario does not repeat itself: the same schedule took other steps");
  }
}

TEST_F(ExhaustiveTest, ASingleTaskIsVacuous) {
  const Report report =
      Explore([] { Yield(); }, {.name = "alone", .strategy = StrategyKind::kExhaustive});
  EXPECT_EQ(report.verdict, Verdict::kVacuous);
}

// -- Time and faults
// ---------------------------------------------------------------------------------------

void TimedReceive(std::set<bool>* received) {
  const Channel<int> channel(1);
  Task sender = Go([=] { channel.Send(1); });
  received->insert(channel.TryReceiveFor(std::chrono::seconds(1)).value.has_value());
  sender.Join();
}

TEST_F(ExhaustiveTest, TimersFireEarlyOnlyIfThatIsAskedFor) {
  std::set<bool> received;
  const auto body = [&] { TimedReceive(&received); };
  const Report idle = Explore(body, {.name = "timed", .strategy = StrategyKind::kExhaustive});
  EXPECT_THAT(idle.coverage, EndsWith(", with timers that fire only when no task can run"));
  EXPECT_THAT(received, ElementsAre(true));
  const Report early = Explore(
      body,
      {.name = "timed", .strategy = StrategyKind::kExhaustive, .clock = ClockPolicy::kAnytime});
  EXPECT_THAT(early.coverage,
              AllOf(StartsWith("verified: "),
                    EndsWith("with at most 2 timers that fire while a task can run")));
  EXPECT_THAT(received, ElementsAre(false, true));
}

// Whoever arms the first timer, the clock may fire another's before.
TEST_F(ExhaustiveTest, TheClockIsThereBeforeTheFirstTimer) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::set<int64_t> woken;
    const Report report = Explore(
        [&] {
          Task first = Go([&] {
            Sleep(std::chrono::nanoseconds(1));
            woken.insert((Now() - VirtualClock::time_point()).count());
          });
          Task second = Go([] { Sleep(std::chrono::nanoseconds(2)); });
          first.Join();
          second.Join();
        },
        {.name = "sleepers",
         .strategy = StrategyKind::kExhaustive,
         .seed = seed,
         .clock = ClockPolicy::kAnytime});
    EXPECT_THAT(report.coverage, StartsWith("verified: "));
    EXPECT_THAT(woken, ElementsAre(1, 2, 3)) << seed;
  }
}

// Notifies are independent of each other, but not of whom they wake: it goes on after the one or the other.
TEST_F(ExhaustiveTest, AnotherNotifyMayHaveWokenTheTask) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::set<int> seen;
    const Report report = Explore(
        [&] {
          Mutex mu;
          ConditionVariable cv;
          int value = 0;
          Task waiter = Go([&] {
            MutexLock lock(mu);
            if (cv.wait_for(lock, std::chrono::nanoseconds(1)) == std::cv_status::timeout) return;
            seen.insert(value);
          });
          Task setter = Go([&] {
            MutexLock lock(mu);
            value = 1;
            cv.notify_one();
          });
          Task other = Go([&] { cv.notify_all(); });
          for (Task* task : {&waiter, &setter, &other}) task->Join();
        },
        {.name = "woken", .strategy = StrategyKind::kExhaustive, .seed = seed});
    EXPECT_THAT(report.coverage, StartsWith("verified: "));
    EXPECT_THAT(seen, ElementsAre(0, 1)) << seed;
  }
}

// The relation says nothing there: each order of the two tasks' steps is an execution of its own, ten where the
// lock is taken and four where not.
TEST_F(ExhaustiveTest, FaultsAreSearchedWithoutReduction) {
  std::set<int> took;
  const Report report = Explore(
      [&] {
        Mutex a, b;
        int locks = 0;
        Task other = Go([&] { MutexLock lock(b); });
        if (a.try_lock()) {
          ++locks;
          a.unlock();
        }
        other.Join();
        took.insert(locks);
      },
      {.name = "faults", .strategy = StrategyKind::kExhaustive, .faults = {.failed_try_locks = 1}});
  EXPECT_EQ(report.coverage, "verified: all 14 executions, with at most 1 failed try-lock");
  EXPECT_THAT(took, ElementsAre(0, 1));
}

}  // namespace
}  // namespace heddle
