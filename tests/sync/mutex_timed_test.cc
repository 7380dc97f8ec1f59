// SPDX-License-Identifier: Apache-2.0
//
// The timed operations of Mutex, and try_locks that fail by a fault.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "heddle/sync/mutex.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;

using testing::Contains;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST(MutexTimedTest, TakesAFreeMutex) {
  EXPECT_THAT(Try(
                  [] {
                    Mutex mu;
                    EXPECT_TRUE(mu.try_lock_for(1s));
                    mu.unlock();
                    EXPECT_TRUE(mu.try_lock_until(Now() + 1s));
                    EXPECT_FALSE(mu.try_lock());
                    mu.unlock();
                    EXPECT_EQ(Now().time_since_epoch(), 0ns);
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(MutexTimedTest, GivesUpAtTheDeadline) {
  for (const Options& options : {Options{}, kClockWhenIdle}) {
    EXPECT_THAT(Try(
                    [] {
                      Mutex mu;
                      mu.lock();
                      Task task = Go([&] {
                        EXPECT_FALSE(mu.try_lock_for(5ms));
                        EXPECT_EQ(Now().time_since_epoch(), 5ms);
                        EXPECT_FALSE(mu.try_lock_until(VirtualClock::time_point(7ms)));
                        EXPECT_EQ(Now().time_since_epoch(), 7ms);
                      });
                      task.Join();
                      // Who gave up is not met by an unlock.
                      mu.unlock();
                      EXPECT_TRUE(mu.try_lock());
                      mu.unlock();
                    },
                    options),
                Passes());
  }
}

TEST(MutexTimedTest, ByTheHolderGivesUpAndIsNoCycle) {
  EXPECT_THAT(Try([] {
                Mutex mu;
                mu.lock();
                EXPECT_FALSE(mu.try_lock_for(5ms));
                EXPECT_EQ(Now().time_since_epoch(), 5ms);
                mu.unlock();
              }),
              Passes());
}

TEST(MutexTimedTest, TwoThatWaitForEachOtherGoOnIfOneHasADeadline) {
  for (const Options& options : {Options{}, kClockWhenIdle}) {
    EXPECT_THAT(Try(
                    [] {
                      Mutex a;
                      Mutex b;
                      Task one = Go([&] {
                        MutexLock lock(a);
                        if (b.try_lock_for(1s)) b.unlock();
                      });
                      Task two = Go([&] {
                        MutexLock lock(b);
                        MutexLock other(a);
                      });
                      one.Join();
                      two.Join();
                    },
                    options),
                Passes());
  }
}

TEST(MutexTimedTest, GetsItFromTheHolderOrGivesUpAsTimePasses) {
  auto body = [](Log& log) {
    Mutex mu;
    Task holder = Go([&] {
      mu.lock();
      Sleep(10ms);
      mu.unlock();
    });
    Sleep(1ms);
    const bool locked = mu.try_lock_for(20ms);
    log.Add(locked ? 'y' : 'n');
    if (locked) mu.unlock();
    holder.Join();
  };
  EXPECT_THAT(Observe(body, kClockWhenIdle).texts, UnorderedElementsAre("y"));
  // The holder may be late.
  EXPECT_THAT(Observe(body).texts, UnorderedElementsAre("y", "n"));
}

TEST(MutexTimedTest, ADeadlineThatIsPastMakesItTryLock) {
  EXPECT_THAT(Try([] {
                Mutex mu;
                Sleep(1ms);
                EXPECT_TRUE(mu.try_lock_for(0ns));
                EXPECT_FALSE(mu.try_lock_for(-1h));
                EXPECT_FALSE(mu.try_lock_until(Now()));
                EXPECT_FALSE(mu.try_lock_until(VirtualClock::time_point(0ns)));
                EXPECT_EQ(Now().time_since_epoch(), 1ms);
                mu.unlock();
              }),
              Passes());
  const uint64_t tries = Try(
                             [] {
                               Mutex mu;
                               EXPECT_TRUE(mu.try_lock());
                             },
                             {.schedules = 1})
                             .total_steps;
  EXPECT_EQ(Try(
                [] {
                  Mutex mu;
                  EXPECT_TRUE(mu.try_lock_for(-1s));
                },
                {.schedules = 1})
                .total_steps,
            tries);
}

TEST(MutexTimedTest, StandsInReportsWithItsDeadline) {
  Report report = Try(
      [] {
        Mutex mu("mu");
        mu.lock();
        Go("late", [&] {
          if (!mu.try_lock_for(5ms)) throw "late";
        }).Join();
      },
      kClockWhenIdle);
  EXPECT_THAT(report, Fails(Verdict::kException, "T1 late"));
  std::string rows;
  for (const StepReport& step : report.steps) rows += step.text + "\n";
  EXPECT_THAT(rows, HasSubstr("lock mu until 5ms\n"));
  EXPECT_THAT(rows, HasSubstr("fire T1's timer at 5ms\n"));
  EXPECT_THAT(rows, HasSubstr("timeout mu\n"));
}

TEST(MutexTimedTest, MayTimeOutEarlyByAFault) {
  Observed seen = Observe(
      [](Log& log) {
        Mutex mu;
        mu.lock();
        Task other = Go([&] {
          const bool locked = mu.try_lock_for(1h);
          log.Add(locked ? 'y' : 'n');
          EXPECT_EQ(Now().time_since_epoch(), 0ns);
          if (locked) mu.unlock();
        });
        Yield();
        mu.unlock();
        other.Join();
      },
      {.clock = ClockPolicy::kWhenIdle, .faults = {.early_timeouts = 1}});
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("y", "n"));
}

TEST(MutexTimedTest, WorksWithUniqueLock) {
  EXPECT_THAT(Try(
                  [] {
                    Mutex mu;
                    std::unique_lock lock(mu, 5ms);
                    EXPECT_TRUE(lock.owns_lock());
                    std::unique_lock other(mu, VirtualClock::time_point(1ms));
                    EXPECT_FALSE(other.owns_lock());
                  },
                  kClockWhenIdle),
              Passes());
}

// -- Faults -----------------------------------------------------------------------------------------

TEST(MutexTimedTest, TryLockFailsByAFaultSoOftenAtMost) {
  auto body = [](Log& log) {
    Mutex mu;
    for (int i = 0; i < 4; ++i) {
      if (mu.try_lock()) {
        log.Add('y');
        mu.unlock();
      } else {
        log.Add('n');
      }
    }
  };
  EXPECT_THAT(Observe(body).texts, UnorderedElementsAre("yyyy"));
  Observed seen = Observe(body, {.faults = {.failed_try_locks = 2}});
  EXPECT_EQ(seen.texts.size(), 1u + 4u + 6u);
  EXPECT_THAT(seen.texts, Contains("nyny"));
}

TEST(MutexTimedTest, AFaultShowsInTheInterleaving) {
  Report report = Try(
      [] {
        Mutex mu("mu");
        if (!mu.try_lock()) throw "fault";
        mu.unlock();
      },
      {.faults = {.failed_try_locks = 1}});
  EXPECT_EQ(report.verdict, Verdict::kException);
  std::string rows;
  for (const StepReport& step : report.steps) rows += step.text + "\n";
  EXPECT_THAT(rows, HasSubstr("try_lock mu -> false (fault)\n"));
}

TEST(MutexTimedTest, TriesInAStepOfItsOwn) {
  Report report = Try(
      [] {
        Mutex mu("mu");
        mu.lock();
        Go([&] {
          if (!mu.try_lock_for(kMoment)) throw "late";
        }).Join();
      },
      kClockWhenIdle);
  EXPECT_EQ(RowsOf(report),
            "start\nlock mu\nspawn T1\njoin T1 !\nstart\nlock mu (waits)\nlock mu until 1ns !\n"
            "fire T1's timer at 1ns\ntimeout mu\n");
}

}  // namespace
}  // namespace heddle::testing_support
