// SPDX-License-Identifier: Apache-2.0
//
// What assertions did so far, for code inside an execution. Included by heddle_test.h.
//
// gtest keeps one set of results per test and, for ASSERT_NO_FATAL_FAILURE, one stack of observers
// per OS thread. Inside an execution neither fits: its failures are not the test's until they are
// reported, and tasks that interleave would leave the stack in disorder. So the bodies of
// HEDDLE_TESTs see the queries below instead of those of testing::Test, and the two macros are
// redefined. Outside executions all of this does what gtest does.
#ifndef HEDDLE_GTEST_RESULTS_H_
#define HEDDLE_GTEST_RESULTS_H_

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace heddle::internal {

// From now on explorations end at failing assertions. Including heddle_test.h or matchers.h does
// it; a program that does neither gets the assertions of its tasks reported by gtest directly.
bool CaptureAssertions();
[[maybe_unused]] inline const bool assertions_are_captured = CaptureAssertions();

// The static part of testing::Test as the body of a test sees it.
class Results {
 public:
  static bool HasFatalFailure() { return FatalNow() || ::testing::Test::HasFatalFailure(); }
  static bool HasNonfatalFailure() {
    return NonfatalNow() || ::testing::Test::HasNonfatalFailure();
  }
  static bool HasFailure() { return HasFatalFailure() || HasNonfatalFailure(); }
  static bool IsSkipped() { return SkippedNow() || ::testing::Test::IsSkipped(); }
  static void RecordProperty(const std::string& key, const std::string& value) {
    ::testing::Test::RecordProperty(key, value);
  }
  static void RecordProperty(const std::string& key, int value) {
    ::testing::Test::RecordProperty(key, value);
  }

  // In the running execution; false outside.
  static bool FatalNow();
  static bool NonfatalNow();
  static bool SkippedNow();
};

// Whether a fatal failure came since the construction.
class FatalFailureProbe {
 public:
  FatalFailureProbe();
  FatalFailureProbe(const FatalFailureProbe&) = delete;
  FatalFailureProbe& operator=(const FatalFailureProbe&) = delete;
  bool Failed() const;

 private:
  bool failed_before_ = false;
  std::optional<::testing::internal::HasNewFatalFailureHelper> gtests_;  // outside executions
};

}  // namespace heddle::internal

#undef ASSERT_NO_FATAL_FAILURE
#undef EXPECT_NO_FATAL_FAILURE
#define ASSERT_NO_FATAL_FAILURE(statement) \
  HEDDLE_INTERNAL_NO_FATAL_FAILURE(statement, GTEST_FATAL_FAILURE_)
#define EXPECT_NO_FATAL_FAILURE(statement) \
  HEDDLE_INTERNAL_NO_FATAL_FAILURE(statement, GTEST_NONFATAL_FAILURE_)

// GTEST_TEST_NO_FATAL_FAILURE_ with our probe.
#define HEDDLE_INTERNAL_NO_FATAL_FAILURE(statement, fail)             \
  GTEST_AMBIGUOUS_ELSE_BLOCKER_                                       \
  if (::testing::internal::AlwaysTrue()) {                            \
    const ::heddle::internal::FatalFailureProbe heddle_probe;         \
    GTEST_SUPPRESS_UNREACHABLE_CODE_WARNING_BELOW_(statement);        \
    if (heddle_probe.Failed()) {                                      \
      goto GTEST_CONCAT_TOKEN_(heddle_label_no_fatal_, __LINE__);     \
    }                                                                 \
  } else                                                              \
    GTEST_CONCAT_TOKEN_(heddle_label_no_fatal_, __LINE__)             \
        : fail("Expected: " #statement                                \
               " doesn't generate new fatal failures in the current " \
               "task.\n  Actual: it does.")

#endif  // HEDDLE_GTEST_RESULTS_H_
