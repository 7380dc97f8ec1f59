// SPDX-License-Identifier: Apache-2.0
//
// Deadlines end what would never end: real programs, run with a deadline of 500 ms (long enough for a
// busy machine to come to where they hang). What they print is compared with golden texts; `timeout`
// ends this test if a deadline does not.
#include "heddle/runtime/internal/deadline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

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
using testing_support::Replaced;
using testing_support::RunResult;

// From the deadline to the end of a process that does not look at it.
static_assert(internal::kGraceMilliseconds < 1000);

const std::filesystem::path kBinary = HEDDLE_HANGING_TESTS;

std::string Command(const std::string& test, const std::string& environment) {
  return "cd '" + kBinary.parent_path().string() + "' && " + environment + " timeout 60 ./" +
         kBinary.filename().string() + " --gtest_color=no --gtest_filter=" + test;
}

RunResult RunTest(const std::string& test) {
  return testing_support::Run(Command(test, "HEDDLE_DEADLINE_MS=500"));
}

// Of stdout and stderr, what Heddle says of the deadline.
std::string DeadlineText(const std::string& output) {
  const size_t start = output.find("DEADLINE");
  if (start == std::string::npos) return output;
  return output.substr(start, output.find("\n[", start) + 1 - start);
}

// -- A task that never reaches a step: the process ends
// ---------------------------------------------------------------------------

class NoStep : public testing::TestWithParam<const char*> {};

TEST_P(NoStep, EndsTheProcessAndNamesTheTaskAndTheReplay) {
  const RunResult result = RunTest("Hanging." + std::string(GetParam()));
  EXPECT_EQ(result.status, internal::kDeadlineExitStatus) << result.output;
  EXPECT_TRUE(MatchesGolden(DeadlineText(result.output),
                            "e2e/deadline/" + std::string(GetParam()) + ".txt"));
}

TEST_P(NoStep, TheReplayHangsInTheSameExecution) {
  const RunResult first = RunTest("Hanging." + std::string(GetParam()));
  const std::string seed = FirstMatch(first.output, "^    (HEDDLE_SEED=[^ ]+) ");
  ASSERT_NE(seed, "") << first.output;
  const RunResult again = testing_support::Run(
      Command("Hanging." + std::string(GetParam()), "HEDDLE_DEADLINE_MS=500 " + seed));
  EXPECT_EQ(again.status, internal::kDeadlineExitStatus) << again.output;
  EXPECT_THAT(again.output, HasSubstr(seed + " ")) << first.output;
}

INSTANTIATE_TEST_SUITE_P(Way, NoStep,
                         testing::Values("Loop", "LoopWithCalls", "BlockingRead",
                                         "RealMutexOverStep", "Destructor"),
                         [](const auto& way) { return way.param; });

TEST(SecondRun, IsEndedWithTheVerdictOfTheFirst) {
  const RunResult result = RunTest("Hanging.SecondRun");
  EXPECT_EQ(result.status, internal::kDeadlineExitStatus) << result.output;
  EXPECT_TRUE(MatchesGolden(DeadlineText(result.output), "e2e/deadline/SecondRun.txt"));
}

TEST(AfterABug, TheStatusIsThatOfTheBug) {
  const RunResult result = RunTest("AfterABug.*");
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr("DEADLINE  T0 main reaches no further step"));
  EXPECT_EQ(RunTest("AfterABug.Loop").status, internal::kDeadlineExitStatus);
}

// -- At steps and between executions: the test fails, the process goes on
// ---------------------------------------------------------------------------

class Endless : public testing::TestWithParam<const char*> {};

TEST_P(Endless, FailsTheTestAndGoesOn) {
  const RunResult result = RunTest("Endless." + std::string(GetParam()) + ":Endless.Steps");
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr("DEADLINE  the deadline of 500 ms passed"));
  EXPECT_THAT(result.output, HasSubstr("\n    HEDDLE_SEED=0x5eed:"));
  EXPECT_THAT(result.output, HasSubstr("HEDDLE_DEADLINE_MS"));
  EXPECT_THAT(result.output, HasSubstr("[  FAILED  ] Endless.Steps"));
}

INSTANTIATE_TEST_SUITE_P(Way, Endless,
                         testing::Values("Steps", "SlowSteps", "SleepySteps", "Schedules"),
                         [](const auto& way) { return way.param; });

TEST(EndlessSteps, TellsWhatTheTasksDo) {
  const RunResult result = RunTest("Endless.Steps");
  const std::string text = MaskTimes(DeadlineText(result.output));
  EXPECT_TRUE(
      MatchesGolden(Replaced(text, R"(step [0-9]+\))", "step <n>)"), "e2e/deadline/Steps.txt"));
}

// -- Under a debugger
// ---------------------------------------------------------------------------

// Runs the test as a debugger would; its wait status.
int RunTraced(const std::string& test, int* signals_seen) {
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    setenv("HEDDLE_DEADLINE_MS", "300", 1);
    // The search for leaks at the end of the process does not work under a tracer.
    const char* options = getenv("ASAN_OPTIONS");
    const std::string without = std::string(options != nullptr ? options : "") + ":detect_leaks=0";
    setenv("ASAN_OPTIONS", without.c_str(), 1);
    const std::string filter = "--gtest_filter=" + test;
    execl(kBinary.c_str(), kBinary.c_str(), filter.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  bool started = false;
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    int signal = WSTOPSIG(status);
    if (!started) signal = 0;  // exec's own stop
    started = true;
    if (signal == SIGURG) ++*signals_seen;
    ptrace(PTRACE_CONT, child, nullptr, signal);
  }
  return status;
}

TEST(Traced, ADeadlineNeitherFailsNorEnds) {
  int signals = 0;
  const int status = RunTraced("Traced.Outlives", &signals);
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_GT(signals, 1) << "the deadline passed and started anew";
}

TEST(Traced, TheSameFailsWithoutATracer) {
  const RunResult result = RunTest("Traced.Outlives");
  EXPECT_NE(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("DEADLINE"));
}

TEST(Signals, BlockedByTheProgramStillEndIt) {
  const RunResult result = testing_support::Run(
      Command("Hanging.LoopWithSignalsBlocked", "HEDDLE_DEADLINE_MS=500 HANGING_BLOCKS_SIGNALS=1"));
  EXPECT_EQ(result.status, internal::kDeadlineExitStatus) << result.output;
}

TEST(NoDeadline, IsAKnob) {
  const RunResult result = testing_support::Run(Command("Traced.Outlives", "HEDDLE_DEADLINE_MS=0"));
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, Not(HasSubstr("DEADLINE")));
}

}  // namespace
}  // namespace heddle
