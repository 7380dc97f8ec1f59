// SPDX-License-Identifier: Apache-2.0
//
// Timers and tickers on virtual time, as in Go's package time.
//
//   operation     | armed                    | fired, tick not received | fired, tick received | stopped
//   C().Receive   | blocks                   | the tick                 | blocks               | blocks
//   Timer::Stop   | disarms, true            | takes the tick back,     | false                | false
//                 |                          | true                     |                      |
//   Timer::Reset  | disarms, arms anew, true | takes it back, arms      | arms, false          | arms, false
//                 |                          | anew, true               |                      |
//   Ticker::Stop  | disarms                  | takes the tick back      | disarms              | -
//   Ticker::Reset | arms anew with the period, from now on
//
// A timer fires once, a ticker every period; the tick, a time point, goes to a channel with room for
// one: C(). A tick for which there is no room is dropped, as in Go. (So a ticker whose tick nobody takes
// does not keep time running.) An AfterFunc has no channel: when it fires, a task runs the function; Stop
// and Reset do not wait for one that has started, and return false after the start.
//
// Timer, Ticker: copyable handles, as Go's pointers; dropping one stops nothing. A ticker that is not
// stopped when all tasks have finished is a leak (.tickers_must_stop), a timer only on demand
// (.timers_must_stop). Firing is a step of the clock; Stop and Reset are steps, making a timer is none.
// Misuse: a period that is not positive; use in another execution. A duration <= 0 fires at once, that is
// at the clock's next step.
//
// Happens-before: arming an AfterFunc (AfterFunc, Reset) happens before the function; ticks order
// nothing. Cost: O(log timers) to arm and to fire, O(1) to stop.
//
//   heddle::Timer timeout(5ms);
//   heddle::Select(heddle::OnReceive(answers, ...), heddle::OnReceive(timeout.C(), ...));
//   heddle::Ticker ticker(1s);
//   for (auto now : ticker.C()) ...
#ifndef HEDDLE_SYNC_TIMER_H_
#define HEDDLE_SYNC_TIMER_H_

#include <chrono>
#include <cstdint>
#include <functional>

#include "heddle/core/location.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/time.h"

namespace heddle {

using TimePoint = VirtualClock::time_point;

namespace internal {

class TimerState;

// What a Timer or Ticker holds.
class TimerHandle {
 public:
  TimerHandle() = default;
  explicit TimerHandle(TimerState* state) : state_(state), serial_(x.serial) {}

  // Null if the operation is to do nothing.
  TimerState* Get(OperationKind kind, Location where) const;
  Receiver<TimePoint> C() const;

 private:
  TimerState* state_ = nullptr;
  uint64_t serial_ = 0;
};

}  // namespace internal

class Timer {
 public:
  // Stands for no timer: C() is nil, every operation misuse.
  Timer() = default;
  // `name` is what reports call it; it is copied.
  explicit Timer(std::chrono::nanoseconds duration, const char* name = nullptr,
                 Location where = Location::Here());

  Receiver<TimePoint> C() const;
  // Whether that prevented the timer from firing, or its tick from being received.
  bool Stop(Location where = Location::Here()) const;
  bool Reset(std::chrono::nanoseconds duration, Location where = Location::Here()) const;

 private:
  friend Timer AfterFunc(std::chrono::nanoseconds duration, std::function<void()> function,
                         Location where);
  explicit Timer(internal::TimerHandle handle, bool has_channel)
      : handle_(handle), has_channel_(has_channel) {}

  internal::TimerHandle handle_;
  bool has_channel_ = true;
};

class Ticker {
 public:
  Ticker() = default;
  explicit Ticker(std::chrono::nanoseconds period, const char* name = nullptr,
                  Location where = Location::Here());

  Receiver<TimePoint> C() const;
  void Stop(Location where = Location::Here()) const;
  void Reset(std::chrono::nanoseconds period, Location where = Location::Here()) const;

 private:
  internal::TimerHandle handle_;
};

// The channel of a new timer.
[[nodiscard]] Receiver<TimePoint> After(std::chrono::nanoseconds duration,
                                        Location where = Location::Here());

// Runs the function in a task of its own when the time has come. The task is spawned by who armed it.
Timer AfterFunc(std::chrono::nanoseconds duration, std::function<void()> function,
                Location where = Location::Here());

}  // namespace heddle

#endif  // HEDDLE_SYNC_TIMER_H_
