// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/vacuity.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heddle {
namespace {

using ::testing::HasSubstr;

TEST(VacuityTest, NothingIsJudgedBeforeSomethingRan) { EXPECT_EQ(Vacuity().Judge(), std::nullopt); }

TEST(VacuityTest, DecisionsAndDifferentStepsAreEnough) {
  Vacuity vacuity;
  vacuity.Add(2, 3, 1);
  vacuity.Add(2, 3, 2);
  for (uint64_t i = 0; i < Vacuity::kEnough; ++i) vacuity.Add(2, 3, 1);
  EXPECT_EQ(vacuity.Judge(), std::nullopt);
}

TEST(VacuityTest, FewEqualExecutionsMayBeChance) {
  Vacuity vacuity;
  for (uint64_t i = 1; i < Vacuity::kEnough; ++i) vacuity.Add(2, 1, 7);
  EXPECT_EQ(vacuity.Judge(), std::nullopt);
  vacuity.Add(2, 1, 7);
  ASSERT_TRUE(vacuity.Judge());
  EXPECT_EQ(vacuity.Judge()->headline,
            "nothing was explored: all 32 executions took the same steps");
}

TEST(VacuityTest, ASingleTask) {
  Vacuity vacuity;
  vacuity.Add(1, 0, 7);
  ASSERT_TRUE(vacuity.Judge());
  EXPECT_EQ(vacuity.Judge()->headline, "nothing was explored: the scenario has a single task");
  EXPECT_THAT(vacuity.Judge()->remedy, HasSubstr("heddle::Go"));
}

TEST(VacuityTest, TasksThatNeverMeet) {
  Vacuity vacuity;
  vacuity.Add(3, 0, 7);
  ASSERT_TRUE(vacuity.Judge());
  EXPECT_EQ(vacuity.Judge()->headline,
            "nothing was explored: never could two tasks go on at the same time");
}

TEST(VacuityTest, OneExecutionWithADecisionIsEnough) {
  Vacuity vacuity;
  vacuity.Add(1, 0, 7);
  vacuity.Add(2, 1, 8);
  EXPECT_EQ(vacuity.Judge(), std::nullopt);
}

}  // namespace
}  // namespace heddle
