// SPDX-License-Identifier: Apache-2.0
//
// Latch: a counter that goes down to zero once; tasks wait for that (std::latch).
//
//   operation         | counter > 0                             | counter 0
//   count_down(n)     | n fewer; misuse if n > counter          | misuse if n > 0
//   wait              | blocks                                  | returns
//   wait_for, wait_until
//                     | blocks; true at zero, false at the deadline | true
//   try_wait          | false                                   | true
//   arrive_and_wait(n)| count_down(n), then wait: two steps
//   ~Latch            | waiting tasks stay blocked; misuse if one gives up later, or is about to use it otherwise
//
// A negative n or initial counter is misuse. Every operation is a step; waiting is none. Timed waits
// are an extension and try, in a step of its own, before they wait; a deadline that is not ahead makes
// them a try_wait, which never fails at zero.
// Cost: O(1), O(log timers) with a deadline.
//
// Happens-before: every count_down of n > 0 happens before the return of every wait, and of every
// try_wait that returned true.
//
//   heddle::Latch ready(2, "ready");
//   ready.count_down();   // in two tasks
//   ready.wait();
#ifndef HEDDLE_SYNC_LATCH_H_
#define HEDDLE_SYNC_LATCH_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/sync/time.h"

namespace heddle {
namespace internal {

class LatchState final : public ObjectState {
 public:
  explicit LatchState(ptrdiff_t expected) : ObjectState(ObjectKind::kLatch), counter(expected) {}

  void Check();
  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;

  ptrdiff_t counter;
  TaskSet waiters;  // tasks at `wait`
  VectorClock clock;
};

}  // namespace internal

class Latch : private internal::Handle<internal::LatchState, ptrdiff_t> {
 public:
  // `name` is what reports call it; it is copied.
  explicit Latch(ptrdiff_t expected, const char* name = nullptr, Location where = Location::Here())
      : Handle(ObjectKind::kLatch, name, where, expected) {}
  ~Latch();

  static constexpr ptrdiff_t max() noexcept { return std::numeric_limits<ptrdiff_t>::max(); }

  void count_down(ptrdiff_t n = 1, Location where = Location::Here());
  [[nodiscard]] bool try_wait(Location where = Location::Here());
  void wait(Location where = Location::Here());
  [[nodiscard]] bool wait_for(std::chrono::nanoseconds duration, Location where = Location::Here());
  [[nodiscard]] bool wait_until(VirtualClock::time_point deadline,
                                Location where = Location::Here());
  void arrive_and_wait(ptrdiff_t n = 1, Location where = Location::Here());

 private:
  using State = internal::LatchState;
  using Kind = OperationKind;

  bool WaitBy(int64_t deadline, Location where);
  [[gnu::cold]] void CountDownMisused(State* l, ptrdiff_t n, Location where);
};

}  // namespace heddle

#endif  // HEDDLE_SYNC_LATCH_H_
