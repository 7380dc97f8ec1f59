// SPDX-License-Identifier: Apache-2.0
//
// Random walk: at every decision each alternative is equally likely.
//
// Guarantee: an interleaving with decisions among r1, ..., rm alternatives has the probability
// 1 / (r1 * ... * rm), so every one is found in the end, and no task starves. Weak where one task
// must be delayed while many others run.
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
