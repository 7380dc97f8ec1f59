// SPDX-License-Identifier: Apache-2.0
//
// Who may unlock a SharedMutex, who waits for whom, and what is misuse.
#include <memory>
#include <optional>
#include <string>

#include "heddle/sync/channel.h"
#include "heddle/sync/shared_mutex.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;

// -- Cycles -----------------------------------------------------------------------------------------

TEST(SharedMutexTest, LockByTheWriterIsACycleOfLengthOne) {
  std::string at;
  Report report = Try([&] {
    SharedMutex mu("mu");
    mu.lock();
    at = HEDDLE_HERE, mu.lock();
  });
  EXPECT_THAT(report,
              FailsAt(Verdict::kDeadlock, "T0 locks shared mutex \"mu\", which it holds already",
                      at, "unlock it before"));
  report = Try([&] {
    SharedMutex mu("mu");
    mu.lock();
    at = HEDDLE_HERE, mu.lock_shared();
  });
  EXPECT_THAT(report,
              FailsAt(Verdict::kDeadlock, "T0 locks shared mutex \"mu\", which it holds already",
                      at, "unlock it before"));
  EXPECT_THAT(report, Because("T0 -> needs shared mutex \"mu\" -> held by T0 (since step 2, "));
}

TEST(SharedMutexTest, LockByAReaderIsACycleOfLengthOne) {
  std::string at;
  Report report = Try([&] {
    SharedMutex mu("mu");
    mu.lock_shared();
    at = HEDDLE_HERE, mu.lock();
  });
  EXPECT_THAT(report,
              FailsAt(Verdict::kDeadlock, "T0 locks shared mutex \"mu\", which it holds already",
                      at, "unlock_shared before lock: a reader cannot become the writer"));
  EXPECT_THAT(report, Because("T0 -> needs the readers of shared mutex \"mu\" to leave -> read by "
                              "T0 (since step 2, shared_mutex_owners_test.cc:"));
}

TEST(SharedMutexTest, ReadingAgainBehindAWriterIsADeadlockThoughOthersRun) {
  auto body = [] {
    SharedMutex mu("mu");
    Go({.name = "idler", .daemon = true}, [] {
      for (;;) Yield();
    });
    Task reader = Go("reader", [&] {
      ReaderLock outer(mu);
      Yield();
      ReaderLock inner(mu);
    });
    Task writer = Go("writer", [&] { WriterLock lock(mu); });
    reader.Join();
    writer.Join();
  };
  Report report = Try(body);
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other and never go on: T"));
  EXPECT_THAT(report, Because("T2 -> needs shared mutex \"mu\" -> the writer T3 (since step"));
  EXPECT_THAT(report, Because("is next and awaits its readers"));
  EXPECT_THAT(report, Because("T3 -> needs the readers of shared mutex \"mu\" to leave -> read by "
                              "T2 (since step"));
  EXPECT_THAT(report.remedy, HasSubstr("do not lock_shared again while reading"));
  // It forms at the reader's announcement or in the writer's step.
  std::string ends;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Report one = Try(body, {.schedules = 50, .seed = seed});
    EXPECT_EQ(one.verdict, Verdict::kDeadlock);
    ends += one.headline.back();
  }
  EXPECT_THAT(ends, HasSubstr("2"));
  EXPECT_THAT(ends, HasSubstr("3"));
}

TEST(SharedMutexTest, TwoReadersThatBothBecomeWritersWaitForEachOther) {
  Report report = Try([] {
    SharedMutex a("a");
    SharedMutex b("b");
    Task one = Go([&] {
      ReaderLock la(a);
      WriterLock lb(b);
    });
    Task two = Go([&] {
      ReaderLock lb(b);
      WriterLock la(a);
    });
    one.Join();
    two.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other"));
  EXPECT_THAT(report.remedy, HasSubstr("same order everywhere"));
}

TEST(SharedMutexTest, AWriterWaitsForEveryReaderNotJustTheFirst) {
  // The second reader waits for the writer by joining it; the first one is long gone or still there.
  Report report = Try([] {
    SharedMutex mu("mu");
    Stage stage;
    Go({.name = "first", .daemon = true}, [&] {
      mu.lock_shared();
      stage.Set(1);
      for (;;) Yield();
    });
    stage.Await(1);
    mu.lock_shared();
    Task writer = Go("writer", [&] { mu.lock(); });
    writer.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other"));
  EXPECT_THAT(report, Because("read by T0 (since step"));
  EXPECT_THAT(report, Because(", T1 (since step"));
  EXPECT_THAT(report.remedy, HasSubstr("release the lock before joining"));
}

TEST(SharedMutexTest, WaitingForAReaderWhoFinishedIsADeadlockNamingHim) {
  Report report = Try([] {
    SharedMutex mu("mu");
    Go([&] { mu.lock_shared(); }).Join();
    mu.lock();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked, none can run"));
  EXPECT_THAT(report, Because("read by T1 (since step"));
  EXPECT_THAT(report, Because("which has finished"));
  EXPECT_THAT(report.remedy, HasSubstr("unlock on every path"));
  EXPECT_THAT(report.tasks.at(0).doing, "await-readers shared mutex \"mu\" (T0 awaits T1)");
}

// -- Misuse -----------------------------------------------------------------------------------------

TEST(SharedMutexTest, UnlockWithoutAWriterIsMisuse) {
  std::string at;
  Report report = Try([&] {
    SharedMutex mu("mu");
    at = HEDDLE_HERE, mu.unlock();
  });
  const char* headline = "shared mutex \"mu\" is unlocked though no task holds it for writing";
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, headline, at, "undo lock_shared by unlock_shared"));
  report = Try([&] {
    SharedMutex mu("mu");
    mu.lock_shared();
    at = HEDDLE_HERE, mu.unlock();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, headline, at, "unlock once for each lock"));
}

TEST(SharedMutexTest, UnlockByAnotherIsMisuse) {
  std::string at;
  Report report = Try([&] {
    SharedMutex mu("mu");
    mu.lock();
    Go([&] { at = HEDDLE_HERE, mu.unlock(); }).Join();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "shared mutex \"mu\" is unlocked by T1, but it is held by T0", at,
                              "or make it a SharedMutex{kUnowned}"));
}

TEST(SharedMutexTest, UnlockSharedWithoutReadingIsMisuse) {
  std::string at;
  Report report = Try([&] {
    SharedMutex mu("mu");
    mu.lock();
    at = HEDDLE_HERE, mu.unlock_shared();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "shared mutex \"mu\" is unlocked though no task holds it for reading",
                              at, "undo lock by unlock"));
  report = Try([&] {
    SharedMutex mu("mu");
    mu.lock_shared();
    Go([&] { at = HEDDLE_HERE, mu.unlock_shared(); }).Join();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "shared mutex \"mu\" is unlocked by T1, which does not hold it for "
                              "reading",
                              at, "in the task that called lock_shared"));
}

TEST(SharedMutexTest, DestroyingItWhileItIsHeldIsMisuse) {
  std::string at;
  for (bool shared : {false, true}) {
    auto lock = [shared](SharedMutex& mu) { shared ? mu.lock_shared() : mu.lock(); };
    Report report = Try([&] {
      std::optional<SharedMutex> mu;
      mu.emplace("mu", NoteHere(at));
      lock(*mu);
      mu.reset();
    });
    EXPECT_THAT(report,
                FailsAt(Verdict::kMisuse,
                        "shared mutex \"mu\" is destroyed while it is held by the task that "
                        "destroys it",
                        at, "unlock it before it is destroyed"));
    report = Try([&] {
      SharedMutex mu("mu", NoteHere(at));
      Go([&] { lock(mu); }).Join();
    });
    EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "held by T1, which has finished", at, "unlock"));
  }
}

TEST(SharedMutexTest, WaitersOfADestroyedOneStayBlocked) {
  Report report = Try([] {
    auto mu = std::make_shared<Undead<SharedMutex>>("gone");
    Stage stage;
    Go({.name = "reader", .daemon = true}, [mu, &stage] {
      (*mu)->lock_shared();
      stage.Add();
      (void)Channel<int>().Receive();
    });
    stage.Await(1);
    Go("writer", [mu] { (*mu)->lock(); });
    while ((*mu)->try_lock_shared()) (*mu)->unlock_shared();
    Go("late reader", [mu, &stage] {
      stage.Add();
      (*mu)->lock_shared();
    });
    Go("late writer", [mu, &stage] {
      stage.Add();
      (*mu)->lock();
    });
    stage.Await(3);
    mu->Destroy();
  });
  EXPECT_THAT(report, Fails(Verdict::kLeak, "3 tasks never finished"));
  EXPECT_EQ(report.tasks.at(0).doing, "await-readers shared mutex \"gone\" (destroyed)");
  EXPECT_EQ(report.tasks.at(1).doing, "lock_shared shared mutex \"gone\" (destroyed)");
  EXPECT_EQ(report.tasks.at(2).doing, "lock shared mutex \"gone\" (destroyed)");
}

// -- Go's rule --------------------------------------------------------------------------------------

TEST(SharedMutexTest, AnUnownedOneMayBeUnlockedByAnyTask) {
  EXPECT_THAT(Try([] {
                SharedMutex mu(kUnowned, "mu");
                mu.lock();
                Go([&] { mu.unlock(); });
                mu.lock_shared();
                mu.lock_shared();
                Go([&] { mu.unlock_shared(); });
                Go([&] { mu.unlock_shared(); });
                mu.lock();
                EXPECT_FALSE(mu.try_lock_shared());
              }),
              Passes());
}

TEST(SharedMutexTest, AnUnownedOneHasNoCycles) {
  Report report = Try([] {
    SharedMutex mu(kUnowned, "mu");
    mu.lock_shared();
    mu.lock();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked, none can run"));
  report = Try([] {
    SharedMutex mu(kUnowned, "mu");
    mu.lock();
    mu.lock_shared();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked, none can run"));
  EXPECT_THAT(report.tasks.at(0).doing, HasSubstr("locked by T0"));
}

TEST(SharedMutexTest, UnlockingAnUnownedOneThatIsNotHeldSoIsMisuse) {
  EXPECT_THAT(Try([] {
                SharedMutex mu(kUnowned, "mu");
                mu.lock_shared();
                mu.unlock();
              }),
              Fails(Verdict::kMisuse, "is unlocked though no task holds it for writing"));
  EXPECT_THAT(Try([] {
                SharedMutex mu(kUnowned, "mu");
                mu.lock();
                mu.unlock_shared();
              }),
              Fails(Verdict::kMisuse, "is unlocked though no task holds it for reading"));
  // Two unlocks of one lock, in either order.
  EXPECT_THAT(Try([] {
                SharedMutex mu(kUnowned, "mu");
                mu.lock_shared();
                Task other = Go([&] { mu.unlock_shared(); });
                mu.unlock_shared();
                other.Join();
              }),
              Fails(Verdict::kMisuse, "is unlocked though no task holds it for reading"));
}

TEST(SharedMutexTest, AnUnownedOneMayBeDestroyedWhileItIsHeld) {
  EXPECT_THAT(Try([] {
                SharedMutex written(kUnowned);
                written.lock();
                SharedMutex read(kUnowned);
                read.lock_shared();
              }),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
