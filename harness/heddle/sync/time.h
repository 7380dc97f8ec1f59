// SPDX-License-Identifier: Apache-2.0
//
// Virtual time: nanoseconds since the start of the execution, moved by Heddle alone.
//
//   operation | deadline is past or now | deadline lies ahead
//   Sleep,    | a step without effect   | blocks until the clock fires the timer, then a step
//   SleepUntil|                         |
//   Now       | no step
//
// Sleeping costs no real time. Time stands still while tasks run; it moves to the earliest deadline
// when no task can run, and under ClockPolicy::kAnytime (the samplers' default) sometimes before that, as a
// thread that is slow would see it. Happens-before: none; being later in time orders nothing. Cost:
// O(log timers).
//
//   heddle::Sleep(10ms);
//   EXPECT_GE(heddle::Now() - start, 10ms);
#ifndef HEDDLE_SYNC_TIME_H_
#define HEDDLE_SYNC_TIME_H_

#include <chrono>
#include <ratio>

#include "heddle/core/location.h"

namespace heddle {

// A std::chrono clock of virtual time. Outside a scenario it stands at zero.
struct VirtualClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<VirtualClock, duration>;
  static constexpr bool is_steady = true;
  static time_point now() noexcept;
};

inline VirtualClock::time_point Now() noexcept { return VirtualClock::now(); }

namespace internal {
// `duration` from now, capped to the end of time.
VirtualClock::time_point TimeIn(std::chrono::nanoseconds duration);
}  // namespace internal

// Blocks the task for a span of virtual time; a deadline beyond the range of time is capped to its
// end.
void Sleep(std::chrono::nanoseconds duration, Location where = Location::Here());
void SleepUntil(VirtualClock::time_point deadline, Location where = Location::Here());

}  // namespace heddle

#endif  // HEDDLE_SYNC_TIME_H_
