// SPDX-License-Identifier: Apache-2.0
//
// Whether a scenario repeats itself: the same decisions must make the same steps, or no seed, token
// and report can be trusted.
//
// One execution in kRecheckEvery is run again at once by replay of its decisions, on other stacks
// and with a heap that hands out other addresses, and compared step by step. What it catches is
// whatever reaches a step from outside the schedule: an address, the order of a hash table, the wall
// clock, a variable left over from an earlier execution. (With AddressSanitizer that takes from freed
// memory its quarantine: a use of memory freed in an earlier execution may then be missed. A failing execution is rechecked by its
// second run, which makes the report.)
//
// Source: the 'unseed' check of FoundationDB's simulator (Zhou et al., 'FoundationDB: A Distributed
// Unbundled Transactional Key Value Store', 2021).
#ifndef HEDDLE_EXPLORE_RECHECK_H_
#define HEDDLE_EXPLORE_RECHECK_H_

#include <cstdint>
#include <vector>

#include "heddle/core/options.h"
#include "heddle/runtime/execute.h"
#include "heddle/strategy/replay.h"

namespace heddle::internal {

inline constexpr uint32_t kRecheckEvery = 20;

class Recheck {
 public:
  Recheck() : replay_(std::vector<Decision>{}) {}

  // One of every so many executions, the first of these, then the second, and so on: samplers that take turns
  // (strategy/portfolio.h) all meet it.
  static bool IsDue(uint32_t index) {
    return index % kRecheckEvery == index / kRecheckEvery % kRecheckEvery;
  }

  // For the first run: its steps go here.
  StepTrace* trace() { return &trace_; }
  // Whether they are all there: executions of a million steps are not repeated.
  bool CanRepeat() const { return trace_.size() < kMostTraced; }

  // Repeats the execution that just ended. Nothing is allocated once warm.
  Outcome Repeat(Scenario& scenario, const Options& options, uint64_t seed);

 private:
  void DisturbHeap();

  StepTrace trace_;
  ReplayStrategy replay_;
  uint32_t turn_ = 0;
};

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_RECHECK_H_
