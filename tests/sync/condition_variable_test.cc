// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/condition_variable.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "heddle/sync/channel.h"
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

// -- wait, notify -----------------------------------------------------------------------------------

TEST(ConditionVariableTest, WaitUnlocksAndComesBackWithTheMutex) {
  EXPECT_THAT(Try([] {
                ConditionRoom room;
                bool ready = false;
                Task waiter = Go([&] {
                  MutexLock lock(room.mu);
                  while (!ready) room.cv.wait(lock);
                  EXPECT_FALSE(room.mu.try_lock());
                });
                {
                  MutexLock lock(room.mu);
                  ready = true;
                  room.cv.notify_one();
                }
                waiter.Join();
                EXPECT_TRUE(room.mu.try_lock());
                room.mu.unlock();
              }),
              Passes());
}

TEST(ConditionVariableTest, TakesAnyOfTheLocks) {
  EXPECT_THAT(Try([] {
                ConditionRoom room;
                int turn = 0;
                auto is = [&](int n) { return [&turn, n] { return turn == n; }; };
                Go([&] {
                  std::unique_lock lock(room.mu);
                  room.cv.wait(lock, is(1));
                  ++turn;
                  room.cv.notify_all();
                });
                Go([&] {
                  room.mu.lock();
                  room.cv.wait(room.mu, is(2));
                  ++turn;
                  room.cv.notify_all();
                  room.mu.unlock();
                });
                MutexLock lock(room.mu);
                ++turn;
                room.cv.notify_all();
                room.cv.wait(lock, is(3));
                EXPECT_EQ(turn, 3);
              }),
              Passes());
}

TEST(ConditionVariableTest, NotifyOneWakesOneAndWhichOneIsAChoice) {
  Observed seen = Observe(
      [](Log& log) {
        auto room = std::make_shared<ConditionRoom>();
        for (char name : {'a', 'b', 'c'}) {
          Go({.daemon = true}, [&log, name, room] {
            MutexLock lock(room->mu);
            room->parked.Add();
            room->cv.wait(lock);
            log.Add(name);
          });
        }
        room->AwaitParked(3);
        room->cv.notify_one();
        for (int i = 0; i < 3; ++i) Sleep(kMoment);
        log.Add('.');
        room->cv.notify_one();
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  std::set<char> first;
  for (const std::string& text : seen.texts) {
    first.insert(text.at(0));
    EXPECT_EQ(text.at(1), '.') << text;
    EXPECT_LE(text.size(), 3u);
  }
  EXPECT_THAT(first, UnorderedElementsAre('a', 'b', 'c'));
}

TEST(ConditionVariableTest, NotifyAllWakesAllInAnyOrder) {
  Observed seen = Observe([](Log& log) {
    ConditionRoom room;
    Task tasks[3];
    for (int i = 0; i < 3; ++i) {
      tasks[i] = Go([&, i] {
        MutexLock lock(room.mu);
        room.parked.Add();
        room.cv.wait(lock);
        log.Add(static_cast<char>('0' + i));
      });
    }
    room.AwaitParked(3);
    room.cv.notify_all();
    for (Task& task : tasks) task.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_EQ(seen.texts.size(), 6u);
}

TEST(ConditionVariableTest, ANotifyBeforeTheWaitIsLost) {
  auto body = [] {
    ConditionRoom room;
    Task waiter = Go("waiter", [&] {
      MutexLock lock(room.mu);
      room.cv.wait(lock);
    });
    room.cv.notify_one();
    waiter.Join();
  };
  Report report = Try(body);
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 of 2 live tasks are blocked, none can run"));
  EXPECT_THAT(report, Because("T1 -> needs a notify on condition variable \"cv\" -> T0 notified "
                              "(step "));
  EXPECT_THAT(report, Because("condition_variable_test.cc:"));
  EXPECT_THAT(report, Because(") before T1 waited (step "));
  EXPECT_EQ(report.remedy,
            "change the condition while holding the mutex, then notify, all if they wait for "
            "different things, and wait with a predicate");
  EXPECT_EQ(report.tasks.at(1).doing, "wait condition variable \"cv\" (T1 waits)");
  EXPECT_EQ(report.tasks.at(1).holds, "");
  EXPECT_THAT(RowsOf(report), HasSubstr("notify_one cv (nobody waits)\n"));
  // And some schedules pass.
  EXPECT_TRUE(EachVerdict(body, 40).contains(Verdict::kPassed));
}

TEST(ConditionVariableTest, ANotifyThatWokeAnotherIsExplained) {
  Report report = Try([] {
    ConditionRoom room;
    auto wait = [&] {
      MutexLock lock(room.mu);
      room.parked.Add();
      room.cv.wait(lock);
    };
    Task one = Go(wait);
    Task two = Go(wait);
    room.AwaitParked(2);
    room.cv.notify_one();
    one.Join();
    two.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "none can run"));
  EXPECT_THAT(report, Because("T0 notified (step "));
  EXPECT_THAT(report, Because(") and woke another task; nobody does again"));
  EXPECT_THAT(RowsOf(report), HasSubstr("notify_one cv (2 wait)\n"));
}

TEST(ConditionVariableTest, AWaitThatNobodyNotifiesIsExplained) {
  Report report = Try([] {
    ConditionRoom room;
    MutexLock lock(room.mu);
    room.cv.wait(lock);
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
  EXPECT_THAT(report, Because("T0 -> needs a notify on condition variable \"cv\" -> no other task "
                              "notifies there in this execution"));
}

TEST(ConditionVariableTest, WhoWaitsHoldingAnotherLockIsNamed) {
  Report report = Try([] {
    ConditionRoom room;
    Mutex outer("outer");
    Task waiter = Go([&] {
      MutexLock first(outer);
      MutexLock lock(room.mu);
      room.parked.Add();
      room.cv.wait(lock);
    });
    room.AwaitParked(1);
    MutexLock first(outer);
    room.cv.notify_one();
    waiter.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "none can run"));
  EXPECT_THAT(report.remedy, HasSubstr("let T1 unlock mutex \"outer\" before"));
}

TEST(ConditionVariableTest, AWaitWithAPredicateNeedsNoNotifyIfItIsTrue) {
  EXPECT_THAT(Try([] {
                ConditionRoom room;
                MutexLock lock(room.mu);
                room.cv.wait(lock, [] { return true; });
                EXPECT_TRUE(room.cv.wait_for(lock, 1s, [] { return true; }));
                EXPECT_TRUE(room.cv.wait_until(lock, Now(), [] { return true; }));
              }),
              Passes());
}

TEST(ConditionVariableTest, BetweenTheNotifyAndTheLockAnotherMayTakeTheMutex) {
  Observed seen = Observe([](Log& log) {
    ConditionRoom room;
    Task waiter = Go([&] {
      MutexLock lock(room.mu);
      room.parked.Add();
      room.cv.wait(lock);
      log.Add('w');
    });
    room.AwaitParked(1);
    Task barger = Go([&] {
      MutexLock lock(room.mu);
      log.Add('b');
    });
    room.cv.notify_one();
    waiter.Join();
    barger.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("wb", "bw"));
}

TEST(ConditionVariableTest, WaitIsAStepAndLockingAgainAnother) {
  auto steps = [](auto body) { return Try(body, {.schedules = 1}).total_steps; };
  const uint64_t locks = steps([] {
    ConditionRoom room;
    MutexLock lock(room.mu);
  });
  EXPECT_EQ(steps([] {
              ConditionRoom room;
              MutexLock lock(room.mu);
              (void)room.cv.wait_for(lock, 0s);
            }),
            locks + 2);
  EXPECT_EQ(steps([] {
              ConditionRoom room;
              MutexLock lock(room.mu);
              room.cv.notify_all();
              room.cv.notify_one();
            }),
            locks + 2);
}

TEST(ConditionVariableTest, WorksWithAnUnownedMutex) {
  EXPECT_THAT(Try([] {
                Mutex mu(kUnowned);
                ConditionVariable cv;
                bool ready = false;
                Task waiter = Go([&] {
                  mu.lock();
                  cv.wait(mu, [&] { return ready; });
                  mu.unlock();
                });
                mu.lock();
                ready = true;
                mu.unlock();
                cv.notify_all();
                waiter.Join();
              }),
              Passes());
  EXPECT_THAT(
      Try([] {
        Mutex mu(kUnowned, "mu");
        ConditionVariable cv("cv");
        cv.wait(mu);
      }),
      Fails(Verdict::kMisuse, "T0 waits at condition variable \"cv\" but does not hold mutex"));
}

// -- Cycles -----------------------------------------------------------------------------------------

TEST(ConditionVariableTest, AWokenTaskThatClosesACycleIsADeadlockInTheNotifiersStep) {
  Report report = Try([] {
    ConditionRoom room;
    Mutex outer("outer");
    Go("waiter", [&] {
      MutexLock first(outer);
      MutexLock lock(room.mu);
      room.parked.Add();
      room.cv.wait(lock);
    });
    room.AwaitParked(1);
    Stage stage;
    Go("other", [&] {
      MutexLock lock(room.mu);
      stage.Set(1);
      MutexLock first(outer);
    });
    stage.Await(1);
    room.cv.notify_one();
    for (;;) Yield();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other and never go on: T"));
  EXPECT_THAT(report, Because("T1 -> needs mutex \"mu\" -> held by T2 (since step"));
  EXPECT_THAT(report, Because("T2 -> needs mutex \"outer\" -> held by T1 (since step"));
}

TEST(ConditionVariableTest, ATaskThatTimedOutClosesCyclesToo) {
  Report report = Try([] {
    ConditionRoom room;
    Mutex outer("outer");
    Go("waiter", [&] {
      MutexLock first(outer);
      MutexLock lock(room.mu);
      room.parked.Add();
      (void)room.cv.wait_for(lock, 5ms);
    });
    room.AwaitParked(1);
    MutexLock lock(room.mu);
    MutexLock first(outer);
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other and never go on: T"));
}

}  // namespace
}  // namespace heddle::testing_support
