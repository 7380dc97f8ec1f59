// SPDX-License-Identifier: Apache-2.0
//
// Mutex{kUnowned}: Go's rule.
#include <string>

#include "heddle/sync/mutex.h"
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
