// SPDX-License-Identifier: Apache-2.0
//
// The deadlines of timed operations, in nanoseconds of virtual time. Outside any Hidden region.
#ifndef HEDDLE_SYNC_INTERNAL_DEADLINE_H_
#define HEDDLE_SYNC_INTERNAL_DEADLINE_H_

#include <chrono>
#include <cstdint>

#include "heddle/runtime/internal/execution.h"
#include "heddle/sync/time.h"

namespace heddle::internal {

inline int64_t DeadlineOf(std::chrono::nanoseconds duration) {
  Hidden hidden;
  return DeadlineIn(duration.count());
}
inline int64_t DeadlineOf(VirtualClock::time_point deadline) {
  return deadline.time_since_epoch().count();
}

// Nobody waits for such a deadline: the timed operation is the try operation.
inline bool IsPast(int64_t deadline) {
  Hidden hidden;
  return deadline <= x.now;
}

// For the first step of an operation with a deadline on a lock: it is possible though the lock is held
// (StandingTask::tries).
class Trying {
 public:
  explicit Trying(TaskState* me) : me_(me) { me_->tries = true; }
  ~Trying() { me_->tries = false; }
  Trying(const Trying&) = delete;
  Trying& operator=(const Trying&) = delete;

 private:
  TaskState* const me_;
};

}  // namespace heddle::internal

#endif  // HEDDLE_SYNC_INTERNAL_DEADLINE_H_
