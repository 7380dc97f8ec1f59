// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/time.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "heddle/sync/channel.h"
#include "heddle/sync/event.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

nanoseconds Elapsed() { return Now().time_since_epoch(); }

TEST(TimeTest, NowIsZeroOutsideAndStartsAtZeroInEachExecution) {
  EXPECT_EQ(Elapsed(), 0ns);
  EXPECT_THAT(Try([] {
                EXPECT_EQ(Elapsed(), 0ns);
                Sleep(5ms);
                EXPECT_EQ(Elapsed(), 5ms);
              }),
              Passes());
  EXPECT_EQ(Elapsed(), 0ns);
}

TEST(TimeTest, TimeStandsStillWhileTasksRunAndASleepCostsNone) {
  EXPECT_THAT(Try([] {
                for (int i = 0; i < 10; ++i) Yield();
                EXPECT_EQ(Elapsed(), 0ns);
                Sleep(24h * 365);
                EXPECT_EQ(Elapsed(), 24h * 365);
                Sleep(1ns);
                EXPECT_EQ(Elapsed(), 24h * 365 + 1ns);
              }),
              Passes());
}

TEST(TimeTest, NowIsNoStepAndSleepIsOneAndTheClocksAnother) {
  const uint64_t nothing = Try([] {}, {.schedules = 1}).total_steps;
  EXPECT_EQ(Try([] { (void)Now(); }, {.schedules = 1}).total_steps, nothing);
  EXPECT_EQ(Try([] { Sleep(0ns); }, {.schedules = 1}).total_steps, nothing + 1);
  EXPECT_EQ(Try([] { Sleep(-1s); }, {.schedules = 1}).total_steps, nothing + 1);
  EXPECT_EQ(Try([] { Sleep(1s); }, {.schedules = 1}).total_steps, nothing + 2);
}

TEST(TimeTest, ASleepOfNoneOrLessMovesNoTimeButLetsOthersRun) {
  Observed seen = Observe([](Log& log) {
    Task other = Go([&] { log.Add('o'); });
    Sleep(0ns);
    log.Add('m');
    Sleep(nanoseconds::min());
    EXPECT_EQ(Elapsed(), 0ns);
    other.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("om", "mo"));
}

TEST(TimeTest, ADeadlineBeyondTheRangeOfTimeIsItsEnd) {
  static constexpr nanoseconds kEnd = nanoseconds::max();
  EXPECT_THAT(Try(
                  [] {
                    Sleep(1s);
                    Task other = Go([] {
                      Sleep(kEnd);
                      EXPECT_EQ(Elapsed(), kEnd);
                    });
                    Sleep(kEnd);
                    EXPECT_EQ(Elapsed(), kEnd);
                    Sleep(1s);
                    EXPECT_EQ(Elapsed(), kEnd);
                    other.Join();
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(TimeTest, SleepersWakeInTheOrderOfTheirDeadlines) {
  Observed seen = Observe(
      [](Log& log) {
        Task tasks[4];
        for (int i = 0; i < 4; ++i) {
          tasks[i] = Go([&, i] {
            Sleep(nanoseconds(40 - 10 * i));
            EXPECT_EQ(Elapsed(), nanoseconds(40 - 10 * i));
            log.Add(static_cast<char>('0' + i));
          });
        }
        for (Task& task : tasks) task.Join();
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("3210"));
}

TEST(TimeTest, EqualDeadlinesFireInEitherOrder) {
  Observed seen = Observe(
      [](Log& log) {
        Task tasks[3];
        for (int i = 0; i < 3; ++i) {
          tasks[i] = Go([&, i] {
            Sleep(10ns);
            log.Add(static_cast<char>('0' + i));
          });
        }
        for (Task& task : tasks) task.Join();
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_EQ(seen.texts.size(), 6u);
}

// The sleeper's resume and the runnable task's yields are ordered by the policy alone.
std::set<std::string> SleeperAgainstRunner(const Options& options) {
  Observed seen = Observe(
      [](Log& log) {
        Task runner = Go([&] {
          for (int i = 0; i < 3; ++i) {
            Yield();
            log.Add('r');
          }
        });
        Sleep(1s);
        log.Add('S');
        runner.Join();
      },
      options);
  EXPECT_THAT(seen.report, Passes());
  return seen.texts;
}

TEST(TimeTest, WhenIdleASleeperNeverOvertakesARunnableTask) {
  EXPECT_THAT(SleeperAgainstRunner(kClockWhenIdle), UnorderedElementsAre("rrrS"));
}

TEST(TimeTest, AnytimeASleeperMayOvertake) {
  EXPECT_THAT(SleeperAgainstRunner({.clock = ClockPolicy::kAnytime}),
              UnorderedElementsAre("Srrr", "rSrr", "rrSr", "rrrS"));
  EXPECT_THAT(SleeperAgainstRunner({.clock = ClockPolicy::kAnytime, .early_timers = 0}),
              UnorderedElementsAre("rrrS"));
}

TEST(TimeTest, EarlyFiringsAreAtMostEarlyTimers) {
  for (uint32_t most : {0u, 1u, 2u, 3u}) {
    int seen = -1;
    EXPECT_THAT(Try(
                    [&] {
                      Stage working;
                      working.Set(1);
                      int early = 0;
                      Task worker = Go([&] {
                        for (int i = 0; i < 60; ++i) Yield();
                        working.Set(0);
                      });
                      for (int i = 0; i < 6; ++i) {
                        Sleep(1ms);
                        early += working.Get();
                      }
                      EXPECT_LE(early, static_cast<int>(most));
                      seen = std::max(seen, early);
                      worker.Join();
                    },
                    {.schedules = 300, .early_timers = most}),
                Passes());
    EXPECT_EQ(seen, static_cast<int>(most));
  }
}

TEST(TimeTest, AnEarlyFiringIsMarkedInTheReport) {
  Report report = Try([] {
    Stage done;
    Task worker = Go([&] {
      for (int i = 0; i < 5; ++i) Yield();
      done.Set(1);
    });
    Sleep(1s);
    if (done.Get() == 0) throw 1;
    worker.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kException, "int"));
  EXPECT_THAT(report.steps, Contains(testing::Field(&StepReport::early, true)));
  EXPECT_EQ(report.columns.back(), "clock");
}

TEST(TimeTest, TheReportNamesTheTaskWhoseTimerFired) {
  // Of two timers with one deadline the row must name the one that was chosen.
  for (int wanted : {1, 2}) {
    Stage woken;
    Report report = Try(
        [&] {
          woken.Set(0);
          for (int i = 1; i <= 2; ++i) {
            Go([&, i] {
              Sleep(1s);
              woken.Add();
              if (i == wanted && woken.Get() == 1) throw i;
            });
          }
        },
        kClockWhenIdle);
    EXPECT_THAT(report, Fails(Verdict::kException, "int"));
    std::vector<std::string> fired;
    for (const StepReport& step : report.steps) {
      if (step.text.starts_with("fire")) fired.push_back(step.text);
    }
    ASSERT_EQ(fired.size(), 1u);
    const std::string thrower = "T" + std::to_string(wanted);
    EXPECT_THAT(fired.back(), HasSubstr(thrower + "'s timer at 1s"))
        << testing::PrintToString(report);
  }
}

TEST(TimeTest, ASleeperThatTheBodyDoesNotWaitForStillFinishes) {
  Observed seen = Observe([](Log& log) {
    Go([&] {
      Sleep(1h);
      log.Add('z');
    });
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("z"));
}

TEST(TimeTest, DaemonsThatSleepForEverDoNotKeepAnExecutionAlive) {
  EXPECT_THAT(Try([] {
                Go({.daemon = true}, [] {
                  for (;;) Sleep(1s);
                });
                Sleep(10s);
              }),
              Passes());
}

TEST(TimeTest, ATimedOutWorldIsALivelockThatSaysUntilWhen) {
  Report report = Try(
      [] {
        Go([] {
          for (;;) Sleep(1s);
        }).Join();
      },
      {.max_steps = 200});
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "the body is blocked for good while other tasks"));
  EXPECT_THAT(testing::PrintToString(report), HasSubstr("sleep"));
}

TEST(TimeTest, AReportSaysWhyTimeStandsStill) {
  const auto poll = [] {
    Go([] { Sleep(10ms); });
    Go([] {
      while (Now() < VirtualClock::time_point(10ms)) Yield();
    }).Join();
  };
  const Report report = Try(poll, {.max_steps = 200, .clock = ClockPolicy::kWhenIdle});
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "the body is blocked for good while other tasks"));
  EXPECT_THAT(report,
              Because("time stands still at 0ns, before T1's timer at 10ms: it moves when no "
                      "task can run, but T2 always could"));
  EXPECT_EQ(report.remedy, "let a loop that waits for time to pass Sleep, or wait with a deadline");
  EXPECT_THAT(Try(poll, {.max_steps = 5000, .clock = ClockPolicy::kAnytime}), Passes());
  const Report alone = Try(
      [] {
        while (Now() < VirtualClock::time_point(10ms)) Yield();
      },
      {.max_steps = 200});
  EXPECT_THAT(alone, Fails(Verdict::kLivelock, ""));
  EXPECT_THAT(
      alone,
      Because("time stands still at 0ns: nothing moves it but a Sleep, a timer or a deadline"));
}

TEST(TimeTest, ATimedOperationIsNoLookAtTheTime) {
  const Report report = Try(
      [] {
        Channel<int> jobs(1), none;
        Event event;
        Semaphore permits(1);
        for (;;) {
          EXPECT_TRUE(jobs.TrySendFor(1, 1ms) && jobs.TryReceiveFor(1ms).value.has_value());
          event.Set();
          EXPECT_TRUE(event.WaitFor(1ms) && permits.try_acquire_for(1ms));
          permits.release();
        }
      },
      {.max_steps = 200});
  EXPECT_THAT(report, Fails(Verdict::kLivelock, ""));
  EXPECT_THAT(report.why, Not(Contains(HasSubstr("time stands still"))));
}

TEST(TimeTest, ManySleepersOverSixtyFourWake) {
  EXPECT_THAT(Try(
                  [] {
                    Channel<int> order(100);
                    for (int i = 0; i < 100; ++i) {
                      Go([order, i]() mutable {
                        Sleep(nanoseconds((i * 37) % 100 + 1));
                        order.Send((i * 37) % 100);
                      });
                    }
                    for (int i = 0; i < 100; ++i) EXPECT_EQ(*order.Receive(), i);
                  },
                  {.schedules = 20, .clock = ClockPolicy::kWhenIdle}),
              Passes());
}

TEST(TimeTest, SleepingUntilThePastIsAStepWithoutEffect) {
  EXPECT_THAT(Try(
                  [] {
                    Sleep(std::chrono::milliseconds(5));
                    SleepUntil(VirtualClock::time_point::min());
                    SleepUntil(Now());
                    EXPECT_EQ(Now().time_since_epoch(), std::chrono::milliseconds(5));
                    SleepUntil(Now() + std::chrono::milliseconds(1));
                    EXPECT_EQ(Now().time_since_epoch(), std::chrono::milliseconds(6));
                  },
                  kClockWhenIdle),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
