// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/weighted_semaphore.h"

#include <chrono>
#include <cstdint>
#include <functional>
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

WeightedSemaphore counting_global_weighted(2, "global.weighted");

// Everybody else has parked or finished when this returns: time moves only then.
void CountingSettle() { Sleep(kMoment); }

TEST(CountingWeightedTest, AcquireTakesWhatIsFreeAndReleaseGivesItBack) {
  EXPECT_THAT(Try([] {
                WeightedSemaphore permits(3);
                permits.Acquire(2);
                EXPECT_FALSE(permits.TryAcquire(2));
                EXPECT_TRUE(permits.TryAcquire());
                EXPECT_TRUE(permits.TryAcquire(0));
                permits.Release(3);
                permits.Acquire(3);
                permits.Acquire(0);
                permits.Release(0);
                permits.Release();
                EXPECT_TRUE(permits.TryAcquire(1));
              }),
              Passes());
}

TEST(CountingWeightedTest, AcquireParksUntilEnoughIsFree) {
  Observed seen = Observe([](Log& log) {
    WeightedSemaphore permits(3);
    permits.Acquire(3);
    Task waiter = Go([&] {
      permits.Acquire(2);
      log.Add('a');
    });
    log.Add('1');
    permits.Release(1);
    log.Add('2');
    permits.Release(1);
    waiter.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("12a"));
}

TEST(CountingWeightedTest, TheFrontBlocksThoseBehindItAndTryAcquire) {
  Observed seen = Observe(
      [](Log& log) {
        WeightedSemaphore permits(3);
        permits.Acquire(2);
        Task front = Go([&] {
          permits.Acquire(2);
          log.Add('f');
        });
        CountingSettle();
        EXPECT_FALSE(permits.TryAcquire(1));
        EXPECT_FALSE(permits.TryAcquire(0));
        Task behind = Go([&] {
          permits.Acquire(1);
          log.Add('b');
        });
        CountingSettle();
        permits.Release(0);  // the one behind would fit
        CountingSettle();
        log.Add('-');
        permits.Release(2);  // for both
        front.Join();
        behind.Join();
        EXPECT_FALSE(permits.TryAcquire(1));
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("-fb", "-bf"));  // granted in one step
}

TEST(CountingWeightedTest, FirstComeFirstServed) {
  Observed seen = Observe(
      [](Log& log) {
        WeightedSemaphore permits(1);
        permits.Acquire();
        for (char name : {'a', 'b', 'c'}) {
          Go([&permits, &log, name] {
            permits.Acquire();
            log.Add(name);
            permits.Release();
          });
          CountingSettle();
        }
        permits.Release();
        CountingSettle();
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("abc"));
}

TEST(CountingWeightedTest, NotYetInLineIsAnInterleaving) {
  Observed seen = Observe([](Log& log) {
    WeightedSemaphore permits(2);
    permits.Acquire(1);
    Task waiter = Go([&] { permits.Acquire(2); });
    const bool taken = permits.TryAcquire(1);
    log.Add(taken ? 'y' : 'n');
    permits.Release(taken ? 2 : 1);
    waiter.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("y", "n"));
}

TEST(CountingWeightedTest, MoreThanThereAreBlocksForGoodButNobodyElse) {
  Report report = Try([] {
    WeightedSemaphore permits(3, "memory");
    Go({.name = "greedy", .daemon = true}, [&] { permits.Acquire(4); });
    Yield();
    permits.Acquire(2);
    EXPECT_TRUE(permits.TryAcquire(1));
    permits.Release(3);
  });
  EXPECT_THAT(report, Passes());
  report = Try([] {
    WeightedSemaphore permits(3, "memory");
    permits.Acquire(5);
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
  EXPECT_EQ(report.tasks.at(0).doing,
            "acquire weighted semaphore \"memory\" (0 of 3 held, T0 waits for 5, more than there "
            "are)");
  EXPECT_THAT(report, Because("T0 -> needs permits of weighted semaphore \"memory\" (0 of 3 held, "
                              "T0 waits for 5, more than there are) -> it never has so many"));
  EXPECT_EQ(report.remedy, "acquire no more than the size of the semaphore");
}

TEST(CountingWeightedTest, AReportTellsWhoTookHowMany) {
  Report report = Try([] {
    WeightedSemaphore permits(3, "memory");
    permits.Acquire(1);
    Go("user", [&] { permits.Acquire(2); }).Join();
    Go("second", [&] { permits.Acquire(1); }).Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 of 2 live tasks are blocked"));
  EXPECT_THAT(report, Because("T2 -> needs permits of weighted semaphore \"memory\" (3 of 3 held, "
                              "T2 waits for 1) -> T0 took a permit (step "));
  EXPECT_THAT(report, Because("and has not released it, T1 took 2 permits (step "));
  EXPECT_THAT(report, Because("and finished without releasing them"));
  EXPECT_THAT(report.remedy, HasSubstr("release the permit on every path"));
}

TEST(CountingWeightedTest, APermitThatWasGrantedInLineCounts) {
  Report report = Try(
      [] {
        WeightedSemaphore permits(2, "memory");
        permits.Acquire(2);
        Task user = Go("user", [&] { permits.Acquire(2); });
        CountingSettle();
        permits.Release(2);
        user.Join();
        permits.Acquire(1);
      },
      kClockWhenIdle);
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
  EXPECT_THAT(report, Because("-> T1 took 2 permits (step "));
}

// -- Timed ------------------------------------------------------------------------------------------

TEST(CountingWeightedTest, ATimedAcquireGivesUpAtItsDeadline) {
  for (const Options& options : {Options{}, kClockWhenIdle}) {
    EXPECT_THAT(Try(
                    [] {
                      WeightedSemaphore permits(1);
                      EXPECT_TRUE(permits.AcquireFor(1ms));
                      EXPECT_FALSE(permits.AcquireFor(2ms));
                      EXPECT_EQ(Now().time_since_epoch(), 2ms);
                      EXPECT_FALSE(permits.AcquireUntil(Now() + 3ms));
                      EXPECT_FALSE(permits.AcquireFor(1ms, 7));  // more than there are
                      EXPECT_EQ(Now().time_since_epoch(), 6ms);
                      EXPECT_FALSE(permits.AcquireFor(0ms));
                      EXPECT_FALSE(permits.AcquireUntil(Now()));
                      EXPECT_EQ(Now().time_since_epoch(), 6ms);
                      permits.Release();
                      EXPECT_TRUE(permits.AcquireFor(0ms));
                      permits.Release();
                      EXPECT_TRUE(permits.AcquireUntil(Now()));
                    },
                    options),
                Passes());
  }
}

TEST(CountingWeightedTest, ATimedAcquireIsGrantedBeforeItsDeadline) {
  auto body = [](Log& log) {
    WeightedSemaphore permits(2);
    permits.Acquire(2);
    Task waiter = Go([&] { log.Add(permits.AcquireFor(1ms, 2) ? 'y' : 'n'); });
    permits.Release(2);
    waiter.Join();
    EXPECT_EQ(permits.TryAcquire(1), log.Text() == "n");
  };
  Observed anytime = Observe(body);
  EXPECT_THAT(anytime.report, Passes());
  EXPECT_THAT(anytime.texts, UnorderedElementsAre("y", "n"));
  Observed idle = Observe(body, kClockWhenIdle);
  EXPECT_THAT(idle.report, Passes());
  EXPECT_THAT(idle.texts, UnorderedElementsAre("y"));
}

TEST(CountingWeightedTest, AWaiterThatGivesUpGrantsToThoseBehindIt) {
  Observed seen = Observe(
      [](Log& log) {
        WeightedSemaphore permits(3);
        permits.Acquire(2);
        Task front = Go([&] { log.Add(permits.AcquireFor(1ms, 2) ? 'F' : 'f'); });
        CountingSettle();
        Task behind = Go([&] {
          permits.Acquire(1);
          log.Add('b');
          EXPECT_GE(Now().time_since_epoch(), 1ms);
        });
        front.Join();
        behind.Join();
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("fb", "bf"));
}

TEST(CountingWeightedTest, AWaiterThatWasGrantedDoesNotGiveUp) {
  EXPECT_THAT(Try([] {
                WeightedSemaphore permits(1);
                permits.Acquire();
                bool got = false;
                Task waiter = Go([&] { got = permits.AcquireFor(1ms); });
                Task other = Go([&] { Sleep(1ms); });
                permits.Release();
                other.Join();
                waiter.Join();
                EXPECT_EQ(permits.TryAcquire(), !got);
              }),
              Passes());
}

// -- Misuse -----------------------------------------------------------------------------------------

TEST(CountingWeightedTest, ReleaseOfMoreThanIsHeldIsMisuse) {
  std::string at;
  Report report = Try([&] {
    WeightedSemaphore permits(3, "memory");
    permits.Acquire(1);
    at = HEDDLE_HERE, permits.Release(2);
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "weighted semaphore \"memory\" is released by 2, but only 1 of 3 are "
                              "held",
                              at, "release only permits that were acquired, each once"));
}

TEST(CountingWeightedTest, ANegativeNumberIsMisuse) {
  struct Row {
    std::function<void(WeightedSemaphore&)> use;
    const char* part;
  };
  const Row rows[] = {
      {[](auto& s) { s.Acquire(-1); }, "acquire of -1 permits of weighted semaphore \"s\""},
      {[](auto& s) { (void)s.TryAcquire(-2); }, "try_acquire of -2 permits of weighted"},
      {[](auto& s) { (void)s.AcquireFor(1ms, -3); }, "acquire of -3 permits of weighted"},
      {[](auto& s) { s.Release(std::numeric_limits<int64_t>::min()); },
       "release of -9223372036854775808 permits of weighted"},
  };
  for (const Row& row : rows) {
    Report report = Try([&] {
      WeightedSemaphore s(1, "s");
      row.use(s);
    });
    EXPECT_THAT(report, Fails(Verdict::kMisuse, row.part));
    EXPECT_EQ(report.remedy, "ask for no permits or more");
  }
  std::string at;
  Report report = Try([&] { WeightedSemaphore s(-1, "s", NoteHere(at)); });
  EXPECT_THAT(report,
              FailsAt(Verdict::kMisuse, "weighted semaphore \"s\" is made with a size of -1", at,
                      "give it a size of 0 or more"));
}

// -- Lifetime ---------------------------------------------------------------------------------------

TEST(CountingWeightedTest, WaitersOfADestroyedOneStayBlocked) {
  std::map<Verdict, Report> reports = EachVerdict(
      [] {
        auto permits = std::make_shared<Undead<WeightedSemaphore>>(1, "gone");
        (*permits)->Acquire();
        Go([permits] { (*permits)->Acquire(); });
        Go([permits] { (*permits)->Release(); });
        for (int i = 0; i < 3; ++i) Yield();
        permits->Destroy();
      },
      400);
  EXPECT_TRUE(reports.contains(Verdict::kPassed));
  ASSERT_TRUE(reports.contains(Verdict::kLeak));
  EXPECT_THAT(reports.at(Verdict::kLeak),
              Because("weighted semaphore \"gone\" -> destroyed while"));
  EXPECT_THAT(reports.at(Verdict::kMisuse), Fails(Verdict::kMisuse, "gone\" is destroyed while T"));
}

TEST(CountingWeightedTest, OneOutsideIsAsAfterConstructionInEachExecution) {
  EXPECT_THAT(Try(
                  [] {
                    counting_global_weighted.Acquire(2);
                    EXPECT_FALSE(counting_global_weighted.TryAcquire());
                  },
                  {.schedules = 3}),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
