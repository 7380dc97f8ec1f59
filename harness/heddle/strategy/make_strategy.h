// SPDX-License-Identifier: Apache-2.0
//
// The strategies by name. Which one? Just use the default. What each is good at is said in its header.
#ifndef HEDDLE_STRATEGY_MAKE_STRATEGY_H_
#define HEDDLE_STRATEGY_MAKE_STRATEGY_H_

#include <memory>

#include "heddle/core/options.h"
#include "heddle/strategy/strategy.h"

namespace heddle {

// Whether it is a search (strategy/search.h).
constexpr bool IsSystematic(StrategyKind kind) {
  return kind == StrategyKind::kExhaustive || kind == StrategyKind::kPreemptionBounded ||
         kind == StrategyKind::kDelayBounded;
}

// `options.strategy`, for executions under these options.
std::unique_ptr<Strategy> MakeStrategy(const Options& options);

// With options that are the defaults.
std::unique_ptr<Strategy> MakeStrategy(StrategyKind kind);

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_MAKE_STRATEGY_H_
