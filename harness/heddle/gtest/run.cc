// SPDX-License-Identifier: Apache-2.0
#include "heddle/gtest/run.h"

#include <errno.h>

#include <cstdio>
#include <string>
#include <utility>

#include "heddle/core/report.h"
#include "heddle/core/shell.h"
#include "heddle/explore/environment.h"
#include "heddle/explore/explore.h"
#include "heddle/gtest/capture.h"
#include "heddle/gtest/races.h"
#include "heddle/gtest/results.h"
#include "heddle/gtest/status.h"
#include "heddle/report/text.h"

namespace heddle::internal {
namespace {

[[maybe_unused]] const bool races_are_watched = WatchForRaces();

// -- Inside an execution --------------------------------------------------------------------------

// gtest's own way into a fixture: through Test, whatever the access of the overrides is.
class Stages : public ::testing::Test {
 public:
  static void CallSetUp(::testing::Test& fixture) { (fixture.*(&Stages::SetUp))(); }
  static void CallTearDown(::testing::Test& fixture) { (fixture.*(&Stages::TearDown))(); }
};

bool MayGoOn() { return !Results::FatalNow() && !Results::SkippedNow(); }

// Does what gtest does with a test, in gtest's order: a constructor that fails ends it, a SetUp
// that fails leaves TearDown.
class TestScenario final : public Scenario {
 public:
  TestScenario(const TestSource& source, Factory* fixtures)
      : source_(source), fixtures_(fixtures) {}

  void Run() override {
    if (fixtures_ == nullptr) return source_.body(nullptr);
    fixture_.reset(fixtures_->CreateTest());
    if (!MayGoOn()) return;
    Stages::CallSetUp(*fixture_);
    if (MayGoOn()) source_.body(fixture_.get());
    Stages::CallTearDown(*fixture_);
  }

  void Finish() override { fixture_.reset(); }

 private:
  const TestSource& source_;
  Factory* const fixtures_;
  std::unique_ptr<::testing::Test> fixture_;
};

// -- Around the exploration -----------------------------------------------------------------------

// Names of tests are letters, digits, '_', '.' and '/': nothing in them is special to a filter.
std::string CommandFor(const std::string& name) {
  std::string command =
      ShellQuoted(program_invocation_name) + " --gtest_filter=" + ShellQuoted(name);
  if (name.find("DISABLED_") != std::string::npos) command += " --gtest_also_run_disabled_tests";
  return command;
}

std::string SeedOf(const Report& report, const Options& options) {
  if (!report.seed.empty() || report.strategy == "replay") return report.seed;
  const Settings settings = ReadEnvironment(options).settings;
  const uint64_t base = settings.options.seed;
  return settings.only ? FormatSeed(base, *settings.only) : FormatSeed(base);
}

// "500 ms ended the exploration after 312 of 1000 schedules"
std::string TimeBudget(const Report& report) {
  const std::string planned =
      report.schedules_planned > 0 ? " of " + std::to_string(report.schedules_planned) : "";
  return std::to_string(report.time_budget_ms) + " ms ended the exploration after " +
         std::to_string(report.schedules_run) + planned + " schedules";
}

void Record(const Report& report, const Options& options) {
  using ::testing::Test;
  Test::RecordProperty("heddle_verdict", std::string(ToString(report.verdict)));
  Test::RecordProperty("heddle_strategy", report.strategy);
  Test::RecordProperty("heddle_schedules", std::to_string(report.schedules_run));
  Test::RecordProperty("heddle_steps", std::to_string(report.total_steps));
  const std::string seed = SeedOf(report, options);
  if (!seed.empty()) Test::RecordProperty("heddle_seed", seed);
  if (!report.replay.empty()) {
    const std::string variables = report.variables + (report.variables.empty() ? "" : " ");
    Test::RecordProperty("heddle_replay", variables + report.replay);
  }
  if (report.time_budget_ms > 0) Test::RecordProperty("heddle_time_budget", TimeBudget(report));
  const std::string& coverage = report.coverage.empty() ? report.seen : report.coverage;
  if (!coverage.empty()) Test::RecordProperty("heddle_coverage", coverage);
}

// As ADD_FAILURE_AT and GTEST_SKIP, but for the place and a line "Failed" before the text.
void Tell(::testing::TestPartResult::Type type, const char* file, int line,
          const std::string& text) {
  ::testing::internal::AssertHelper(type, file, line, text.c_str()) = ::testing::Message();
}

void TellGtest(const Report& report, const TestSource& source) {
  using ::testing::TestPartResult;
  if (report.verdict == Verdict::kSkipped) {
    const Location where = LatestSkip();
    if (where.line == 0)
      return Tell(TestPartResult::kSkip, source.file, source.line, report.headline);
    Tell(TestPartResult::kSkip, where.file, static_cast<int>(where.line), report.headline);
  } else if (!report.passed()) {
    std::string text = RenderText(report);
    while (text.ends_with('\n')) text.pop_back();
    if (report.verdict == Verdict::kDiverged || report.verdict == Verdict::kVacuous) {
      ExpectInconclusiveFailure();
    }
    Tell(TestPartResult::kNonFatalFailure, source.file, source.line, text);
  } else if (!report.coverage.empty()) {
    std::printf("%s: %s\n", report.scenario.c_str(), report.coverage.c_str());
  } else if (!report.seen.empty()) {
    std::printf("%s: %s\n", report.scenario.c_str(), report.seen.c_str());
  } else if (report.time_budget_ms > 0) {
    std::printf("%s: the time budget of %s; none failed\n", report.scenario.c_str(),
                TimeBudget(report).c_str());
  }
}

// -- What gtest runs ------------------------------------------------------------------------------

class Runner final : public ::testing::Test {
 public:
  Runner(const TestSource& source, Factory* fixtures) : source_(source), fixtures_(fixtures) {}

 private:
  void TestBody() override {
    const ::testing::TestInfo* info = ::testing::UnitTest::GetInstance()->current_test_info();
    const std::string name = std::string(info->test_suite_name()) + "." + info->name();
    Options options = source_.options();
    options.name = Interned(name);
    TestScenario scenario(source_, fixtures_);
    const Report report = Explore(scenario, options, CommandFor(name));
    Record(report, options);
    TellGtest(report, source_);
  }

  const TestSource& source_;
  Factory* const fixtures_;
};

class RunnerFactory final : public Factory {
 public:
  RunnerFactory(const TestSource& source, std::unique_ptr<Factory> fixtures)
      : source_(source), fixtures_(std::move(fixtures)) {}
  ::testing::Test* CreateTest() override { return new Runner(source_, fixtures_.get()); }

 private:
  const TestSource source_;
  const std::unique_ptr<Factory> fixtures_;
};

}  // namespace

Factory* NewRunnerFactory(const TestSource& source, std::unique_ptr<Factory> fixtures) {
  return new RunnerFactory(source, std::move(fixtures));
}

}  // namespace heddle::internal
