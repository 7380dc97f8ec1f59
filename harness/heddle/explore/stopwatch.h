// SPDX-License-Identifier: Apache-2.0
//
// The real time of an exploration: for the provenance line of its report, and for a time budget.
#ifndef HEDDLE_EXPLORE_STOPWATCH_H_
#define HEDDLE_EXPLORE_STOPWATCH_H_

#include <chrono>

namespace heddle::internal {

class Stopwatch {
 public:
  // determinism: printed in the provenance line; a time budget, if set, ends between executions
  using Clock = std::chrono::steady_clock;

  double Seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  Clock::time_point start_ = Clock::now();
};

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_STOPWATCH_H_
