// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/shared_mutex.h"

#include <mutex>
#include <shared_mutex>
#include <string>

#include "heddle/sync/channel.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

// -- Readers and writers ----------------------------------------------------------------------------

TEST(SharedMutexTest, ReadersReadTogether) {
  Observed seen = Observe([](Log& log) {
    SharedMutex mu;
    auto read = [&](char enter, char leave) {
      ReaderLock lock(mu);
      log.Add(enter);
      Yield();
      log.Add(leave);
    };
    Task a = Go([&] { read('a', 'A'); });
    read('m', 'M');
    a.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("aAmM", "amAM", "amMA", "mMaA", "maMA", "maAM"));
}

TEST(SharedMutexTest, AWriterIsAlone) {
  Observed seen = Observe([](Log& log) {
    SharedMutex mu;
    Task reader = Go([&] {
      ReaderLock lock(mu);
      log.Add('r');
      Yield();
      log.Add('R');
    });
    Task writer = Go([&] {
      WriterLock lock(mu);
      log.Add('w');
      Yield();
      log.Add('W');
    });
    WriterLock lock(mu);
    log.Add('m');
    Yield();
    log.Add('M');
    mu.unlock();
    reader.Join();
    writer.Join();
    mu.lock();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts,
              UnorderedElementsAre("rRwWmM", "rRmMwW", "wWrRmM", "wWmMrR", "mMrRwW", "mMwWrR"));
}

TEST(SharedMutexTest, AWriterThatAwaitsItsReadersKeepsNewOnesOut) {
  Observed seen = Observe([](Log& log) {
    SharedMutex mu;
    mu.lock_shared();
    Task writer = Go([&] {
      WriterLock lock(mu);
      log.Add('w');
    });
    // As long as the writer has not come, readers get in; from then on none.
    bool awaited = false;
    for (int i = 0; i < 4; ++i) {
      const bool reads = mu.try_lock_shared();
      log.Add(reads ? 'y' : 'n');
      EXPECT_FALSE(awaited && reads);
      awaited = !reads;
      if (reads) mu.unlock_shared();
    }
    Task reader = Go([&] {
      ReaderLock lock(mu);
      log.Add('r');
    });
    mu.unlock_shared();
    writer.Join();
    reader.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, Contains("yyyywr"));
  EXPECT_THAT(seen.texts, Contains("yynnwr"));
  EXPECT_THAT(seen.texts, Contains("nnnnwr"));
  // Both may wait at the end of the writer's wait, but a reader that stands behind it goes later.
  EXPECT_THAT(seen.texts, Not(Contains("nnnnrw")));
}

TEST(SharedMutexTest, AnotherWriterWaitsBehindTheOneThatAwaitsItsReaders) {
  Observed seen = Observe([](Log& log) {
    SharedMutex mu;
    mu.lock_shared();
    Task one = Go([&] {
      WriterLock lock(mu);
      log.Add('1');
      Yield();
      log.Add('1');
    });
    Task two = Go([&] {
      WriterLock lock(mu);
      log.Add('2');
      Yield();
      log.Add('2');
    });
    EXPECT_FALSE(mu.try_lock());
    mu.unlock_shared();
    one.Join();
    two.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("1122", "2211"));
}

TEST(SharedMutexTest, TheWriterWaitsForTheLastReaderOfMany) {
  EXPECT_THAT(Try([] {
                SharedMutex mu;
                Stage left;
                Task readers[6];
                for (Task& reader : readers) {
                  reader = Go([&] {
                    mu.lock_shared();
                    left.Add(1);
                    Yield();
                    EXPECT_TRUE(left.Get() > 0);
                    left.Add(-1);
                    mu.unlock_shared();
                  });
                }
                for (int i = 0; i < 2; ++i) {
                  WriterLock lock(mu);
                  EXPECT_EQ(left.Get(), 0);
                }
                for (Task& reader : readers) reader.Join();
              }),
              Passes());
}

TEST(SharedMutexTest, AReaderMayReadTwiceAndLeavesTwice) {
  EXPECT_THAT(Try([] {
                SharedMutex mu;
                mu.lock_shared();
                mu.lock_shared();
                EXPECT_TRUE(mu.try_lock_shared());
                mu.unlock_shared();
                mu.unlock_shared();
                EXPECT_FALSE(mu.try_lock());
                mu.unlock_shared();
                EXPECT_TRUE(mu.try_lock());
                mu.unlock();
              }),
              Passes());
}

TEST(SharedMutexTest, TryLockWantsItFreeAndTryLockSharedNoWriter) {
  EXPECT_THAT(Try([] {
                SharedMutex mu;
                EXPECT_TRUE(mu.try_lock());
                EXPECT_FALSE(mu.try_lock());
                EXPECT_FALSE(mu.try_lock_shared());
                mu.unlock();
                EXPECT_TRUE(mu.try_lock_shared());
                EXPECT_FALSE(mu.try_lock());
                mu.unlock_shared();
              }),
              Passes());
}

TEST(SharedMutexTest, LockIsOneStepIfItIsFreeAndTwoIfReadersAreThere) {
  const uint64_t free = Try(
                            [] {
                              SharedMutex mu;
                              mu.lock();
                              mu.unlock();
                            },
                            {.schedules = 1})
                            .total_steps;
  EXPECT_EQ(free, Try([] {}, {.schedules = 1}).total_steps + 2);
  Report report = Try([] {
    SharedMutex mu("mu");
    mu.lock_shared();
    Stage stage;
    Task writer = Go([&] {
      stage.Set(1);
      mu.lock();
      mu.unlock();
      throw "end";
    });
    stage.Await(1);
    Yield();
    if (mu.try_lock_shared()) mu.unlock_shared();
    mu.unlock_shared();
    writer.Join();
  });
  EXPECT_EQ(report.verdict, Verdict::kException);
  EXPECT_THAT(RowsOf(report), HasSubstr("lock mu"));
}

TEST(SharedMutexTest, FaultsFailTheTryOperations) {
  Observed seen = Observe(
      [](Log& log) {
        SharedMutex mu;
        if (mu.try_lock()) {
          log.Add('w');
          mu.unlock();
        }
        if (mu.try_lock_shared()) {
          log.Add('r');
          mu.unlock_shared();
        }
        EXPECT_TRUE(mu.try_lock_shared() || mu.try_lock_shared());
        mu.unlock_shared();
      },
      {.faults = {.failed_try_locks = 1}});
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("wr", "w", "r"));
}

// -- The standard library's locks -------------------------------------------------------------------

TEST(SharedMutexTest, WorksWithTheStandardLocks) {
  EXPECT_THAT(Try([] {
                SharedMutex a;
                SharedMutex b;
                int value = 0;
                auto work = [&](bool flip) {
                  {
                    std::scoped_lock both(flip ? a : b, flip ? b : a);
                    ++value;
                  }
                  {
                    std::shared_lock reader(a);
                    EXPECT_GT(value, 0);
                  }
                  std::unique_lock later(a, std::defer_lock);
                  if (!later.try_lock()) later.lock();
                  ++value;
                };
                Task other = Go([&] { work(true); });
                work(false);
                other.Join();
                EXPECT_EQ(value, 4);
              }),
              Passes());
}

TEST(SharedMutexTest, TheScopesKeepTheUsersLine) {
  std::string at;
  Report report = Try([&] {
    SharedMutex mu;
    WriterLock one(mu);
    ReaderLock two(mu, NoteHere(at));
  });
  EXPECT_THAT(report, FailsAt(Verdict::kDeadlock, "which it holds already", at, "split off"));
  report = Try([&] {
    SharedMutex mu;
    WriterLock one(mu);
    WriterLock two(mu, NoteHere(at));
  });
  EXPECT_THAT(report, FailsAt(Verdict::kDeadlock, "which it holds already", at, "split off"));
}

}  // namespace
}  // namespace heddle::testing_support
