// SPDX-License-Identifier: Apache-2.0
//
// heddle::gtest_main and GoogleTest's own, and races outside scenarios under both.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gtest/example.h"
#include "heddle/runtime/internal/sanitizer.h"

namespace heddle {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_support::RunExample;
using testing_support::RunResult;
using testing_support::RunUnderPlainMain;

TEST(Main, FilterThatSelectsNothingIsWrongUsage) {
  const RunResult result = RunExample("No.Such");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr("heddle: no test was run: an argument is unknown, or "
                                       "--gtest_filter=No.Such selects none"));
}

TEST(Main, UnknownArgumentIsWrongUsage) {
  const RunResult result = RunExample("Options.One", "--gtest_fliter=Options.*");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr("heddle: no test was run: an argument is unknown"));
}

TEST(Main, ShardMayBeEmptyUnlessAllAre) {
  const std::string first = "GTEST_TOTAL_SHARDS=9 GTEST_SHARD_INDEX=0";
  const std::string last = "GTEST_TOTAL_SHARDS=9 GTEST_SHARD_INDEX=8";
  EXPECT_EQ(RunExample("Options.One", "", first).status, 0);
  EXPECT_EQ(RunExample("Options.One", "", last).status, 0);
  EXPECT_EQ(RunExample("No.Such", "", first).status, 2);
  EXPECT_EQ(RunExample("No.Such", "", last).status, 0);
}

TEST(Main, ListsTests) {
  const RunResult result = RunExample("Options.One", "--gtest_list_tests");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("Options.\n  One\n"));
}

TEST(Main, CommandOfADisabledTestRunsIt) {
  const RunResult result = RunExample("Disabled.*", "--gtest_also_run_disabled_tests");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, HasSubstr("--gtest_filter=Disabled.DISABLED_Fails "
                                       "--gtest_also_run_disabled_tests"));
}

// -- Exit codes -----------------------------------------------------------------------------------

TEST(Status, OfFailuresThatShowNothingIsTwo) {
  EXPECT_EQ(RunExample("Status.Vacuous").status, 2);
  EXPECT_EQ(RunExample("Status.Diverged").status, 2);
  EXPECT_EQ(RunExample("Status.Vacuous:Status.Diverged:Options.One").status, 2);
  EXPECT_EQ(RunExample("Status.Vacuous", "--gtest_repeat=3").status, 2);
}

TEST(Status, OfAnyBugIsOne) {
  EXPECT_EQ(RunExample("Status.Vacuous:Assertions.FailInHelper").status, 1);
  EXPECT_EQ(RunExample("Status.Diverged:Traces.OutsideExecutionsAreGtests").status, 1);
  EXPECT_EQ(RunExample("Status.Vacuous:Assertions.FailInHelper", "--gtest_repeat=2").status, 1);
}

TEST(Status, OfAnInternalErrorIsThree) {
  const RunResult result = RunExample("Status.InternalError");
  EXPECT_EQ(result.status, 3);
  EXPECT_THAT(result.output, AllOf(HasSubstr("heddle: internal error: 1 + 1 == 3"),
                                   HasSubstr("[ RUN      ] Status.InternalError")));
  EXPECT_EQ(RunExample("Status.Vacuous:Status.InternalError").status, 3);
}

TEST(Status, OfAnInternalErrorAfterABugIsOne) {
  const RunResult result =
      RunExample("Traces.OutsideExecutionsAreGtests:Status.Vacuous:Status.InternalError");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, HasSubstr("heddle: internal error: 1 + 1 == 3"));
}

TEST(Status, IsGtestsUnderPlainMain) {
  EXPECT_EQ(RunUnderPlainMain("PlainMain.Vacuous").status, 1);
  EXPECT_GE(RunUnderPlainMain("PlainMain.InternalError").status, 128);
}

// -- Colour ---------------------------------------------------------------------------------------

bool IsColored(const std::string& variables, const std::string& flag = "") {
  const std::string output =
      testing_support::Run("env -u NO_COLOR -u GTEST_COLOR -u CLICOLOR_FORCE " + variables + " '" +
                           std::string(HEDDLE_GTEST_EXAMPLE) + "' --gtest_filter=Options.One " +
                           flag)
          .output;
  EXPECT_THAT(output, HasSubstr("Options.One"));
  return output.find('\033') != std::string::npos;
}

TEST(Color, FollowsTheFirstThatIsSet) {
  EXPECT_FALSE(IsColored(""));  // a pipe
  EXPECT_TRUE(IsColored("CLICOLOR_FORCE=1"));
  EXPECT_FALSE(IsColored("CLICOLOR_FORCE=0"));
  EXPECT_FALSE(IsColored("CLICOLOR_FORCE=1", "--gtest_color=no"));
  EXPECT_FALSE(IsColored("CLICOLOR_FORCE=1 GTEST_COLOR=no"));
  EXPECT_TRUE(IsColored("", "--gtest_color=yes"));
  EXPECT_TRUE(IsColored("NO_COLOR=", "--gtest_color=yes"));
  EXPECT_FALSE(IsColored("NO_COLOR=1", "--gtest_color=yes"));
  EXPECT_FALSE(IsColored("NO_COLOR=1 CLICOLOR_FORCE=1 GTEST_COLOR=yes"));
}

// -- Other mains ----------------------------------------------------------------------------------

TEST(PlainMain, RunsScenarios) {
  EXPECT_EQ(RunUnderPlainMain("PlainMain.Passes").status, 0);
  const RunResult result = RunUnderPlainMain("PlainMain.FindsADeadlock");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("DEADLOCK"), HasSubstr("HEDDLE_REPLAY=v1:")));
}

// ThreadSanitizer's own exit status is switched off, so this is gtest's.
void ExpectRaceToFail(const RunResult& result) {
#if HEDDLE_TSAN
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("WARNING: ThreadSanitizer: data race"),
                    HasSubstr("ThreadSanitizer reported 1 race outside any scenario"),
                    HasSubstr("[  FAILED  ] 1 test")));
#else
  EXPECT_EQ(result.status, 0) << result.output;
#endif
}

TEST(RaceOutside, FailsItsTest) { ExpectRaceToFail(RunExample("Outside.Races")); }

TEST(RaceOutside, FailsNoOtherTest) {
  const RunResult result = RunExample("Outside.*");
  ExpectRaceToFail(result);
  EXPECT_THAT(result.output, Not(HasSubstr("[  FAILED  ] Outside.IsClean")));
}

TEST(RaceOutside, FailsItsTestUnderPlainMain) {
  ExpectRaceToFail(RunUnderPlainMain("PlainMain.RacesOutside"));
}

}  // namespace
}  // namespace heddle
