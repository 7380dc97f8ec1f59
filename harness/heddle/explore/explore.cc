// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/explore.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "heddle/core/random.h"
#include "heddle/core/shell.h"
#include "heddle/detect/internal/saturation.h"
#include "heddle/detect/vacuity.h"
#include "heddle/explore/compose.h"
#include "heddle/explore/coverage.h"
#include "heddle/explore/environment.h"
#include "heddle/explore/recheck.h"
#include "heddle/explore/stopwatch.h"
#include "heddle/explore/workers.h"
#include "heddle/runtime/internal/deadline.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/tsan.h"
#include "heddle/strategy/make_strategy.h"
#include "heddle/strategy/replay.h"
#include "heddle/strategy/search.h"

namespace heddle {
namespace {

using internal::Environment;
using internal::FormatSeed;
using internal::kMostTries;
using internal::Recheck;
using internal::Share;
using internal::ShellQuoted;
using internal::Stopwatch;

class FunctionScenario final : public Scenario {
 public:
  explicit FunctionScenario(const std::function<void()>& body) : body_(body) {}
  void Run() override { body_(); }

 private:
  const std::function<void()>& body_;
};

class Exploration {
 public:
  Exploration(Scenario& scenario, const Options& options, const std::string& command)
      : scenario_(scenario), options_(options), environment_(internal::ReadEnvironment(options)) {
    options_ = environment_.settings.options;
    if (options_.clock == ClockPolicy::kByStrategy) {
      options_.clock = IsSystematic() ? ClockPolicy::kWhenIdle : ClockPolicy::kAnytime;
    }
    report_.scenario = options.name;
    report_.command = command;
    report_.variables = environment_.repeated;
  }

  Report Run() {
    if (InsideExecution()) {
      return Refuse("Explore was called inside a scenario, which is being explored already",
                    "call it from the test itself, or let the scenario call the code directly");
    }
    if (!environment_.error.empty()) {
      return Refuse(environment_.error, "correct the variable or unset it; nothing was executed");
    }
    if (options_.schedules == 0) {
      return Refuse("no schedule was explored: .schedules = 0", "explore at least one schedule");
    }
    if (IsSystematic() && environment_.settings.only) {
      return Refuse("a systematic strategy has no seed of a single execution",
                    "replay a failure by the token that was printed with it");
    }
    deadline_.emplace(options_.deadline_ms, WhatToSay());
    if (environment_.replay) {
      RunReplay(*environment_.replay);
    } else {
      RunSchedules();
    }
    deadline_.reset();
    report_.seconds = stopwatch_.Seconds();
    return std::move(report_);
  }

 private:
  // Nothing is explored.
  Report Refuse(std::string why, std::string remedy) {
    report_.verdict = Verdict::kVacuous;
    report_.headline = std::move(why);
    report_.remedy = std::move(remedy);
    return std::move(report_);
  }

  // If a task never reaches its next step.
  internal::LastWords WhatToSay() const {
    internal::LastWords words;
    words.scenario = options_.name;
    const std::string command = report_.command.empty() ? "" : " " + report_.command;
    words.replay = report_.variables.empty() ? "" : report_.variables + " ";
    if (environment_.replay) {
      words.replay += "HEDDLE_REPLAY=" + ShellQuoted(environment_.settings.recorded) + command;
      return words;
    }
    words.first = FirstIndex();
    words.planned = Planned();
    words.has_seeds = !IsSystematic();
    if (words.has_seeds) {
      words.replay += "HEDDLE_SEED=" + FormatSeed(options_.seed) + ":";
      words.replay_rest = command;
    } else {
      words.replay += command.substr(command.empty() ? 0 : 1);  // comes there again by itself
    }
    return words;
  }

  bool IsExhaustive() const { return options_.strategy == StrategyKind::kExhaustive; }
  bool IsSystematic() const { return heddle::IsSystematic(options_.strategy); }

  uint32_t FirstIndex() const { return environment_.settings.only.value_or(0); }
  // 0: as many as there are.
  uint64_t Planned() const {
    if (IsExhaustive() && options_.schedules == kDefaultSchedules) return 0;
    return environment_.settings.only ? 1 : options_.schedules;
  }

  void RunSchedules() {
    std::unique_ptr<Strategy> strategy = MakeStrategy(options_);
    Search* search = strategy->AsSearch();
    report_.strategy = strategy->name();
    report_.schedules_planned = Planned();
    Vacuity vacuity;
    Saturation seen;
    const uint32_t first = FirstIndex();
    if (!GiveLessonsBefore(first, *strategy)) return;
    for (uint32_t i = first; Planned() == 0 || i - first < Planned(); ++i) {
      if (i != first && TimeBudgetIsSpent()) break;
      if (i == kLessons && IsShared()) {
        const std::vector<Share> shares = ExploreByWorkers(i, *strategy);
        if (!shares.empty()) {
          if (!Judge(shares, *strategy, &vacuity)) return;
          break;
        }
      }
      const Outcome outcome = RunOne(i, *strategy);
      if (report_.verdict == Verdict::kDeadline && search != nullptr) Cover(*search);
      if (report_.verdict != Verdict::kPassed) return;
      if (!outcome.abandoned) vacuity.Add(outcome.tasks, outcome.decisions, outcome.trace_hash);
      if (TellsCoverage()) {
        seen.Add({.steps = *recheck_.trace(),
                  .tasks = outcome.tasks,
                  .decisions = outcome.decisions,
                  .by_pct = strategy->ForExecution(i).name() == "pct"});
      }
      const bool more = search == nullptr || search->Next();
      if (internal::DeadlinePassed()) {
        NameSeed(i);
        if (search != nullptr) Cover(*search);
        return internal::ComposeDeadline(options_, &report_);
      }
      if (!more) break;
    }
    if (search != nullptr && !Conclude(*search)) return;
    if (TellsCoverage()) report_.seen = internal::DescribeSaturation(seen);
    JudgeVacuity(vacuity);
  }

  // Whether what comes after the lessons is dealt out to several processes.
  bool IsShared() const {
    return internal::kCanFork && options_.jobs > 1 && !IsSystematic() &&
           !environment_.settings.only && !TellsCoverage();
  }

  // Of a systematic strategy it is always told.
  bool TellsCoverage() const { return options_.coverage && !IsSystematic(); }

  std::vector<Share> ExploreByWorkers(uint32_t begin, Strategy& strategy) {
    deadline_->PutOff();
    std::vector<Share> shares = internal::ExploreByWorkers(
        {.jobs = options_.jobs,
         .begin = begin,
         .end = options_.schedules,
         .start =
             [&] {
               is_worker_ = true;
               deadline_->Inherit();
             },
         .execute = [&](uint32_t i, Share* share) { return RunForShare(i, strategy, share); }});
    deadline_->TakeBack();
    return shares;
  }

  // In a worker.
  Share::End RunForShare(uint32_t i, Strategy& strategy, Share* share) {
    if (TimeBudgetIsSpent()) return Share::End::kOutOfTime;
    const Outcome outcome = RunOne(i, strategy);
    share->trace_hash = outcome.trace_hash;
    share->verdict = internal::DeadlinePassed() ? Verdict::kDeadline : report_.verdict;
    if (share->verdict != Verdict::kPassed) return Share::End::kFailed;
    ++share->passed;
    share->steps += outcome.steps;
    share->cut += outcome.cut;
    share->vacuity.Add(outcome.tasks, outcome.decisions, outcome.trace_hash);
    return Share::End::kAllPassed;
  }

  // What workers found. False: an execution failed, and the report says how.
  bool Judge(const std::vector<Share>& shares, Strategy& strategy, Vacuity* vacuity) {
    for (const Share& share : shares) {
      report_.schedules_run += share.passed;
      report_.total_steps += share.steps;
      report_.cut += share.cut;
      vacuity->Add(share.vacuity);
      const uint32_t next = share.first + share.passed;
      if (share.end == Share::End::kOutOfTime) report_.time_budget_ms = options_.time_budget_ms;
      if (share.end == Share::End::kDied) EndLikeWorker(next, share.status);
      if (share.end == Share::End::kFailed) {
        RunFailed(next, share, strategy);
        return false;
      }
    }
    return true;
  }

  // An execution that failed in a worker, here, for its report.
  void RunFailed(uint32_t i, const Share& share, Strategy& strategy) {
    if (share.verdict == Verdict::kDeadline) {
      NameSeed(i);
      return internal::ComposeDeadline(options_, &report_);
    }
    found_by_worker_ = true;
    const Outcome outcome = RunOne(i, strategy);
    if (report_.verdict != Verdict::kPassed) return;
    NameSeed(i);
    internal::ComposeOtherwiseInWorker(share.verdict, outcome.trace_hash == share.trace_hash,
                                       &report_);
  }

  // A crash, or a task that hangs: the worker has said what it had to say, but not which execution crashed.
  [[noreturn]] void EndLikeWorker(uint32_t i, int status) {
    NameSeed(i);
    const std::string variables = report_.variables.empty() ? "" : report_.variables + " ";
    const std::string command = report_.command.empty() ? "" : " " + report_.command;
    std::fprintf(
        stderr,
        "heddle: the process that made execution %u of %s has ended; replay:\n\n    %s%s%s\n", i,
        options_.name, variables.c_str(), report_.replay.c_str(), command.c_str());
    internal::EndLike(status);
  }

  // How far a search came.
  void Cover(const Search& search) {
    report_.redundant = search.coverage().redundant;
    const bool early = options_.clock == ClockPolicy::kAnytime && options_.early_timers > 0;
    report_.coverage = internal::DescribeCoverage(search.coverage(), report_.cut, early);
  }

  // False: the scenario cannot be searched.
  bool Conclude(const Search& search) {
    Cover(search);
    const std::string refusal = search.coverage().refusal;
    if (refusal.empty()) return true;
    report_.verdict = Verdict::kVacuous;
    report_.headline = "nothing was explored: " + refusal;
    report_.remedy = "make the scenario smaller, or let the default strategy sample its schedules";
    return false;
  }

  // For who decides in execution `first`, alone: runs the lessons that it would have had, ignoring verdicts, since
  // a failure would have ended the exploration. False if the deadline passed.
  bool GiveLessonsBefore(uint32_t first, Strategy& strategy) {
    if (!strategy.ForExecution(first).Learns()) return true;
    for (uint32_t i = 0; IsLesson(i, strategy) && i < first; ++i) {
      deadline_->Begin(i);
      Teach(
          ExecuteTraced(scenario_, options_, strategy.ForExecution(i), SeedOf(i), recheck_.trace()),
          strategy);
      if (!internal::DeadlinePassed()) continue;
      NameSeed(i);
      internal::ComposeDeadline(options_, &report_);
      return false;
    }
    return true;
  }

  static bool IsLesson(uint32_t i, const Strategy& strategy) {
    return i < kLessons && strategy.Learns();
  }

  // One that ThreadSanitizer may have missed where the exploration came by: then this was a lesson.
  static bool IsRaceOfTsan(const Outcome& outcome) {
    return outcome.evidence != nullptr && outcome.evidence->failure.by_thread_sanitizer;
  }

  // The execution that just ended, traced.
  void Teach(const Outcome& outcome, Strategy& strategy) {
    if (outcome.verdict != Verdict::kPassed && !IsRaceOfTsan(outcome)) return;
    strategy.Learn({.decisions = outcome.decisions, .steps = *recheck_.trace()});
  }

  // Asked between executions: at least one runs, and those that ran are judged in full.
  bool TimeBudgetIsSpent() {
    const uint32_t budget = options_.time_budget_ms;
    if (budget == 0 || stopwatch_.Seconds() * 1e3 < budget) return false;
    report_.time_budget_ms = budget;
    return true;
  }

  // Who asks for one execution expects the failure that it showed before, be it a race that
  // ThreadSanitizer may miss.
  bool MayHideARace() const {
    return kMostTries > 1 && (environment_.settings.only || found_by_worker_);
  }

  void Repeat(uint32_t i, const Outcome& first, uint64_t seed) {
    for (int tries = MayHideARace() ? kMostTries - 1 : 1; tries > 0; --tries) {
      if (MayHideARace()) internal::ForgetAccesses();
      RunAgain(i, first, seed);
      if (report_.verdict != Verdict::kPassed) return;
    }
  }

  // Execution `i`; what is wrong with it is in the report then.
  Outcome RunOne(uint32_t i, Strategy& strategy) {
    const uint64_t seed = SeedOf(i);
    const bool recheck = Recheck::IsDue(i) || MayHideARace();
    const bool lesson = IsLesson(i, strategy);
    Strategy& decider = strategy.ForExecution(i);
    deadline_->Begin(i);
    Outcome outcome = recheck || lesson || TellsCoverage()
                          ? ExecuteTraced(scenario_, options_, decider, seed, recheck_.trace())
                          : Execute(scenario_, options_, decider, seed, Recording::kOff);
    if (lesson) Teach(outcome, strategy);
    ++report_.schedules_run;
    report_.total_steps += outcome.steps;
    report_.cut += outcome.cut;
    if (outcome.verdict == Verdict::kPassed) {
      if (recheck && recheck_.CanRepeat() && !outcome.abandoned) Repeat(i, outcome, seed);
      return outcome;
    }
    NameSeed(i);
    if (outcome.verdict == Verdict::kDiverged && IsSystematic()) {
      internal::ComposeSearchDivergence(outcome, &report_);
    } else if (outcome.verdict == Verdict::kSkipped || outcome.verdict == Verdict::kDeadline) {
      internal::ComposeFailure(outcome, &report_);
    } else {
      ExplainBySecondRun(outcome);
    }
    return outcome;
  }

  uint64_t SeedOf(uint32_t i) const { return Mix(options_.seed, HashName(options_.name), i); }

  void NameSeed(uint32_t i) {
    if (IsSystematic()) return;
    report_.seed = FormatSeed(options_.seed, i);
    report_.replay = "HEDDLE_SEED=" + report_.seed;
  }

  void RunAgain(uint32_t i, const Outcome& first, uint64_t seed) {
    const Outcome second = recheck_.Repeat(scenario_, options_, seed);
    if (second.verdict == first.verdict && second.trace_hash == first.trace_hash) return;
    NameSeed(i);
    if (second.verdict == Verdict::kDeadline) {
      internal::ComposeFailure(second, &report_);
    } else if (second.evidence != nullptr && second.evidence->failure.by_thread_sanitizer) {
      ExplainBySecondRun(second);
    } else {
      internal::ComposeRecheck(second, &report_);
    }
  }

  void JudgeVacuity(const Vacuity& vacuity) {
    if (report_.cut != 0 && report_.cut == report_.schedules_run) {
      const std::string knob = ".max_steps = " + std::to_string(options_.max_steps);
      const std::string count = std::to_string(report_.cut);
      return internal::ComposeVacuity(
          {.headline = "all " + count + " executions were cut at " + knob,
           .remedy = "raise .max_steps, or make the scenario finite"},
          &report_);
    }
    // Who asks for one execution knows that there is but one.
    if (options_.vacuous_ok || environment_.settings.only) return;
    std::optional<Explanation> why = vacuity.Judge();
    if (why) internal::ComposeVacuity(*std::move(why), &report_);
  }

  // Runs the failing schedule again, recorded, and reports from that.
  void ExplainBySecondRun(const Outcome& first) {
    if (is_worker_) {
      report_.verdict = first.verdict;
      return;
    }
    ReplayStrategy replay(first.evidence->decisions);
    deadline_->Found(ToString(first.verdict).data());
    const bool race = first.evidence->failure.by_thread_sanitizer;
    Outcome second;
    bool same_steps = true;
    for (int tries = race ? kMostTries : 1; tries > 0 && same_steps && !report_.reproduced;
         --tries) {
      internal::ForgetAccesses();
      second = ExecuteReplay(scenario_, options_, replay, first.trace_hash);
      same_steps = second.trace_hash == first.trace_hash && second.steps == first.steps &&
                   replay.divergence().empty();
      report_.reproduced = same_steps && second.verdict == first.verdict;
    }
    if (report_.reproduced) {
      internal::ComposeFailure(second, &report_);
      NameReplay(second);
      return;
    }
    const bool late = second.verdict == Verdict::kDeadline;
    internal::ComposeFailure(same_steps || late ? first : second, &report_);
    if (late) {
      report_.not_reproduced = "the deadline passed before the second run ended";
    } else if (same_steps && race) {
      report_.not_reproduced = "ThreadSanitizer did not see the race again in " +
                               std::to_string(kMostTries) + " runs of the same schedule";
    } else if (same_steps) {
      report_.not_reproduced = "the second run took the same steps but ended otherwise: " +
                               std::string(ToString(second.verdict));
    } else {
      internal::ComposeDivergence(first, second, replay.divergence(), &report_);
    }
  }

  // The token, or where it would be too long the seed and a schedule file.
  void NameReplay(const Outcome& outcome) {
    Replay replay;
    replay.scenario = HashName(options_.name);
    replay.trace_hash = outcome.trace_hash;
    replay.decisions = outcome.decisions;
    replay.deviations = outcome.evidence->deviations;
    const std::string token = EncodeToken(replay);
    if (token.size() <= kMaxTokenLength) {
      report_.replay = "HEDDLE_REPLAY=" + token;
      return;
    }
    report_.schedule_file = internal::WriteScheduleFile(
        environment_.settings.out_dir, options_.name, EncodeScheduleFile(replay, options_.name));
    if (!report_.seed.empty()) {
      report_.replay = "HEDDLE_SEED=" + report_.seed;
    } else if (!report_.schedule_file.empty()) {
      report_.replay = "HEDDLE_REPLAY=" + ShellQuoted("@" + report_.schedule_file);
    }
  }

  void RunReplay(const Replay& recorded) {
    report_.strategy = "replay";
    report_.schedules_planned = 1;
    ReplayStrategy replay(recorded);
    Outcome outcome;
    bool same = true;
    for (int tries = kMostTries; tries > 0 && same && outcome.verdict == Verdict::kPassed;
         --tries) {
      internal::ForgetAccesses();
      outcome = ExecuteReplay(scenario_, options_, replay, recorded.trace_hash);
      same = replay.divergence().empty() && outcome.trace_hash == recorded.trace_hash &&
             outcome.decisions == recorded.decisions;
    }
    report_.schedules_run = 1;
    report_.total_steps = outcome.steps;
    internal::ComposeFailure(outcome, &report_);
    if (outcome.verdict == Verdict::kDeadline) {
      report_.replay = "HEDDLE_REPLAY=" + ShellQuoted(environment_.settings.recorded);
      return;
    }
    if (!same) {
      internal::ComposeReplayDivergence(recorded, outcome, replay.divergence(), &report_);
      return;
    }
    if (outcome.at_recorded_end) return internal::ComposeNothingFailed(&report_);
    report_.reproduced = true;
    NameReplay(outcome);
  }

  Scenario& scenario_;
  Options options_;
  const Environment environment_;
  Stopwatch stopwatch_;
  std::optional<internal::Deadline> deadline_;
  Recheck recheck_;
  Report report_;
  bool is_worker_ = false;        // this process is one
  bool found_by_worker_ = false;  // the execution that runs has failed in one
};

// The execution from which Explore was called fails too: nobody may look at the report it gets.
void FailOuterExecution() {
  using internal::x;
  internal::Hidden hidden;
  if (x.serial == internal::kUnwinding) return;
  Failure failure;
  failure.verdict = Verdict::kMisuse;
  failure.slot = x.current->slot;
  failure.message = x.current->Label() + " called heddle::Explore inside an execution";
  failure.remedy = "explore from a TEST, not from the body of a HEDDLE_TEST or its tasks";
  internal::RequestStop(std::move(failure));
}

}  // namespace

Report Explore(Scenario& scenario, const Options& options, const std::string& command) {
  std::shared_ptr<void> guard;
  if (InsideExecution()) {
    FailOuterExecution();
  } else if (internal::exploration_guard != nullptr) {
    guard = internal::exploration_guard();
  }
  return Exploration(scenario, options, command).Run();
}

Report Explore(const std::function<void()>& body, const Options& options) {
  FunctionScenario scenario(body);
  return Explore(scenario, options, "");
}

}  // namespace heddle
