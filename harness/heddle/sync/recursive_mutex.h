// SPDX-License-Identifier: Apache-2.0
//
// RecursiveMutex: mutual exclusion between tasks; its holder may lock it again, and unlocks it as often.
//
//   operation       | free           | held by the caller   | held by another task
//   lock            | takes it       | holds it once more   | blocks; deadlock if that closes a cycle
//                   |                |                      | of owners
//   try_lock        | takes it, true | once more, true      | false
//   try_lock_for,   | takes it, true | once more, true      | blocks; false at the deadline
//   try_lock_until  |                |                      |
//   unlock          | misuse         | once less; the last  | misuse
//                   |                | one frees it         |
//   ~RecursiveMutex | -              | misuse               | misuse if that task has finished; else
//                   |                |                      | waiting tasks stay blocked
//
// A lock that is destroyed while a task is about to try or to unlock it is misuse, and so is giving up waiting
// (at a deadline) for one that is gone.
//
// Every operation is a step, also those of the holder; waiting is none. Deadlines and faults are as
// those of Mutex (sync/mutex.h). Which of several waiting tasks gets a freed mutex is the strategy's
// choice. Cost: O(1), as Mutex.
//
// Happens-before: an unlock that frees the mutex happens before every later lock and successful try.
//
//   heddle::RecursiveMutex mu("tree.mu");
//   heddle::RecursiveMutexLock outer(mu);
//   heddle::RecursiveMutexLock inner(mu);
#ifndef HEDDLE_SYNC_RECURSIVE_MUTEX_H_
#define HEDDLE_SYNC_RECURSIVE_MUTEX_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/sync/internal/scoped_lock.h"
#include "heddle/sync/time.h"

namespace heddle {
namespace internal {

class RecursiveMutexState final : public ObjectState {
 public:
  RecursiveMutexState() : ObjectState(ObjectKind::kRecursiveMutex) {}

  bool MayLock(const TaskState* task) const { return holder == nullptr || holder == task; }
  void TakeFor(TaskState* task);

  const TaskState* Owner(const TaskState&, uint32_t n) const override {
    return n == 0 ? holder : nullptr;
  }
  bool IsHeldBy(const TaskState& task) const override { return holder == &task; }
  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;

  TaskState* holder = nullptr;
  uint64_t depth = 0;  // how often `holder` has locked it
  TaskSet waiters;     // tasks at `lock`
  VectorClock clock;
};

}  // namespace internal

class RecursiveMutex : private internal::Handle<internal::RecursiveMutexState> {
 public:
  // `name` is what reports call it; it is copied.
  explicit RecursiveMutex(const char* name = nullptr, Location where = Location::Here())
      : Handle(ObjectKind::kRecursiveMutex, name, where) {}
  ~RecursiveMutex();

  void lock(Location where = Location::Here());
  [[nodiscard]] bool try_lock(Location where = Location::Here());
  [[nodiscard]] bool try_lock_for(std::chrono::nanoseconds duration,
                                  Location where = Location::Here());
  [[nodiscard]] bool try_lock_until(VirtualClock::time_point deadline,
                                    Location where = Location::Here());
  void unlock(Location where = Location::Here());

 private:
  using State = internal::RecursiveMutexState;
  using Kind = OperationKind;

  bool TryLockUntil(int64_t deadline, Location where);
  void UnlockMisused(State* m, Location where);
};

// Locks for a scope, like std::lock_guard.
using RecursiveMutexLock = internal::ScopedLock<RecursiveMutex>;

}  // namespace heddle

#endif  // HEDDLE_SYNC_RECURSIVE_MUTEX_H_
