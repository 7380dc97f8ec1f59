// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/mutex.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "heddle/sync/channel.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

// -- lock -------------------------------------------------------------------------------------------

TEST(MutexTest, LockTakesAFreeMutex) {
  EXPECT_THAT(Try([] {
                Mutex mu;
                mu.lock();
                mu.unlock();
                mu.lock();
                mu.unlock();
              }),
              Passes());
}

TEST(MutexTest, LockBlocksWhileAnotherHoldsIt) {
  Observed seen = Observe([](Log& log) {
    Mutex mu;
    auto critical = [&](char enter, char leave) {
      mu.lock();
      log.Add(enter);
      Yield();
      Yield();
      log.Add(leave);
      mu.unlock();
    };
    Task a = Go([&] { critical('a', 'A'); });
    Task b = Go([&] { critical('b', 'B'); });
    critical('m', 'M');
    a.Join();
    b.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  // Every order of the three, never one inside another.
  EXPECT_THAT(seen.texts,
              UnorderedElementsAre("aAbBmM", "aAmMbB", "bBaAmM", "bBmMaA", "mMaAbB", "mMbBaA"));
}

TEST(MutexTest, LockByTheHolderIsACycleOfLengthOne) {
  std::string at;
  Report report = Try([&] {
    Mutex mu("cart.mu");
    mu.lock();
    at = HEDDLE_HERE, mu.lock();
  });
  EXPECT_THAT(report,
              FailsAt(Verdict::kDeadlock, "T0 locks mutex \"cart.mu\", which it holds already", at,
                      "unlock it before"));
  EXPECT_THAT(report, Because("held by T0 (since step 2, mutex_test.cc:"));
  ASSERT_EQ(report.tasks.size(), 1u);
  EXPECT_EQ(report.tasks[0].holds, "mutex \"cart.mu\"");
  EXPECT_EQ(report.tasks[0].at, at);
}

TEST(MutexTest, LockThatClosesACycleOfTwoIsADeadlockThoughOthersRun) {
  Report report = Try([] {
    Mutex a("a");
    Mutex b("b");
    Go({.name = "idler", .daemon = true}, [] {
      for (;;) Yield();
    });
    Task one = Go("one", [&] {
      MutexLock la(a);
      MutexLock lb(b);
    });
    Task two = Go("two", [&] {
      MutexLock lb(b);
      MutexLock la(a);
    });
    one.Join();
    two.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other and never go on: T"));
  EXPECT_THAT(report, Because("T2 -> needs mutex \"b\" -> held by T3 (since step"));
  EXPECT_THAT(report, Because("T3 -> needs mutex \"a\" -> held by T2 (since step"));
  EXPECT_THAT(report.remedy, HasSubstr("same order everywhere"));
  ASSERT_EQ(report.tasks.size(), 2u);
  EXPECT_EQ(report.tasks[0].label, "T2 one");
  EXPECT_THAT(report.tasks[0].doing, HasSubstr("lock mutex \"b\" (held by T3, step"));
  EXPECT_EQ(report.tasks[1].holds, "mutex \"b\"");
}

TEST(MutexTest, LockThatClosesACycleOfThreeIsADeadlock) {
  Report report = Try([] {
    Mutex mu[3];
    Task tasks[3];
    for (int i = 0; i < 3; ++i) {
      tasks[i] = Go([&, i] {
        MutexLock first(mu[i]);
        MutexLock second(mu[(i + 1) % 3]);
      });
    }
    for (Task& task : tasks) task.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "3 tasks wait for each other"));
  EXPECT_EQ(report.why.size(), 3u);
}

TEST(MutexTest, TheSameOrderEverywhereNeverDeadlocks) {
  EXPECT_THAT(Try([] {
                Mutex a;
                Mutex b;
                auto work = [&] {
                  MutexLock la(a);
                  MutexLock lb(b);
                };
                Task one = Go(work);
                Task two = Go(work);
                one.Join();
                two.Join();
              }),
              Passes());
}

TEST(MutexTest, WaitingForAHolderWhoFinishedIsADeadlockNamingHim) {
  Report report = Try([] {
    Mutex mu("mu");
    Go([&] { mu.lock(); }).Join();
    mu.lock();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked, none can run"));
  EXPECT_THAT(report, Because("held by T1 (since step"));
  EXPECT_THAT(report, Because("which has finished"));
  EXPECT_THAT(report.remedy, HasSubstr("unlock on every path"));
}

// -- try_lock ---------------------------------------------------------------------------------------

TEST(MutexTest, TryLockTakesAFreeMutex) {
  EXPECT_THAT(Try([] {
                Mutex mu;
                EXPECT_TRUE(mu.try_lock());
                mu.unlock();
                EXPECT_TRUE(mu.try_lock());
                mu.unlock();
              }),
              Passes());
}

TEST(MutexTest, TryLockFailsForTheHolder) {
  EXPECT_THAT(Try([] {
                Mutex mu;
                mu.lock();
                EXPECT_FALSE(mu.try_lock());
                mu.unlock();
              }),
              Passes());
}

TEST(MutexTest, TryLockFailsWhileAnotherHoldsItAndNeverBlocks) {
  Observed seen = Observe([](Log& log) {
    Mutex mu;
    Task holder = Go([&] {
      MutexLock lock(mu);
      Yield();
    });
    const bool locked = mu.try_lock();
    log.Add(locked ? 'y' : 'n');
    if (locked) mu.unlock();
    holder.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("y", "n"));
}

TEST(MutexTest, ALockTakenByTryLockBlocksLock) {
  Observed seen = Observe([](Log& log) {
    Mutex mu;
    Task holder = Go([&] {
      if (!mu.try_lock()) return;
      log.Add('t');
      Yield();
      log.Add('T');
      mu.unlock();
    });
    mu.lock();
    log.Add('m');
    Yield();
    log.Add('M');
    mu.unlock();
    holder.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("tTmM", "mMtT", "mM"));
}

// -- unlock -----------------------------------------------------------------------------------------

TEST(MutexTest, UnlockOfAFreeMutexIsMisuse) {
  std::string at;
  Report report = Try([&] {
    Mutex mu("cart.mu");
    at = HEDDLE_HERE, mu.unlock();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "mutex \"cart.mu\" is unlocked though it is free",
                              at, "unlock once for each lock"));
}

TEST(MutexTest, UnlockTwiceIsMisuseOfTheSecond) {
  std::string at;
  Report report = Try([&] {
    Mutex mu;
    mu.lock();
    mu.unlock();
    at = HEDDLE_HERE, mu.unlock();
  });
  EXPECT_THAT(report,
              FailsAt(Verdict::kMisuse, "mutex #1 is unlocked though it is free", at, "once"));
}

TEST(MutexTest, UnlockOfAnothersMutexIsMisuseNamingBoth) {
  std::string at;
  Report report = Try([&] {
    Mutex mu("mu");
    mu.lock();
    Task thief = Go("thief", [&] { at = HEDDLE_HERE, mu.unlock(); });
    thief.Join();
  });
  EXPECT_THAT(report,
              FailsAt(Verdict::kMisuse, "mutex \"mu\" is unlocked by T1, but it is held by T0", at,
                      "unlock in the task that locked, or make it a Mutex{kUnowned}"));
}

// -- ~Mutex -----------------------------------------------------------------------------------------

TEST(MutexTest, DestroyingItWhileOneHoldsItIsMisuse) {
  std::string at;
  Report report = Try([&] {
    std::optional<Mutex> mu;
    mu.emplace("mu", NoteHere(at));
    mu->lock();
    mu.reset();
  });
  EXPECT_THAT(report,
              Fails(Verdict::kMisuse,
                    "mutex \"mu\" is destroyed while it is held by the task that destroys it"));
  EXPECT_EQ(report.at, at);
  EXPECT_EQ(report.remedy, "unlock it before it is destroyed");
}

TEST(MutexTest, DestroyingItWhileAFinishedTaskHoldsItIsMisuse) {
  std::string at;
  Report report = Try([&] {
    Mutex mu("mu", NoteHere(at));
    Go([&] { mu.lock(); }).Join();
  });
  EXPECT_THAT(report,
              FailsAt(Verdict::kMisuse,
                      "mutex \"mu\" is destroyed while it is held by T1, which has finished", at,
                      "unlock it before it is destroyed"));
}

TEST(MutexTest, AWaiterOfADestroyedMutexStaysBlockedEvenIfItsHolderUnlocks) {
  // In some schedules T1 stands at unlock and T2 at lock when T0 destroys the mutex.
  Stage order;
  bool locked_after = false;
  std::map<Verdict, Report> reports = EachVerdict(
      [&] {
        order.Set(0);
        auto mu = std::make_shared<Undead<Mutex>>("gone");
        Go([mu] {
          (*mu)->lock();
          (*mu)->unlock();
        });
        Go([mu, &order, &locked_after] {
          (*mu)->lock();
          locked_after |= order.Get() == 1;
          (*mu)->unlock();
        });
        for (int i = 0; i < 4; ++i) Yield();
        order.Set(1);
        mu->Destroy();
      },
      400);
  EXPECT_FALSE(locked_after);
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_TRUE(reports.contains(Verdict::kPassed));
  const Report& leak = reports.at(Verdict::kLeak);
  EXPECT_EQ(leak.tasks.at(0).doing, "lock mutex \"gone\" (destroyed)");
  EXPECT_THAT(leak, Because("needs mutex \"gone\" -> destroyed while T"));
  EXPECT_THAT(reports.at(Verdict::kMisuse), Fails(Verdict::kMisuse, "gone\" is destroyed while T"));
}

// -- The standard library's locks -------------------------------------------------------------------

TEST(MutexTest, WorksWithTheStandardLocks) {
  EXPECT_THAT(Try([] {
                Mutex a;
                Mutex b;
                int value = 0;
                auto work = [&](bool flip) {
                  {
                    std::scoped_lock both(flip ? a : b, flip ? b : a);
                    ++value;
                  }
                  {
                    std::lock_guard one(a);
                    ++value;
                  }
                  std::unique_lock later(a, std::defer_lock);
                  if (!later.try_lock()) later.lock();
                  ++value;
                  later.unlock();
                };
                Task other = Go([&] { work(true); });
                work(false);
                other.Join();
                EXPECT_EQ(value, 6);
              }),
              Passes());
}

TEST(MutexTest, MutexLockKeepsTheUsersLine) {
  std::string at;
  Report report = Try([&] {
    Mutex mu;
    MutexLock one(mu);
    MutexLock two(mu, NoteHere(at));
  });
  EXPECT_THAT(report, FailsAt(Verdict::kDeadlock, "which it holds already", at, "split off"));
}

TEST(MutexTest, WhichWaiterIsNextIsTheStrategysChoice) {
  Observed seen = Observe([](Log& log) {
    Mutex mu;
    mu.lock();
    Task tasks[3];
    for (int i = 0; i < 3; ++i) {
      tasks[i] = Go([&, i] {
        MutexLock lock(mu);
        log.Add(static_cast<char>('0' + i));
      });
    }
    mu.unlock();
    for (Task& task : tasks) task.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_EQ(seen.texts.size(), 6u);
}

}  // namespace
}  // namespace heddle::testing_support
