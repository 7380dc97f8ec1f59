// SPDX-License-Identifier: Apache-2.0
//
// Random walk: at every decision each alternative is equally likely.
//
// Good at bugs that show in many interleavings, which are most: a decision costs least, nothing has to be learned,
// and tasks that poll or wake each other hold nobody up. Weak where one task must be delayed while many others
// run: that it is passed over at each of m decisions among r tasks has the probability (1 - 1/r)^m. Since it takes
// short tasks to their end early, it hardly ever lets one come late.
//
// Guarantee: an interleaving with decisions among r1, ..., rm alternatives has the probability
// 1 / (r1 * ... * rm), so every one is found in the end, and no task starves.
//
// No parameters. Cost of a decision: O(1).
//
// Source: Thomson, Donaldson, Betts, 'Concurrency Testing Using Controlled Schedulers: An Empirical
// Study', 2016.
#ifndef HEDDLE_STRATEGY_RANDOM_WALK_H_
#define HEDDLE_STRATEGY_RANDOM_WALK_H_

#include <memory>

#include "heddle/strategy/strategy.h"

namespace heddle {

// The variant that is fastest on this processor; all make the same decisions.
std::unique_ptr<Strategy> MakeRandomWalk();
// The variant for any processor (for tests, which compare the two).
std::unique_ptr<Strategy> MakePortableRandomWalk();

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_RANDOM_WALK_H_
