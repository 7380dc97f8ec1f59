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
// The shares are what pays over the catalogue of bugs (scenarios/), the same for every scenario: its lessons do not
// tell whose executions will pay. Where bugs are hard to find, nearly all of 32 executions are different up to
// equivalence, whichever sampler decides; where many are alike, all samplers find the bug soon.
//
// Guarantee: what a sampler promises for n executions (PCT's bound, say), the portfolio does for ten times as many,
// for five times with POS, two and a half times with SURW. No parameters.
//
// Cost: that of the sampler; nothing per decision.
//
// Source: Heddle's own; of portfolios of search strategies in general Gomes, Selman, 'Algorithm Portfolios', 2001.
#ifndef HEDDLE_STRATEGY_PORTFOLIO_H_
#define HEDDLE_STRATEGY_PORTFOLIO_H_

#include <cstdint>
#include <memory>

#include "heddle/strategy/strategy.h"

namespace heddle {

inline constexpr uint32_t kPortfolioSamplers = 6;

std::unique_ptr<Strategy> MakePortfolio();

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_PORTFOLIO_H_
