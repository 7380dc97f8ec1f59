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

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

// A scenario in which tasks wait at a condition variable, how many being known.
struct ConditionRoom {
  Mutex mu{"mu"};
  ConditionVariable cv{"cv"};
  Stage parked;  // tasks that hold `mu` and wait next: once `mu` is free they are parked

  void AwaitParked(int count) {
    parked.Await(count);
    MutexLock lock(mu);
  }
};

std::string ConditionRows(const Report& report) {
  std::string rows;
  for (const StepReport& step : report.steps) {
    rows += step.text + (step.blocked ? " !" : "") + "\n";
  }
  return rows;
}

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
            "change the condition while holding the mutex, then notify, and wait with a predicate");
  EXPECT_EQ(report.tasks.at(1).doing, "wait condition variable \"cv\" (T1 waits)");
  EXPECT_EQ(report.tasks.at(1).holds, "");
  EXPECT_THAT(ConditionRows(report), HasSubstr("notify_one cv (nobody waits)\n"));
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
  EXPECT_THAT(ConditionRows(report), HasSubstr("notify_one cv (2 wait)\n"));
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
  EXPECT_THAT(ConditionRows(report), HasSubstr("wait cv (spurious wake-up)\n"));
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

// -- Misuse -----------------------------------------------------------------------------------------

TEST(ConditionVariableTest, WaitingWithoutTheMutexIsMisuse) {
  std::string at;
  Report report = Try([&] {
    ConditionRoom room;
    at = HEDDLE_HERE, room.cv.wait(room.mu);
  });
  EXPECT_THAT(report,
              FailsAt(Verdict::kMisuse,
                      "T0 waits at condition variable \"cv\" but does not hold mutex \"mu\"", at,
                      "lock the mutex, look at the condition, then wait"));
  report = Try([&] {
    ConditionRoom room;
    room.mu.lock();
    Go([&] { at = HEDDLE_HERE, (void)room.cv.wait_for(room.mu, 1s); }).Join();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "T1 waits at condition variable", at, "then wait"));
  report = Try([&] {
    ConditionRoom room;
    std::unique_lock lock(room.mu, std::defer_lock);
    at = HEDDLE_HERE, room.cv.wait(lock);
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "but does not hold the mutex of its lock", at,
                              "then wait"));
}

TEST(ConditionVariableTest, WaitingWithTwoMutexesAtATimeIsMisuse) {
  std::string at;
  Report report = Try([&] {
    ConditionRoom room;
    Go({.daemon = true}, [&] {
      MutexLock lock(room.mu);
      room.parked.Add();
      room.cv.wait(lock);
    });
    room.AwaitParked(1);
    Mutex other("other");
    MutexLock lock(other);
    at = HEDDLE_HERE, room.cv.wait(lock);
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "T0 waits at condition variable \"cv\" with mutex \"other\", but T1 "
                              "waits there with mutex \"mu\"",
                              at, "use the same mutex"));
  // One after the other they may differ.
  EXPECT_THAT(Try([] {
                ConditionRoom room;
                Mutex other;
                for (Mutex* mu : {&room.mu, &other}) {
                  MutexLock lock(*mu);
                  (void)room.cv.wait_for(lock, 1ms);
                }
              }),
              Passes());
}

TEST(ConditionVariableTest, ParkedTasksOfADestroyedOneStayBlocked) {
  Report report = Try([] {
    auto mu = std::make_shared<Mutex>();
    auto cv = std::make_shared<Undead<ConditionVariable>>("gone");
    Stage stage;
    Go([mu, cv, &stage] {
      MutexLock lock(*mu);
      stage.Set(1);
      (*cv)->wait(lock);
    });
    stage.Await(1);
    mu->lock();
    mu->unlock();
    cv->Destroy();
  });
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished"));
  EXPECT_EQ(report.tasks.at(0).doing, "wait condition variable \"gone\" (destroyed)");
  EXPECT_THAT(report, Because("-> destroyed while T1 waited"));
}

TEST(ConditionVariableTest, WhoIsWokenForADestroyedMutexStaysBlocked) {
  Report report = Try([] {
    auto mu = std::make_shared<Undead<Mutex>>("gone");
    auto cv = std::make_shared<ConditionVariable>("cv");
    Stage stage;
    Go([mu, cv, &stage] {
      (*mu)->lock();
      stage.Set(1);
      cv->wait(**mu);
    });
    stage.Await(1);
    (*mu)->lock();
    (*mu)->unlock();
    mu->Destroy();
    cv->notify_one();
  });
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished"));
  EXPECT_EQ(report.tasks.at(0).doing, "lock mutex \"gone\" (destroyed)");
}

TEST(ConditionVariableTest, NotifyInADestructorIsFineWhileTasksAreUnwound) {
  struct Notifier {
    ~Notifier() {
      cv.notify_all();
      cv.notify_one();
    }
    ConditionVariable& cv;
  };
  Report report = Try([] {
    ConditionRoom room;
    Notifier notifier{room.cv};
    MutexLock lock(room.mu);
    room.cv.wait(lock);
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
}

}  // namespace
}  // namespace heddle::testing_support
