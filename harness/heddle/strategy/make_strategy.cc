// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/make_strategy.h"

#include "heddle/strategy/bounded.h"
#include "heddle/strategy/exhaustive.h"
#include "heddle/strategy/pct.h"
#include "heddle/strategy/portfolio.h"
#include "heddle/strategy/pos.h"
#include "heddle/strategy/random_walk.h"
#include "heddle/strategy/rf_pos.h"
#include "heddle/strategy/surw.h"
#include "heddle/strategy/urw.h"

namespace heddle {

std::unique_ptr<Strategy> MakeStrategy(StrategyKind kind) {
  return MakeStrategy(Options{.strategy = kind});
}

std::unique_ptr<Strategy> MakeStrategy(const Options& options) {
  switch (options.strategy) {
    case StrategyKind::kPortfolio: return MakePortfolio();
    case StrategyKind::kRandom: return MakeRandomWalk();
    case StrategyKind::kPct: return MakePct();
    case StrategyKind::kPos: return MakePos();
    case StrategyKind::kUrw: return MakeUrw();
    case StrategyKind::kSurw: return MakeSurw();
    case StrategyKind::kRfPos: return MakeRfPos();
    case StrategyKind::kExhaustive: return MakeExhaustive(options);
    case StrategyKind::kPreemptionBounded: return MakePreemptionBounded();
    case StrategyKind::kDelayBounded: return MakeDelayBounded();
  }
  return nullptr;
}

}  // namespace heddle
