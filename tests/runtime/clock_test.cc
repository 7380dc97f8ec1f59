// SPDX-License-Identifier: Apache-2.0
//
// Virtual time: when it moves, how far, and which of several timers fires.
#include "heddle/runtime/internal/clock.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/heddle.h"
#include "support/execute.h"
#include "support/scenario.h"

namespace heddle {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

int64_t NowNs() { return Now().time_since_epoch().count(); }

uint32_t EarlyFirings(const Outcome& outcome) {
  uint32_t early = 0;
  for (const StepSnapshot& row : outcome.evidence->snapshot.history) early += row.early;
  return early;
}

TEST(ClockTest, FormatsInTheLargestUnitThatIsExact) {
  using internal::FormatNanoseconds;
  EXPECT_EQ(FormatNanoseconds(0), "0ns");
  EXPECT_EQ(FormatNanoseconds(1), "1ns");
  EXPECT_EQ(FormatNanoseconds(1'000), "1us");
  EXPECT_EQ(FormatNanoseconds(1'500), "1500ns");
  EXPECT_EQ(FormatNanoseconds(5'000'000), "5ms");
  EXPECT_EQ(FormatNanoseconds(60'000'000'000), "60s");
  EXPECT_EQ(FormatNanoseconds(1'500'000'000), "1500ms");
}

TEST(ClockTest, TimeStandsStillWhileTasksRun) {
  const Outcome outcome = ExecuteOnce(
      [] {
        Task sleeper = Go([] {
          Sleep(5ms);
          EXPECT_EQ(NowNs(), 5'000'000);
        });
        EXPECT_EQ(NowNs(), 0);
        for (int i = 0; i < 20; ++i) {
          Yield();
          EXPECT_EQ(NowNs(), 0);
        }
        sleeper.Join();
        EXPECT_EQ(NowNs(), 5'000'000);
      },
      kClockWhenIdle);
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
}

TEST(ClockTest, EveryExecutionBeginsAtZero) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const Outcome outcome = ExecuteOnce(
        [] {
          EXPECT_EQ(NowNs(), 0);
          Sleep(1s);
          EXPECT_EQ(NowNs(), 1'000'000'000);
        },
        {}, seed);
    EXPECT_EQ(outcome.verdict, Verdict::kPassed);
  }
  EXPECT_EQ(NowNs(), 0);
}

TEST(ClockTest, WhenIdleTimersFireInTheOrderOfTheirDeadlines) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Log log;
    const Outcome outcome = ExecuteOnce(
        [&] {
          std::vector<Task> tasks;
          for (char c : {'c', 'a', 'd', 'b'}) {
            tasks.push_back(Go([&log, c] {
              Sleep((c - 'a' + 1) * 1ms);
              log.Add(c);
            }));
          }
          for (Task& task : tasks) task.Join();
        },
        kClockWhenIdle, seed);
    EXPECT_EQ(outcome.verdict, Verdict::kPassed);
    EXPECT_EQ(log.Text(), "abcd");
    EXPECT_EQ(EarlyFirings(outcome), 0u);
  }
}

TEST(ClockTest, WhichOfEqualDeadlinesFiresFirstIsADecision) {
  std::set<std::string> orders;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Log log;
    ExecuteOnce(
        [&] {
          std::vector<Task> tasks;
          for (char c : {'a', 'b', 'c'}) {
            tasks.push_back(Go([&log, c] {
              Sleep(1ms);
              log.Add(c);
            }));
          }
          for (Task& task : tasks) task.Join();
        },
        kClockWhenIdle, seed, Recording::kOff);
    orders.insert(log.Text());
  }
  EXPECT_EQ(orders.size(), 6u);
}

// The row of a firing names the timer that is fired, also among equals.
TEST(ClockTest, TheRowOfAFiringNamesItsTask) {
  for (uint32_t index = 0; index < 3; ++index) {
    Scripted strategy([](const Alternatives& a) { return a.Default(); }, index);
    const Outcome outcome = ExecuteBy(
        strategy,
        [] {
          Task tasks[3];
          for (Task& task : tasks) task = Go([] { Sleep(1ms); });
          for (Task& task : tasks) task.Join();
        },
        kClockWhenIdle);
    const std::string task = "T" + std::to_string(index + 1);
    const std::vector<StepSnapshot>& rows = outcome.evidence->snapshot.history;
    size_t fires = 0;
    while (fires < rows.size() && rows[fires].operation != OperationKind::kFire) ++fires;
    ASSERT_LT(fires + 1, rows.size());
    EXPECT_EQ(rows[fires].text, "fire " + task + "'s timer at 1ms");
    EXPECT_EQ(rows[fires + 1].slot, index + 1);
  }
}

class EarlyTimersTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(EarlyTimersTest, FireAtMostSoOftenThoughTasksCouldRun) {
  const Options options{.early_timers = GetParam()};
  uint32_t most = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const Outcome outcome = ExecuteOnce(
        [] {
          std::vector<Task> tasks;
          for (int t = 1; t <= 6; ++t) {
            tasks.push_back(Go([t] {
              Sleep(t * 1ms);
              EXPECT_GE(NowNs(), t * 1'000'000);
            }));
          }
          int64_t last = 0;
          for (int i = 0; i < 40; ++i) {
            Yield();
            EXPECT_GE(NowNs(), last);
            last = NowNs();
          }
          for (Task& task : tasks) task.Join();
        },
        options, seed);
    EXPECT_EQ(outcome.verdict, Verdict::kPassed);
    most = std::max(most, EarlyFirings(outcome));
  }
  EXPECT_EQ(most, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Counts, EarlyTimersTest, ::testing::Values(0u, 1u, 2u, 5u));

TEST(ClockTest, ASleepOfNothingIsAStepWithoutEffect) {
  const Outcome outcome = ExecuteOnce([] {
    Sleep(0ns);
    Sleep(-5ms);
    EXPECT_EQ(NowNs(), 0);
  });
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
  EXPECT_EQ(outcome.steps, 3u);
}

TEST(ClockTest, ADeadlineBeyondTheEndOfTimeIsTheEndOfTime) {
  const Outcome outcome = ExecuteOnce([] {
    Sleep(1ms);
    Sleep(std::chrono::nanoseconds::max());
    EXPECT_EQ(NowNs(), std::numeric_limits<int64_t>::max());
  });
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
}

TEST(ClockTest, TimersOfTasksBeyondSlot63) {
  auto body = [] {
    std::vector<Task> tasks;
    for (int t = 0; t < 80; ++t) tasks.push_back(Go([t] { Sleep(t % 7 * 1ms); }));
    for (Task& task : tasks) task.Join();
    EXPECT_GE(NowNs(), 6'000'000);
  };
  for (uint64_t seed = 0; seed < 5; ++seed) {
    EXPECT_EQ(ExecuteOnce(body, {}, seed).verdict, Verdict::kPassed);
    EXPECT_EQ(ExecuteOnce(body, kClockWhenIdle, seed).verdict, Verdict::kPassed);
  }
}

TEST(ClockTest, ASleeperIsNoDeadlock) {
  const Outcome outcome = ExecuteOnce(
      [] {
        Semaphore gate(0);
        Go([&] {
          Sleep(1h);
          gate.release();
        });
        gate.acquire();
      },
      kClockWhenIdle);
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
}

TEST(ClockTest, RowsSayUntilWhenATaskSleeps) {
  Scripted strategy = NeverPreempt();
  const Outcome outcome = ExecuteBy(
      strategy, [] { Sleep(5ms); }, kClockWhenIdle);
  EXPECT_THAT(Rows(outcome), ElementsAre("1 T0 start", "- T0 sleep until 5ms",
                                         "2 clock fire T0's timer at 5ms", "3 T0 sleep"));
}

TEST(ClockTest, AnEarlyFiringIsMarked) {
  // The clock whenever it can.
  Scripted strategy([](const Alternatives& a) {
    return a.runnable().Contains(kClockSlot) ? kClockSlot : a.Default();
  });
  const Outcome outcome = ExecuteBy(strategy, [] {
    Task sleeper = Go([] { Sleep(5ms); });
    Yield();
    sleeper.Join();
  });
  EXPECT_THAT(Rows(outcome), Not(Contains(HasSubstr(" ~"))));  // the body was blocked first
  const Outcome early = ExecuteBy(strategy, [] {
    Task sleeper = Go([] { Sleep(5ms); });
    Semaphore gate(0);
    Task other = Go([&] {
      gate.release();
      Yield();
      Yield();
    });
    gate.acquire();
    sleeper.Join();
    other.Join();
  });
  EXPECT_THAT(Rows(early), Contains("5 clock fire T1's timer at 5ms ~"));
}

}  // namespace
}  // namespace heddle
