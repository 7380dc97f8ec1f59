// SPDX-License-Identifier: Apache-2.0
//
// What a livelock repeats: of each task that goes on, the sequence of operations that it takes over and over.
#ifndef HEDDLE_EXPLORE_CYCLES_H_
#define HEDDLE_EXPLORE_CYCLES_H_

#include "heddle/core/report.h"

namespace heddle::internal {

// A cycle has at most so many steps, and the latest kLongestCycle * kLeastTurns steps of the task (all, if there are fewer)
// are at least kLeastTurns turns of it.
inline constexpr uint32_t kLongestCycle = 12;
inline constexpr uint32_t kLeastTurns = 3;

// In a report on a livelock: where every task that goes on is in a cycle, `why` tells the cycles
// and the interleaving shows each of them once. Results of operations ("-> true") may differ from turn to turn.
void ShowCyclesOnce(Report* report);

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_CYCLES_H_
