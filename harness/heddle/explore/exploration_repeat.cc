// SPDX-License-Identifier: Apache-2.0
//
// Executions that run again.
#include <utility>

#include "heddle/core/shell.h"
#include "heddle/explore/compose.h"
#include "heddle/explore/internal/exploration.h"
#include "heddle/runtime/internal/tsan.h"
#include "heddle/strategy/replay.h"

namespace heddle::internal {

bool Exploration::MayHideARace() const {
  return kMostTries > 1 && (environment_.settings.only || found_by_worker_);
}

void Exploration::Repeat(uint32_t i, const Outcome& first, uint64_t seed) {
  for (int tries = MayHideARace() ? kMostTries - 1 : 1; tries > 0; --tries) {
    if (MayHideARace()) ForgetAccesses();
    RunAgain(i, first, seed);
    if (report_.verdict != Verdict::kPassed) return;
  }
}

void Exploration::RunAgain(uint32_t i, const Outcome& first, uint64_t seed) {
  const Outcome second = recheck_.Repeat(scenario_, options_, seed);
  if (second.verdict == first.verdict && second.trace_hash == first.trace_hash) return;
  NameSeed(i);
  if (second.verdict == Verdict::kDeadline) {
    ComposeFailure(second, &report_);
  } else if (second.evidence != nullptr && second.evidence->failure.by_thread_sanitizer) {
    ExplainBySecondRun(second);
  } else {
    ComposeRecheck(second, &report_);
  }
}

void Exploration::ExplainBySecondRun(const Outcome& first) {
  if (is_worker_) {
    report_.verdict = first.verdict;
    return;
  }
  ReplayStrategy replay(first.evidence->decisions);
  deadline_->Found(ToString(first.verdict).data());
  const bool race = first.evidence->failure.by_thread_sanitizer;
  Outcome second;
  bool same_steps = true;
  for (int tries = race ? kMostTries : 1; tries > 0 && same_steps && !report_.reproduced; --tries) {
    ForgetAccesses();
    second = ExecuteReplay(scenario_, options_, replay, first.trace_hash);
    same_steps = second.trace_hash == first.trace_hash && second.steps == first.steps &&
                 replay.divergence().empty();
    report_.reproduced = same_steps && second.verdict == first.verdict;
  }
  if (report_.reproduced) {
    ComposeFailure(second, &report_);
    NameReplay(second);
    return;
  }
  const bool late = second.verdict == Verdict::kDeadline;
  ComposeFailure(same_steps || late ? first : second, &report_);
  if (late) {
    report_.not_reproduced = "the deadline passed before the second run ended";
  } else if (same_steps && race) {
    report_.not_reproduced = "ThreadSanitizer did not see the race again in " +
                             std::to_string(kMostTries) + " runs of the same schedule";
  } else if (same_steps) {
    report_.not_reproduced = "the second run took the same steps but ended otherwise: " +
                             std::string(ToString(second.verdict));
  } else {
    ComposeDivergence(first, second, replay.divergence(), &report_);
  }
}

void Exploration::NameReplay(const Outcome& outcome) {
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
  report_.schedule_file = WriteScheduleFile(environment_.settings.out_dir, options_.name,
                                            EncodeScheduleFile(replay, options_.name));
  if (!report_.seed.empty()) {
    report_.replay = "HEDDLE_SEED=" + report_.seed;
  } else if (!report_.schedule_file.empty()) {
    report_.replay = "HEDDLE_REPLAY=" + ShellQuoted("@" + report_.schedule_file);
  }
}

void Exploration::RunReplay(const Replay& recorded) {
  report_.strategy = "replay";
  report_.schedules_planned = 1;
  ReplayStrategy replay(recorded);
  Outcome outcome;
  bool same = true;
  for (int tries = kMostTries; tries > 0 && same && outcome.verdict == Verdict::kPassed; --tries) {
    ForgetAccesses();
    outcome = ExecuteReplay(scenario_, options_, replay, recorded.trace_hash);
    same = replay.divergence().empty() && outcome.trace_hash == recorded.trace_hash &&
           outcome.decisions == recorded.decisions;
  }
  report_.schedules_run = 1;
  report_.total_steps = outcome.steps;
  ComposeFailure(outcome, &report_);
  if (outcome.verdict == Verdict::kDeadline) {
    report_.replay = "HEDDLE_REPLAY=" + ShellQuoted(environment_.settings.recorded);
    return;
  }
  if (!same) {
    ComposeReplayDivergence(recorded, outcome, replay.divergence(), &report_);
    return;
  }
  if (outcome.at_recorded_end) return ComposeNothingFailed(&report_);
  report_.reproduced = true;
  NameReplay(outcome);
}

}  // namespace heddle::internal
