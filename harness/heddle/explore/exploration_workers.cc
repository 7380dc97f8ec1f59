// SPDX-License-Identifier: Apache-2.0
//
// An exploration by several processes (explore/workers.h).
#include <cstdio>

#include "heddle/explore/compose.h"
#include "heddle/explore/internal/exploration.h"

namespace heddle::internal {

bool Exploration::IsShared() const {
  return kCanFork && options_.jobs > 1 && !IsSystematic() && !environment_.settings.only &&
         !TellsCoverage();
}

std::vector<Share> Exploration::ExploreShares(uint32_t begin, Strategy& strategy) {
  deadline_->PutOff();
  std::vector<Share> shares = ExploreByWorkers(
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

Share::End Exploration::RunForShare(uint32_t i, Strategy& strategy, Share* share) {
  if (TimeBudgetIsSpent()) return Share::End::kOutOfTime;
  const Outcome outcome = RunOne(i, strategy);
  share->trace_hash = outcome.trace_hash;
  share->verdict = DeadlinePassed() ? Verdict::kDeadline : report_.verdict;
  if (share->verdict != Verdict::kPassed) return Share::End::kFailed;
  ++share->passed;
  share->steps += outcome.steps;
  share->cut += outcome.cut;
  share->vacuity.Add(outcome.tasks, outcome.decisions, outcome.trace_hash);
  return Share::End::kAllPassed;
}

bool Exploration::Judge(const std::vector<Share>& shares, Strategy& strategy, Vacuity* vacuity) {
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

void Exploration::RunFailed(uint32_t i, const Share& share, Strategy& strategy) {
  if (share.verdict == Verdict::kDeadline) {
    NameSeed(i);
    return ComposeDeadline(options_, &report_);
  }
  found_by_worker_ = true;
  const Outcome outcome = RunOne(i, strategy);
  if (report_.verdict != Verdict::kPassed) return;
  NameSeed(i);
  ComposeOtherwiseInWorker(share.verdict, outcome.trace_hash == share.trace_hash, &report_);
}

[[noreturn]] void Exploration::EndLikeWorker(uint32_t i, int status) {
  NameSeed(i);
  const std::string variables = report_.variables.empty() ? "" : report_.variables + " ";
  const std::string command = report_.command.empty() ? "" : " " + report_.command;
  std::fprintf(
      stderr, "heddle: the process that made execution %u of %s has ended; replay:\n\n    %s%s%s\n",
      i, options_.name, variables.c_str(), report_.replay.c_str(), command.c_str());
  EndLike(status);
}

}  // namespace heddle::internal
