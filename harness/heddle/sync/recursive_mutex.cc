// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/recursive_mutex.h"

#include <string>

#include "heddle/sync/internal/deadline.h"

namespace heddle {
namespace internal {

void RecursiveMutexState::TakeFor(TaskState* task) {
  holder = task;
  if (++depth == 1) {
    Shut(waiters);
    AcquireClock(task, clock);
  }
}

std::string RecursiveMutexState::Describe() const {
  if (destroyed) return "destroyed";
  if (holder == nullptr) return "free";
  const std::string times = depth == 1 ? "" : " " + std::to_string(depth) + " times";
  return "held" + times + " by " + holder->Label();
}

std::string RecursiveMutexState::DescribeStep(const TaskState& task) const {
  switch (Operation::FromWord(task.word).kind) {
    case OperationKind::kLock:
      if (!MayLock(&task)) return IsRunnable(&task) ? "(waits)" : "";
      return holder == &task ? "(" + std::to_string(depth + 1) + " times)" : std::string();
    case OperationKind::kTryLock: return MayLock(&task) ? "-> true" : "-> false";
    case OperationKind::kUnlock:
      return depth > 1 ? "(" + std::to_string(depth - 1) + " left)" : std::string();
    default: return {};
  }
}

}  // namespace internal

using internal::Hidden;
using internal::Throws;

void RecursiveMutex::lock(Location where) {
  using namespace internal;
  State* m;
  {
    Hidden hidden;
    m = Get(Kind::kLock, where, Throws::kYes);
    if (m == nullptr) return;
    TaskState* me = Announce(Kind::kLock, m, where);
    const bool may = m->MayLock(me);
    Pend(m->waiters, me, may);
    if (!may && !NoOwnershipCycle(me)) return;
    if (!Step(me)) return;
    Unpend(m->waiters, me);
    m->TakeFor(me);
  }
  TsanAcquire(m);
}

bool RecursiveMutex::try_lock(Location where) {
  using namespace internal;
  State* m;
  {
    Hidden hidden;
    m = Get(Kind::kTryLock, where, Throws::kYes);
    if (m == nullptr) return false;
    TaskState* me = Announce(Kind::kTryLock, m, where);
    if (!Step(me)) return false;
    if (!m->MayLock(me)) return ChangedNothing();
    if (InjectFault(x.faults_left.failed_try_locks, me))
      return NoteFault(me, "-> false (fault)"), false;
    m->TakeFor(me);
  }
  TsanAcquire(m);
  return true;
}

bool RecursiveMutex::try_lock_for(std::chrono::nanoseconds duration, Location where) {
  return TryLockUntil(internal::DeadlineOf(duration), where);
}

bool RecursiveMutex::try_lock_until(VirtualClock::time_point deadline, Location where) {
  return TryLockUntil(internal::DeadlineOf(deadline), where);
}

bool RecursiveMutex::TryLockUntil(int64_t deadline, Location where) {
  using namespace internal;
  if (IsPast(deadline)) return try_lock(where);
  State* m;
  {
    Hidden hidden;
    m = Get(Kind::kLock, where, Throws::kYes);
    if (m == nullptr) return false;
    TaskState* me = Announce(Kind::kLock, m, where);
    {
      Trying trying(me);
      if (!Step(me)) return false;  // before it waits
    }
    if (!m->MayLock(me) || m->destroyed) {
      Pend(m->waiters, me, /*open=*/false);
      GiveUpAt(me, deadline, m->waiters);
      if (!Step(me) || GaveUp(me)) return false;
      Unpend(m->waiters, me);
    }
    m->TakeFor(me);
  }
  TsanAcquire(m);
  return true;
}

void RecursiveMutex::unlock(Location where) {
  using namespace internal;
  State* m;
  bool frees;
  {
    Hidden hidden;
    m = Get(Kind::kUnlock, where, Throws::kNo);
    if (m == nullptr) return;
    TaskState* me = Announce(Kind::kUnlock, m, where);
    if (m->holder != me) return UnlockMisused(m, where);
    if (!Step<Throws::kNo>(me)) return;
    frees = --m->depth == 0;
    if (frees) {
      m->holder = nullptr;
      Open(m->waiters);
      ReleaseClock(me, m->clock);
    }
  }
  if (frees) TsanRelease(m);
}

void RecursiveMutex::UnlockMisused(State* m, Location where) {
  const std::string label = internal::LabelOf(*m);
  if (m->holder == nullptr) {
    internal::Misuse(Kind::kUnlock, m, where, Throws::kNo, label + " is unlocked though it is free",
                     "unlock once for each lock");
    return;
  }
  internal::Misuse(Kind::kUnlock, m, where, Throws::kNo,
                   label + " is unlocked by " + internal::x.current->Label() +
                       ", but it is held by " + m->holder->Label(),
                   "unlock in the task that locked");
}

RecursiveMutex::~RecursiveMutex() {
  Hidden hidden;
  if (!InExecution()) return;
  const internal::TaskState* holder = state_->holder;
  if (holder != nullptr && (holder == internal::x.current || holder->finished)) {
    const std::string who = holder == internal::x.current
                                ? "the task that destroys it"
                                : holder->Label() + ", which has finished";
    internal::Misuse(Kind::kNone, state_, created_at_, Throws::kNo,
                     internal::LabelOf(*state_) + " is destroyed while it is held by " + who,
                     "unlock it before it is destroyed");
    return;
  }
  internal::Shut(state_->waiters);
}

}  // namespace heddle
