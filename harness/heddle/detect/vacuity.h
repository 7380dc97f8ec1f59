// SPDX-License-Identifier: Apache-2.0
//
// Whether an exploration that found nothing looked at anything: a test that explores one schedule a
// thousand times proves no more than a plain test, and mostly it was meant otherwise.
#ifndef HEDDLE_DETECT_VACUITY_H_
#define HEDDLE_DETECT_VACUITY_H_

#include <cstdint>
#include <optional>

#include "heddle/detect/explain.h"

namespace heddle {

class Vacuity {
 public:
  // From so many executions on, all of them taking the same steps is no chance: even where there is
  // a single decision with two alternatives.
  static constexpr uint64_t kEnough = 32;

  // An execution that passed. `tasks` includes the body.
  void Add(uint32_t tasks, uint32_t decisions, uint64_t trace_hash) {
    most_tasks_ = tasks > most_tasks_ ? tasks : most_tasks_;
    decided_ = decided_ || decisions != 0;
    if (executions_++ == 0) first_hash_ = trace_hash;
    all_equal_ = all_equal_ && trace_hash == first_hash_;
  }

  // All that were added to `later`, which come after these.
  void Add(const Vacuity& later) {
    if (later.executions_ == 0) return;
    most_tasks_ = later.most_tasks_ > most_tasks_ ? later.most_tasks_ : most_tasks_;
    decided_ = decided_ || later.decided_;
    if (executions_ == 0) first_hash_ = later.first_hash_;
    all_equal_ = all_equal_ && later.all_equal_ && later.first_hash_ == first_hash_;
    executions_ += later.executions_;
  }

  // Why the exploration proved nothing, if so.
  std::optional<Explanation> Judge() const;

 private:
  uint64_t executions_ = 0;
  uint64_t first_hash_ = 0;
  uint32_t most_tasks_ = 0;
  bool decided_ = false;
  bool all_equal_ = true;
};

}  // namespace heddle

#endif  // HEDDLE_DETECT_VACUITY_H_
