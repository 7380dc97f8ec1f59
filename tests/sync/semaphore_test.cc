// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/semaphore.h"

#include <chrono>
#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST(SemaphoreTest, AcquireTakesAPermit) {
  EXPECT_THAT(Try([] {
                Semaphore permits(2);
                permits.acquire();
                permits.acquire();
                EXPECT_FALSE(permits.try_acquire());
              }),
              Passes());
}

TEST(SemaphoreTest, AcquireWithoutAPermitBlocksUntilARelease) {
  Observed seen = Observe([](Log& log) {
    Semaphore permits(0);
    Task waiter = Go([&] {
      permits.acquire();
      log.Add('a');
    });
    log.Add('r');
    permits.release();
    waiter.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("ra"));
}

TEST(SemaphoreTest, AcquireForGoodIsADeadlockThatNamesWhoTookThePermits) {
  Report report = Try([] {
    Semaphore permits(1, "db");
    Go("user", [&] { permits.acquire(); }).Join();
    permits.acquire();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked, none can run"));
  EXPECT_EQ(report.tasks.at(0).doing, "acquire semaphore \"db\" (no permit)");
  EXPECT_THAT(report, Because("needs a permit of semaphore \"db\" -> T1 took a permit (step"));
  EXPECT_THAT(report, Because("finished without releasing it"));
  EXPECT_THAT(report.remedy, HasSubstr("release the permit on every path"));
}

TEST(SemaphoreTest, TwoTasksThatWaitForEachOthersPermitsAreNoCycle) {
  // Permits have no owner: somebody else could release. So the deadlock is one of quiescence.
  Report report = Try([] {
    Semaphore a(1, "a");
    Semaphore b(1, "b");
    auto work = [](Semaphore& first, Semaphore& second) {
      first.acquire();
      second.acquire();
      second.release();
      first.release();
    };
    Task one = Go([&] { work(a, b); });
    Task two = Go([&] { work(b, a); });
    one.Join();
    two.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "3 of 3 live tasks are blocked, none can run"));
}

TEST(SemaphoreTest, TryAcquireTakesAPermitOrFails) {
  Observed seen = Observe([](Log& log) {
    Semaphore permits(1);
    auto take = [&](char yes, char no) { log.Add(permits.try_acquire() ? yes : no); };
    Task other = Go([&] { take('o', 'x'); });
    take('m', 'x');
    other.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("mx", "ox"));
}

TEST(SemaphoreTest, ReleaseOfSeveralLetsAsManyIn) {
  Observed seen = Observe([](Log& log) {
    Semaphore permits(0);
    for (int i = 0; i < 3; ++i) {
      Go({.daemon = true}, [&] {
        permits.acquire();
        log.Add('a');
      });
    }
    permits.release(2);
    for (int i = 0; i < 40; ++i) Yield();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_TRUE(seen.texts.contains("aa"));
  EXPECT_FALSE(seen.texts.contains("aaa"));
}

TEST(SemaphoreTest, AnyTaskMayReleaseAndMoreThanTheInitialPermits) {
  EXPECT_THAT(Try([] {
                Semaphore permits(1);
                Go([&] { permits.release(4); }).Join();
                for (int i = 0; i < 5; ++i) EXPECT_TRUE(permits.try_acquire());
                EXPECT_FALSE(permits.try_acquire());
              }),
              Passes());
}

TEST(SemaphoreTest, NeverMoreInsideThanPermits) {
  Stage inside;
  Stage too_many;
  Stage two;
  EXPECT_THAT(Try([&] {
                inside.Set(0);
                Semaphore permits(2);
                Task tasks[4];
                for (Task& task : tasks) {
                  task = Go([&] {
                    permits.acquire();
                    inside.Add();
                    if (inside.Get() > 2) too_many.Set(1);
                    if (inside.Get() == 2) two.Set(1);
                    Yield();
                    inside.Add(-1);
                    permits.release();
                  });
                }
                for (Task& task : tasks) task.Join();
              }),
              Passes());
  EXPECT_EQ(too_many.Get(), 0);
  EXPECT_EQ(two.Get(), 1);
}

TEST(SemaphoreTest, WhichWaiterIsNextIsTheStrategysChoice) {
  Observed seen = Observe([](Log& log) {
    Semaphore permits(0);
    Task tasks[3];
    for (int i = 0; i < 3; ++i) {
      tasks[i] = Go([&, i] {
        permits.acquire();
        log.Add(static_cast<char>('0' + i));
        permits.release();
      });
    }
    permits.release();
    for (Task& task : tasks) task.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_EQ(seen.texts.size(), 6u);
}

// -- try_acquire_for, try_acquire_until ------------------------------------------------------------

TEST(SemaphoreTest, ATimedAcquireThatNobodyHelpsGivesUpAtItsDeadline) {
  for (const Options& options : {Options{}, kClockWhenIdle}) {
    EXPECT_THAT(Try(
                    [] {
                      Semaphore permits(0);
                      EXPECT_FALSE(permits.try_acquire_for(5ms));
                      EXPECT_EQ(Now().time_since_epoch(), 5ms);
                      EXPECT_FALSE(permits.try_acquire_until(Now() + 2ms));
                      EXPECT_EQ(Now().time_since_epoch(), 7ms);
                    },
                    options),
                Passes());
  }
}

TEST(SemaphoreTest, ATimedAcquireTakesAPermitBeforeItsDeadline) {
  auto body = [](Log& log) {
    Semaphore permits(0);
    Task other = Go([&] { permits.release(); });
    const bool first = permits.try_acquire_for(1ms);
    log.Add(first ? 'y' : 'n');
    other.Join();
    // Whoever gave up took nothing.
    EXPECT_EQ(permits.try_acquire(), !first);
  };
  Observed anytime = Observe(body);
  EXPECT_THAT(anytime.report, Passes());
  EXPECT_THAT(anytime.texts, UnorderedElementsAre("y", "n"));
  Observed idle = Observe(body, kClockWhenIdle);
  EXPECT_THAT(idle.report, Passes());
  EXPECT_THAT(idle.texts, UnorderedElementsAre("y"));
}

TEST(SemaphoreTest, APermitThatIsThereIsNotMissedForTheClocksSake) {
  auto body = [](Log& log) {
    Semaphore permits(1);
    log.Add(permits.try_acquire_until(Now() + 1ms) ? 'y' : 'n');
  };
  EXPECT_THAT(Observe(body, kClockWhenIdle).texts, UnorderedElementsAre("y"));
  EXPECT_THAT(Observe(body).texts, UnorderedElementsAre("y"));
  EXPECT_THAT(Observe(body, {.faults = {.early_timeouts = 1}}).texts, UnorderedElementsAre("y"));
}

TEST(SemaphoreTest, ATimedAcquireThatLosesThePermitWaitsForTheNext) {
  auto body = [](Log& log) {
    Semaphore permits(1);
    Task rival = Go([&] {
      if (!permits.try_acquire()) return;
      log.Add('r');
      permits.release();
    });
    log.Add(permits.try_acquire_for(1ms) ? 'y' : 'n');
    rival.Join();
  };
  Observed idle = Observe(body, kClockWhenIdle);
  EXPECT_THAT(idle.report, Passes());
  EXPECT_THAT(idle.texts, UnorderedElementsAre("y", "ry"));
  EXPECT_THAT(Observe(body).texts, UnorderedElementsAre("y", "ry", "rn"));
  EXPECT_THAT(
      Observe(body, {.clock = ClockPolicy::kWhenIdle, .faults = {.early_timeouts = 1}}).texts,
      UnorderedElementsAre("y", "ry", "rn"));
}

TEST(SemaphoreTest, ADeadlineThatIsNotAheadMakesATimedAcquireATry) {
  EXPECT_THAT(Try([] {
                Semaphore permits(2);
                Sleep(1ms);
                EXPECT_TRUE(permits.try_acquire_for(0ns));
                EXPECT_TRUE(permits.try_acquire_until(Now()));
                EXPECT_FALSE(permits.try_acquire_for(-1ms));
                EXPECT_FALSE(permits.try_acquire_until(Now() - 1ns));
                EXPECT_EQ(Now().time_since_epoch(), 1ms);
              }),
              Passes());
}

TEST(SemaphoreTest, ATimedAcquireWaitsBesideOthersForOnePermit) {
  Observed seen = Observe([](Log& log) {
    Semaphore permits(0);
    Task timed = Go([&] {
      const bool taken = permits.try_acquire_for(1ms);
      log.Add(taken ? 'y' : 'n');
      if (taken) permits.release();
    });
    Task plain = Go([&] {
      permits.acquire();
      log.Add('p');
      permits.release();
    });
    permits.release();
    timed.Join();
    plain.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("yp", "py", "np", "pn"));
}

// -- Misuse -----------------------------------------------------------------------------------------

TEST(SemaphoreTest, ReleaseOverTheMaximumIsMisuse) {
  std::string at;
  Report report = Try([&] {
    Semaphore permits(1, {.name = "slots", .maximum = 2});
    permits.release();
    at = HEDDLE_HERE, permits.release();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "semaphore \"slots\" is released to 2 + 1 permits, its maximum is 2",
                              at, "release only permits that were acquired, each once"));
  EXPECT_EQ(LastActor(report), "T0 main");
}

TEST(SemaphoreTest, ReleaseFarOverTheMaximumDoesNotOverflow) {
  Report report = Try([] {
    Semaphore permits(1);
    permits.release(std::numeric_limits<ptrdiff_t>::max());
  });
  EXPECT_THAT(report,
              Fails(Verdict::kMisuse, "semaphore #1 is released to 1 + 9223372036854775807"));
  EXPECT_THAT(Try([] {
                Semaphore permits(0);
                permits.release(std::numeric_limits<ptrdiff_t>::max());
                permits.acquire();
              }),
              Passes());
}

TEST(SemaphoreTest, ReleaseOfNoneOrFewerIsMisuse) {
  for (ptrdiff_t permits : {ptrdiff_t{0}, ptrdiff_t{-1}, std::numeric_limits<ptrdiff_t>::min()}) {
    std::string at;
    Report report = Try([&] {
      Semaphore semaphore(1, "s");
      at = HEDDLE_HERE, semaphore.release(permits);
    });
    EXPECT_THAT(report,
                FailsAt(Verdict::kMisuse,
                        "semaphore \"s\" is released by " + std::to_string(permits) + " permits",
                        at, "release at least one permit"));
  }
}

TEST(SemaphoreTest, ABadInitialNumberIsMisuse) {
  struct Row {
    ptrdiff_t permits;
    ptrdiff_t maximum;
  };
  for (Row row : {Row{-1, 5}, Row{6, 5}, Row{0, -1}}) {
    std::string at;
    Report report = Try([&] {
      const SemaphoreOptions options = {.name = "s", .maximum = row.maximum};
      Semaphore semaphore(row.permits, options, NoteHere(at));
    });
    EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                                "semaphore \"s\" is made with " + std::to_string(row.permits) +
                                    " permits, its maximum is " + std::to_string(row.maximum),
                                at, "start with 0 to maximum permits"));
  }
  EXPECT_THAT(Try([] { Semaphore none(0, {.maximum = 0}); }), Passes());
}

// -- ~Semaphore -------------------------------------------------------------------------------------

TEST(SemaphoreTest, WaitersOfADestroyedSemaphoreStayBlockedEvenIfOneReleases) {
  Stage order;
  bool acquired_after = false;
  std::map<Verdict, Report> reports = EachVerdict(
      [&] {
        order.Set(0);
        auto permits = std::make_shared<Undead<Semaphore>>(0, "gone");
        Go([permits] { (*permits)->release(); });
        Go([permits, &order, &acquired_after] {
          (*permits)->acquire();
          acquired_after |= order.Get() == 1;
        });
        for (int i = 0; i < 3; ++i) Yield();
        order.Set(1);
        permits->Destroy();
      },
      400);
  EXPECT_FALSE(acquired_after);
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_TRUE(reports.contains(Verdict::kPassed));
  EXPECT_EQ(reports.at(Verdict::kLeak).tasks.at(0).doing, "acquire semaphore \"gone\" (destroyed)");
  EXPECT_THAT(reports.at(Verdict::kMisuse),
              Fails(Verdict::kMisuse, "a semaphore was used after it was destroyed"));
}

}  // namespace
}  // namespace heddle::testing_support
