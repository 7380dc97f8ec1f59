// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/exhaustive.h"

#include "heddle/core/dependence.h"
#include "heddle/strategy/internal/tree_search.h"

namespace heddle {

std::unique_ptr<Search> MakeExhaustive(const Options& options) {
  TreeSearchOptions search;
  search.relation = RelationHolds(options) ? &Dependent : nullptr;
  search.early = options.clock == ClockPolicy::kAnytime && options.early_timers > 0;
  search.seed = options.seed;
  return std::make_unique<TreeSearch>(search);
}

}  // namespace heddle
