// SPDX-License-Identifier: Apache-2.0
//
// <condition_variable> of heddle::standard (sync/std.h).
//
// condition_variable is heddle::ConditionVariable (its header says what is a step, what is misuse and what
// is not remembered); it takes the facade's unique_lock<mutex> or std's. What its wait is with a lock that
// holds nothing is a misuse verdict.
//
// condition_variable_any works with whatever can be locked and unlocked (one with owns_lock() that holds
// nothing is misuse, too). It is made of a mutex of its own
// and a condition variable, as that of the standard's libraries:
//
//   operation               | steps
//   wait(l)                 | locks its own mutex, unlocks l, parks; notified, unlocks its own, locks l
//   wait(l, stop_token, p)  | the same while p() is false; a request to stop notifies all
//   notify_one, notify_all  | locks its own mutex, notifies, unlocks it
//
// It may be destroyed when all that wait have been notified. With a stop_token, wait, wait_for and
// wait_until return p() in the end. Happens-before: what the locks order.
#ifndef HEDDLE_SYNC_INTERNAL_STD_CONDITION_H_
#define HEDDLE_SYNC_INTERNAL_STD_CONDITION_H_

#include <chrono>
#include <concepts>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/sync/condition_variable.h"
#include "heddle/sync/internal/std_lock.h"
#include "heddle/sync/internal/std_mutex.h"
#include "heddle/sync/internal/std_stop.h"
#include "heddle/sync/internal/std_time.h"

namespace heddle {
namespace internal {

// A lock of the facade's mutex, from here or from std.
template <class L>
concept LockOfMutex = requires(L& lock) {
  { lock.mutex() } -> std::convertible_to<standard::mutex*>;
  { lock.owns_lock() } -> std::same_as<bool>;
};

template <class L>
concept KnowsWhetherItHolds = requires(L& lock) {
  { lock.owns_lock() } -> std::same_as<bool>;
};

// Any lock, locked and unlocked at `where` if it takes a location.
template <class L>
concept AnyLock = requires(L& lock) {
  lock.lock();
  lock.unlock();
};

}  // namespace internal

namespace standard {

using std::cv_status;

class condition_variable {
 public:
  condition_variable(Location where = Location::Here()) : condition_(nullptr, where) {}
  condition_variable(const condition_variable&) = delete;
  condition_variable& operator=(const condition_variable&) = delete;

  void notify_one(Location where = Location::Here()) { condition_.notify_one(where); }
  void notify_all(Location where = Location::Here()) { condition_.notify_all(where); }

  template <internal::LockOfMutex L>
  void wait(L& lock, Location where = Location::Here()) {
    if (!lock.owns_lock()) return RefuseLock(where);
    condition_.wait(*lock.mutex(), where);
  }
  template <internal::LockOfMutex L, std::invocable P>
  void wait(L& lock, P condition, Location where = Location::Here()) {
    while (!condition()) wait(lock, where);
  }

  template <internal::LockOfMutex L, class Clock, class Duration>
  cv_status wait_until(L& lock, const std::chrono::time_point<Clock, Duration>& deadline,
                       Location where = Location::Here()) {
    return WaitUntil(lock, internal::TimeOf(deadline), where);
  }
  template <internal::LockOfMutex L, class Clock, class Duration, std::invocable P>
  bool wait_until(L& lock, const std::chrono::time_point<Clock, Duration>& deadline, P condition,
                  Location where = Location::Here()) {
    return WaitUntil(lock, internal::TimeOf(deadline), condition, where);
  }
  template <internal::LockOfMutex L, class Rep, class Period>
  cv_status wait_for(L& lock, const std::chrono::duration<Rep, Period>& duration,
                     Location where = Location::Here()) {
    return WaitUntil(lock, internal::TimeIn(internal::SpanOf(duration)), where);
  }
  template <internal::LockOfMutex L, class Rep, class Period, std::invocable P>
  bool wait_for(L& lock, const std::chrono::duration<Rep, Period>& duration, P condition,
                Location where = Location::Here()) {
    return WaitUntil(lock, internal::TimeIn(internal::SpanOf(duration)), condition, where);
  }

 private:
  using Time = VirtualClock::time_point;

  void RefuseLock(Location where) {
    std::unique_lock<Mutex> none;
    condition_.wait(none, where);
  }
  template <class L>
  cv_status WaitUntil(L& lock, Time deadline, Location where) {
    if (lock.owns_lock()) return condition_.wait_until(*lock.mutex(), deadline, where);
    RefuseLock(where);
    return cv_status::no_timeout;
  }
  template <class L, class P>
  bool WaitUntil(L& lock, Time deadline, P& condition, Location where) {
    while (!condition()) {
      if (WaitUntil(lock, deadline, where) == cv_status::timeout) return condition();
    }
    return true;
  }

  ConditionVariable condition_;
};

class condition_variable_any {
 public:
  condition_variable_any(Location where = Location::Here())
      : mutex_(internal::MakeSharedFor<mutex>(this, where)), condition_(where) {}
  condition_variable_any(const condition_variable_any&) = delete;
  condition_variable_any& operator=(const condition_variable_any&) = delete;

  void notify_one(Location where = Location::Here()) {
    lock_guard mine(*mutex_, where);
    condition_.notify_one(where);
  }
  void notify_all(Location where = Location::Here()) {
    lock_guard mine(*mutex_, where);
    condition_.notify_all(where);
  }

  template <internal::AnyLock L>
  void wait(L& lock, Location where = Location::Here()) {
    (void)Wait(lock, std::nullopt, nullptr, where);
  }
  template <internal::AnyLock L, std::invocable P>
  void wait(L& lock, P condition, Location where = Location::Here()) {
    while (!condition()) wait(lock, where);
  }
  template <internal::AnyLock L, class Clock, class Duration>
  cv_status wait_until(L& lock, const std::chrono::time_point<Clock, Duration>& deadline,
                       Location where = Location::Here()) {
    return Wait(lock, internal::TimeOf(deadline), nullptr, where);
  }
  template <internal::AnyLock L, class Clock, class Duration, std::invocable P>
  bool wait_until(L& lock, const std::chrono::time_point<Clock, Duration>& deadline, P condition,
                  Location where = Location::Here()) {
    return WaitFor(lock, internal::TimeOf(deadline), nullptr, condition, where);
  }
  template <internal::AnyLock L, class Rep, class Period>
  cv_status wait_for(L& lock, const std::chrono::duration<Rep, Period>& duration,
                     Location where = Location::Here()) {
    return Wait(lock, internal::TimeIn(internal::SpanOf(duration)), nullptr, where);
  }
  template <internal::AnyLock L, class Rep, class Period, std::invocable P>
  bool wait_for(L& lock, const std::chrono::duration<Rep, Period>& duration, P condition,
                Location where = Location::Here()) {
    const Time deadline = internal::TimeIn(internal::SpanOf(duration));
    return WaitFor(lock, deadline, nullptr, condition, where);
  }

  // The same until a stop is requested.
  template <internal::AnyLock L, std::invocable P>
  bool wait(L& lock, stop_token stop, P condition, Location where = Location::Here()) {
    return WaitStoppable(lock, std::nullopt, stop, condition, where);
  }
  template <internal::AnyLock L, class Clock, class Duration, std::invocable P>
  bool wait_until(L& lock, stop_token stop,
                  const std::chrono::time_point<Clock, Duration>& deadline, P condition,
                  Location where = Location::Here()) {
    return WaitStoppable(lock, internal::TimeOf(deadline), stop, condition, where);
  }
  template <internal::AnyLock L, class Rep, class Period, std::invocable P>
  bool wait_for(L& lock, stop_token stop, const std::chrono::duration<Rep, Period>& duration,
                P condition, Location where = Location::Here()) {
    const Time deadline = internal::TimeIn(internal::SpanOf(duration));
    return WaitStoppable(lock, deadline, stop, condition, where);
  }

 private:
  using Time = VirtualClock::time_point;
  using Deadline = std::optional<Time>;

  // As one wait; if a stop was requested before it is in line, it does not wait.
  template <class L>
  cv_status Wait(L& lock, Deadline deadline, const stop_token* stop, Location where) {
    if constexpr (internal::KnowsWhetherItHolds<L>) {
      if (!lock.owns_lock()) return RefuseLock(where);
    }
    const std::shared_ptr<mutex> own = mutex_;  // the condition variable may be gone afterwards
    const internal::LockedAt<L> outer{lock, where};
    cv_status status = cv_status::no_timeout;
    unique_lock mine(*own, where);
    if (stop != nullptr && stop->stop_requested(where)) return status;
    outer.unlock();
    if (deadline) {
      status = condition_.wait_until(mine, *deadline, where);
    } else {
      condition_.wait(mine, where);
    }
    mine.unlock(where);
    outer.lock();
    return status;
  }
  cv_status RefuseLock(Location where) {
    unique_lock<mutex> none;
    condition_.wait(none, where);
    return cv_status::no_timeout;
  }
  template <class L, class P>
  bool WaitFor(L& lock, Deadline deadline, const stop_token* stop, P& condition, Location where) {
    while (!condition()) {
      if (stop != nullptr && stop->stop_requested(where)) return false;
      if (Wait(lock, deadline, stop, where) == cv_status::timeout) return condition();
    }
    return true;
  }
  template <class L, class P>
  bool WaitStoppable(L& lock, Deadline deadline, const stop_token& stop, P& condition,
                     Location where) {
    if (stop.stop_requested(where)) return condition();
    stop_callback wake(
        stop, [this, where] { notify_all(where); }, where);
    return WaitFor(lock, deadline, &stop, condition, where);
  }

  std::shared_ptr<mutex> mutex_;
  condition_variable condition_;
};

}  // namespace standard
}  // namespace heddle

#endif  // HEDDLE_SYNC_INTERNAL_STD_CONDITION_H_
