// SPDX-License-Identifier: Apache-2.0
//
// WeightedSemaphore::Acquire with a context.
#include <chrono>
#include <set>
#include <string>

#include "heddle/sync/context.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "heddle/sync/weighted_semaphore.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;

TEST(WeightedContextTest, TakesWhatIsFreeUnlessCancelledBefore) {
  EXPECT_THAT(Try([] {
                WeightedSemaphore permits(2);
                CancelableContext c = WithCancel(Background());
                EXPECT_TRUE(permits.Acquire(Background(), 1));
                EXPECT_TRUE(permits.Acquire(c.context, 1));
                permits.Release(2);
                c.cancel();
                EXPECT_FALSE(permits.Acquire(c.context, 1));
                EXPECT_FALSE(permits.Acquire(c.context, 3));
                EXPECT_TRUE(permits.TryAcquire(2));
              }),
              Passes());
}

TEST(WeightedContextTest, IsGrantedInItsTurn) {
  EXPECT_THAT(Try(
                  [] {
                    WeightedSemaphore permits(2);
                    CancelableContext c = WithCancel(Background());
                    permits.Acquire(2);
                    Task first = Go([&] { EXPECT_TRUE(permits.Acquire(c.context, 2)); });
                    Sleep(1ms);
                    EXPECT_FALSE(permits.TryAcquire(0)) << "one is in line";
                    Task second = Go([&] { permits.Acquire(1); });
                    Sleep(1ms);
                    permits.Release(2);
                    first.Join();
                    permits.Release(2);
                    second.Join();
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(WeightedContextTest, CancelledItLeavesTheLineToThoseBehind) {
  EXPECT_THAT(Try(
                  [] {
                    WeightedSemaphore permits(2);
                    CancelableContext c = WithTimeout(Background(), 5ms);
                    permits.Acquire(1);
                    Task first = Go([&] { EXPECT_FALSE(permits.Acquire(c.context, 2)); });
                    Sleep(1ms);
                    Task second = Go([&] { permits.Acquire(1); });
                    first.Join();
                    second.Join();
                    EXPECT_EQ(Now(), VirtualClock::time_point(5ms));
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(WeightedContextTest, ForMoreThanThereAreItWaitsForTheEndOfTheContext) {
  EXPECT_THAT(Try(
                  [] {
                    WeightedSemaphore permits(2);
                    CancelableContext c = WithTimeout(Background(), 5ms);
                    Task other = Go([&] { permits.Acquire(2); });
                    EXPECT_FALSE(permits.Acquire(c.context, 3));
                    other.Join();
                  },
                  kClockWhenIdle),
              Passes());
}

// Grant and cancellation meet in every way; whatever comes of it, the permits add up.
TEST(WeightedContextTest, TakesPermitsExactlyIfItReturnsTrue) {
  std::set<std::string> seen;
  EXPECT_THAT(
      Try(
          [&seen] {
            WeightedSemaphore permits(2);
            CancelableContext c = WithCancel(Background());
            permits.Acquire(2);
            bool acquired = false;
            Task waiter = Go([&] { acquired = permits.Acquire(c.context, 1); });
            Task canceller = Go([&] { c.cancel(); });
            permits.Release(1);
            const bool free = permits.TryAcquire(1);
            waiter.Join();
            canceller.Join();
            const int64_t rest = 2 - 1 - (acquired ? 1 : 0) - (free ? 1 : 0);
            EXPECT_EQ(permits.TryAcquire(rest + 1), false);
            EXPECT_TRUE(permits.TryAcquire(rest));
            seen.insert(std::string(acquired ? "acquired" : "cancelled") + (free ? ", free" : ""));
          },
          {.schedules = 500}),
      Passes());
  EXPECT_EQ(seen.size(), 3u);  // no permit is both free and acquired
}

TEST(WeightedContextTest, AGrantIsOrderedAfterTheReleaseAndACancellationAfterTheCancel) {
  EXPECT_THAT(Try(
                  [] {
                    WeightedSemaphore permits(1);
                    CancelableContext c = WithCancel(Background());
                    Shared<int> released(0, "released");
                    Shared<int> cancelled(0, "cancelled");
                    permits.Acquire(1);
                    Task waiter = Go([&] {
                      if (permits.Acquire(c.context, 1)) {
                        EXPECT_EQ(released.Get(), 1);
                      } else {
                        EXPECT_EQ(cancelled.Get(), 1);
                      }
                    });
                    Task canceller = Go([&] {
                      cancelled.Set(1);
                      c.cancel();
                    });
                    released.Set(1);
                    permits.Release(1);
                    waiter.Join();
                    canceller.Join();
                  },
                  {.schedules = 1000}),
              Passes());
}

TEST(WeightedContextTest, AReportNamesSemaphoreAndContext) {
  Report report = Try(
      [] {
        WeightedSemaphore permits(2, "memory");
        CancelableContext c = WithCancel(Background());
        Task user = Go("user", [&] { (void)permits.Acquire(c.context, 2); });
        Sleep(1ms);
        user.Join();
        (void)permits.Acquire(c.context, 1);
      },
      kClockWhenIdle);
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
  EXPECT_THAT(report, Because("-> needs permits of weighted semaphore \"memory\" (2 of 2 held, T0 "
                              "waits for 1) -> T1 took 2 permits (step "));
  EXPECT_THAT(report, Because("to be cancelled -> nobody cancelled it"));
  EXPECT_EQ(report.remedy,
            "release the permit on every path, errors included: release it in a destructor");
}

TEST(WeightedContextTest, APermitGrantedToASelectIsFoundInTheReport) {
  Report report = Try(
      [] {
        WeightedSemaphore permits(2, "memory");
        CancelableContext c = WithCancel(Background());
        CancelableContext brief = WithTimeout(Background(), 2ms);
        permits.Acquire(2);
        Task user = Go("user", [&] { (void)permits.Acquire(c.context, 2); });
        Sleep(1ms);
        EXPECT_FALSE(permits.Acquire(brief.context, 1));
        permits.Release(2);
        user.Join();
        permits.Acquire(1);
      },
      kClockWhenIdle);
  EXPECT_THAT(report, Because("-> T1 took 2 permits (step "));
}

TEST(WeightedContextTest, OneThatWaitsMayBeUnwound) {
  EXPECT_THAT(Try([] {
                auto permits = std::make_shared<WeightedSemaphore>(1);
                auto c = std::make_shared<CancelableContext>(WithCancel(Background()));
                Go({.daemon = true}, [permits, c] { (void)permits->Acquire(c->context, 1); });
                Go({.daemon = true}, [permits, c] { (void)permits->Acquire(c->context, 1); });
                Yield();
              }),
              Passes());
}

TEST(WeightedContextTest, ANegativeNumberIsMisuse) {
  std::string at;
  Report report = Try([&at] {
    WeightedSemaphore permits(2, "memory");
    CancelableContext c = WithCancel(Background());
    at = HEDDLE_HERE, (void)permits.Acquire(c.context, -1);
  });
  EXPECT_THAT(report,
              FailsAt(Verdict::kMisuse, "acquire of -1 permits of weighted semaphore \"memory\"",
                      at, "ask for no permits or more"));
}

}  // namespace
}  // namespace heddle::testing_support
