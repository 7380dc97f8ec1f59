// SPDX-License-Identifier: Apache-2.0
//
// Systematic strategies as a user has them: what a search that passes says, and the replay of what it finds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <tuple>

#include "support/run.h"
#include "support/text.h"

namespace heddle {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing_support::FirstMatch;
using testing_support::Run;
using testing_support::RunResult;

RunResult RunInItsDirectory(const std::string& command) {
  const std::filesystem::path binary = HEDDLE_FAILING_TESTS;
  return Run("cd '" + binary.parent_path().string() + "' && " + command);
}

RunResult Search(const std::string& strategy, const std::string& test,
                 const std::string& environment = "") {
  return RunInItsDirectory("HEDDLE_STRATEGY=" + strategy + " " + environment +
                           " ./failing_tests --gtest_color=no --gtest_filter=Verdicts." + test);
}

using StrategyAndTest = std::tuple<const char*, const char*>;

class SearchFails : public testing::TestWithParam<StrategyAndTest> {};

TEST_P(SearchFails, AndTheTokenReplaysIt) {
  const auto& [strategy, test] = GetParam();
  const RunResult found = Search(strategy, test);
  EXPECT_EQ(found.status, 1) << found.output;
  EXPECT_THAT(found.output, HasSubstr("found by " + std::string(strategy)));
  EXPECT_THAT(found.output, Not(HasSubstr("HEDDLE_SEED")));  // it has none
  const std::string line = FirstMatch(found.output, "^ +(HEDDLE_[A-Z_]+=.*--gtest_filter.*)$");
  ASSERT_NE(line, "") << found.output;
  const RunResult again = RunInItsDirectory(line);
  EXPECT_EQ(again.status, 1);
  const char kHashLine[] = "trace hash ([0-9a-f]{16})";
  EXPECT_EQ(FirstMatch(again.output, kHashLine), FirstMatch(found.output, kHashLine))
      << again.output;
  EXPECT_THAT(again.output, HasSubstr("replayed with an identical trace"));
}

INSTANTIATE_TEST_SUITE_P(Search, SearchFails,
                         testing::Combine(testing::Values("exhaustive", "preemption_bounded",
                                                          "delay_bounded"),
                                          testing::Values("Deadlock", "OwnershipCycle", "Leak",
                                                          "Race", "Misuse", "AssertionInTask")),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param)) + "_" +
                                  std::get<1>(test.param);
                         });

// A timer that fires though others can go on is searched for only if that is asked for.
TEST(SearchWithTimers, FailsIfATimerIsEarly) {
  const RunResult idle = Search("exhaustive", "Timer", "HEDDLE_CLOCK=when_idle");
  EXPECT_THAT(idle.output, Not(HasSubstr("found by")));
  const RunResult anytime = Search("exhaustive", "Timer", "HEDDLE_CLOCK=anytime");
  EXPECT_THAT(anytime.output, HasSubstr("found by exhaustive"));
}

TEST(SearchPasses, SaysThatAllIsVerified) {
  const RunResult result = Search("exhaustive", "PassesInNinetyOrders");
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(
      result.output,
      HasSubstr("Verdicts.PassesInNinetyOrders: verified: all 90 executions, up to equivalence\n"));
}

TEST(SearchPasses, SaysWhatALimitLeft) {
  const RunResult result = Search("exhaustive", "PassesInNinetyOrders", "HEDDLE_SCHEDULES=10");
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(
      result.output,
      ContainsRegex("PassesInNinetyOrders: 10 executions explored, about [0-9,]+ left .estimate."));
}

// Of 90 orders of locks, however it samples them.
TEST(SearchPasses, ASamplerTellsHowMuchItSaw) {
  const RunResult run =
      Search("portfolio", "PassesInNinetyOrders", "HEDDLE_COVERAGE=1 GTEST_OUTPUT=xml:seen.xml");
  EXPECT_EQ(run.status, 0) << run.output;
  const std::string seen = FirstMatch(run.output, "PassesInNinetyOrders: (1,000 schedules, .*)\n");
  EXPECT_THAT(seen,
              ContainsRegex("^1,000 schedules, [0-9]+ of them different up to equivalence, "));
  const RunResult xml = RunInItsDirectory("cat seen.xml");
  EXPECT_THAT(xml.output, HasSubstr("name=\"heddle_coverage\" value=\"" + seen + "\""));
}

}  // namespace
}  // namespace heddle
