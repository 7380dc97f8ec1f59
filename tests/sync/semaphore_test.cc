// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/semaphore.h"

#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

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
