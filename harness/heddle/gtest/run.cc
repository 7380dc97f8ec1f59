// SPDX-License-Identifier: Apache-2.0
#include "heddle/gtest/run.h"

#include <errno.h>

#include <map>
#include <string>
#include <string_view>

#include "heddle/core/report.h"
#include "heddle/explore/explore.h"
#include "heddle/gtest/capture.h"
#include "heddle/report/text.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/tsan.h"

namespace heddle::internal {
namespace {

class FunctionScenario final : public Scenario {
 public:
  explicit FunctionScenario(void (*body)()) : body_(body) {}
  void Run() override { body_(); }

 private:
  void (*const body_)();
};

std::string FullName() {
  const ::testing::TestInfo* info = ::testing::UnitTest::GetInstance()->current_test_info();
  return std::string(info->test_suite_name()) + "." + info->name();
}

// For a shell; words that are harmless stay as they are.
std::string Quoted(const std::string& word) {
  constexpr std::string_view kHarmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";
  if (!word.empty() && word.find_first_not_of(kHarmless) == std::string::npos) return word;
  std::string quoted = "'";
  for (char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string CommandFor(const std::string& name) {
  return Quoted(program_invocation_name) + " --gtest_filter=" + Quoted(name);
}

void Record(const Report& report) {
  using ::testing::Test;
  Test::RecordProperty("heddle_verdict", std::string(ToString(report.verdict)));
  Test::RecordProperty("heddle_schedules", std::to_string(report.schedules_run));
  Test::RecordProperty("heddle_steps", std::to_string(report.total_steps));
  Test::RecordProperty("heddle_strategy", report.strategy);
  if (!report.seed.empty()) Test::RecordProperty("heddle_seed", report.seed);
  if (!report.replay.empty()) Test::RecordProperty("heddle_replay", report.replay);
}

// Fails the gtest in which ThreadSanitizer saw a race outside any execution, and which would pass
// otherwise: the runtime itself is told not to decide the exit status.
class OutsideRaces final : public ::testing::EmptyTestEventListener {
 public:
  void OnTestStart(const ::testing::TestInfo&) override { before_ = TsanReportsOutside(); }
  void OnTestEnd(const ::testing::TestInfo&) override {
    const int reports = TsanReportsOutside() - before_;
    if (reports == 0) return;
    ADD_FAILURE() << "ThreadSanitizer reported " << reports << (reports == 1 ? " race" : " races")
                  << " outside any scenario during this test (see its text above).";
  }

 private:
  int before_ = 0;
};

[[maybe_unused]] const bool listening = [] {
#if HEDDLE_TSAN
  ::testing::UnitTest::GetInstance()->listeners().Append(new OutsideRaces);
#endif
  return true;
}();

}  // namespace

void RunTest(Scenario& scenario, Options options, const char* file, int line) {
  const std::string name = FullName();
  options.name = name.c_str();
  Report report;
  {
    Capture capture;
    report = Explore(scenario, options, CommandFor(name));
  }
  Record(report);
  if (report.verdict == Verdict::kSkipped) {
    GTEST_SKIP() << report.headline;
  } else if (!report.passed()) {
    std::string text = RenderText(report);
    while (text.ends_with('\n')) text.pop_back();
    // ADD_FAILURE_AT, but for a line "Failed" before the text.
    GTEST_MESSAGE_AT_(file, line, "", ::testing::TestPartResult::kNonFatalFailure) << text;
  }
}

void RunFunctionTest(void (*body)(), const Options& options, const char* file, int line) {
  FunctionScenario scenario(body);
  RunTest(scenario, options, file, line);
}

void RunFixture(const std::function<void()>& set_up, const std::function<void()>& body,
                const std::function<void()>& tear_down) {
  set_up();
  if (!x.stop_requested) body();
  tear_down();
}

}  // namespace heddle::internal
