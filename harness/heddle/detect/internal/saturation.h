// SPDX-License-Identifier: Apache-2.0
//
// How much of what a scenario can do a sampling exploration has seen.
//
// Executions are told apart up to the order of independent steps (internal/partial_order.h). Two figures tell whether
// more of them would show more: how many of the latest were new, and the chance that the next one is new, for which the
// share of executions met exactly once is an estimate (Good, Turing). A strategy that favours some executions has
// its own chance, and so has each of a portfolio: the estimate is for schedules like those that were explored.
// A third one is PCT's guarantee (strategy/pct.h) with the tasks and decisions that were met: with which
// probability at least its executions would have shown a bug that needs two certain steps in a certain order.
//
//   Saturation seen;
//   seen.Add({.steps = trace, .tasks = 4, .decisions = 31, .by_pct = false});   // for each execution
//   seen.unseen()
//
// Cost of Add: O(steps). Memory: a few words per different execution.
//
// Sources: Good, 'The Population Frequencies of Species and the Estimation of Population Parameters', 1953;
// Burckhardt, Kothari, Musuvathi, Nagarakatte, 'A Randomized Scheduler with Probabilistic Guarantees of Finding
// Bugs', 2010.
#ifndef HEDDLE_DETECT_INTERNAL_SATURATION_H_
#define HEDDLE_DETECT_INTERNAL_SATURATION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "heddle/core/operation.h"
#include "heddle/detect/internal/partial_order.h"

namespace heddle {

class Saturation {
 public:
  // The latest are so many.
  static constexpr uint64_t kLatest = 100;

  // An execution that passed.
  struct Sample {
    std::span<const Operation> steps;
    uint32_t tasks = 0;  // the body included
    uint32_t decisions = 0;
    bool by_pct = false;
  };
  void Add(const Sample& sample);

  uint64_t executions() const { return executions_; }
  uint64_t different() const { return times_.size(); }
  // Of the latest() executions.
  uint64_t new_lately() const;
  uint64_t latest() const { return is_new_.size(); }
  // From 0 to 1: the estimated chance that the next execution is a new one.
  double unseen() const;
  // From 0 to 1: at least so probable was it that PCT's executions show a bug of depth 2. 0: there were none.
  double guaranteed() const;

  // What PCT's executions had.
  uint64_t by_pct() const { return by_pct_; }
  uint32_t most_tasks() const { return most_tasks_; }
  uint32_t most_decisions() const { return most_decisions_; }

 private:
  PartialOrder order_;
  absl::flat_hash_map<uint64_t, uint32_t> times_;  // by partial order; looked up only
  std::vector<bool> is_new_;                       // of the latest, a ring
  uint64_t executions_ = 0;
  uint64_t once_ = 0;  // partial orders that were met once
  uint64_t by_pct_ = 0;
  uint32_t most_tasks_ = 0;
  uint32_t most_decisions_ = 0;
};

}  // namespace heddle

#endif  // HEDDLE_DETECT_INTERNAL_SATURATION_H_
