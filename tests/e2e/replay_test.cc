// SPDX-License-Identifier: Apache-2.0
//
// A schedule found in one build is the same schedule in every other: the demonstration's deadlock
// has a token that is written down here, and each build replays it a thousand times to the same
// end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "heddle/heddle.h"

namespace heddle {
namespace {

// The program of scenarios/demo_test.cc.
void Demo() {
  Mutex mu("cart.mu");
  Channel<int> orders(1, "orders");
  Task producer = Go("producer", [&] {
    for (int i = 0; i < 3; ++i) {
      MutexLock lock(mu);
      orders.Send(1);
    }
    orders.Close();
  });
  Task consumer = Go("consumer", [&] {
    for ([[maybe_unused]] int order : orders) MutexLock lock(mu);
  });
  producer.Join();
  consumer.Join();
}

constexpr char kName[] = "Demo.ProducerHoldsTheLockItsConsumerNeeds";
constexpr char kToken[] = "v1:AcOxVKqntQPkS40z41EQZP8YZ";
constexpr uint64_t kHash = 0x7b503e44b8d33e35;

TEST(Replay, IsTheSameAThousandTimesInEveryBuild) {
  ASSERT_EQ(setenv("HEDDLE_REPLAY", kToken, 1), 0);
  for (int i = 0; i < 1000; ++i) {
    const Report report = Explore(Demo, {.name = kName});
    ASSERT_EQ(report.verdict, Verdict::kDeadlock) << testing::PrintToString(report);
    ASSERT_EQ(report.trace_hash, kHash);
    ASSERT_TRUE(report.reproduced);
    ASSERT_EQ(report.replay, std::string("HEDDLE_REPLAY=") + kToken);
  }
  unsetenv("HEDDLE_REPLAY");
}

TEST(Replay, IsFoundByTheSameSeedInEveryBuild) {
  for (int i = 0; i < 1000; ++i) {
    const Report report = Explore(Demo, {.name = kName, .strategy = StrategyKind::kRandom});
    ASSERT_EQ(report.verdict, Verdict::kDeadlock);
    ASSERT_EQ(report.trace_hash, kHash);
    ASSERT_EQ(report.seed, "0x5eed:9");
  }
}

}  // namespace
}  // namespace heddle
