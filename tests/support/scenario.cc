// SPDX-License-Identifier: Apache-2.0
#include "support/scenario.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "heddle/explore/explore.h"
#include "heddle/sync/atomic.h"
#include "heddle/sync/channel.h"

namespace heddle::testing_support {
namespace {

class LoggedScenario final : public Scenario {
 public:
  explicit LoggedScenario(absl::FunctionRef<void(Log&)> run) : run_(run) {}
  void Run() override {
    log_.Clear();
    run_(log_);
  }
  void Finish() override { texts.insert(log_.Text()); }

  std::set<std::string> texts;

 private:
  absl::FunctionRef<void(Log&)> run_;
  Log log_;
};

MATCHER(IsPassed, "passes") { return arg.verdict == Verdict::kPassed && arg.schedules_run > 0; }

MATCHER_P2(IsFailed, verdict, part, std::string(ToString(verdict)) + ": ..." + part + "...") {
  return arg.verdict == verdict && arg.reproduced && arg.headline.find(part) != std::string::npos;
}

MATCHER_P2(Says, at, remedy, "at " + at + ", try: ..." + remedy + "...") {
  return arg.at == at && arg.remedy.find(remedy) != std::string::npos;
}

MATCHER_P(HasReason, part, "why: ..." + part + "...") {
  for (const std::string& reason : arg.why) {
    if (reason.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

Options Named(Options options) {
  static const std::string out_dir = [] {
    setenv("HEDDLE_OUT_DIR", testing::TempDir().c_str(), 0);
    return testing::TempDir();
  }();
  if (*options.name == '\0') {
    options.name = testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  options.vacuous_ok = true;
  return options;
}

Report Try(absl::FunctionRef<void()> body, const Options& options) {
  return Explore(body, Named(options));
}

Observed Observe(absl::FunctionRef<void(Log&)> body, const Options& options) {
  LoggedScenario scenario(body);
  Report report = Explore(scenario, Named(options), "");
  return {std::move(report), std::move(scenario.texts)};
}

Location NoteHere(std::string& at, Location where) {
  at = ToString(where);
  return where;
}

std::map<Verdict, Report> EachVerdict(absl::FunctionRef<void()> body, int explorations,
                                      Options options) {
  std::map<Verdict, Report> reports;
  options.schedules = 1;
  for (int i = 0; i < explorations; ++i) {
    options.seed = static_cast<uint64_t>(i);
    Report report = Try(body, options);
    const Verdict verdict = report.verdict;
    reports.emplace(verdict, std::move(report));
  }
  return reports;
}

std::string Place(const char* file, int line) {
  const std::string path = file;
  return path.substr(path.rfind('/') + 1) + ":" + std::to_string(line);
}

void VeryRare() {
  Atomic<int> first[2], second[2];
  bool half[2] = {};
  std::vector<Task> tasks;
  for (int pair = 0; pair < 2; ++pair) {
    for (int setter = 0; setter < 2; ++setter) {
      tasks.push_back(Go([&, pair] {
        first[pair].store(1);
        second[pair].store(1);
      }));
    }
    tasks.push_back(
        Go([&, pair] { half[pair] = first[pair].load() == 1 && second[pair].load() == 0; }));
  }
  for (Task& task : tasks) task.Join();
  if (half[0] && half[1]) (void)Channel<int>(1).Receive();
}

ReportMatcher Passes() { return IsPassed(); }

ReportMatcher Fails(Verdict verdict, const std::string& part) { return IsFailed(verdict, part); }

ReportMatcher FailsAt(Verdict verdict, const std::string& part, const std::string& at,
                      const std::string& remedy) {
  return testing::AllOf(IsFailed(verdict, part), Says(at, remedy));
}

ReportMatcher Because(const std::string& part) { return HasReason(part); }

std::string RowsOf(const Report& report) {
  std::string rows;
  for (const StepReport& step : report.steps) {
    rows += step.text + (step.blocked ? " !" : "") + "\n";
  }
  return rows;
}

std::string LastActor(const Report& report) {
  return report.steps.empty() ? "" : report.columns[report.steps.back().column];
}

}  // namespace heddle::testing_support
