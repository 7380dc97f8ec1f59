// SPDX-License-Identifier: Apache-2.0
//
// Blocking on a channel while holding a lock that the other side needs. Wrong: the producer sends
// under the lock. Right: it sends after unlocking. (scripts/demo shows the same pair.)
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

enum class Send { kUnderLock, kAfterUnlock };

void ProduceAndConsume(Send when) {
  Mutex mu("stock.mu");
  Channel<int> orders(1, "orders");
  int stock = 3;
  Task producer = Go("producer", [&] {
    for (int i = 0; i < 3; ++i) {
      mu.lock();
      --stock;
      if (when == Send::kUnderLock) orders.Send(i);
      mu.unlock();
      if (when == Send::kAfterUnlock) orders.Send(i);
    }
    orders.Close();
  });
  Task consumer = Go("consumer", [&] {
    for ([[maybe_unused]] int order : orders) MutexLock lock(mu);
  });
  producer.Join();
  consumer.Join();
}

TEST(SendUnderLock, Deadlocks) {
  Report report = Explore([] { ProduceAndConsume(Send::kUnderLock); }, {.name = "send under lock"});
  EXPECT_THAT(report, FindsDeadlock("do not block while holding a lock that the other side needs"));
}

HEDDLE_TEST(SendUnderLock, AfterUnlockSurvives, .schedules = 10'000) {
  ProduceAndConsume(Send::kAfterUnlock);
}

// For scripts/score.
const Subject kSendUnderLock = {{
    .name = "send_under_lock",
    .suite = Suite::kPatterns,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          ProduceAndConsume(version == Version::kBuggy ? Send::kUnderLock : Send::kAfterUnlock);
        },
    .explains = {"needs mutex \"stock.mu\" -> held by T1",
                 "do not block while holding a lock that the other side needs"},
}};

}  // namespace
