// SPDX-License-Identifier: Apache-2.0
//
// <semaphore>, <latch> and <barrier> of heddle::standard (sync/std.h): heddle::Semaphore, Latch and
// Barrier with the standard's names. Their headers say what each operation does, orders, and refuses: what
// the standard leaves undefined (a release over the maximum, a counter below zero, a token of another
// phase) is misuse.
#ifndef HEDDLE_SYNC_INTERNAL_STD_COUNTING_H_
#define HEDDLE_SYNC_INTERNAL_STD_COUNTING_H_

#include <chrono>
#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/sync/barrier.h"
#include "heddle/sync/internal/std_time.h"
#include "heddle/sync/latch.h"
#include "heddle/sync/semaphore.h"

namespace heddle::standard {

template <ptrdiff_t kMax = std::numeric_limits<ptrdiff_t>::max()>
class counting_semaphore : private Semaphore {
 public:
  explicit counting_semaphore(ptrdiff_t permits, Location where = Location::Here())
      : Semaphore(permits, SemaphoreOptions{.maximum = kMax}, where) {}

  static constexpr ptrdiff_t max() noexcept { return kMax; }

  using Semaphore::acquire;
  using Semaphore::release;
  using Semaphore::try_acquire;
  template <class Rep, class Period>
  [[nodiscard]] bool try_acquire_for(const std::chrono::duration<Rep, Period>& duration,
                                     Location where = Location::Here()) {
    return Semaphore::try_acquire_for(internal::SpanOf(duration), where);
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_acquire_until(const std::chrono::time_point<Clock, Duration>& deadline,
                                       Location where = Location::Here()) {
    return Semaphore::try_acquire_until(internal::TimeOf(deadline), where);
  }
};

using binary_semaphore = counting_semaphore<1>;

class latch : private Latch {
 public:
  explicit latch(ptrdiff_t expected, Location where = Location::Here())
      : Latch(expected, nullptr, where) {}

  using Latch::arrive_and_wait;
  using Latch::count_down;
  using Latch::max;
  [[nodiscard]] bool try_wait(Location where = Location::Here()) const {
    return Self().try_wait(where);
  }
  void wait(Location where = Location::Here()) const { Self().wait(where); }

 private:
  Latch& Self() const { return const_cast<latch&>(*this); }
};

template <std::invocable Completion = internal::NoCompletion>
class barrier : private Barrier<Completion> {
  using Base = Barrier<Completion>;

 public:
  using arrival_token = typename Base::arrival_token;

  explicit barrier(ptrdiff_t expected, Completion completion = Completion(),
                   Location where = Location::Here())
      : Base(expected, std::move(completion), nullptr, where) {}

  using Base::arrive;
  using Base::arrive_and_drop;
  using Base::arrive_and_wait;
  using Base::max;
  void wait(arrival_token&& token, Location where = Location::Here()) const {
    const_cast<barrier&>(*this).Base::wait(std::move(token), where);
  }
};

barrier(ptrdiff_t)->barrier<>;

}  // namespace heddle::standard

#endif  // HEDDLE_SYNC_INTERNAL_STD_COUNTING_H_
