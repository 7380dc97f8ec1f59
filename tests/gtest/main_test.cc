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
  EXPECT_THAT(result.output, HasSubstr("no test was run: --gtest_filter=No.Such selects none"));
}

TEST(Main, EmptyShardIsFine) {
  EXPECT_EQ(testing_support::Run("GTEST_TOTAL_SHARDS=9 GTEST_SHARD_INDEX=8 '" +
                                 std::string(HEDDLE_GTEST_EXAMPLE) + "' --gtest_filter=Options.One")
                .status,
            0);
}

TEST(Main, ListsTests) {
  const RunResult result = RunExample("Options.One", "--gtest_list_tests");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("Options.\n  One\n"));
}

TEST(Main, UnknownFlagIsWrongUsage) {
  const RunResult result = RunExample("Options.One", "--heddle_sched=3");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr("unknown flag --heddle_sched=3"));
}

TEST(Main, CommandOfADisabledTestRunsIt) {
  const RunResult result = RunExample("Disabled.*", "--gtest_also_run_disabled_tests");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, HasSubstr("--gtest_filter=Disabled.DISABLED_Fails "
                                       "--gtest_also_run_disabled_tests"));
}

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
