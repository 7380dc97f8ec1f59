// SPDX-License-Identifier: Apache-2.0
//
// Two locks taken in two orders (ABBA). Wrong: each transfer locks its source first. Right: all
// transfers lock in one order, here that of the account numbers.
#include "catalogue/subject.h"
#include "heddle/gtest/heddle_test.h"
#include "heddle/gtest/matchers.h"
#include "heddle/heddle.h"

namespace {

using namespace heddle;
using catalogue::Subject;
using catalogue::Suite;
using catalogue::Version;
using catalogue::When;

struct Account {
  Account(int n, const char* name) : number(n), mu(name) {}
  const int number;
  Mutex mu;
  int balance = 100;
};

void TransferSourceFirst(Account& from, Account& to, int amount) {
  MutexLock source(from.mu);
  MutexLock target(to.mu);
  from.balance -= amount;
  to.balance += amount;
}

void TransferInOrder(Account& from, Account& to, int amount) {
  Account& first = from.number < to.number ? from : to;
  Account& second = from.number < to.number ? to : from;
  MutexLock lock_first(first.mu);
  MutexLock lock_second(second.mu);
  from.balance -= amount;
  to.balance += amount;
}

void TransferBothWays(void (*transfer)(Account&, Account&, int)) {
  Account alice(1, "alice"), bob(2, "bob");
  Task left = Go("left", [&] { transfer(alice, bob, 10); });
  Task right = Go("right", [&] { transfer(bob, alice, 30); });
  left.Join();
  right.Join();
  EXPECT_EQ(alice.balance, 120);
  EXPECT_EQ(bob.balance, 80);
}

TEST(LockOrder, SourceFirstDeadlocks) {
  Report report = Explore([] { TransferBothWays(TransferSourceFirst); }, {.name = "source first"});
  EXPECT_THAT(report, FindsDeadlock("2 tasks wait for each other"));
}

HEDDLE_TEST(LockOrder, OneOrderSurvives, .schedules = 10'000) { TransferBothWays(TransferInOrder); }

// For scripts/score.
const Subject kLockOrder = {{
    .name = "lock_order",
    .suite = Suite::kPatterns,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          TransferBothWays(version == Version::kBuggy ? TransferSourceFirst : TransferInOrder);
        },
    .explains = {"2 tasks wait for each other and never go on",
                 "take these locks in the same order everywhere"},
}};

}  // namespace
