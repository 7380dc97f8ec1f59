// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/mutex.h"

#include <string>

#include "heddle/sync/internal/deadline.h"

namespace heddle {
namespace internal {

std::string MutexState::Describe() const {
  if (destroyed) return "destroyed";
  if (holder == nullptr) return "free";
  return (owned ? "held by " : "locked by ") + holder->Label();
}

std::string MutexState::DescribeStep(const TaskState& task) const {
  switch (Operation::FromWord(task.word).kind) {
    case OperationKind::kLock: return holder != nullptr && IsRunnable(&task) ? "(waits)" : "";
    case OperationKind::kTryLock: return holder == nullptr ? "-> true" : "-> false";
    default: return {};
  }
}

}  // namespace internal

using internal::Hidden;
using internal::Throws;

bool Mutex::try_lock_for(std::chrono::nanoseconds duration, Location where) {
  return TryLockUntil(internal::DeadlineOf(duration), where);
}

bool Mutex::try_lock_until(VirtualClock::time_point deadline, Location where) {
  return TryLockUntil(internal::DeadlineOf(deadline), where);
}

bool Mutex::TryLockUntil(int64_t deadline, Location where) {
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
    if (m->holder != nullptr || m->destroyed) {
      Pend(m->waiters, me, /*open=*/false);
      GiveUpAt(me, deadline, m->waiters);
      if (!Step(me) || GaveUp(me)) return false;
      Unpend(m->waiters, me);
    }
    m->holder = me;
    Shut(m->waiters);
    AcquireClock(me, m->clock);
  }
  TsanAcquire(m);
  return true;
}

void Mutex::UnlockMisused(State* m, Location where) {
  const std::string label = internal::LabelOf(*m);
  if (m->holder == nullptr) {
    internal::Misuse(Kind::kUnlock, m, where, Throws::kNo, label + " is unlocked though it is free",
                     "unlock once for each lock");
    return;
  }
  internal::Misuse(
      Kind::kUnlock, m, where, Throws::kNo,
      label + " is unlocked by " + internal::x.current->Label() + ", but it is held by " +
          m->holder->Label(),
      "unlock in the task that locked, or make it a Mutex{kUnowned} if handing the lock "
      "over is meant");
}

Mutex::~Mutex() {
  Hidden hidden;
  if (!InExecution()) return;
  const internal::TaskState* holder = state_->holder;
  if (state_->owned && holder != nullptr && (holder == internal::x.current || holder->finished)) {
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
