// SPDX-License-Identifier: Apache-2.0
//
// POS, partial order sampling: every operation at which a task stands has a random priority, the highest goes
// first, and those that are dependent with it draw theirs anew.
//
// Because operations that do not touch each other keep their relative order, one sample is drawn per partial
// order of the dependent steps, not per interleaving: schedules are not spent on orders that make no
// difference. Good at races between few operations in long executions. Weak where one task must be
// delayed over many steps of others.
//
// Guarantee: every partial order has a positive probability, the greater the fewer dependent pairs it has.
//
// No parameters. Dependence is that of core/dependence.h, judged by operations alone, as if no third task
// were parked at a select and a wait on a condition variable did not unlock its mutex. The clock, while it may
// fire early, keeps its draw until it fires: redrawn with every step, as the relation would have it, it would
// nearly always fire at once. After every kFairInterval decisions (internal/chance.h) all draw anew, so that
// nobody waits for long with a low draw. Choices inside an operation are uniform. Among more than
// kMostCompared tasks beyond the 64th the choice is random.
//
// Cost of a decision: O(runnable).
//
// Source: Yuan, Yang, Gu, 'Partial Order Aware Concurrency Sampling', 2018.
#ifndef HEDDLE_STRATEGY_POS_H_
#define HEDDLE_STRATEGY_POS_H_

#include <memory>

#include "heddle/strategy/strategy.h"

namespace heddle {

std::unique_ptr<Strategy> MakePos();

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_POS_H_
