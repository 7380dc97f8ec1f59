// SPDX-License-Identifier: Apache-2.0
//
// --heddle_jobs as a user has it: a test that is explored by several processes prints what it prints with one, and
// ends as one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "heddle/explore/workers.h"
#include "support/golden.h"
#include "support/run.h"
#include "support/text.h"

namespace heddle {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::FirstMatch;
using testing_support::MaskTimes;
using testing_support::Replaced;
using testing_support::Run;
using testing_support::RunResult;

RunResult RunTest(const std::filesystem::path& binary, const std::string& test,
                  const std::string& environment) {
  return Run("cd '" + binary.parent_path().string() + "' && " + environment + " timeout 60 ./" +
             binary.filename().string() + " --gtest_color=no --gtest_filter=" + test);
}

RunResult WithJobs(const std::string& jobs, const std::string& test) {
  return RunTest(HEDDLE_FAILING_TESTS, test, "HEDDLE_JOBS=" + jobs);
}

// But for durations, and a sanitizer's process number.
std::string Text(const RunResult& result) {
  return Replaced(MaskTimes(result.output), "\\([0-9]+ ms( total)?\\)", "(ms)");
}

TEST(JobsTest, AFailureIsReportedAsByOneProcess) {
  const RunResult alone = WithJobs("1", "Verdicts.RareAssertion");
  EXPECT_EQ(alone.status, 1);
  EXPECT_THAT(alone.output, HasSubstr("both pairs were seen half"));
  EXPECT_GT(std::stoul("0" + FirstMatch(alone.output, "HEDDLE_SEED=0x5eed:([0-9]+)")), 31u);
  for (const char* jobs : {"2", "3"}) {
    const RunResult shared = WithJobs(jobs, "Verdicts.RareAssertion");
    EXPECT_EQ(shared.status, alone.status);
    EXPECT_EQ(Text(shared), Text(alone));
  }
}

TEST(JobsTest, ATestThatPassesPrintsNothingMore) {
  EXPECT_EQ(Text(WithJobs("2", "Verdicts.Passes")), Text(WithJobs("1", "Verdicts.Passes")));
}

TEST(JobsTest, ACrashEndsTheProcessAndNamesItsExecution) {
  const RunResult result = WithJobs("2", "Crash.Late");
  EXPECT_EQ(result.status, 128 + 6) << result.output;
  if (!internal::kCanFork) return;
  EXPECT_THAT(result.output, HasSubstr("the process that made execution "));
  EXPECT_EQ(FirstMatch(result.output, "^ +(HEDDLE_SEED=0x5eed:[0-9]+ ./failing_tests)"),
            "HEDDLE_SEED=0x5eed:" + FirstMatch(result.output, "made execution ([0-9]+)") +
                " ./failing_tests");
}

TEST(JobsTest, ATaskThatHangsEndsTheProcess) {
  const RunResult result =
      RunTest(HEDDLE_HANGING_TESTS, "Hanging.Late", "HEDDLE_JOBS=2 HEDDLE_DEADLINE_MS=500");
  EXPECT_EQ(result.status, 4) << result.output;
  EXPECT_THAT(result.output, HasSubstr("reaches no further step"));
}

TEST(JobsTest, AWrongNumberIsRefused) {
  for (const char* jobs : {"0", "257", "two"}) {
    const RunResult result = WithJobs(jobs, "Verdicts.Passes");
    EXPECT_NE(result.status, 0);
    EXPECT_THAT(result.output, HasSubstr("HEDDLE_JOBS=\"" + std::string(jobs) +
                                         "\" cannot be used; allowed: 1 to 256"));
  }
}

}  // namespace
}  // namespace heddle
