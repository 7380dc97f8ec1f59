// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/internal/saturation.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/core/random.h"

namespace heddle {
namespace {

// An execution that differs from those of other numbers.
Saturation::Sample ExecutionOf(uint32_t number, std::vector<Operation>* steps) {
  *steps = {{OperationKind::kStore, TaskId{1}, ObjectId{number + 1}}};
  return {.steps = *steps, .tasks = 2, .decisions = 10};
}

TEST(SaturationTest, NothingWasSeenAtFirst) {
  const Saturation seen;
  EXPECT_EQ(seen.executions(), 0u);
  EXPECT_EQ(seen.different(), 0u);
  EXPECT_EQ(seen.unseen(), 1);
  EXPECT_EQ(seen.guaranteed(), 0);
}

TEST(SaturationTest, CountsWhatIsDifferentAndNew) {
  Saturation seen;
  std::vector<Operation> steps;
  for (uint32_t i = 0; i < 150; ++i) seen.Add(ExecutionOf(i < 75 ? i : 0, &steps));
  EXPECT_EQ(seen.executions(), 150u);
  EXPECT_EQ(seen.different(), 75u);
  EXPECT_EQ(seen.latest(), 100u);
  EXPECT_EQ(seen.new_lately(), 25u);  // of numbers 50 to 149
  EXPECT_DOUBLE_EQ(seen.unseen(), 74.0 / 150);
}

// One of 1,000 equally likely ones at a time: after 700 the next one is new with probability 0.999^700.
TEST(SaturationTest, TheEstimateIsAboutRight) {
  Saturation seen;
  Random random(7);
  std::vector<Operation> steps;
  for (int i = 0; i < 700; ++i) seen.Add(ExecutionOf(random.Below(1000), &steps));
  EXPECT_NEAR(seen.unseen(), 0.496, 0.05);
  EXPECT_NEAR(static_cast<double>(seen.different()), 504, 30);
}

TEST(SaturationTest, PctGuaranteesMoreWithMoreExecutions) {
  Saturation seen;
  std::vector<Operation> steps;
  Saturation::Sample sample = ExecutionOf(0, &steps);
  sample.by_pct = true;
  seen.Add(sample);
  EXPECT_NEAR(seen.guaranteed(), 0.05, 1e-9);
  seen.Add(sample);
  EXPECT_NEAR(seen.guaranteed(), 0.0975, 1e-9);
  sample.tasks = 4;
  sample.decisions = 30;
  seen.Add(sample);
  EXPECT_EQ(seen.by_pct(), 3u);
  EXPECT_NEAR(seen.guaranteed(), 3.0 / 120, 0.001);
}

}  // namespace
}  // namespace heddle
