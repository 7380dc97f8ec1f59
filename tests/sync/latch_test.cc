// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/latch.h"

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

Latch counting_global_latch(2, "global.latch");

TEST(CountingLatchTest, WaitBlocksUntilTheCounterIsZero) {
  Observed seen = Observe([](Log& log) {
    Latch latch(3);
    Task waiter = Go([&] {
      latch.wait();
      log.Add('w');
    });
    log.Add('2');
    latch.count_down(2);
    log.Add('1');
    latch.count_down();
    waiter.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("21w"));
}

TEST(CountingLatchTest, AtZeroNothingBlocks) {
  EXPECT_THAT(Try([] {
                Latch latch(0);
                latch.wait();
                EXPECT_TRUE(latch.try_wait());
                EXPECT_TRUE(latch.wait_for(1ms));
                latch.count_down(0);
                Latch one(1);
                EXPECT_FALSE(one.try_wait());
                one.count_down(0);
                EXPECT_FALSE(one.try_wait());
                one.arrive_and_wait();
                EXPECT_TRUE(one.try_wait());
              }),
              Passes());
}

TEST(CountingLatchTest, ArriveAndWaitIsTwoSteps) {
  Observed seen = Observe([](Log& log) {
    Latch latch(2);
    Task other = Go([&] {
      latch.arrive_and_wait();
      log.Add('o');
    });
    latch.arrive_and_wait();
    log.Add('m');
    other.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("om", "mo"));
  const auto steps = [](void (*body)()) { return Try(body, {.schedules = 1}).total_steps; };
  EXPECT_EQ(steps([] { Latch(1).arrive_and_wait(); }), steps([] {}) + 2);
  EXPECT_EQ(steps([] { Latch(1).count_down(); }), steps([] {}) + 1);
}

TEST(CountingLatchTest, ALatchThatNobodyCountsDownIsExplained) {
  Report report = Try([] {
    Latch latch(2, "ready");
    Go("worker", [&] { latch.count_down(); }).Join();
    latch.wait();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
  EXPECT_EQ(report.tasks.at(0).doing, "wait latch \"ready\" (counter 1)");
  EXPECT_THAT(report, Because("T0 -> needs latch \"ready\" (counter 1) to reach 0 -> only T1 "
                              "counts down there: T1 has finished"));
  EXPECT_THAT(report.remedy, HasSubstr("count down on every path"));
}

TEST(CountingLatchTest, ATimedWaitGivesUpOrIsLetThrough) {
  for (const Options& options : {Options{}, kClockWhenIdle}) {
    EXPECT_THAT(Try(
                    [] {
                      Latch latch(1);
                      EXPECT_FALSE(latch.wait_for(3ms));
                      EXPECT_FALSE(latch.wait_until(Now() + 1ms));
                      EXPECT_FALSE(latch.wait_for(0ms));
                      EXPECT_FALSE(latch.wait_until(Now()));
                      EXPECT_EQ(Now().time_since_epoch(), 4ms);
                    },
                    options),
                Passes());
  }
  auto body = [](Log& log) {
    Latch latch(1);
    Task waiter = Go([&] { log.Add(latch.wait_for(1ms) ? 'y' : 'n'); });
    latch.count_down();
    waiter.Join();
    EXPECT_TRUE(latch.wait_for(0ms));
  };
  EXPECT_THAT(Observe(body).texts, UnorderedElementsAre("y", "n"));
  EXPECT_THAT(Observe(body, kClockWhenIdle).texts, UnorderedElementsAre("y"));
}

TEST(CountingLatchTest, CountingBelowZeroIsMisuse) {
  std::string at;
  Report report = Try([&] {
    Latch latch(2, "ready");
    latch.count_down();
    at = HEDDLE_HERE, latch.count_down(2);
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "latch \"ready\" is counted down by 2, but its counter is 1", at,
                              "count down no more than the latch was made for"));
  report = Try([&] {
    Latch latch(2, "ready");
    at = HEDDLE_HERE, latch.count_down(std::numeric_limits<ptrdiff_t>::min());
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "is counted down by -9223372036854775808", at,
                              "count down by 0 or more"));
  report = Try([&] { Latch latch(-1, "ready", NoteHere(at)); });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "latch \"ready\" is made with a counter of -1", at,
                              "start with 0 or more"));
}

TEST(CountingLatchTest, WaitersOfADestroyedOneStayBlocked) {
  std::map<Verdict, Report> reports = EachVerdict(
      [] {
        auto latch = std::make_shared<Undead<Latch>>(1, "gone");
        Go([latch] { (*latch)->wait(); });
        Go([latch] { (*latch)->count_down(); });
        for (int i = 0; i < 3; ++i) Yield();
        latch->Destroy();
      },
      400);
  EXPECT_TRUE(reports.contains(Verdict::kPassed));
  ASSERT_TRUE(reports.contains(Verdict::kLeak));
  EXPECT_THAT(reports.at(Verdict::kLeak), Because("latch \"gone\" -> destroyed while"));
  EXPECT_THAT(reports.at(Verdict::kMisuse), Fails(Verdict::kMisuse, "gone\" is destroyed while T"));
}

TEST(CountingLatchTest, OneOutsideIsAsAfterConstructionInEachExecution) {
  EXPECT_THAT(Try(
                  [] {
                    EXPECT_FALSE(counting_global_latch.try_wait());
                    counting_global_latch.arrive_and_wait(2);
                  },
                  {.schedules = 3}),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
