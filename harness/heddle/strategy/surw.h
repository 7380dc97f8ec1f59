// SPDX-License-Identifier: Apache-2.0
//
// SURW, selectively uniform random walk: as URW, but only the steps at one object count, another one in
// each execution.
//
// Most bugs are about the order of few steps at few objects. Each execution picks one object, more likely
// the more often it is used, and takes a uniform sample of the orders of the steps at it; everything else
// goes in an order of random priorities. Good where one of many tasks must come first, or last, at some
// object: with n tasks there, one execution in n of those that pick it shows
// it, whatever else they do.
//
// An object may be picked if at least two tasks use it, one does more than look, and no mutex is held
// whenever it is used: there the order at the mutex decides. Nor do steps that give back (unlock) count, since
// how things were taken decides about them. Until a lesson has shown such an object the random priorities
// alone decide. As in URW, numbers of steps are learned (internal/learned_counts.h), choices inside an
// operation are uniform, and among more than kMostCompared (internal/chance.h) tasks beyond the 64th the
// choice is random. Nobody is held back for longer than it takes another task to poll more than kMostPolls
// times, or kFairInterval decisions. Objects that live outside the executions are never picked: their ids
// depend on who uses them first. Steps that were no decision are not seen.
//
// Cost of a decision: O(runnable) on average; each task that is held back for the sake of the sample costs
// as much again.
//
// Source: Zhao, Wolff, Mathur, Roychoudhury, 'Selectively Uniform Concurrency Testing', 2025.
#ifndef HEDDLE_STRATEGY_SURW_H_
#define HEDDLE_STRATEGY_SURW_H_

#include <memory>

#include "heddle/strategy/strategy.h"

namespace heddle {

std::unique_ptr<Strategy> MakeSurw();

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_SURW_H_
