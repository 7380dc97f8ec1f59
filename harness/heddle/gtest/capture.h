// SPDX-License-Identifier: Apache-2.0
//
// Takes the results of assertions in tasks away from gtest and gives them to the execution.
#ifndef HEDDLE_GTEST_CAPTURE_H_
#define HEDDLE_GTEST_CAPTURE_H_

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

namespace heddle::internal {

// While it lives: the first assertion that fails in an execution ends that at the task's next step
// or end; GTEST_SKIP likewise; what fails while tasks are unwound is dropped.
class Capture final : public ::testing::ScopedFakeTestPartResultReporter {
 public:
  Capture() : ScopedFakeTestPartResultReporter(INTERCEPT_ONLY_CURRENT_THREAD, &ignored_) {}
  void ReportTestPartResult(const ::testing::TestPartResult& result) override;

 private:
  ::testing::TestPartResultArray ignored_;
};

}  // namespace heddle::internal

#endif  // HEDDLE_GTEST_CAPTURE_H_
