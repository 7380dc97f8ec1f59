// SPDX-License-Identifier: Apache-2.0
//
// Assertions, skips and traces inside executions, as seen from outside the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "gtest/example.h"

namespace heddle {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_support::Count;
using testing_support::ExampleLine;
using testing_support::RunExample;
using testing_support::RunResult;

// Every test: nothing printed that must not be reached, one failure, no crash.
RunResult RunFailing(const std::string& test) {
  RunResult result = RunExample(test);
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_THAT(result.output, Not(HasSubstr("never")));
  EXPECT_EQ(Count(result.output, ": Failure\n"), 1u) << result.output;
  return result;
}

RunResult RunPassing(const std::string& test) {
  RunResult result = RunExample(test);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, AllOf(HasSubstr("[  PASSED  ]"), Not(HasSubstr("never"))));
  return result;
}

TEST(Assertions, TrueOnesPass) { RunPassing("Assertions.TrueOnesPass"); }

TEST(Assertions, FailureInHelperIsToldOnceWithTaskAndPlace) {
  const RunResult result = RunFailing("Assertions.FailInHelper");
  const std::string macro = ExampleLine("HEDDLE_TEST(Assertions, FailInHelper)");
  EXPECT_THAT(result.output, HasSubstr("example_tests.cc:" + macro +
                                       ": Failure\nASSERTION  an assertion failed in T1 helper"));
  EXPECT_THAT(result.output, HasSubstr("example_tests.cc:" + ExampleLine("// line: helper") +
                                       ": Expected equality of these values:"));
  EXPECT_EQ(Count(result.output, "in the helper"), 1u);
  EXPECT_THAT(result.output, Not(HasSubstr("second, not shown")));
}

TEST(Assertions, AssertEndsTheBody) {
  EXPECT_THAT(RunFailing("Assertions.AssertEndsTheBody").output, HasSubstr("ends here"));
}

TEST(Assertions, BodySeesItsFatalFailures) {
  EXPECT_THAT(RunFailing("Assertions.BodyAsksForFatalFailures").output, HasSubstr("deep inside"));
}

TEST(Assertions, NoFatalFailureSeesThem) {
  EXPECT_THAT(RunFailing("Assertions.NoFatalFailure").output, HasSubstr("deep inside"));
}

TEST(Assertions, NoFatalFailureMayInterleave) {
  RunPassing("Assertions.NoFatalFailureInterleaved");
}

TEST(Assertions, FailuresWhileUnwindingAreDropped) {
  const RunResult result = RunFailing("Assertions.FailWhileUnwinding");
  EXPECT_THAT(result.output, AllOf(HasSubstr("DEADLOCK"), Not(HasSubstr("while unwinding"))));
}

TEST(Assertions, ExceptionIsHeddlesToTell) {
  const RunResult result = RunFailing("Assertions.Throws");
  EXPECT_THAT(result.output, AllOf(HasSubstr("EXCEPTION"), HasSubstr("out of paper"),
                                   Not(HasSubstr("thrown in the test body"))));
}

TEST(Assertions, OfExplorationInPlainTestAreItsVerdict) {
  EXPECT_THAT(RunPassing("Assertions.ExploredFromAPlainTest").output, Not(HasSubstr("captured")));
}

TEST(Assertions, NestedExplorationIsMisuse) {
  EXPECT_THAT(RunFailing("Nested.Explore").output,
              HasSubstr("MISUSE  T0 called heddle::Explore inside an execution"));
}

TEST(Skips, AreToldOnceWhereTheyStand) {
  const RunResult result = RunExample("Skips.InTheBody");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("example_tests.cc:" + ExampleLine("// line: skip") +
                                       ": Skipped\nno network\n"));
  EXPECT_EQ(Count(result.output, "no network"), 1u);
  EXPECT_THAT(result.output, Not(HasSubstr("never")));
}

TEST(Skips, OfATaskSkipTheTest) {
  const RunResult result = RunExample("Skips.InATask");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, AllOf(HasSubstr("no disk"), HasSubstr("[  SKIPPED ]")));
}

TEST(Traces, BelongToTheirTask) {
  const std::string output = RunFailing("Traces.Interleaved").output;
  EXPECT_THAT(output, HasSubstr("late"));
  const size_t traces = output.find("trace:\n");
  ASSERT_NE(traces, std::string::npos) << output;
  EXPECT_LT(output.find("round 2", traces), output.find("task failing", traces));
  EXPECT_EQ(Count(output, "trace:\n"), 1u);
  EXPECT_THAT(output, AllOf(Not(HasSubstr("task other")), Not(HasSubstr(": body")),
                            Not(HasSubstr("round 1")), Not(HasSubstr("Google Test trace"))));
}

TEST(Traces, OfPassingTasksDoNotMix) { RunPassing("Traces.SurvivingTasks"); }

TEST(Traces, OutsideExecutionsAreGtests) {
  EXPECT_THAT(RunFailing("Traces.OutsideExecutionsAreGtests").output,
              HasSubstr("Google Test trace:"));
}

}  // namespace
}  // namespace heddle
