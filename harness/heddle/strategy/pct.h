// SPDX-License-Identifier: Apache-2.0
//
// PCT, probabilistic concurrency testing: the runnable task of the highest priority goes on, and at a few
// decisions that one is put last.
//
// Every task gets a random priority when it is first seen. `depth` - 1 decisions, the change points, are
// drawn beforehand among the `k` decisions that an execution is expected to have; there the task that would
// go on falls below all others (how deep is random, too), and the next one goes on.
//
// Guarantee: a bug of depth d (one that shows whenever d certain steps come in a certain order, as most do
// with d <= 3: 1 for an order between tasks, 2 for an atomicity violation or an AB-BA deadlock) is found by
// one execution with probability >= 1 / (n k^(d-1)), for n tasks and depth >= d. Good where one task must be
// delayed while many others run. Weak where many small preemptions are needed.
//
// Parameters: `depth`, in steps that must come in order, 3 for StrategyKind::kPct: two change points. k, in
// decisions, is learned: the most among tasks that PCT made in a lesson (strategy.h), or until it made any, the
// most that a lesson had.
//
// With priorities a task that polls would starve those it waits for, and tasks that wake each other all others:
// so a task is put last, too, when it yields, when it polls (the same operation, one that can fail, kMostPolls
// (internal/chance.h) times in a row), and whoever goes on in every kFairInterval-th decision. The guarantee is for executions that are shorter. The clock, while it may fire early, has a
// priority as tasks have, drawn anew for each timer. Who is woken and other choices inside an operation are
// uniform. Among more than kMostCompared (internal/chance.h) tasks beyond the 64th the choice is random.
//
// Cost of a decision: O(1) while the same task stays on top, else O(runnable).
//
// Source: Burckhardt, Kothari, Musuvathi, Nagarakatte, 'A Randomized Scheduler with Probabilistic
// Guarantees of Finding Bugs', 2010.
#ifndef HEDDLE_STRATEGY_PCT_H_
#define HEDDLE_STRATEGY_PCT_H_

#include <cstdint>
#include <memory>

#include "heddle/strategy/strategy.h"

namespace heddle {

// Bugs of greater depth are rare, and the guarantee shrinks with it.
inline constexpr uint32_t kPctDepth = 3;

// `depth` >= 1.
std::unique_ptr<Strategy> MakePct(uint32_t depth = kPctDepth);

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_PCT_H_
