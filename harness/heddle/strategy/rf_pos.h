// SPDX-License-Identifier: Apache-2.0
//
// RF-POS, partial order sampling under reads-from constraints: POS (pos.h), but an execution draws up to
// kMostConstraints sentences of the form
//     at this object the first step is that of a task of this role
//     at this object the first step after one of that role is that of a task of this role
// and holds back who would break them for as long as others can go on.
//
// What a step sees at an object, its reads-from relation, is what bugs depend on; the sentences force a rare
// one. Good where one task among very many must come first: all that do the same there count as one. Weak where
// tasks are alike.
//
// No guarantee but that of POS, of which every second execution is a plain sample.
//
// No parameters. Of kMostConstraints (3) sentences in an execution each is drawn with probability 1/2 if the one
// before was; half of them are of either form. The objects are those that SURW picks (surw.h), equally likely; the
// role of a task is what it did at shared objects in the lessons (internal/learned_counts.h). Sentences that cannot be had are dropped when nobody but those held back can go
// on, and after kFairInterval (internal/chance.h) decisions. Among more than kMostCompared tasks beyond the
// 64th the choice is random. Steps that were no decision are not seen.
//
// Cost of a decision: O(runnable) on average.
//
// Source: the random reads-from constraints of Wolff, Shi, Duck, Mathur, Roychoudhury, 'Greybox Fuzzing for
// Concurrency Testing', 2024, drawn afresh and without its feedback, which their data show to be worth little. Theirs
// name single steps, and some say what must not be seen; such a one excludes little where there are many roles.
#ifndef HEDDLE_STRATEGY_RF_POS_H_
#define HEDDLE_STRATEGY_RF_POS_H_

#include <cstdint>
#include <memory>

#include "heddle/strategy/strategy.h"

namespace heddle {

inline constexpr uint32_t kMostConstraints = 3;

std::unique_ptr<Strategy> MakeRfPos();

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_RF_POS_H_
