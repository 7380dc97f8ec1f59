// SPDX-License-Identifier: Apache-2.0
//
// Fixtures, parameters and options, as seen from outside the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <string>

#include "absl/strings/str_join.h"
#include "gtest/example.h"
#include "heddle/runtime/internal/tsan.h"
#include "support/text.h"

namespace heddle {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing_support::Count;
using testing_support::ReadFile;
using testing_support::RunExample;
using testing_support::RunResult;

// What the fixture said, without gtest's lines.
std::string Said(const std::string& output) {
  return absl::StrJoin(testing_support::Matches(output, "^life: (.*)$"), ", ");
}

// An execution by itself, which is not rechecked, of a sampler that needs no lessons; but repeated, where it
// may hide a race.
constexpr char kOneExecution[] = "HEDDLE_SEED=0x5eed:6";
constexpr size_t kTries = internal::kMostTries;

TEST(Fixture, LivesInsideEachExecution) {
  const RunResult result = RunExample("Life.Order", "", kOneExecution);
  EXPECT_EQ(result.status, 0) << result.output;
  std::string executions;
  for (size_t i = 0; i < kTries; ++i) {
    executions += "constructor, SetUp, body, TearDown, drained, destructor, ";
  }
  EXPECT_EQ(Said(result.output), "SetUpTestSuite, " + executions + "TearDownTestSuite");
}

TEST(Fixture, LivesOncePerExecution) {
  const RunResult result = RunExample("Life.Order", "--gtest_repeat=3", kOneExecution);
  EXPECT_EQ(Count(result.output, "life: constructor"), 3 * kTries);
}

TEST(Fixture, SharesItsSuiteWithTestF) {
  const RunResult result = RunExample("Life.Order:Life.Plain", "", kOneExecution);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("[  PASSED  ] 2 tests"));
  EXPECT_EQ(Count(result.output, "life: SetUpTestSuite"), 1u);
  EXPECT_THAT(Said(result.output),
              EndsWith("constructor, SetUp, plain body, TearDown, destructor, TearDownTestSuite"));
}

TEST(Fixture, TearsDownAfterAssertInBody) {
  const RunResult result = RunExample("Life.BodyAsserts");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(Said(result.output), HasSubstr("SetUp, TearDown, destructor"));
}

TEST(Fixture, IsDestroyedAfterDeadlock) {
  const RunResult result = RunExample("Life.Deadlocks");
  EXPECT_THAT(result.output, HasSubstr("DEADLOCK"));
  EXPECT_EQ(Said(result.output),
            "SetUpTestSuite, constructor, SetUp, destructor, constructor, SetUp, destructor, "
            "TearDownTestSuite");
}

TEST(Fixture, SetUpThatFailsLeavesTearDown) {
  const RunResult result = RunExample("Broken.InSetUp");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("SetUp fails"), HasSubstr("broken: TearDown"),
                                   Not(HasSubstr("never"))));
}

TEST(Fixture, SetUpThatSkipsLeavesTearDown) {
  const RunResult result = RunExample("Unavailable.InSetUp");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, AllOf(HasSubstr("not today"), HasSubstr("unavailable: TearDown"),
                                   HasSubstr("[  SKIPPED ]"), Not(HasSubstr("never"))));
}

TEST(Fixture, ConstructorThatFailsLeavesNothing) {
  const RunResult result = RunExample("StillBorn.InConstructor");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("constructor fails"), Not(HasSubstr("never"))));
}

TEST(Fixture, OutlivesTheDrain) {
  const RunResult result = RunExample("Lasting.OutlivesTheBody");
  EXPECT_EQ(result.status, 0) << result.output;
}

TEST(Parameter, IsSeenInEveryExecution) {
  const RunResult result = RunExample("*GetsItsParameter*");
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, AllOf(HasSubstr("Few/Sized.GetsItsParameter/0"),
                                   HasSubstr("Few/Sized.GetsItsParameter/1"),
                                   HasSubstr("Named/Sized.GetsItsParameter/lonely")));
}

TEST(Parameter, FailureIsReplayedByTheFullName) {
  const RunResult result = RunExample("*FailsForThree*");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, HasSubstr("[  FAILED  ] 1 test"));
  const std::string replay = testing_support::FirstMatch(result.output, "^ +(HEDDLE_REPLAY=.*)$");
  EXPECT_THAT(replay, EndsWith("--gtest_filter=Few/Sized.FailsForThree/1")) << result.output;
  const RunResult again = testing_support::Run(replay);
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.output, HasSubstr("replayed with an identical trace"));
}

TEST(Options, AreAppliedAndRecorded) {
  const std::string xml = testing::TempDir() + "heddle_gtest_options.xml";
  EXPECT_EQ(RunExample("Options.*", "--gtest_output=xml:'" + xml + "'").status, 0);
  const std::string text = ReadFile(xml);
  std::filesystem::remove(xml);
  for (const char* count : {"1000", "7", "8", "9", "10"}) {
    EXPECT_EQ(Count(text, "name=\"heddle_schedules\" value=\"" + std::string(count) + "\""), 1u)
        << count << "\n"
        << text;
  }
  EXPECT_EQ(Count(text, "name=\"heddle_seed\" value=\"0xabc\""), 1u);
  EXPECT_EQ(Count(text, "name=\"heddle_seed\" value=\"0x5eed\""), 4u);
  EXPECT_EQ(Count(text, "name=\"heddle_verdict\" value=\"passed\""), 5u);
  EXPECT_EQ(Count(text, "name=\"heddle_strategy\" value=\"portfolio\""), 4u);
  EXPECT_EQ(Count(text, "name=\"heddle_strategy\" value=\"random\""), 1u);
  EXPECT_EQ(Count(text, "name=\"heddle_steps\""), 5u);
  EXPECT_EQ(Count(text, "heddle_replay"), 0u);
}

TEST(Properties, OfAFailureHaveItsReplay) {
  const std::string xml = testing::TempDir() + "heddle_gtest_failure.xml";
  EXPECT_EQ(RunExample("Assertions.FailInHelper", "--gtest_output=xml:'" + xml + "'").status, 1);
  const std::string text = ReadFile(xml);
  std::filesystem::remove(xml);
  EXPECT_THAT(text, AllOf(HasSubstr("name=\"heddle_verdict\" value=\"assertion\""),
                          HasSubstr("name=\"heddle_replay\" value=\"HEDDLE_REPLAY=v1:"),
                          HasSubstr("name=\"heddle_seed\" value=\"0x5eed:0\"")));
  EXPECT_EQ(Count(text, "<failure "), 1u);
}

}  // namespace
}  // namespace heddle
