// SPDX-License-Identifier: Apache-2.0
//
// URW, uniform random walk: a task goes on with a probability in proportion to the steps that it has left.
//
// A random walk takes most of its samples from interleavings in which short tasks end early; this one from all alike.
// Good where a short task must come late beside long ones, or in between their steps. Weak where what matters are few
// steps at one object among very many others (SURW is better there), and where a task must be last by far.
//
// Guarantee: where the numbers of steps are right and nobody blocks, every interleaving is equally likely, one of
// k! / (k1! ... kn!) of tasks with k1, ..., kn steps, k in all. Blocking and wrong numbers shift that; no interleaving
// becomes impossible, as every task counts as one step at least.
//
// No parameters. The numbers are learned (internal/learned_counts.h): the mean over the lessons, by the id of the task. Steps of
// tasks yet to be spawned are their parent's; an unknown task counts as one step. Choices inside an operation
// are uniform. Among more than kMostCompared (internal/chance.h) tasks beyond the 64th the choice is random.
//
// Cost of a decision: O(runnable).
//
// Source: Zhao, Wolff, Mathur, Roychoudhury, 'Selectively Uniform Concurrency Testing', 2025.
#ifndef HEDDLE_STRATEGY_URW_H_
#define HEDDLE_STRATEGY_URW_H_

#include <memory>

#include "heddle/strategy/strategy.h"

namespace heddle {

std::unique_ptr<Strategy> MakeUrw();

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_URW_H_
