// SPDX-License-Identifier: Apache-2.0
//
// The timed operations of SharedMutex.
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "heddle/sync/shared_mutex.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;

using testing::UnorderedElementsAre;

TEST(SharedMutexTimedTest, TakesAFreeOne) {
  EXPECT_THAT(Try(
                  [] {
                    SharedMutex mu;
                    EXPECT_TRUE(mu.try_lock_for(1s));
                    mu.unlock();
                    EXPECT_TRUE(mu.try_lock_until(Now() + 1s));
                    mu.unlock();
                    EXPECT_TRUE(mu.try_lock_shared_for(1s));
                    EXPECT_TRUE(mu.try_lock_shared_until(Now() + 1s));
                    mu.unlock_shared();
                    mu.unlock_shared();
                    EXPECT_EQ(Now().time_since_epoch(), 0ns);
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(SharedMutexTimedTest, GivesUpWhileAWriterHoldsIt) {
  for (const Options& options : {Options{}, kClockWhenIdle}) {
    EXPECT_THAT(Try(
                    [] {
                      SharedMutex mu;
                      mu.lock();
                      Go([&] {
                        EXPECT_FALSE(mu.try_lock_for(5ms));
                        EXPECT_FALSE(mu.try_lock_shared_for(5ms));
                        EXPECT_FALSE(mu.try_lock_until(VirtualClock::time_point(11ms)));
                        EXPECT_FALSE(mu.try_lock_shared_until(VirtualClock::time_point(12ms)));
                        EXPECT_EQ(Now().time_since_epoch(), 12ms);
                      }).Join();
                      mu.unlock();
                      mu.lock();
                      mu.unlock();
                      mu.lock_shared();
                      mu.unlock_shared();
                    },
                    options),
                Passes());
  }
}

TEST(SharedMutexTimedTest, AWriterThatGivesUpLetsReadersInAgain) {
  Observed seen = Observe(
      [](Log& log) {
        SharedMutex mu;
        mu.lock_shared();
        Task writer = Go([&] { EXPECT_FALSE(mu.try_lock_for(5ms)); });
        Task reader = Go([&] {
          Sleep(1ms);
          ReaderLock lock(mu);
          log.Add(Now().time_since_epoch() == 5ms ? '5' : '1');
        });
        writer.Join();
        reader.Join();
        mu.unlock_shared();
        EXPECT_TRUE(mu.try_lock());
        mu.unlock();
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("5"));
}

TEST(SharedMutexTimedTest, AWriterThatGivesUpLetsWritersInAgain) {
  EXPECT_THAT(Try(
                  [] {
                    SharedMutex mu;
                    mu.lock_shared();
                    Task timed = Go([&] { EXPECT_FALSE(mu.try_lock_for(5ms)); });
                    Task writer = Go([&] {
                      Sleep(1ms);
                      WriterLock lock(mu);
                      EXPECT_EQ(Now().time_since_epoch(), 9ms);
                    });
                    Sleep(9ms);
                    mu.unlock_shared();
                    timed.Join();
                    writer.Join();
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(SharedMutexTimedTest, AWriterGetsItFromTheLastReaderOrGivesUpAsTimePasses) {
  auto body = [](Log& log) {
    SharedMutex mu;
    Task reader = Go([&] {
      ReaderLock lock(mu);
      Sleep(10ms);
    });
    Sleep(1ms);
    const bool locked = mu.try_lock_for(20ms);
    log.Add(locked ? 'y' : 'n');
    if (locked) {
      EXPECT_FALSE(mu.try_lock_shared());
      mu.unlock();
    }
    reader.Join();
  };
  EXPECT_THAT(Observe(body, kClockWhenIdle).texts, UnorderedElementsAre("y"));
  Observed seen = Observe(body);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("y", "n"));
}

TEST(SharedMutexTimedTest, AReaderGetsItFromTheWriterOrGivesUpAsTimePasses) {
  auto body = [](Log& log) {
    SharedMutex mu;
    Task writer = Go([&] {
      WriterLock lock(mu);
      Sleep(10ms);
    });
    Sleep(1ms);
    const bool reads = mu.try_lock_shared_for(20ms);
    log.Add(reads ? 'y' : 'n');
    if (reads) mu.unlock_shared();
    writer.Join();
  };
  EXPECT_THAT(Observe(body, kClockWhenIdle).texts, UnorderedElementsAre("y"));
  Observed seen = Observe(body);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("y", "n"));
}

TEST(SharedMutexTimedTest, ADeadlineThatIsPastMakesItTheTryOperation) {
  EXPECT_THAT(Try([] {
                SharedMutex mu;
                EXPECT_TRUE(mu.try_lock_shared_for(0ns));
                EXPECT_FALSE(mu.try_lock_for(0ns));
                EXPECT_FALSE(mu.try_lock_until(Now()));
                EXPECT_TRUE(mu.try_lock_shared_until(Now()));
                mu.unlock_shared();
                mu.unlock_shared();
                EXPECT_TRUE(mu.try_lock_for(-1h));
                EXPECT_FALSE(mu.try_lock_shared_for(-1h));
                mu.unlock();
                EXPECT_EQ(Now().time_since_epoch(), 0ns);
              }),
              Passes());
}

TEST(SharedMutexTimedTest, WaitsWithADeadlineCloseNoCycle) {
  for (const Options& options : {Options{}, kClockWhenIdle}) {
    EXPECT_THAT(Try(
                    [] {
                      SharedMutex mu;
                      // Reading again behind a writer that gives up in the end.
                      Task reader = Go([&] {
                        ReaderLock outer(mu);
                        ReaderLock inner(mu);
                      });
                      Task writer = Go([&] {
                        if (mu.try_lock_for(1s)) mu.unlock();
                      });
                      reader.Join();
                      writer.Join();
                    },
                    options),
                Passes());
    EXPECT_THAT(Try(
                    [] {
                      SharedMutex mu;
                      // Reading again behind a writer, but not for ever.
                      Task reader = Go([&] {
                        ReaderLock outer(mu);
                        if (mu.try_lock_shared_for(1s)) mu.unlock_shared();
                      });
                      Task writer = Go([&] { WriterLock lock(mu); });
                      reader.Join();
                      writer.Join();
                    },
                    options),
                Passes());
    EXPECT_THAT(Try(
                    [] {
                      SharedMutex mu;
                      ReaderLock lock(mu);
                      EXPECT_FALSE(mu.try_lock_for(1s));
                      EXPECT_TRUE(mu.try_lock_shared());
                      mu.unlock_shared();
                    },
                    options),
                Passes());
  }
}

TEST(SharedMutexTimedTest, MayTimeOutEarlyByAFaultInEitherStep) {
  Observed seen = Observe(
      [](Log& log) {
        SharedMutex mu;
        mu.lock_shared();
        Task writer = Go([&] {
          const bool locked = mu.try_lock_for(1h);
          log.Add(locked ? 'y' : 'n');
          if (locked) mu.unlock();
        });
        Yield();
        // A writer that gave up keeps nobody out.
        mu.unlock_shared();
        writer.Join();
        EXPECT_TRUE(mu.try_lock_shared());
        mu.unlock_shared();
      },
      {.clock = ClockPolicy::kWhenIdle, .faults = {.early_timeouts = 1}});
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("y", "n"));
}

TEST(SharedMutexTimedTest, WorksWithTheStandardLocks) {
  EXPECT_THAT(Try(
                  [] {
                    SharedMutex mu;
                    std::shared_lock reader(mu, 5ms);
                    EXPECT_TRUE(reader.owns_lock());
                    std::unique_lock writer(mu, 5ms);
                    EXPECT_FALSE(writer.owns_lock());
                    std::shared_lock until(mu, VirtualClock::time_point(50ms));
                    EXPECT_TRUE(until.owns_lock());
                  },
                  kClockWhenIdle),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
