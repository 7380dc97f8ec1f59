// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/recursive_mutex.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "heddle/sync/channel.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;

using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST(RecursiveMutexTest, ItsHolderLocksItAgainInEveryWay) {
  EXPECT_THAT(Try([] {
                RecursiveMutex mu;
                mu.lock();
                mu.lock();
                EXPECT_TRUE(mu.try_lock());
                EXPECT_TRUE(mu.try_lock_for(1s));
                EXPECT_TRUE(mu.try_lock_until(Now() + 1s));
                EXPECT_TRUE(mu.try_lock_for(0s));
                for (int i = 0; i < 6; ++i) mu.unlock();
                Go([&] {
                  EXPECT_TRUE(mu.try_lock());
                  mu.unlock();
                }).Join();
              }),
              Passes());
}

TEST(RecursiveMutexTest, OnlyTheLastUnlockFreesIt) {
  Observed seen = Observe([](Log& log) {
    RecursiveMutex mu;
    auto work = [&](char enter, char leave) {
      RecursiveMutexLock outer(mu);
      log.Add(enter);
      {
        RecursiveMutexLock inner(mu);
        Yield();
      }
      Yield();
      log.Add(leave);
    };
    Task a = Go([&] { work('a', 'A'); });
    work('m', 'M');
    a.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("aAmM", "mMaA"));
}

TEST(RecursiveMutexTest, EveryOperationIsAStep) {
  auto steps = [](int times) {
    return Try(
               [times] {
                 RecursiveMutex mu;
                 for (int i = 0; i < times; ++i) mu.lock();
                 for (int i = 0; i < times; ++i) mu.unlock();
               },
               {.schedules = 1})
        .total_steps;
  };
  EXPECT_EQ(steps(3), steps(0) + 6);
}

TEST(RecursiveMutexTest, LockWhileAnotherHoldsItClosesCycles) {
  Report report = Try([] {
    RecursiveMutex a("a");
    RecursiveMutex b("b");
    Task one = Go("one", [&] {
      RecursiveMutexLock la(a);
      RecursiveMutexLock again(a);
      RecursiveMutexLock lb(b);
    });
    Task two = Go("two", [&] {
      RecursiveMutexLock lb(b);
      RecursiveMutexLock la(a);
    });
    one.Join();
    two.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other and never go on: T"));
  EXPECT_THAT(report, Because("T1 -> needs recursive mutex \"b\" -> held by T2 (since step"));
  EXPECT_THAT(report, Because("T2 -> needs recursive mutex \"a\" -> held by T1 (since step"));
  EXPECT_THAT(report.remedy, HasSubstr("same order everywhere"));
  EXPECT_THAT(report.tasks.at(1).doing, HasSubstr("(held 2 times by T1"));
}

TEST(RecursiveMutexTest, TryLockFailsWhileAnotherHoldsIt) {
  EXPECT_THAT(Try([] {
                RecursiveMutex mu;
                mu.lock();
                mu.lock();
                mu.unlock();
                Go([&] {
                  EXPECT_FALSE(mu.try_lock());
                  EXPECT_FALSE(mu.try_lock_for(0s));
                }).Join();
                mu.unlock();
              }),
              Passes());
}

TEST(RecursiveMutexTest, TimedOperationsGiveUpAtTheDeadline) {
  for (const Options& options : {Options{}, kClockWhenIdle}) {
    EXPECT_THAT(Try(
                    [] {
                      RecursiveMutex mu;
                      mu.lock();
                      Go([&] {
                        EXPECT_FALSE(mu.try_lock_for(5ms));
                        EXPECT_FALSE(mu.try_lock_until(VirtualClock::time_point(7ms)));
                        EXPECT_EQ(Now().time_since_epoch(), 7ms);
                      }).Join();
                      mu.unlock();
                      mu.lock();
                      mu.unlock();
                    },
                    options),
                Passes());
  }
}

TEST(RecursiveMutexTest, TimedOperationsGetItFromTheHolder) {
  auto body = [](Log& log) {
    RecursiveMutex mu;
    Task holder = Go([&] {
      RecursiveMutexLock lock(mu);
      Sleep(10ms);
    });
    Sleep(1ms);
    const bool locked = mu.try_lock_for(20ms);
    log.Add(locked ? 'y' : 'n');
    if (locked) mu.unlock();
    holder.Join();
  };
  EXPECT_THAT(Observe(body, kClockWhenIdle).texts, UnorderedElementsAre("y"));
  EXPECT_THAT(Observe(body).texts, UnorderedElementsAre("y", "n"));
}

TEST(RecursiveMutexTest, AFaultFailsATryLock) {
  Observed seen = Observe(
      [](Log& log) {
        RecursiveMutex mu;
        mu.lock();
        for (int i = 0; i < 2; ++i) {
          if (mu.try_lock()) {
            log.Add('y');
            mu.unlock();
          } else {
            log.Add('n');
          }
        }
        mu.unlock();
      },
      {.faults = {.failed_try_locks = 1}});
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("yy", "yn", "ny"));
}

TEST(RecursiveMutexTest, OneUnlockTooManyIsMisuse) {
  std::string at;
  Report report = Try([&] {
    RecursiveMutex mu("tree.mu");
    mu.lock();
    mu.lock();
    mu.unlock();
    mu.unlock();
    at = HEDDLE_HERE, mu.unlock();
  });
  EXPECT_THAT(report,
              FailsAt(Verdict::kMisuse, "recursive mutex \"tree.mu\" is unlocked though it is free",
                      at, "unlock once for each lock"));
}

TEST(RecursiveMutexTest, UnlockByAnotherIsMisuseNamingBoth) {
  std::string at;
  Report report = Try([&] {
    RecursiveMutex mu("mu");
    mu.lock();
    Go([&] { at = HEDDLE_HERE, mu.unlock(); }).Join();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "recursive mutex \"mu\" is unlocked by T1, but it is held by T0", at,
                              "unlock in the task that locked"));
}

TEST(RecursiveMutexTest, DestroyingItWhileItIsHeldIsMisuse) {
  std::string at;
  Report report = Try([&] {
    std::optional<RecursiveMutex> mu;
    mu.emplace("mu", NoteHere(at));
    mu->lock();
    mu.reset();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "recursive mutex \"mu\" is destroyed while it is held by the task "
                              "that destroys it",
                              at, "unlock it before"));
  report = Try([&] {
    RecursiveMutex mu("mu", NoteHere(at));
    Go([&] { mu.lock(); }).Join();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "held by T1, which has finished", at, "unlock it"));
}

TEST(RecursiveMutexTest, WaitersOfADestroyedOneStayBlockedThoughItsHolderCouldUnlock) {
  Report report = Try([] {
    auto mu = std::make_shared<Undead<RecursiveMutex>>("gone");
    Stage stage;
    Go({.name = "holder", .daemon = true}, [mu, &stage] {
      (*mu)->lock();
      stage.Set(1);
      (void)Channel<int>().Receive();
    });
    stage.Await(1);
    Go([mu, &stage] {
      stage.Set(2);
      (*mu)->lock();
    });
    stage.Await(2);
    mu->Destroy();
  });
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished"));
  EXPECT_EQ(report.tasks.at(0).doing, "lock recursive mutex \"gone\" (destroyed)");
  EXPECT_THAT(report, Because("needs recursive mutex \"gone\" -> destroyed while T2 waited"));
}

TEST(RecursiveMutexTest, WorksWithTheStandardLocks) {
  EXPECT_THAT(Try([] {
                RecursiveMutex a;
                RecursiveMutex b;
                int value = 0;
                auto work = [&](bool flip) {
                  std::scoped_lock both(flip ? a : b, flip ? b : a);
                  std::lock_guard again(a);
                  std::unique_lock timed(b, 1s);
                  ++value;
                };
                Task other = Go([&] { work(true); });
                work(false);
                other.Join();
                EXPECT_EQ(value, 2);
              }),
              Passes());
}

TEST(RecursiveMutexTest, TheDepthShowsInTheInterleaving) {
  Report report = Try([] {
    RecursiveMutex mu("mu");
    RecursiveMutexLock outer(mu);
    {
      RecursiveMutexLock inner(mu);
      EXPECT_TRUE(mu.try_lock());
      mu.unlock();
    }
    throw "end";
  });
  std::string rows;
  for (const StepReport& step : report.steps) rows += step.text + "\n";
  EXPECT_THAT(rows, HasSubstr("lock mu\nlock mu (2 times)\ntry_lock mu -> true\n"
                              "unlock mu (2 left)\nunlock mu (1 left)\n"));
}

}  // namespace
}  // namespace heddle::testing_support
