// SPDX-License-Identifier: Apache-2.0
//
// Takes the results of assertions in tasks away from gtest and gives them to the execution.
#ifndef HEDDLE_GTEST_CAPTURE_H_
#define HEDDLE_GTEST_CAPTURE_H_

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <string_view>

#include "heddle/core/location.h"

namespace heddle::internal {

// Lives as long as an exploration. The first assertion that fails in an execution, or GTEST_SKIP,
// ends the execution at its task's next step or end. What fails while tasks are unwound is dropped.
// Only assertions of this OS thread are taken; those of other threads reach gtest as ever.
class Capture final : public ::testing::ScopedFakeTestPartResultReporter {
 public:
  Capture() : ScopedFakeTestPartResultReporter(INTERCEPT_ONLY_CURRENT_THREAD, nullptr) {}
  void ReportTestPartResult(const ::testing::TestPartResult& result) override;
};

// Where the latest GTEST_SKIP of an execution stands; line 0 if there was none.
Location LatestSkip();

// The same text for as long as the process lives: for names and files that reports refer to.
const char* Interned(std::string_view text);

}  // namespace heddle::internal

#endif  // HEDDLE_GTEST_CAPTURE_H_
