// SPDX-License-Identifier: Apache-2.0
//
// Mutex: mutual exclusion between tasks; not recursive.
//
//   operation      | free           | held by the caller       | held by another task
//   lock           | takes it       | deadlock (a cycle of     | blocks; deadlock if that closes a
//                  |                | length one)              | cycle of owners
//   try_lock       | takes it, true | false                    | false
//   try_lock_for,  | takes it, true | false at the deadline    | blocks; false at the deadline
//   try_lock_until |                |                          |
//   unlock         | misuse         | frees it                 | misuse
//   ~Mutex         | -              | misuse                   | misuse if that task has finished;
//                  |                |                          | else waiting tasks stay blocked
//
// A lock that is destroyed while a task is about to try or to unlock it is misuse, and so is giving up waiting
// (at a deadline) for one that is gone.
//
// A Mutex{kUnowned} follows Go's rule: any task may unlock it (still misuse when it is free), it
// has no owner, and no cycle is inferred: locking it twice blocks until somebody unlocks it.
//
// A deadline that is past or now makes the timed operations try_lock. A task that waits with a
// deadline closes no cycle: it goes on by itself. It tries before it waits, which are two steps; one
// that has begun to wait may give up though the mutex has just become free, as one that is late may.
// With .faults = {.failed_try_locks = n} try_lock fails up to n times an execution though the mutex is
// free, as the standard allows.
//
// Every operation is a step; nobody can observe that a task waits to lock, so waiting is none.
// Which of several waiting tasks gets a freed mutex is the strategy's choice. Cost: O(1); a lock
// that blocks checks for a cycle in O(length of the chain of owners).
//
// Happens-before: an unlock happens before every later lock and successful try of the mutex.
//
// Works with std::scoped_lock, std::unique_lock and std::lock_guard; MutexLock does the same and
// keeps the user's source line in reports.
//
//   heddle::Mutex mu("cart.mu");
//   heddle::MutexLock lock(mu);
#ifndef HEDDLE_SYNC_MUTEX_H_
#define HEDDLE_SYNC_MUTEX_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/sync/internal/scoped_lock.h"
#include "heddle/sync/time.h"

namespace heddle {

class ConditionVariable;

// Tag for a mutex that any task may unlock.
struct Unowned {};
inline constexpr Unowned kUnowned;

namespace internal {

class MutexState final : public ObjectState {
 public:
  explicit MutexState(bool is_owned) : ObjectState(ObjectKind::kMutex), owned(is_owned) {}

  const TaskState* Owner(const TaskState&, uint32_t n) const override {
    return owned && n == 0 ? holder : nullptr;
  }
  bool IsHeldBy(const TaskState& task) const override { return holder == &task; }
  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;

  const bool owned;
  TaskState* holder = nullptr;  // of an unowned mutex: who locked it last
  TaskSet waiters;              // tasks at `lock`
  VectorClock clock;
};

}  // namespace internal

class Mutex : private internal::Handle<internal::MutexState, bool> {
 public:
  // `name` is what reports call it; it is copied.
  explicit Mutex(const char* name = nullptr, Location where = Location::Here())
      : Handle(ObjectKind::kMutex, name, where, /*is_owned=*/true) {}
  explicit Mutex(Unowned, const char* name = nullptr, Location where = Location::Here())
      : Handle(ObjectKind::kMutex, name, where, /*is_owned=*/false) {}
  ~Mutex();

  void lock(Location where = Location::Here());
  [[nodiscard]] bool try_lock(Location where = Location::Here());
  [[nodiscard]] bool try_lock_for(std::chrono::nanoseconds duration,
                                  Location where = Location::Here());
  [[nodiscard]] bool try_lock_until(VirtualClock::time_point deadline,
                                    Location where = Location::Here());
  void unlock(Location where = Location::Here());

 private:
  friend class ConditionVariable;
  using State = internal::MutexState;
  using Kind = OperationKind;

  bool TryLockUntil(int64_t deadline, Location where);
  [[gnu::cold]] void UnlockMisused(State* m, Location where);
};

// Locks for a scope, like std::lock_guard.
using MutexLock = internal::ScopedLock<Mutex>;

// -- Implementation
// ---------------------------------------------------------------------------------

HEDDLE_OPERATION void Mutex::lock(Location where) {
  using namespace internal;
  State* m;
  {
    Hidden hidden;
    m = Get(Kind::kLock, where, Throws::kYes);
    if (m == nullptr) return;
    TaskState* me = Announce(Kind::kLock, m, where);
    TaskState* holder = m->holder;
    Pend(m->waiters, me, holder == nullptr);
    if (holder != nullptr && m->owned && !(holder != me && IsRunnable(holder))) [[unlikely]] {
      if (!NoOwnershipCycle(me)) return;
    }
    if (!Step(me)) return;
    Unpend(m->waiters, me);
    m->holder = me;
    Shut(m->waiters);
    AcquireClock(me, m->clock);
  }
  TsanAcquire(m);
}

HEDDLE_OPERATION bool Mutex::try_lock(Location where) {
  using namespace internal;
  State* m;
  {
    Hidden hidden;
    m = Get(Kind::kTryLock, where, Throws::kYes);
    if (m == nullptr) return false;
    TaskState* me = Announce(Kind::kTryLock, m, where);
    if (!Step(me)) return false;
    if (m->holder != nullptr) return ChangedNothing();
    if (InjectFault(x.faults_left.failed_try_locks, me)) [[unlikely]]
      return NoteFault(me, "-> false (fault)"), false;
    m->holder = me;
    Shut(m->waiters);
    AcquireClock(me, m->clock);
  }
  TsanAcquire(m);
  return true;
}

HEDDLE_OPERATION void Mutex::unlock(Location where) {
  using namespace internal;
  State* m;
  {
    Hidden hidden;
    m = Get(Kind::kUnlock, where, Throws::kNo);
    if (m == nullptr) return;
    TaskState* me = Announce(Kind::kUnlock, m, where);
    // Of an unowned mutex another task may take a step first: its effect looks.
    if (m->holder != me && m->owned) [[unlikely]]
      return UnlockMisused(m, where);
    if (!Step<Throws::kNo>(me)) return;
    if (m->holder == nullptr) [[unlikely]]
      return UnlockMisused(m, where);
    m->holder = nullptr;
    Open(m->waiters);
    if (m->owned) {
      ReleaseClock(me, m->clock);
    } else {
      ReleaseJoinClock(me, m->clock);  // `me` need not have locked it
    }
  }
  TsanRelease(m);
}

}  // namespace heddle

#endif  // HEDDLE_SYNC_MUTEX_H_
