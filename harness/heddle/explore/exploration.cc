// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/internal/exploration.h"

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "heddle/core/shell.h"
#include "heddle/explore/compose.h"
#include "heddle/explore/coverage.h"
#include "heddle/strategy/make_strategy.h"

namespace heddle::internal {
namespace {

// One that ThreadSanitizer may have missed where the exploration came by: then this was a lesson.
bool IsRaceOfTsan(const Outcome& outcome) {
  return outcome.evidence != nullptr && outcome.evidence->failure.by_thread_sanitizer;
}

}  // namespace

Exploration::Exploration(Scenario& scenario, const Options& options, const std::string& command)
    : scenario_(scenario), options_(options), environment_(ReadEnvironment(options)) {
  options_ = environment_.settings.options;
  if (options_.clock == ClockPolicy::kByStrategy) {
    options_.clock = IsSystematic() ? ClockPolicy::kWhenIdle : ClockPolicy::kAnytime;
  }
  report_.scenario = options.name;
  report_.command = command;
  report_.variables = environment_.repeated;
}

Report Exploration::Run() {
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

Report Exploration::Refuse(std::string why, std::string remedy) {
  report_.verdict = Verdict::kVacuous;
  report_.headline = std::move(why);
  report_.remedy = std::move(remedy);
  return std::move(report_);
}

LastWords Exploration::WhatToSay() const {
  LastWords words;
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

uint64_t Exploration::Planned() const {
  if (IsExhaustive() && options_.schedules == kDefaultSchedules) return 0;
  return environment_.settings.only ? 1 : options_.schedules;
}

void Exploration::RunSchedules() {
  std::unique_ptr<Strategy> strategy = MakeStrategy(options_);
  Search* search = strategy->AsSearch();
  report_.strategy = strategy->name();
  report_.schedules_planned = Planned();
  if (!GiveLessonsBefore(FirstIndex(), *strategy)) return;
  Gathered gathered;
  Checkpoint checkpoint(search != nullptr ? environment_.settings.resume_dir : "", options_,
                        {.search = search, .vacuity = &gathered.vacuity, .cut = &report_.cut});
  if (const std::string why = checkpoint.Resume(); !why.empty()) return RefuseToResume(why);
  if (!RunAll(*strategy, checkpoint, &gathered)) return;
  if (search != nullptr && !Conclude(*search, checkpoint)) return;
  if (TellsCoverage()) report_.seen = DescribeSaturation(gathered.seen);
  JudgeVacuity(gathered.vacuity);
}

bool Exploration::RunAll(Strategy& strategy, Checkpoint& checkpoint, Gathered* gathered) {
  Search* search = strategy.AsSearch();
  Progress progress(stderr, isatty(STDERR_FILENO) != 0, options_.name);
  const uint32_t first = FirstIndex();
  for (uint32_t i = first; Planned() == 0 || i - first < Planned(); ++i) {
    if (i != first && TimeBudgetIsSpent()) return true;
    if (i == kLessons && IsShared()) {
      const std::vector<Share> shares = ExploreShares(i, strategy);
      if (!shares.empty()) return Judge(shares, strategy, &gathered->vacuity);
    }
    const Outcome outcome = RunOne(i, strategy);
    if (report_.verdict == Verdict::kDeadline && search != nullptr) Cover(*search);
    if (report_.verdict != Verdict::kPassed) {
      if (report_.verdict != Verdict::kDeadline) checkpoint.Remove();
      return false;
    }
    Gather(outcome, strategy.ForExecution(i), gathered);
    const bool more = search == nullptr || search->Next();
    if (progress.shown()) ShowProgress(search, &progress);
    if (more && search != nullptr) checkpoint.Keep(stopwatch_);
    if (DeadlinePassed()) {
      NameSeed(i);
      if (search != nullptr) Cover(*search);
      ComposeDeadline(options_, &report_);
      if (more) KeepFor(checkpoint);
      return false;
    }
    if (!more) return true;
  }
  return true;
}

void Exploration::Gather(const Outcome& outcome, const Strategy& decider, Gathered* gathered) {
  if (!outcome.abandoned)
    gathered->vacuity.Add(outcome.tasks, outcome.decisions, outcome.trace_hash);
  if (!TellsCoverage()) return;
  gathered->seen.Add({.steps = *recheck_.trace(),
                      .tasks = outcome.tasks,
                      .decisions = outcome.decisions,
                      .by_pct = decider.name() == "pct"});
}

void Exploration::ShowProgress(const Search* search, Progress* progress) const {
  const double seconds = stopwatch_.Seconds();
  if (!progress->IsDue(seconds)) return;
  progress->Show({.executions = report_.schedules_run,
                  .planned = Planned(),
                  .left = search != nullptr ? search->coverage().left : 0,
                  .seconds = seconds});
}

void Exploration::RefuseToResume(const std::string& why) {
  report_.verdict = Verdict::kVacuous;
  report_.headline = "nothing was explored: " + why;
  report_.remedy = "remove the file to begin anew, or unset HEDDLE_RESUME";
}

void Exploration::KeepFor(Checkpoint& checkpoint) {
  const std::string why = checkpoint.Save();
  if (!why.empty()) report_.coverage += "; " + why + ", the next run begins anew";
}

void Exploration::Cover(const Search& search) {
  report_.redundant = search.coverage().redundant;
  const uint32_t early = options_.clock == ClockPolicy::kAnytime ? options_.early_timers : 0;
  report_.coverage = DescribeCoverage(search.coverage(), report_.cut, early, options_.faults);
}

bool Exploration::Conclude(const Search& search, Checkpoint& checkpoint) {
  const std::string refusal = search.coverage().refusal;
  if (refusal.empty()) {
    Cover(search);
    if (search.coverage().exhausted || search.coverage().is_full) {
      checkpoint.Remove();  // nothing is left that could go on
    } else {
      KeepFor(checkpoint);
    }
    return true;
  }
  report_.verdict = Verdict::kVacuous;
  report_.headline = "the search cannot be made: " + refusal;
  report_.remedy = "make the scenario smaller, or let the default strategy sample its schedules";
  return false;
}

bool Exploration::GiveLessonsBefore(uint32_t first, Strategy& strategy) {
  if (!strategy.ForExecution(first).Learns()) return true;
  for (uint32_t i = 0; IsLesson(i, strategy) && i < first; ++i) {
    deadline_->Begin(i);
    Teach(ExecuteTraced(scenario_, options_, strategy.ForExecution(i), SeedOf(i), recheck_.trace()),
          strategy);
    if (!DeadlinePassed()) continue;
    NameSeed(i);
    ComposeDeadline(options_, &report_);
    return false;
  }
  return true;
}

bool Exploration::IsLesson(uint32_t i, const Strategy& strategy) {
  return i < kLessons && strategy.Learns();
}

void Exploration::Teach(const Outcome& outcome, Strategy& strategy) {
  if (outcome.verdict != Verdict::kPassed && !IsRaceOfTsan(outcome)) return;
  strategy.Learn({.decisions = outcome.decisions, .steps = *recheck_.trace()});
}

bool Exploration::TimeBudgetIsSpent() {
  const uint32_t budget = options_.time_budget_ms;
  if (budget == 0 || stopwatch_.Seconds() * 1e3 < budget) return false;
  report_.time_budget_ms = budget;
  return true;
}

Outcome Exploration::RunOne(uint32_t i, Strategy& strategy) {
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
    ComposeSearchDivergence(outcome, &report_);
  } else if (outcome.verdict == Verdict::kSkipped || outcome.verdict == Verdict::kDeadline) {
    ComposeFailure(outcome, &report_);
  } else {
    ExplainBySecondRun(outcome);
  }
  return outcome;
}

void Exploration::NameSeed(uint32_t i) {
  if (IsSystematic()) return;
  report_.seed = FormatSeed(options_.seed, i);
  report_.replay = "HEDDLE_SEED=" + report_.seed;
}

void Exploration::JudgeVacuity(const Vacuity& vacuity) {
  if (report_.cut != 0 && report_.cut == report_.schedules_run) {
    const std::string knob = ".max_steps = " + std::to_string(options_.max_steps);
    const std::string count = std::to_string(report_.cut);
    return ComposeVacuity({.headline = "all " + count + " executions were cut at " + knob,
                           .remedy = "raise .max_steps, or make the scenario finite"},
                          &report_);
  }
  // Who asks for one execution knows that there is but one.
  if (options_.vacuous_ok || environment_.settings.only) return;
  std::optional<Explanation> why = vacuity.Judge();
  if (why) ComposeVacuity(*std::move(why), &report_);
}

}  // namespace heddle::internal
