// SPDX-License-Identifier: Apache-2.0
//
// Mutex{kUnowned}: Go's rule.
#include <map>
#include <string>

#include "heddle/sync/condition_variable.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/shared_mutex.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;

TEST(UnownedMutexTest, AnyTaskMayUnlock) {
  EXPECT_THAT(Try([] {
                Mutex mu(kUnowned, "handed over");
                mu.lock();
                Task other = Go([&] { mu.unlock(); });
                mu.lock();
                mu.unlock();
                other.Join();
              }),
              Passes());
}

TEST(UnownedMutexTest, UnlockWhenFreeIsMisuse) {
  std::string at;
  Report report = Try([&] {
    Mutex mu(kUnowned, "mu");
    at = HEDDLE_HERE, mu.unlock();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "mutex \"mu\" is unlocked though it is free", at,
                              "unlock once for each lock"));
}

TEST(UnownedMutexTest, TwoUnlocksOfOneLockAreMisuseInEitherOrder) {
  Report report = Try([&] {
    Mutex mu(kUnowned, "mu");
    mu.lock();
    Task other = Go([&] { mu.unlock(); });
    mu.unlock();
    other.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kMisuse, "mutex \"mu\" is unlocked though it is free"));
}

// What another task does before the step counts, not what is so when the task comes to it.
TEST(UnownedMutexTest, IsLookedAtInTheStep) {
  const std::map<Verdict, Report> unlocks = EachVerdict(
      [] {
        Mutex mu(kUnowned);
        Task other = Go([&] { mu.lock(); });
        mu.unlock();
        other.Join();
      },
      50);
  EXPECT_TRUE(unlocks.count(Verdict::kPassed));
  EXPECT_TRUE(unlocks.count(Verdict::kMisuse));
  const std::map<Verdict, Report> shared_unlocks = EachVerdict(
      [] {
        SharedMutex mu(kUnowned);
        Task writer = Go([&] { mu.lock(); });
        mu.unlock();
        writer.Join();
        Task reader = Go([&] { mu.lock_shared(); });
        mu.unlock_shared();
        reader.Join();
      },
      50);
  EXPECT_TRUE(shared_unlocks.count(Verdict::kPassed));
  EXPECT_TRUE(shared_unlocks.count(Verdict::kMisuse));
  const std::map<Verdict, Report> waits = EachVerdict(
      [] {
        Mutex mu(kUnowned);
        ConditionVariable cv;
        Task other = Go([&] { mu.lock(); });
        (void)cv.wait_for(mu, kMoment);
        other.Join();
      },
      50);
  EXPECT_TRUE(waits.count(Verdict::kPassed));
  EXPECT_TRUE(waits.count(Verdict::kMisuse));
}

TEST(UnownedMutexTest, LockingTwiceBlocksAndIsNoCycle) {
  Report report = Try([] {
    Mutex mu(kUnowned, "mu");
    mu.lock();
    mu.lock();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked, none can run"));
  EXPECT_THAT(report.tasks.at(0).doing, HasSubstr("locked by T0"));
}

TEST(UnownedMutexTest, MayBeDestroyedWhileLocked) {
  EXPECT_THAT(Try([] {
                Mutex mu(kUnowned);
                mu.lock();
                EXPECT_FALSE(mu.try_lock());
              }),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
