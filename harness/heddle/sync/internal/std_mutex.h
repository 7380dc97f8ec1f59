// SPDX-License-Identifier: Apache-2.0
//
// <mutex> and <shared_mutex> of heddle::standard (sync/std.h), the mutexes: heddle::Mutex,
// RecursiveMutex and SharedMutex with the standard's names. Their headers say what each operation does,
// orders, and refuses.
//
//   mutex, timed_mutex                     | heddle::Mutex
//   recursive_mutex, recursive_timed_mutex | heddle::RecursiveMutex
//   shared_mutex, shared_timed_mutex       | heddle::SharedMutex: a writer that waits keeps readers out
//   once_flag, call_once                   | heddle::OnceFlag, heddle::call_once
//
// What the standard leaves undefined is a verdict: unlocking what one does not hold and destroying a held
// mutex are misuse, locking a held mutex again is a deadlock. No native_handle.
#ifndef HEDDLE_SYNC_INTERNAL_STD_MUTEX_H_
#define HEDDLE_SYNC_INTERNAL_STD_MUTEX_H_

#include <chrono>

#include "heddle/core/location.h"
#include "heddle/sync/internal/std_time.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/once.h"
#include "heddle/sync/recursive_mutex.h"
#include "heddle/sync/shared_mutex.h"

namespace heddle {
namespace internal {

// Without the operations that have a deadline.
template <class M>
class Untimed : public M {
 protected:
  explicit Untimed(Location where) : M(nullptr, where) {}

 private:
  using M::try_lock_for;
  using M::try_lock_until;
};

// With any duration and clock.
template <class M>
class Timed : public M {
 public:
  template <class Rep, class Period>
  [[nodiscard]] bool try_lock_for(const std::chrono::duration<Rep, Period>& duration,
                                  Location where = Location::Here()) {
    return M::try_lock_for(SpanOf(duration), where);
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_lock_until(const std::chrono::time_point<Clock, Duration>& deadline,
                                    Location where = Location::Here()) {
    return M::try_lock_until(TimeOf(deadline), where);
  }

 protected:
  explicit Timed(Location where) : M(nullptr, where) {}
};

}  // namespace internal

namespace standard {

// The constructors are not explicit, so that a struct with a mutex can be initialised by {}.

class mutex : public internal::Untimed<Mutex> {
 public:
  mutex(Location where = Location::Here()) : Untimed(where) {}
};

class timed_mutex : public internal::Timed<Mutex> {
 public:
  timed_mutex(Location where = Location::Here()) : Timed(where) {}
};

class recursive_mutex : public internal::Untimed<RecursiveMutex> {
 public:
  recursive_mutex(Location where = Location::Here()) : Untimed(where) {}
};

class recursive_timed_mutex : public internal::Timed<RecursiveMutex> {
 public:
  recursive_timed_mutex(Location where = Location::Here()) : Timed(where) {}
};

class shared_mutex : public internal::Untimed<SharedMutex> {
 public:
  shared_mutex(Location where = Location::Here()) : Untimed(where) {}

 private:
  using SharedMutex::try_lock_shared_for;
  using SharedMutex::try_lock_shared_until;
};

class shared_timed_mutex : public internal::Timed<SharedMutex> {
 public:
  shared_timed_mutex(Location where = Location::Here()) : Timed(where) {}

  template <class Rep, class Period>
  [[nodiscard]] bool try_lock_shared_for(const std::chrono::duration<Rep, Period>& duration,
                                         Location where = Location::Here()) {
    return SharedMutex::try_lock_shared_for(internal::SpanOf(duration), where);
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_lock_shared_until(const std::chrono::time_point<Clock, Duration>& deadline,
                                           Location where = Location::Here()) {
    return SharedMutex::try_lock_shared_until(internal::TimeOf(deadline), where);
  }
};

class once_flag : public OnceFlag {
 public:
  once_flag(Location where = Location::Here()) : OnceFlag(nullptr, where) {}
};

using heddle::call_once;

}  // namespace standard
}  // namespace heddle

#endif  // HEDDLE_SYNC_INTERNAL_STD_MUTEX_H_
