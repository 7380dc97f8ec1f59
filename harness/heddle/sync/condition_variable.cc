// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/condition_variable.h"

#include <string>

namespace heddle {
namespace internal {

bool ConditionState::Wake(Waiter* waiter) {
  TaskState* task = waiter->task;
  parked.Remove(waiter);
  waiter->completed = true;
  DisarmTimer(task->timer);
  task->park = nullptr;
  task->word = Operation{OperationKind::kLock, task->id, mutex->id}.Word();
  task->object = mutex;
  const bool free = mutex->holder == nullptr && !mutex->destroyed;
  MakeRunnable(task);
  Pend(mutex->waiters, task, free);
  return free || !mutex->owned || NoOwnershipCycleOf(task, Throws::kNo);
}

std::string ConditionState::Describe() const {
  if (destroyed) return "destroyed";
  if (parked.Empty()) return "nobody waits";
  if (parked.Count() == 1) return parked.Front()->task->Label() + " waits";
  return std::to_string(parked.Count()) + " wait";
}

std::string ConditionState::DescribeStep(const TaskState& task) const {
  const OperationKind what = Operation::FromWord(task.word).kind;
  if (what != OperationKind::kNotifyOne && what != OperationKind::kNotifyAll) return {};
  if (parked.Count() == 1) return "-> " + parked.Front()->task->Label();
  return "(" + Describe() + ")";
}

}  // namespace internal

using internal::Hidden;
using internal::Throws;

internal::MutexState* ConditionVariable::CheckMutex(State* c, Mutex* mutex, Location where) {
  internal::MutexState* m = nullptr;
  if (mutex != nullptr) {
    m = mutex->Get(Kind::kWait, where, Throws::kYes);
    // Of an unowned mutex another task may take a step first: its effect looks (Unlock).
    if (m == nullptr || m->holder == internal::x.current || !m->owned) return m;
  }
  const std::string which = m != nullptr ? internal::LabelOf(*m) : "the mutex of its lock";
  internal::Misuse(Kind::kWait, c, where, Throws::kYes,
                   internal::x.current->Label() + " waits at " + internal::LabelOf(*c) +
                       " but does not hold " + which,
                   "lock the mutex, look at the condition, then wait");
  return nullptr;
}

// The effect of the first step; false if it is refused. Where the task does not park, it can lock the
// mutex again at once: `mine` is then not in line.
bool ConditionVariable::Unlock(State* c, internal::MutexState* m, internal::Waiter* mine,
                               std::optional<int64_t> deadline) {
  using namespace internal;
  internal::TaskState* me = x.current;
  if (m->holder == nullptr) {
    Misuse(Kind::kWait, c, me->where, Throws::kYes,
           me->Label() + " waits at " + LabelOf(*c) + " but does not hold " + LabelOf(*m),
           "lock the mutex, look at the condition, then wait");
    return false;
  }
  if (!c->parked.Empty() && c->mutex != m) {
    Misuse(Kind::kWait, c, me->where, Throws::kYes,
           me->Label() + " waits at " + LabelOf(*c) + " with " + LabelOf(*m) + ", but " +
               c->parked.Front()->task->Label() + " waits there with " + LabelOf(*c->mutex),
           "let all that wait at a condition variable at a time use the same mutex");
    return false;
  }
  c->mutex = m;
  m->holder = nullptr;
  if (!m->destroyed) Open(m->waiters);
  if (m->owned) {
    ReleaseClock(me, m->clock);
  } else {
    ReleaseJoinClock(me, m->clock);
  }
  if (deadline && *deadline <= x.now && !c->destroyed) return true;
  if (!c->destroyed && InjectFault(x.faults_left.spurious_wakeups, me)) {
    NoteFault(me, "(spurious wake-up)");
    return true;
  }
  Park(c->parked, mine, me);
  if (deadline) GiveUpAt(me, *deadline, LeaveLine);
  return true;
}

// Standing at `lock`, by a step of its own, for one whom nobody notified.
bool ConditionVariable::Relock(internal::MutexState* m, Location where) {
  using namespace internal;
  internal::TaskState* me = Announce(Kind::kLock, m, where);
  const bool free = m->holder == nullptr && !m->destroyed;
  Pend(m->waiters, me, free);
  if (!free && m->owned && !NoOwnershipCycle(me)) return false;
  return Step(me);
}

std::cv_status ConditionVariable::Wait(Mutex* mutex, std::optional<int64_t> deadline,
                                       Location where) {
  using namespace internal;
  internal::MutexState* m;
  Waiter mine;
  std::cv_status status = std::cv_status::no_timeout;
  {
    Hidden hidden;
    State* c = Get(Kind::kWait, where, Throws::kYes);
    if (c == nullptr) return status;
    internal::TaskState* me = Announce(Kind::kWait, c, where);
    m = CheckMutex(c, mutex, where);
    if (m == nullptr || !Step(me) || !Unlock(c, m, &mine, deadline)) return status;
    if (mine.task == nullptr && deadline && *deadline <= x.now) status = std::cv_status::timeout;
  }
  TsanRelease(m);
  {
    Hidden hidden;
    internal::TaskState* me = x.current;
    if (mine.task != nullptr) {
      if (!Step(me)) return status;
      me->park = nullptr;
      if (GaveUp(me)) status = std::cv_status::timeout;
    }
    if (!mine.completed && !Relock(m, where)) return status;
    Unpend(m->waiters, me);
    m->holder = me;
    Shut(m->waiters);
    AcquireClock(me, m->clock);
  }
  TsanAcquire(m);
  return status;
}

void ConditionVariable::notify_one(Location where) {
  using namespace internal;
  Hidden hidden;
  State* c = Get(Kind::kNotifyOne, where, Throws::kNo);
  if (c == nullptr) return;
  internal::TaskState* me = Announce(Kind::kNotifyOne, c, where);
  if (!Step<Throws::kNo>(me) || c->parked.Empty()) return;
  c->Wake(c->parked.Nth(ChooseIndex(c->parked.Count(), me)));
}

void ConditionVariable::notify_all(Location where) {
  using namespace internal;
  Hidden hidden;
  State* c = Get(Kind::kNotifyAll, where, Throws::kNo);
  if (c == nullptr) return;
  internal::TaskState* me = Announce(Kind::kNotifyAll, c, where);
  if (!Step<Throws::kNo>(me)) return;
  while (!c->parked.Empty()) {
    if (!c->Wake(c->parked.Front())) return;
  }
}

}  // namespace heddle
