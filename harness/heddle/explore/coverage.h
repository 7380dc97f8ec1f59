// SPDX-License-Identifier: Apache-2.0
//
// What is said of how far a systematic strategy came.
#ifndef HEDDLE_EXPLORE_COVERAGE_H_
#define HEDDLE_EXPLORE_COVERAGE_H_

#include <cstdint>
#include <string>

#include "heddle/strategy/search.h"

namespace heddle::internal {

// One sentence:
//
//   verified: all 20 executions, up to equivalence
//   verified: all 1,680 executions, up to equivalence (and 3 redundant ones)
//   verified: all 64 executions
//   verified: all 7 executions, up to equivalence, with timers that fire only when no task can run
//   1,000 executions explored, about 11,900 left (estimate)
//   all 37 executions explored, but 12 of them only up to max_steps
//   1,000 executions explored, complete up to 1 preemption
//   1,000 executions explored, complete up to 2 delays
//   1,000 executions explored, complete up to no bound
//
// Without reduction nothing is equivalent. `cut`: executions that reached max_steps. `early`: timers fired early, too.
std::string DescribeCoverage(const Coverage& coverage, uint64_t cut, bool early = false);

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_COVERAGE_H_
