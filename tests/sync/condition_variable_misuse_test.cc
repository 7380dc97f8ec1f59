// SPDX-License-Identifier: Apache-2.0
//
// What is misuse of a condition variable, and what happens at its end.
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>

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

// The notify of a destructor may be what closes a cycle of owners: it must not throw even then.
TEST(ConditionVariableTest, ANotifyInADestructorMayCloseACycle) {
  int made = 0, gone = 0;
  struct Counted {
    explicit Counted(int* of) : count(of) {}
    ~Counted() { ++*count; }
    int* count;
  };
  struct Notifier {
    ConditionVariable& cv;
    ~Notifier() { cv.notify_one(); }
  };
  Report report = Try(
      [&] {
        ConditionRoom room;
        Mutex other("other");
        Task waiter = Go("waiter", [&] {
          MutexLock holds(other);
          MutexLock lock(room.mu);
          room.parked.Add();
          room.cv.wait(lock);
        });
        room.AwaitParked(1);
        Task holder = Go("holder", [&] {
          MutexLock lock(room.mu);
          MutexLock waits(other);
        });
        Sleep(kMoment);
        ++made;
        Counted counted(&gone);
        { Notifier notifier{room.cv}; }
        waiter.Join();
        holder.Join();
      },
      kClockWhenIdle);
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other"));
  EXPECT_GT(made, 0);
  EXPECT_EQ(made, gone);
}

}  // namespace
}  // namespace heddle::testing_support
