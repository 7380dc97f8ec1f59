// SPDX-License-Identifier: Apache-2.0
//
// From an outcome to a report.
#ifndef HEDDLE_EXPLORE_COMPOSE_H_
#define HEDDLE_EXPLORE_COMPOSE_H_

#include <string>

#include "heddle/core/options.h"
#include "heddle/core/report.h"
#include "heddle/core/schedule.h"
#include "heddle/detect/explain.h"
#include "heddle/runtime/execute.h"

namespace heddle::internal {

// Verdict, tasks, explanation, interleaving and trace of `outcome`.
void ComposeFailure(const Outcome& outcome, Report* report);

// The second run of a failing schedule took other steps: the scenario is not deterministic.
void ComposeDivergence(const Outcome& first, const Outcome& second, const std::string& difference,
                       Report* report);

// A recheck took other steps than the execution that had passed, or failed.
void ComposeRecheck(const Outcome& second, Report* report);

// A search repeated the decisions of an earlier execution, and they made other steps.
void ComposeSearchDivergence(const Outcome& outcome, Report* report);

// An execution failed with `verdict` in a worker (explore/workers.h) and passed when it was repeated, with the
// `same_steps` or others.
void ComposeOtherwiseInWorker(Verdict verdict, bool same_steps, Report* report);

// The deadline passed between two executions.
void ComposeDeadline(const Options& options, Report* report);

// The exploration proved nothing.
void ComposeVacuity(Explanation why, Report* report);

// The execution asked for by a token took other steps than the one that was recorded.
void ComposeReplayDivergence(const Replay& recorded, const Outcome& outcome,
                             const std::string& difference, Report* report);

// The execution asked for by a token was followed to its end, but nothing failed.
void ComposeNothingFailed(Report* report);

// Writes `contents` to <dir>/<scenario>.schedule; the path, or empty if that was not possible.
std::string WriteScheduleFile(const std::string& dir, const std::string& scenario,
                              const std::string& contents);

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_COMPOSE_H_
