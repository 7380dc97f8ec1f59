// SPDX-License-Identifier: Apache-2.0
//
// A failed check blames Heddle, never the code under test, and ends the process.
#include "heddle/core/check.h"

#include <csignal>

#include "gtest/gtest.h"

namespace heddle {
namespace {

TEST(CheckTest, DoesNothingIfTheConditionHolds) {
  int evaluated = 0;
  HEDDLE_CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, NamesConditionAndPlaceAndBlamesHeddle) {
  EXPECT_DEATH(HEDDLE_CHECK(1 + 1 == 3),
               "heddle: internal error: 1 \\+ 1 == 3 does not hold \\(.*check_test.cc:[0-9]+\\). "
               "This is a bug of Heddle, not of the code under test; please report it with the "
               "test's name and HEDDLE_SEED.");
}

void FailWithStatus(int status, int bug_found = 0) {
  internal::internal_error_status = status;
  internal::bug_found_status = bug_found;
  HEDDLE_CHECK(1 + 1 == 3);
}

TEST(CheckDeathTest, AbortsUnlessAStatusIsSet) {
  EXPECT_EXIT(FailWithStatus(0), ::testing::KilledBySignal(SIGABRT), "internal error");
  EXPECT_EXIT(FailWithStatus(3), ::testing::ExitedWithCode(3), "internal error");
}

TEST(CheckDeathTest, ABugFoundBeforeDecidesTheStatus) {
  EXPECT_EXIT(FailWithStatus(3, 1), ::testing::ExitedWithCode(1), "internal error");
}

}  // namespace
}  // namespace heddle
