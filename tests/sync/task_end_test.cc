// SPDX-License-Identifier: Apache-2.0
//
// How executions end: exceptions, leaks, limits; and what a task keeps to itself meanwhile.
#include <errno.h>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>

#include "heddle/sync/channel.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

// -- Exceptions -------------------------------------------------------------------------------------

struct CustomError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

TEST(ExceptionTest, TheVerdictNamesTaskTypeAndText) {
  struct Row {
    void (*raise)();
    const char* text;
  };
  const Row rows[] = {
      {[] { throw std::runtime_error("lost order 7"); }, "std::runtime_error: lost order 7"},
      {[] { throw CustomError("custom"); }, "CustomError: custom"},
      {[] { throw std::string("a string"); }, ": a string"},
      {[] { throw "characters"; }, "char const*: characters"},
      {[] { throw 42; }, "int"},
  };
  for (const Row& row : rows) {
    Report report = Try([&] { row.raise(); });
    EXPECT_THAT(report, Fails(Verdict::kException, "an exception left T0 main: "));
    EXPECT_THAT(report.headline, HasSubstr(row.text));
    EXPECT_THAT(report.remedy, HasSubstr("catch it in the task"));
    report = Try([&] { Go("thrower", [&] { row.raise(); }).Join(); });
    EXPECT_THAT(report, Fails(Verdict::kException, "an exception left T1 thrower: "));
    EXPECT_THAT(report.headline, HasSubstr(row.text));
  }
}

TEST(ExceptionTest, OneThatIsCaughtInTheTaskIsNoFailure) {
  EXPECT_THAT(Try([] {
                Go([] {
                  try {
                    Yield();
                    throw std::runtime_error("caught");
                  } catch (const std::runtime_error&) {
                    Yield();
                  }
                }).Join();
              }),
              Passes());
}

TEST(ExceptionTest, LocksAreReleasedOnTheWayOut) {
  EXPECT_THAT(Try([] {
                Mutex mu;
                Task task = Go([&] {
                  try {
                    MutexLock lock(mu);
                    throw 1;
                  } catch (int) {
                  }
                });
                mu.lock();
                mu.unlock();
                task.Join();
              }),
              Passes());
}

TEST(ExceptionTest, EachTaskHasItsOwnExceptionsInFlight) {
  EXPECT_THAT(Try([] {
                auto work = [](int number) {
                  struct InFlight {
                    int before = std::uncaught_exceptions();
                    ~InFlight() {
                      EXPECT_EQ(std::uncaught_exceptions(), before + 1);
                      Mutex mu;
                      mu.lock();  // a step while an exception is in flight
                      mu.unlock();
                      EXPECT_EQ(std::uncaught_exceptions(), before + 1);
                    }
                  };
                  for (int i = 0; i < 2; ++i) {
                    EXPECT_EQ(std::current_exception(), nullptr);
                    EXPECT_EQ(std::uncaught_exceptions(), 0);
                    try {
                      InFlight in_flight;
                      throw number;
                    } catch (int caught) {
                      EXPECT_EQ(caught, number);
                      EXPECT_EQ(std::uncaught_exceptions(), 0);
                      Yield();
                      EXPECT_NE(std::current_exception(), nullptr);
                      try {
                        throw;
                      } catch (int again) {
                        EXPECT_EQ(again, number);
                        Yield();
                      }
                    }
                    Yield();
                  }
                };
                Task one = Go([&] { work(1); });
                Task two = Go([&] { work(2); });
                work(0);
                one.Join();
                two.Join();
              }),
              Passes());
}

TEST(ExceptionTest, EachTaskHasItsOwnErrno) {
  EXPECT_THAT(Try([] {
                auto work = [](int number) {
                  EXPECT_EQ(errno, 0);
                  errno = number;
                  for (int i = 0; i < 3; ++i) {
                    Yield();
                    EXPECT_EQ(errno, number);
                  }
                };
                errno = 9;
                Task one = Go([&] { work(1); });
                Task two = Go([&] { work(2); });
                for (int i = 0; i < 3; ++i) {
                  Yield();
                  EXPECT_EQ(errno, 9);
                }
                one.Join();
                two.Join();
                errno = 0;
              }),
              Passes());
}

// -- Leaks and limits -------------------------------------------------------------------------------

TEST(LeakTest, BlockedAndStillRunningTasksAreNamedAndDaemonsAreNot) {
  Report report = Try(
      [] {
        Go("blocked", [] { (void)Channel<int>(0, "never").Receive(); });
        Go("runner", [] {
          for (;;) Yield();
        });
        Go({.name = "daemon", .daemon = true}, [] { (void)Channel<int>(0).Receive(); });
      },
      {.drain_steps = 100});
  EXPECT_THAT(report, Fails(Verdict::kLeak, "2 tasks never finished after the body returned"));
  ASSERT_EQ(report.tasks.size(), 2u);
  EXPECT_EQ(report.tasks[0].label, "T1 blocked");
  EXPECT_EQ(report.tasks[0].state, "blocked");
  EXPECT_EQ(report.tasks[1].label, "T2 runner");
  EXPECT_EQ(report.tasks[1].state, "runnable");
  EXPECT_THAT(report.tasks[1].spawned_at, HasSubstr("task_end_test.cc:"));
  EXPECT_THAT(report, Because("still running after .drain_steps"));
}

TEST(LeakTest, ATaskThatIsOnlyRunningSaysHowToStopIt) {
  Report report = Try(
      [] {
        Go("runner", [] {
          for (;;) Yield();
        });
      },
      {.drain_steps = 50});
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished"));
  EXPECT_THAT(report.remedy, HasSubstr("spawn it with .daemon = true"));
}

TEST(LeakTest, DrainStepsAreCountedFromTheBodysReturn) {
  auto body = [] {
    Go([] {
      for (int i = 0; i < 30; ++i) Yield();
    });
    for (int i = 0; i < 50; ++i) Yield();
  };
  EXPECT_THAT(Try(body, {.drain_steps = 40}), Passes());
  EXPECT_EQ(Try(body, {.drain_steps = 5}).verdict, Verdict::kLeak);
}

TEST(LimitTest, MaxStepsIsALivelockIfTheBodyGoesOn) {
  Report report = Try(
      [] {
        for (;;) Yield();
      },
      {.max_steps = 300});
  EXPECT_THAT(report, Fails(Verdict::kLivelock, "no end after .max_steps = 300 steps"));
  EXPECT_EQ(report.step_count, 300u);
  EXPECT_THAT(report, Because("T0 main repeats: yield at task_end_test.cc:"));
  EXPECT_THAT(report.remedy, HasSubstr("raise .max_steps"));
}

TEST(LimitTest, MaxStepsIsADeadlockIfTheBodyIsBlockedWhileOthersGoOn) {
  Report report = Try(
      [] {
        Go({.name = "runner", .daemon = true}, [] {
          for (;;) Yield();
        });
        (void)Channel<int>(0, "never").Receive();
      },
      {.max_steps = 300});
  EXPECT_THAT(report,
              Fails(Verdict::kDeadlock,
                    "the body is blocked for good while other tasks go on (.max_steps = 300)"));
  ASSERT_GE(report.tasks.size(), 1u);
  EXPECT_EQ(report.tasks[0].label, "T0 main");
  EXPECT_EQ(report.tasks[0].state, "blocked");
}

TEST(LimitTest, ABodyThatCanGoOnNowAndThenIsNotBlocked) {
  Report report = Try(
      [] {
        Semaphore tick(0);
        Go({.daemon = true}, [&] {
          for (;;) {
            tick.release();
            Yield();
            Yield();
          }
        });
        for (;;) tick.acquire();
      },
      {.max_steps = 500});
  EXPECT_THAT(report, Fails(Verdict::kLivelock, "no end after .max_steps = 500"));
}

TEST(LimitTest, CutOkCountsInsteadOfFailing) {
  auto body = [] {
    Stage flag;
    Task task = Go([&] { flag.Set(1); });
    for (int i = 0; flag.Get() == 0; ++i) Yield();
    task.Join();
  };
  Report report = Try(body, {.schedules = 500, .max_steps = 8, .cut_ok = true});
  EXPECT_THAT(report, Passes());
  EXPECT_GT(report.cut, 0u);
  EXPECT_LT(report.cut, 500u);
  EXPECT_EQ(report.schedules_run, 500u);
  report = Try(
      [] {
        for (;;) Yield();
      },
      {.schedules = 5, .max_steps = 50, .cut_ok = true});
  EXPECT_EQ(report.verdict, Verdict::kVacuous);
  EXPECT_THAT(report.headline, HasSubstr("all 5 executions were cut at .max_steps = 50"));
}

TEST(LimitTest, AnyMaxStepsEndsTheExecution) {
  for (uint32_t steps : {1u, 2u, 3u, 1023u, 1024u, 1025u, 2048u, 2049u}) {
    Report report = Try(
        [] {
          for (;;) Yield();
        },
        {.schedules = 1, .max_steps = steps});
    EXPECT_EQ(report.verdict, Verdict::kLivelock) << steps;
    EXPECT_EQ(report.step_count, steps);
    EXPECT_TRUE(report.reproduced);
  }
}

TEST(LimitTest, OperationsThatNeverThrowDoNotKeepAnAbandonedTaskAlive) {
  // release and unlock do nothing while their task is unwound; a loop of nothing else must still end.
  Report report = Try(
      [] {
        Semaphore s(0);
        for (;;) s.release();
      },
      {.schedules = 1, .max_steps = 100});
  EXPECT_THAT(report, Fails(Verdict::kLivelock, "no end after .max_steps = 100"));
}

TEST(LimitTest, NoMaxStepsAtAllEndsAtOnce) {
  Report report = Try([] { Yield(); }, {.schedules = 1, .max_steps = 0});
  EXPECT_EQ(report.step_count, 0u);
  EXPECT_TRUE(IsFailure(report.verdict));
}

}  // namespace
}  // namespace heddle::testing_support
