// SPDX-License-Identifier: Apache-2.0
//
// Portfolio: divides the executions of an exploration among samplers that are good at different bugs. The
// default; needs no tuning.
//
// No sampler is good at everything: a random walk finds what shows in many interleavings, PCT what needs a task
// to be late, POS what needs two steps out of many to come in a certain order, URW, SURW and RF-POS what needs a
// short task among long ones, or one of many. Together they need at most some ten times the executions of
// the best one, whichever that is.
//
// They take turns in a fixed order, so that the number of an execution alone tells whose it is, for every
// shard, job and replay. Ten turns make a round; SURW, which finds most, has four of them, POS two. All
// learn from the same lessons, whoever decided in them.
//
// Cost: that of the sampler; nothing per decision.
#ifndef HEDDLE_STRATEGY_PORTFOLIO_H_
#define HEDDLE_STRATEGY_PORTFOLIO_H_

#include <memory>

#include "heddle/strategy/strategy.h"

namespace heddle {

std::unique_ptr<Strategy> MakePortfolio();

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_PORTFOLIO_H_
