// SPDX-License-Identifier: Apache-2.0
//
// How long an execution may go on: max_steps until the body returned, drain_steps from then on. The
// second half of either runs under a fair random walk, so that who does not finish then could not.
// And the deadline of the exploration (internal/deadline.h).
#ifndef HEDDLE_RUNTIME_INTERNAL_LIMITS_H_
#define HEDDLE_RUNTIME_INTERNAL_LIMITS_H_

#include <cstdint>

#include "heddle/strategy/strategy.h"

namespace heddle::internal {

// The strategy for the fair halves; seeded at the start of an execution. Null: keep the strategy
// (a replay follows its decisions to the end).
void BeginLimits(Strategy* fair);
// The body returned: the others drain.
void BeginDrain();
// Whether the execution must end, having taken `taken` steps; if so its failure is set.
bool LimitReached(uint64_t taken);
// Fuel for the next steps: until the next thing that is rare.
void Refuel(uint64_t taken);

// Room for one decision more, which belongs to no step.
void ReserveDecision();

// Steps taken so far, from anywhere between two decisions.
uint64_t StepsTaken();

// The next decision looks at what is rare. From a task's own code, a signal's handler included (where
// a build that does not decrement the fuel in one instruction may lose it; so that asks again).
void LookSoon();

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_LIMITS_H_
