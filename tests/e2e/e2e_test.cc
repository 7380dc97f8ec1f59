// SPDX-License-Identifier: Apache-2.0
//
// Runs real test programs and reads what they print: the failure of each verdict, its replay, and
// the refusal of what cannot be replayed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/golden.h"
#include "support/run.h"
#include "support/text.h"

namespace heddle {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::FirstMatch;
using testing_support::MaskTimes;
using testing_support::MatchesGolden;
using testing_support::Run;
using testing_support::RunResult;

// Runs one test of failing_tests; `environment` as in a shell, "HEDDLE_SEED=0x1".
RunResult RunFilter(const std::string& filter, const std::string& environment = "") {
  const std::filesystem::path binary = HEDDLE_FAILING_TESTS;
  return Run("cd '" + binary.parent_path().string() + "' && " + environment + " ./" +
             binary.filename().string() + " --gtest_color=no --gtest_filter=" + filter);
}

RunResult RunVerdict(const std::string& name, const std::string& environment = "") {
  return RunFilter("Verdicts." + name, environment);
}

// What gtest prints as the message of the failure.
std::string FailureText(const std::string& output) {
  const size_t start = output.find(": Failure\n");
  const size_t end = output.find("[  FAILED  ]");
  if (start == std::string::npos || end == std::string::npos) return output;
  const size_t line = output.rfind('\n', start) + 1;
  return output.substr(line, end - line);
}

// The single line that reproduces the failure.
std::string ReplayLine(const std::string& output) {
  return FirstMatch(output, "^ +(HEDDLE_[A-Z_]+=.*--gtest_filter.*)$");
}

std::string Hash(const std::string& output) {
  return FirstMatch(output, "trace hash ([0-9a-f]{16})");
}

std::string VerdictWord(const std::string& output) {
  const std::string text = FailureText(output);
  const size_t start = text.find('\n') + 1;
  return text.substr(start, text.find(' ', start) - start);
}

class Failing : public testing::TestWithParam<const char*> {};

TEST_P(Failing, PrintsItsGoldenFailureExactlyOnce) {
  const RunResult result = RunVerdict(GetParam());
  EXPECT_EQ(result.status, 1) << result.output;
  const std::string text = FailureText(result.output);
  EXPECT_TRUE(MatchesGolden(MaskTimes(text), "e2e/" + std::string(GetParam()) + ".txt"));
  EXPECT_EQ(text.find(": Failure", text.find(": Failure") + 1), std::string::npos);
}

TEST_P(Failing, ReplayLineShowsTheSameFailure) {
  const RunResult first = RunVerdict(GetParam());
  const std::string line = ReplayLine(first.output);
  ASSERT_NE(line, "") << first.output;
  const std::filesystem::path binary = HEDDLE_FAILING_TESTS;
  const RunResult again =
      testing_support::Run("cd '" + binary.parent_path().string() + "' && " + line);
  EXPECT_EQ(again.status, 1);
  EXPECT_EQ(VerdictWord(again.output), VerdictWord(first.output)) << again.output;
  EXPECT_EQ(Hash(again.output), Hash(first.output));
  EXPECT_THAT(again.output, HasSubstr("replayed with an identical trace"));
}

INSTANTIATE_TEST_SUITE_P(Verdict, Failing,
                         testing::Values("Deadlock", "OwnershipCycle", "SelfLock", "LostPermit",
                                         "Leak", "LeakStillRunning", "Race", "Misuse", "Assertion",
                                         "AssertionInTask", "Exception", "Livelock",
                                         "BodyBlockedForGood", "Timer"),
                         [](const auto& verdict) { return verdict.param; });

TEST(Diverged, NamesTheDifferenceAndIsNoReplay) {
  const RunResult result = RunVerdict("Diverged");
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(MatchesGolden(MaskTimes(FailureText(result.output)), "e2e/Diverged.txt"));
}

TEST(Vacuous, FailsThoughNothingFailed) {
  const RunResult result = RunVerdict("Vacuous");
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(MatchesGolden(MaskTimes(FailureText(result.output)), "e2e/Vacuous.txt"));
}

TEST(Passing, SaysNothing) {
  const RunResult result = RunVerdict("Passes");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, Not(HasSubstr("HEDDLE")));
}

TEST(Skipped, EndsTheExploration) {
  const RunResult result = RunVerdict("Skipped");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("[  SKIPPED ]"));
  EXPECT_THAT(result.output, HasSubstr("not on this machine"));
}

TEST(LongSchedule, IsReplayedBySeedAndByFile) {
  const std::string dir = testing::TempDir() + "heddle_e2e_out";
  std::filesystem::remove_all(dir);
  const std::string out = "HEDDLE_OUT_DIR='" + dir + "'";
  const RunResult first = RunVerdict("LongSchedule", out);
  EXPECT_THAT(ReplayLine(first.output), HasSubstr("HEDDLE_SEED="));
  const std::string file = dir + "/Verdicts.LongSchedule.schedule";
  ASSERT_TRUE(std::filesystem::exists(file)) << first.output;
  EXPECT_THAT(first.output, HasSubstr(file));
  const RunResult again = RunVerdict("LongSchedule", out + " HEDDLE_REPLAY='@" + file + "'");
  EXPECT_EQ(Hash(again.output), Hash(first.output));
  EXPECT_NE(Hash(first.output), "");
}

// -- What no report can tell ----------------------------------------------------------------------

TEST(Crash, NeverEndsWithStatusZero) {
  EXPECT_NE(RunFilter("Crash.InBody").status, 0);
  EXPECT_NE(RunFilter("Crash.InTask").status, 0);
}

TEST(Crash, StackOverflowNamesTheTaskAndTheKnob) {
  const RunResult result = RunFilter("Crash.StackOverflow");
  EXPECT_NE(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("task T1 deep overflowed its stack of "));
  EXPECT_THAT(result.output, HasSubstr(".stack_kib = "));
}

TEST(Crash, StackIsAsLargeAsAsked) {
  EXPECT_THAT(RunFilter("Crash.StackOverflow", "HEDDLE_STACK_KIB=64").output,
              HasSubstr("overflowed its stack of 64 KiB"));
}

// -- Where the program ends the process
// -----------------------------------------------------------------------------------------

// What Heddle says of it; the program's own handler speaks next.
std::string TerminateText(const std::string& output) {
  const size_t start = output.find("CRASH");
  if (start == std::string::npos) return output;
  return output.substr(start, output.find("terminate called", start) - start);
}

class Terminating : public testing::TestWithParam<const char*> {};

TEST_P(Terminating, NamesTheTaskTheExceptionAndTheReplay) {
  const std::string name = GetParam();
  const RunResult first = RunFilter("Terminat*." + name);
  EXPECT_EQ(first.status, 128 + SIGABRT) << first.output;
  EXPECT_TRUE(MatchesGolden(TerminateText(first.output), "e2e/terminate/" + name + ".txt"));
  EXPECT_THAT(first.output, HasSubstr("terminate called"));
  const std::string seed = FirstMatch(ReplayLine(first.output), "^(HEDDLE_SEED=[^ ]+)");
  const RunResult again = RunFilter("Terminat*." + name, seed);
  EXPECT_EQ(again.status, 128 + SIGABRT) << again.output;
  EXPECT_EQ(ReplayLine(again.output), ReplayLine(first.output));
}

INSTANTIATE_TEST_SUITE_P(Way, Terminating,
                         testing::Values("Noexcept", "WithoutException", "AfterADeadlock"),
                         [](const auto& way) { return way.param; });

TEST(Terminate, IsToldWithoutADeadlineToo) {
  const RunResult result = RunFilter("Terminate.Noexcept", "HEDDLE_DEADLINE_MS=0");
  EXPECT_THAT(ReplayLine(result.output), testing::StartsWith("HEDDLE_SEED=0x5eed:0 "));
}

// Without the variable the failure cannot be seen again.
TEST(Knobs, AreInTheLineThatReproduces) {
  const RunResult first = RunVerdict("LeakStillRunning", "HEDDLE_DRAIN_STEPS=40");
  const std::string line = ReplayLine(first.output);
  EXPECT_THAT(line, testing::StartsWith("HEDDLE_DRAIN_STEPS=40 HEDDLE_REPLAY=v1:"));
  const std::filesystem::path binary = HEDDLE_FAILING_TESTS;
  const RunResult again =
      testing_support::Run("cd '" + binary.parent_path().string() + "' && " + line);
  EXPECT_EQ(Hash(again.output), Hash(first.output));
  EXPECT_EQ(ReplayLine(again.output), line);
}

TEST(Unwinding, EndsWhateverTheCodeDoes) {
  const RunResult result = RunFilter("Unwinding.*", "HEDDLE_SCHEDULES=100");
  EXPECT_EQ(result.status, 0) << result.output;
}

// -- Tokens
// -----------------------------------------------------------------------------------------

std::string TokenOf(const std::string& name) {
  const std::string line = ReplayLine(RunVerdict(name).output);
  return line.substr(0, line.find(' '));
}

TEST(Token, CutShortIsRefused) {
  const std::string token = TokenOf("Deadlock");
  const RunResult result = RunVerdict("Deadlock", token.substr(0, token.size() - 4));
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr("cut short"));
}

TEST(Token, AlteredIsRefused) {
  std::string token = TokenOf("Deadlock");
  token.back() = token.back() == 'A' ? 'B' : 'A';
  EXPECT_THAT(RunVerdict("Deadlock", token).output, HasSubstr("altered"));
}

TEST(Token, OfAnotherScenarioIsRefused) {
  const RunResult result = RunVerdict("Leak", TokenOf("Deadlock"));
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr("another scenario"));
}

TEST(Token, OfAnotherVersionIsRefused) {
  EXPECT_THAT(RunVerdict("Deadlock", "HEDDLE_REPLAY=v9:abcdefghijklmnop").output,
              HasSubstr("version v9"));
}

struct Recorded {
  const char* name;
  const char* token;
  const char* verdict;
};

// By versions of Heddle whose samplers found other schedules. They stay: a token of this version means the same for ever.
TEST(Token, RecordedByAnOlderVersionIsReplayed) {
  const Recorded all[] = {
      {"Deadlock", "v1:AedwLcClEIli_pf-DFMkwM_7TRo", "DEADLOCK  3 of 3 live tasks"},
      {"Deadlock", "v1:AgdwLcCjfBSUxEOnHYEOlH3wqRRxG", "DEADLOCK  3 of 3 live tasks"},
      {"Deadlock", "v1:AkdwLcCpygMUwdqUMsEFpR99MDv8yKM40", "DEADLOCK  3 of 3 live tasks"},
      {"OwnershipCycle", "v1:AlR5DVsnAg0fhx_cPrElSUbA_fZLYe_BCA", "DEADLOCK  2 tasks wait for"},
      {"OwnershipCycle", "v1:AoR5DVsu0JYILVFnZlEmZLalGwNLQkUQCWOCB", "DEADLOCK  2 tasks wait for"},
      {"Leak", "v1:AbopBcNghHVD67ox-WUsxtiK", "LEAK  1 task never finished"},
      {"Misuse", "v1:Afmfz01FU3YpKPHOH-K6Uff4dS4o", "MISUSE  send on closed channel"},
      {"Race", "v1:AdmGe4njDMvDILeGLbapRqd8-l", "RACE  two accesses to variable \"hits\""},
      {"Timer", "v1:AfAuIvWxeHRMXWYpeKIoEA7yhNr6", "ASSERTION  an assertion failed in T0"},
  };
  for (const Recorded& recorded : all) {
    const RunResult result =
        RunVerdict(recorded.name, std::string("HEDDLE_REPLAY=") + recorded.token);
    EXPECT_EQ(result.status, 1) << recorded.token;
    EXPECT_THAT(result.output, HasSubstr(recorded.verdict)) << recorded.token;
  }
}

TEST(Environment, BadValuesAreNamed) {
  EXPECT_THAT(RunVerdict("Passes", "HEDDLE_SEED=banana").output,
              HasSubstr("HEDDLE_SEED=\"banana\""));
  EXPECT_THAT(RunVerdict("Passes", "HEDDLE_SCHEDULES=0").output,
              HasSubstr("HEDDLE_SCHEDULES=\"0\""));
  EXPECT_EQ(RunVerdict("Passes", "HEDDLE_SCHEDULES=0").status, 2);
}

TEST(Seed, OfOneExecutionFindsTheSameFailure) {
  const RunResult first = RunVerdict("Deadlock");
  const std::string seed = FirstMatch(first.output, "HEDDLE_SEED=0x[0-9a-f]+:[0-9]+");
  ASSERT_NE(seed, "");
  const RunResult again = RunVerdict("Deadlock", seed);
  EXPECT_EQ(Hash(again.output), Hash(first.output));
  EXPECT_THAT(again.output, HasSubstr(seed));
}

}  // namespace
}  // namespace heddle
