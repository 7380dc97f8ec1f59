// SPDX-License-Identifier: Apache-2.0
//
// Waits with deadlines, and what may go wrong by itself.
#include <chrono>
#include <condition_variable>
#include <set>

#include "heddle/sync/channel.h"
#include "heddle/sync/condition_variable.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"
#include "sync/condition_room.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;

using testing::HasSubstr;
using testing::UnorderedElementsAre;

// -- Deadlines --------------------------------------------------------------------------------------

TEST(ConditionVariableTest, TimedWaitsComeBackAtTheDeadlineWithTheMutex) {
  for (const Options& options : {Options{}, kClockWhenIdle}) {
    EXPECT_THAT(Try(
                    [] {
                      ConditionRoom room;
                      Task idle = Go([] { Yield(); });
                      MutexLock lock(room.mu);
                      EXPECT_EQ(room.cv.wait_for(lock, 5ms), std::cv_status::timeout);
                      EXPECT_EQ(Now().time_since_epoch(), 5ms);
                      EXPECT_FALSE(room.mu.try_lock());
                      const VirtualClock::time_point deadline(8ms);
                      EXPECT_EQ(room.cv.wait_until(lock, deadline), std::cv_status::timeout);
                      EXPECT_EQ(Now().time_since_epoch(), 8ms);
                      EXPECT_FALSE(room.cv.wait_for(lock, 1ms, [] { return false; }));
                      EXPECT_FALSE(room.cv.wait_until(lock, Now() + 1ms, [] { return false; }));
                      EXPECT_EQ(Now().time_since_epoch(), 10ms);
                      idle.Join();
                    },
                    options),
                Passes());
  }
}

TEST(ConditionVariableTest, ANotifyBeforeTheDeadlineCountsAndOneAfterItDoesNot) {
  auto body = [](Log& log) {
    ConditionRoom room;
    Task waiter = Go([&] {
      MutexLock lock(room.mu);
      room.parked.Add();
      const bool timeout = room.cv.wait_for(lock, 5ms) == std::cv_status::timeout;
      log.Add(timeout ? 't' : 'n');
    });
    room.AwaitParked(1);
    Sleep(4ms);
    room.cv.notify_one();
    waiter.Join();
  };
  Observed seen = Observe(body, kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("n"));
  seen = Observe(body);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("n", "t"));
}

TEST(ConditionVariableTest, ANotifyIsNotSpentOnATaskThatTimedOut) {
  // T1 has a deadline, T2 has none: once T1 timed out, the notify is T2's.
  EXPECT_THAT(Try(
                  [] {
                    ConditionRoom room;
                    Task timed = Go([&] {
                      MutexLock lock(room.mu);
                      room.parked.Add();
                      EXPECT_EQ(room.cv.wait_for(lock, 5ms), std::cv_status::timeout);
                    });
                    Task patient = Go([&] {
                      MutexLock lock(room.mu);
                      room.parked.Add();
                      room.cv.wait(lock);
                    });
                    room.AwaitParked(2);
                    MutexLock lock(room.mu);
                    Sleep(6ms);
                    // T1 timed out and waits for the mutex.
                    room.cv.notify_one();
                    room.mu.unlock();
                    timed.Join();
                    patient.Join();
                    room.mu.lock();
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(ConditionVariableTest, ATimedWaitThatWasNotifiedMayWaitLongForTheMutex) {
  EXPECT_THAT(Try(
                  [] {
                    ConditionRoom room;
                    Task waiter = Go([&] {
                      MutexLock lock(room.mu);
                      room.parked.Add();
                      EXPECT_EQ(room.cv.wait_for(lock, 5ms), std::cv_status::no_timeout);
                      EXPECT_EQ(Now().time_since_epoch(), 9ms);
                    });
                    room.AwaitParked(1);
                    {
                      MutexLock lock(room.mu);
                      room.cv.notify_one();
                      Sleep(9ms);
                    }
                    waiter.Join();
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(ConditionVariableTest, ADeadlineThatIsPastUnlocksAndLocksAgain) {
  Observed seen = Observe([](Log& log) {
    ConditionRoom room;
    room.mu.lock();
    Task other = Go([&] {
      MutexLock lock(room.mu);
      log.Add('o');
      room.cv.notify_all();
    });
    EXPECT_EQ(room.cv.wait_for(room.mu, 0s), std::cv_status::timeout);
    EXPECT_EQ(room.cv.wait_for(room.mu, -1s), std::cv_status::timeout);
    EXPECT_EQ(room.cv.wait_until(room.mu, Now()), std::cv_status::timeout);
    log.Add('m');
    room.mu.unlock();
    other.Join();
    EXPECT_EQ(Now().time_since_epoch(), 0ns);
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("om", "mo"));
}

TEST(ConditionVariableTest, ALongDurationIsCappedToTheEndOfTime) {
  EXPECT_THAT(Try([] {
                ConditionRoom room;
                Sleep(1s);
                MutexLock lock(room.mu);
                EXPECT_EQ(room.cv.wait_for(lock, std::chrono::nanoseconds::max()),
                          std::cv_status::timeout);
              }),
              Passes());
}

// -- Faults -----------------------------------------------------------------------------------------

TEST(ConditionVariableTest, ASpuriousWakeupIsAFault) {
  auto body = [] {
    ConditionRoom room;
    bool ready = false;
    Task waiter = Go([&] {
      MutexLock lock(room.mu);
      if (!ready) room.cv.wait(lock);
      if (!ready) throw "too early";
    });
    {
      MutexLock lock(room.mu);
      ready = true;
      room.cv.notify_one();
    }
    waiter.Join();
  };
  EXPECT_THAT(Try(body), Passes());
  Report report = Try(body, {.faults = {.spurious_wakeups = 1}});
  EXPECT_EQ(report.verdict, Verdict::kException);
  EXPECT_THAT(RowsOf(report), HasSubstr("wait cv (spurious wake-up)\n"));
  // With the loop nothing happens.
  EXPECT_THAT(Try(
                  [] {
                    ConditionRoom room;
                    bool ready = false;
                    Task waiter = Go([&] {
                      MutexLock lock(room.mu);
                      room.cv.wait(lock, [&] { return ready; });
                      EXPECT_TRUE(room.cv.wait_for(lock, 1h, [&] { return ready; }));
                    });
                    {
                      MutexLock lock(room.mu);
                      ready = true;
                      room.cv.notify_one();
                    }
                    waiter.Join();
                  },
                  {.faults = {.spurious_wakeups = 3}}),
              Passes());
}

TEST(ConditionVariableTest, ATimeoutBeforeItsTimeIsAFault) {
  Observed seen = Observe(
      [](Log& log) {
        ConditionRoom room;
        MutexLock lock(room.mu);
        (void)room.cv.wait_for(lock, 5ms);
        log.Add(Now().time_since_epoch() == 0ns ? 'e' : 'd');
      },
      {.clock = ClockPolicy::kWhenIdle, .faults = {.early_timeouts = 1}});
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("e", "d"));
}

}  // namespace
}  // namespace heddle::testing_support
