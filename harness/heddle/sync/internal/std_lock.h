// SPDX-License-Identifier: Apache-2.0
//
// lock_guard, scoped_lock, unique_lock and shared_lock of heddle::standard (sync/std.h). They do what
// std's do, on whatever can be locked, and keep the user's source line in reports; std's own work on the
// facade's mutexes too, at a line of the standard library.
//
//   unique_lock, | holds its mutex     | does not hold it       | has no mutex
//   shared_lock  |                     |                        |
//   lock, try_.. | std::system_error:  | as the mutex           | std::system_error:
//                | would deadlock      |                        | not permitted
//   unlock       | as the mutex        | std::system_error: not permitted
//   destruction, | unlocks             | -
//   assignment   |                     |
//
// lock and try_lock (of several) are std's own: they have no place for a location.
#ifndef HEDDLE_SYNC_INTERNAL_STD_LOCK_H_
#define HEDDLE_SYNC_INTERNAL_STD_LOCK_H_

#include <chrono>
#include <concepts>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <tuple>
#include <utility>

#include "heddle/core/location.h"

namespace heddle {
namespace internal {

// Calls f(arguments..., where) or, where there is no such function, f(arguments...).
template <class F, class... Args>
decltype(auto) CallAt(Location where, F f, Args&... arguments) {
  if constexpr (std::invocable<F, Args&..., Location>) {
    return f(arguments..., where);
  } else {
    return f(arguments...);
  }
}

// How a lockable of any kind is locked at a place of which it is told if it takes one.
template <class M>
struct LockedAt {
  void lock() const {
    CallAt(
        where, [](M& m, auto... at) -> decltype(m.lock(at...)) { return m.lock(at...); }, mutex);
  }
  [[nodiscard]] bool try_lock() const {
    return CallAt(
        where, [](M& m, auto... at) -> decltype(m.try_lock(at...)) { return m.try_lock(at...); },
        mutex);
  }
  template <class Span>
  [[nodiscard]] bool try_lock_for(const Span& span) const {
    return CallAt(
        where,
        [](M& m, const Span& s, auto... at) -> decltype(m.try_lock_for(s, at...)) {
          return m.try_lock_for(s, at...);
        },
        mutex, span);
  }
  template <class Time>
  [[nodiscard]] bool try_lock_until(const Time& time) const {
    return CallAt(
        where,
        [](M& m, const Time& t, auto... at) -> decltype(m.try_lock_until(t, at...)) {
          return m.try_lock_until(t, at...);
        },
        mutex, time);
  }
  void unlock() const {
    CallAt(
        where, [](M& m, auto... at) -> decltype(m.unlock(at...)) { return m.unlock(at...); },
        mutex);
  }

  M& mutex;
  Location where;
};

// The same for reading.
template <class M>
struct SharedAt {
  void lock() const {
    CallAt(
        where,
        [](M& m, auto... at) -> decltype(m.lock_shared(at...)) { return m.lock_shared(at...); },
        mutex);
  }
  [[nodiscard]] bool try_lock() const {
    return CallAt(
        where,
        [](M& m, auto... at) -> decltype(m.try_lock_shared(at...)) {
          return m.try_lock_shared(at...);
        },
        mutex);
  }
  template <class Span>
  [[nodiscard]] bool try_lock_for(const Span& span) const {
    return CallAt(
        where,
        [](M& m, const Span& s, auto... at) -> decltype(m.try_lock_shared_for(s, at...)) {
          return m.try_lock_shared_for(s, at...);
        },
        mutex, span);
  }
  template <class Time>
  [[nodiscard]] bool try_lock_until(const Time& time) const {
    return CallAt(
        where,
        [](M& m, const Time& t, auto... at) -> decltype(m.try_lock_shared_until(t, at...)) {
          return m.try_lock_shared_until(t, at...);
        },
        mutex, time);
  }
  void unlock() const {
    CallAt(
        where,
        [](M& m, auto... at) -> decltype(m.unlock_shared(at...)) { return m.unlock_shared(at...); },
        mutex);
  }

  M& mutex;
  Location where;
};

// What unique_lock and shared_lock have in common; `At` says how the mutex is held.
template <class M, template <class> class At>
class MovableLock {
 public:
  using mutex_type = M;

  MovableLock() noexcept = default;
  explicit MovableLock(M& mutex, Location where = Location::Here())
      : mutex_(std::addressof(mutex)) {
    lock(where);
  }
  MovableLock(M& mutex, std::defer_lock_t) noexcept : mutex_(std::addressof(mutex)) {}
  MovableLock(M& mutex, std::try_to_lock_t, Location where = Location::Here())
      : mutex_(std::addressof(mutex)) {
    (void)try_lock(where);
  }
  MovableLock(M& mutex, std::adopt_lock_t, Location where = Location::Here()) noexcept
      : mutex_(std::addressof(mutex)), owns_(true), where_(where) {}
  template <class Rep, class Period>
  MovableLock(M& mutex, const std::chrono::duration<Rep, Period>& duration,
              Location where = Location::Here())
      : mutex_(std::addressof(mutex)) {
    (void)try_lock_for(duration, where);
  }
  template <class Clock, class Duration>
  MovableLock(M& mutex, const std::chrono::time_point<Clock, Duration>& deadline,
              Location where = Location::Here())
      : mutex_(std::addressof(mutex)) {
    (void)try_lock_until(deadline, where);
  }
  MovableLock(MovableLock&& other) noexcept { swap(other); }
  MovableLock& operator=(MovableLock&& other) noexcept {
    MovableLock(std::move(other)).swap(*this);
    return *this;
  }
  ~MovableLock() {
    if (owns_) At<M>{*mutex_, where_}.unlock();
  }

  void lock(Location where = Location::Here()) {
    CheckFree();
    At<M>{*mutex_, where}.lock();
    Own(where);
  }
  [[nodiscard]] bool try_lock(Location where = Location::Here()) {
    CheckFree();
    return At<M>{*mutex_, where}.try_lock() && Own(where);
  }
  template <class Rep, class Period>
  [[nodiscard]] bool try_lock_for(const std::chrono::duration<Rep, Period>& duration,
                                  Location where = Location::Here()) {
    CheckFree();
    return At<M>{*mutex_, where}.try_lock_for(duration) && Own(where);
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_lock_until(const std::chrono::time_point<Clock, Duration>& deadline,
                                    Location where = Location::Here()) {
    CheckFree();
    return At<M>{*mutex_, where}.try_lock_until(deadline) && Own(where);
  }
  void unlock(Location where = Location::Here()) {
    if (!owns_) throw std::system_error(std::make_error_code(std::errc::operation_not_permitted));
    owns_ = false;
    At<M>{*mutex_, where}.unlock();
  }

  void swap(MovableLock& other) noexcept {
    std::swap(mutex_, other.mutex_);
    std::swap(owns_, other.owns_);
    std::swap(where_, other.where_);
  }
  M* release() noexcept {
    owns_ = false;
    return std::exchange(mutex_, nullptr);
  }
  [[nodiscard]] bool owns_lock() const noexcept { return owns_; }
  explicit operator bool() const noexcept { return owns_; }
  M* mutex() const noexcept { return mutex_; }

 private:
  void CheckFree() const {
    if (mutex_ == nullptr) {
      throw std::system_error(std::make_error_code(std::errc::operation_not_permitted));
    }
    if (owns_) {
      throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur));
    }
  }
  bool Own(Location where) {
    owns_ = true;
    where_ = where;
    return true;
  }

  M* mutex_ = nullptr;
  bool owns_ = false;
  Location where_;  // of the last lock: an unlock by the destructor is shown there
};

}  // namespace internal

namespace standard {

using std::adopt_lock;
using std::adopt_lock_t;
using std::defer_lock;
using std::defer_lock_t;
using std::lock;
using std::try_lock;
using std::try_to_lock;
using std::try_to_lock_t;

template <class M>
class [[nodiscard]] lock_guard {
 public:
  using mutex_type = M;

  explicit lock_guard(M& mutex, Location where = Location::Here()) : at_{mutex, where} {
    at_.lock();
  }
  lock_guard(M& mutex, adopt_lock_t, Location where = Location::Here()) : at_{mutex, where} {}
  ~lock_guard() { at_.unlock(); }
  lock_guard(const lock_guard&) = delete;
  lock_guard& operator=(const lock_guard&) = delete;

 private:
  internal::LockedAt<M> at_;
};

template <class... Ms>
class [[nodiscard]] scoped_lock {
 public:
  explicit scoped_lock(Ms&... mutexes, [[maybe_unused]] Location where = Location::Here())
      : at_(internal::LockedAt<Ms>{mutexes, where}...) {
    if constexpr (sizeof...(Ms) == 1) {
      std::get<0>(at_).lock();
    } else if constexpr (sizeof...(Ms) > 1) {
      std::apply([](auto&... at) { std::lock(at...); }, at_);
    }
  }
  explicit scoped_lock(adopt_lock_t, Ms&... mutexes,
                       [[maybe_unused]] Location where = Location::Here())
      : at_(internal::LockedAt<Ms>{mutexes, where}...) {}
  ~scoped_lock() {
    std::apply([](auto&... at) { (at.unlock(), ...); }, at_);
  }
  scoped_lock(const scoped_lock&) = delete;
  scoped_lock& operator=(const scoped_lock&) = delete;

 private:
  std::tuple<internal::LockedAt<Ms>...> at_;
};

template <class... Ms>
scoped_lock(Ms&...) -> scoped_lock<Ms...>;
template <class... Ms>
scoped_lock(adopt_lock_t, Ms&...) -> scoped_lock<Ms...>;

template <class M>
class unique_lock : public internal::MovableLock<M, internal::LockedAt> {
 public:
  using internal::MovableLock<M, internal::LockedAt>::MovableLock;
};

template <class M, class... How>
unique_lock(M&, How&&...) -> unique_lock<M>;

template <class M>
class shared_lock : public internal::MovableLock<M, internal::SharedAt> {
 public:
  using internal::MovableLock<M, internal::SharedAt>::MovableLock;
};

template <class M, class... How>
shared_lock(M&, How&&...) -> shared_lock<M>;

template <class M>
void swap(unique_lock<M>& a, unique_lock<M>& b) noexcept {
  a.swap(b);
}
template <class M>
void swap(shared_lock<M>& a, shared_lock<M>& b) noexcept {
  a.swap(b);
}

}  // namespace standard
}  // namespace heddle

#endif  // HEDDLE_SYNC_INTERNAL_STD_LOCK_H_
