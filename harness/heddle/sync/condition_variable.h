// SPDX-License-Identifier: Apache-2.0
//
// ConditionVariable: tasks wait until another says that a condition may have become true.
//
//   operation  | nobody is parked     | tasks are parked, all with mutex M
//   wait(l)    | unlocks l's mutex, parks; notified, locks it again (as Mutex::lock does)
//              |                      | the same; misuse if l's mutex is another than M
//   wait_for,  | as wait; at the deadline leaves the line, locks again and returns timeout. A deadline
//   wait_until | that is past or now: unlocks and locks again without parking
//   notify_one | nothing: it is lost  | one of them goes on, which one is the strategy's choice
//   notify_all | nothing: it is lost  | all of them go on
//   ~Condition | parked tasks stay blocked; misuse if one gives up later, or is about to use it otherwise
//   Variable   |
//
// Waiting with a mutex that the caller does not hold is misuse (with a Mutex{kUnowned}: one that is
// free). With a predicate, `wait(l, p)` is `while (!p()) wait(l)`; wait_for and wait_until then return
// what the predicate says in the end.
//
// `l` is the mutex itself, a MutexLock or a std::unique_lock<heddle::Mutex>.
//
// Parking is a step, in which the mutex is unlocked; locking it again is another. A notify that comes
// before the first wakes nobody: that is the lost wake-up. With .faults = {.spurious_wakeups = n} up to
// n waits an execution go on though nobody notified. Cost: O(1), notify_one O(parked tasks).
//
// Happens-before: only what the mutex orders. A notify orders nothing.
//
//   heddle::MutexLock lock(mu);
//   ready.wait(lock, [&] { return !queue.empty(); });
#ifndef HEDDLE_SYNC_CONDITION_VARIABLE_H_
#define HEDDLE_SYNC_CONDITION_VARIABLE_H_

#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/runtime/internal/line.h"
#include "heddle/sync/internal/deadline.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/time.h"

namespace heddle {
namespace internal {

class ConditionState final : public ObjectState {
 public:
  ConditionState() : ObjectState(ObjectKind::kCondition) {}

  // The task goes on: it stands at `lock` of the mutex. False if that closes a cycle of owners.
  bool Wake(Waiter* waiter);
  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;

  Line parked;
  MutexState* mutex = nullptr;  // of those who are parked
};

// The mutex that a lock given to `wait` holds; null: none.
inline Mutex* MutexOf(Mutex& mutex) { return &mutex; }
inline Mutex* MutexOf(const MutexLock& lock) { return &lock.mutex(); }
inline Mutex* MutexOf(const std::unique_lock<Mutex>& lock) {
  return lock.owns_lock() ? lock.mutex() : nullptr;
}

// What ConditionVariable::wait takes.
template <class L>
concept WaitableLock = requires(L& lock) {
  { MutexOf(lock) } -> std::same_as<Mutex*>;
};

}  // namespace internal

class ConditionVariable : private internal::Handle<internal::ConditionState> {
 public:
  // `name` is what reports call it; it is copied.
  explicit ConditionVariable(const char* name = nullptr, Location where = Location::Here())
      : Handle(ObjectKind::kCondition, name, where) {}

  template <internal::WaitableLock L>
  void wait(L& lock, Location where = Location::Here()) {
    Wait(internal::MutexOf(lock), std::nullopt, where);
  }
  template <internal::WaitableLock L, std::predicate P>
  void wait(L& lock, P condition, Location where = Location::Here()) {
    while (!condition()) wait(lock, where);
  }

  template <internal::WaitableLock L>
  std::cv_status wait_until(L& lock, VirtualClock::time_point deadline,
                            Location where = Location::Here()) {
    return Wait(internal::MutexOf(lock), internal::DeadlineOf(deadline), where);
  }
  template <internal::WaitableLock L, std::predicate P>
  bool wait_until(L& lock, VirtualClock::time_point deadline, P condition,
                  Location where = Location::Here()) {
    while (!condition()) {
      if (wait_until(lock, deadline, where) == std::cv_status::timeout) return condition();
    }
    return true;
  }

  template <internal::WaitableLock L>
  std::cv_status wait_for(L& lock, std::chrono::nanoseconds duration,
                          Location where = Location::Here()) {
    return Wait(internal::MutexOf(lock), internal::DeadlineOf(duration), where);
  }
  template <internal::WaitableLock L, std::predicate P>
  bool wait_for(L& lock, std::chrono::nanoseconds duration, P condition,
                Location where = Location::Here()) {
    const VirtualClock::duration deadline(internal::DeadlineOf(duration));
    return wait_until(lock, VirtualClock::time_point(deadline), std::move(condition), where);
  }

  void notify_one(Location where = Location::Here());
  void notify_all(Location where = Location::Here());

 private:
  using State = internal::ConditionState;
  using Kind = OperationKind;

  std::cv_status Wait(Mutex* mutex, std::optional<int64_t> deadline, Location where);
  internal::MutexState* CheckMutex(State* c, Mutex* mutex, Location where);
  static bool Unlock(State* c, internal::MutexState* m, internal::Waiter* mine,
                     std::optional<int64_t> deadline);
  static bool Relock(internal::MutexState* m, Location where);
};

}  // namespace heddle

#endif  // HEDDLE_SYNC_CONDITION_VARIABLE_H_
