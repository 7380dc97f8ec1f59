// SPDX-License-Identifier: Apache-2.0
#include "heddle/report/text.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <string>

#include "heddle/core/report.h"
#include "report/sample_reports.h"
#include "support/golden.h"

namespace heddle::testing_support {
namespace {

struct Sample {
  const char* file;
  Report (*report)();
};

void PrintTo(const Sample& sample, std::ostream* out) { *out << sample.file; }

class TextGoldenTest : public testing::TestWithParam<Sample> {};

TEST_P(TextGoldenTest, Matches) {
  const Sample& sample = GetParam();
  EXPECT_TRUE(MatchesGolden(RenderText(sample.report()), "report/" + std::string(sample.file)));
}

INSTANTIATE_TEST_SUITE_P(
    Verdicts, TextGoldenTest,
    testing::Values(Sample{"deadlock.txt", Deadlock}, Sample{"ownership_cycle.txt", OwnershipCycle},
                    Sample{"leak.txt", Leak}, Sample{"race.txt", Race},
                    Sample{"race_with_stacks.txt", RaceWithStacks}, Sample{"misuse.txt", Misuse},
                    Sample{"assertion.txt", Assertion}, Sample{"exception.txt", Exception},
                    Sample{"livelock.txt", Livelock}, Sample{"diverged.txt", Diverged},
                    Sample{"vacuous.txt", Vacuous}, Sample{"not_reproduced.txt", NotReproduced},
                    Sample{"many_tasks.txt", ManyTasks}, Sample{"five_tasks.txt", FiveTasks},
                    Sample{"long_trace.txt", LongTrace}, Sample{"early_timer.txt", EarlyTimer},
                    Sample{"schedule_file.txt", ScheduleFile}),
    [](const testing::TestParamInfo<Sample>& sample) {
      const std::string file = sample.param.file;
      return file.substr(0, file.find('.'));
    });

TEST(TextTest, PassedIsOneLine) {
  Report report;
  report.schedules_run = 1000;
  report.total_steps = 12345;
  EXPECT_EQ(RenderText(report), "passed: 1000 schedules, 12345 steps\n");
  report.cut = 3;
  EXPECT_EQ(RenderText(report), "passed: 1000 schedules, 12345 steps, 3 cut at max_steps\n");
  report.schedules_run = report.total_steps = 1;
  report.cut = 0;
  EXPECT_EQ(RenderText(report), "passed: 1 schedule, 1 step\n");
}

TEST(TextTest, SkippedSaysWhy) {
  Report report;
  report.verdict = Verdict::kSkipped;
  report.headline = "needs a network";
  EXPECT_EQ(RenderText(report), "skipped: needs a network\n");
}

TEST(TextTest, EmptyReportOfEachVerdictRenders) {
  for (int verdict = 0; verdict <= static_cast<int>(Verdict::kSkipped); ++verdict) {
    Report report;
    report.verdict = static_cast<Verdict>(verdict);
    EXPECT_EQ(LinesOf(RenderText(report)).size(), 1u) << RenderText(report);
  }
}

TEST(TextTest, EmptyPartsRender) {
  Report report;
  report.verdict = Verdict::kDeadlock;
  report.tasks.resize(1);
  report.accesses.resize(2);
  report.steps.resize(1);
  report.details.resize(1);
  report.why.resize(1);
  report.schedules_run = 1;
  const std::string text = RenderText(report);
  EXPECT_TRUE(text.starts_with("DEADLOCK  (schedule 1)\n")) << text;
}

TEST(TextTest, WhereItWasFoundIsNotBroken) {
  Report report = Deadlock();
  report.headline = std::string(80, 'x');
  EXPECT_TRUE(RenderText(report).starts_with("DEADLOCK  " + report.headline + "\n" +
                                             "          (schedule 217 of 1000, step 6)\n"));
}

TEST(TextTest, CommandIsNeverBroken) {
  Report report = Deadlock();
  report.replay = "HEDDLE_REPLAY=v1:" + std::string(180, 'A');
  EXPECT_NE(RenderText(report).find("\n    " + report.replay + " " + report.command + "\n"),
            std::string::npos);
}

TEST(TextTest, WithoutCommandTheSettingIsNamed) {
  Report report = Deadlock();
  report.command = "";
  EXPECT_NE(RenderText(report).find("reproduce (same binary, with this in its environment):\n"
                                    "    HEDDLE_REPLAY=v1:AAYzc2VlZC1oYXNoLTE\n"),
            std::string::npos);
}

TEST(TextTest, ScheduleFileIsQuotedForTheShell) {
  Report report = Deadlock();
  report.replay = "";
  report.command = "./t";
  report.schedule_file = "it's/a.schedule";
  EXPECT_NE(RenderText(report).find(":\n    HEDDLE_REPLAY='@it'\\''s/a.schedule' ./t\n"),
            std::string::npos);
  report.schedule_file = "out/a.schedule";
  EXPECT_NE(RenderText(report).find("    HEDDLE_REPLAY=@out/a.schedule ./t\n"), std::string::npos);
}

TEST(TextTest, ReplayOfTheScheduleFileStandsOnce) {
  Report report = Deadlock();
  report.command = "./t";
  report.schedule_file = "my out/a.schedule";
  report.replay = "HEDDLE_REPLAY='@my out/a.schedule'";
  const std::string text = RenderText(report);
  EXPECT_NE(text.find(":\n    HEDDLE_REPLAY='@my out/a.schedule' ./t\n\n"), std::string::npos);
  EXPECT_EQ(text.find("or from the schedule file"), std::string::npos);
}

TEST(TextTest, VariablesStandBeforeEveryFormOfReplay) {
  Report report = Deadlock();
  report.variables = "HEDDLE_MAX_STEPS=50 HEDDLE_CLOCK=when_idle";
  report.schedule_file = "a.schedule";
  const std::string text = RenderText(report);
  EXPECT_NE(text.find("\n    " + report.variables + " " + report.replay + " "), std::string::npos);
  EXPECT_NE(text.find("\n    " + report.variables + " HEDDLE_REPLAY=@a.schedule "),
            std::string::npos);
}

TEST(TextTest, PassedUnderATimeBudgetSaysSo) {
  Report report;
  report.schedules_planned = 1000;
  report.schedules_run = 312;
  report.total_steps = 600;
  report.time_budget_ms = 500;
  EXPECT_EQ(RenderText(report),
            "passed: 312 schedules, 600 steps; the time budget of 500 ms left out 688 of 1000 "
            "schedules\n");
}

TEST(TextTest, OnlyTheProvenanceLineHasTimes) {
  Report slow = Deadlock();
  slow.seconds = 1234.5;
  EXPECT_NE(RenderText(slow), RenderText(Deadlock()));
  EXPECT_EQ(MaskTimes(RenderText(slow)), MaskTimes(RenderText(Deadlock())));
  Report vacuous = Vacuous();
  vacuous.seconds = 0;
  EXPECT_EQ(MaskTimes(RenderText(vacuous)), MaskTimes(RenderText(Vacuous())));
}

TEST(TextTest, OddTimesAreHarmless) {
  Report report = Deadlock();
  for (const double seconds : {0.0, -1.0, std::numeric_limits<double>::infinity(),
                               std::numeric_limits<double>::quiet_NaN()}) {
    report.seconds = seconds;
    EXPECT_NE(RenderText(report).find("after 217 schedules in 0.00 s\n"), std::string::npos);
  }
  report.seconds = 1e-9;
  EXPECT_NE(RenderText(report).find("M/s)\n"), std::string::npos);
}

TEST(TextTest, NothingIsColouredAndNamesStayOnOneLine) {
  Report report = Deadlock();
  report.tasks[0].label = "T0 \x1b[1mma\nin";
  const std::string text = RenderText(report);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("T0 \\x1b[1mma\\nin "), std::string::npos) << text;
}

TEST(TextTest, PlaceIsSaidOnceWhereNothingElseSaysIt) {
  EXPECT_EQ(RenderText(Deadlock()).find("\n  at checkout_test.cc:57\n"), std::string::npos);
  EXPECT_NE(RenderText(Exception()).find("\n  at parse_test.cc:19\n"), std::string::npos);
}

TEST(TextTest, FileOfTheLinesIsNamedWhereNothingElseNamesIt) {
  Report report = Deadlock();
  EXPECT_EQ(RenderText(report).find("is line n of"), std::string::npos);
  report.tasks.clear();
  report.at = "";
  EXPECT_NE(RenderText(report).find("\n  \":n\" is line n of checkout_test.cc\n"),
            std::string::npos);
}

TEST(TextTest, GtestPrintsTheReport) {
  std::ostringstream out;
  PrintTo(Deadlock(), &out);
  EXPECT_EQ(out.str() + "\n", RenderText(Deadlock()));
  EXPECT_EQ(testing::PrintToString(Deadlock()) + "\n", RenderText(Deadlock()));
}

}  // namespace
}  // namespace heddle::testing_support
