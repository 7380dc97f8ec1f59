// SPDX-License-Identifier: Apache-2.0
//
// What is said of how far a systematic strategy came, and of how much a sampler saw.
#ifndef HEDDLE_EXPLORE_COVERAGE_H_
#define HEDDLE_EXPLORE_COVERAGE_H_

#include <cstdint>
#include <string>

#include "heddle/core/options.h"
#include "heddle/strategy/search.h"

namespace heddle {
class Saturation;
}

namespace heddle::internal {

// "1,680".
std::string Grouped(uint64_t number);
// "about 11,900": three digits, the others would pretend to know.
std::string Rounded(double number);

// One sentence:
//
//   verified: all 20 executions, up to equivalence
//   verified: all 1,680 executions, up to equivalence (and 3 redundant ones)
//   verified: all 64 executions
//   verified: all 7 executions, up to equivalence, with timers that fire only when no task can run
//   verified: all 5 executions, up to equivalence, with polling loops waiting for a change
//   verified: all 7 executions, up to equivalence, with at most 2 timers that fire while a task can run
//   verified: all 64 executions, with at most 1 spurious wakeup and 2 failed try-locks
//   all 92 executions explored, but 12 of them only up to half of max_steps, where the fair part begins
//   1,000 executions explored, about 11,900 left (estimate)
//   all 37 executions explored, but 12 of them only up to max_steps
//   1,000 executions explored, complete up to 1 preemption
//   1,000 executions explored, complete up to 2 delays, but 12 of them only up to max_steps
//   1,000 executions explored, complete up to no bound
//   3,123,000 executions explored, complete up to 2 preemptions, with too many left to remember more
//
// Without reduction nothing is equivalent. `cut`: executions that reached max_steps. `early_timers`: so many timers
// at most fired though a task could run, in an execution.
// `faults`: at most those were injected into each.
std::string DescribeCoverage(const Coverage& coverage, uint64_t cut, uint32_t early_timers = 0,
                             const Faults& faults = {});

// One sentence:
//
//   1,000 schedules, 812 of them different up to equivalence, 13 of the last 100 new; about 1.2 % of further ones would
//   be (estimate); 125 by pct, with 4 tasks and at most 31 decisions: a bug that needs two steps in a certain order
//   would have shown with a probability of at least 63 %
std::string DescribeSaturation(const Saturation& seen);

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_COVERAGE_H_
