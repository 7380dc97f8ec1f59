// SPDX-License-Identifier: Apache-2.0
//
// <chrono> of heddle::standard (sync/std.h): std::chrono with the clocks replaced by virtual time.
//
//   steady_clock, high_resolution_clock | heddle::VirtualClock: 0 at the start of each execution
//   system_clock                        | the same time, taken as since 1970; to_time_t, from_time_t
//   everything else                     | std::chrono's own
//
// system_clock is a clock of its own, so that times of the real one do not pass for virtual ones: its points
// of time are no std::chrono::sys_time. `sys_seconds t = floor<seconds>(now)` and
// `year_month_day{floor<days>(now)}` do not compile; sys_time<Duration>(now.time_since_epoch()) is the point
// that they want. Each execution begins on 1 January 1970.
//
// Timed functions of the facade take any duration, as std's do; what does not fit into 64 bits of
// nanoseconds means the end of time, a fraction of one counts as a whole. Their points of time are those of
// the clocks above or of a clock of the user's, which is asked for the time that is left. One of std's real
// clocks does not compile: it would end a wait at another step in each execution.
#ifndef HEDDLE_SYNC_INTERNAL_STD_TIME_H_
#define HEDDLE_SYNC_INTERNAL_STD_TIME_H_

#include <chrono>
#include <ctime>
#include <limits>
#include <type_traits>

#include "heddle/core/location.h"
#include "heddle/sync/time.h"

namespace heddle {
namespace standard {

namespace chrono {

using namespace std::chrono;

using steady_clock = VirtualClock;
using high_resolution_clock = VirtualClock;

struct system_clock {
  using duration = VirtualClock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<system_clock, duration>;
  static constexpr bool is_steady = false;
  static time_point now() noexcept { return time_point(Now().time_since_epoch()); }
  static std::time_t to_time_t(const time_point& time) noexcept {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  }
  static time_point from_time_t(std::time_t time) noexcept {
    return time_point(std::chrono::seconds(time));
  }
};

}  // namespace chrono

namespace chrono_literals = std::chrono_literals;
namespace literals = std::literals;

}  // namespace standard

namespace internal {

// A duration in nanoseconds, rounded up and capped.
template <class Rep, class Period>
std::chrono::nanoseconds SpanOf(const std::chrono::duration<Rep, Period>& span) {
  using std::chrono::nanoseconds;
  const std::chrono::duration<long double, std::nano> exact(span);
  if (exact >= nanoseconds::max()) return nanoseconds::max();
  if (exact <= nanoseconds::min()) return nanoseconds::min();
  return std::chrono::ceil<nanoseconds>(span);
}

template <class Clock>
inline constexpr bool kIsRealClock = std::is_same_v<Clock, std::chrono::steady_clock> ||
                                     std::is_same_v<Clock, std::chrono::system_clock> ||
                                     std::is_same_v<Clock, std::chrono::high_resolution_clock>;

// The point of virtual time that a point of another clock stands for.
template <class Clock, class Duration>
VirtualClock::time_point TimeOf(const std::chrono::time_point<Clock, Duration>& time) {
  static_assert(!kIsRealClock<Clock>,
                "this is a time of std::chrono's real clock: take it from the facade's clock, "
                "heddle::standard::chrono, which reads virtual time");
  if constexpr (std::is_same_v<Clock, VirtualClock> ||
                std::is_same_v<Clock, standard::chrono::system_clock>) {
    return VirtualClock::time_point(SpanOf(time.time_since_epoch()));
  } else {
    return TimeIn(SpanOf(time - Clock::now()));
  }
}

}  // namespace internal
}  // namespace heddle

#endif  // HEDDLE_SYNC_INTERNAL_STD_TIME_H_
