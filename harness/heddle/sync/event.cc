// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/event.h"

#include <string>

#include "heddle/sync/internal/counting.h"

namespace heddle {
namespace internal {

std::string EventState::Describe() const {
  if (destroyed) return "destroyed";
  return set ? "set" : "not set";
}

std::string EventState::DescribeStep(const TaskState& task) const {
  switch (Operation::FromWord(task.word).kind) {
    case OperationKind::kWait: return set ? "(set)" : "(parks)";
    case OperationKind::kTryWait:
    case OperationKind::kLoad: return set ? "-> true" : "-> false";
    case OperationKind::kSet:
      return line.Empty() ? "" : "(" + std::to_string(line.Count()) + " in line)";
    default: return {};
  }
}

void* EventState::Pass(TaskState* me) {
  void* seen = edge;
  AcquireClock(me, clock);
  if (auto_reset) TakeBack();
  return seen;
}

void EventState::TakeBack() {
  set = false;
  clock = VectorClock();
  edge = nullptr;
}

void EventState::ReleaseWaiters(TaskState* me) {
  while (set && !line.Empty()) {
    Waiter* waiter = line.Nth(auto_reset ? ChooseIndex(line.Count(), me) : 0);
    waiter->task->clock.Join(clock, x.arena);
    TsanAcquireFor(waiter->task, edge);
    Complete(waiter);
    if (auto_reset) TakeBack();
  }
}

}  // namespace internal

using internal::Hidden;
using internal::TaskState;
using internal::Throws;

void Event::Wait(Location where) { (void)WaitBy(internal::kNoDeadline, where); }

bool Event::WaitFor(std::chrono::nanoseconds duration, Location where) {
  if (duration.count() <= 0) return TryWait(where);
  return WaitBy(internal::DeadlineOf(duration), where);
}

bool Event::WaitUntil(VirtualClock::time_point deadline, Location where) {
  if (internal::IsPast(internal::DeadlineOf(deadline))) return TryWait(where);
  return WaitBy(deadline.time_since_epoch().count(), where);
}

bool Event::WaitBy(int64_t deadline, Location where) {
  void* edge;
  {
    Hidden hidden;
    State* e = Get(Kind::kWait, where, Throws::kYes);
    if (e == nullptr) return false;
    TaskState* me = internal::Announce(Kind::kWait, e, where);
    if (!internal::Step(me)) return false;
    if (!e->set || e->destroyed) {
      internal::Waiter mine;
      internal::Park(e->line, &mine, me);
      if (deadline != internal::kNoDeadline) internal::GiveUpAt(me, deadline, internal::LeaveLine);
      if (!internal::Step(me)) return false;
      me->park = nullptr;
      return !internal::GaveUp(me);  // the step of the Set acquired for it
    }
    edge = e->Pass(me);
  }
  internal::TsanAcquire(edge);
  return true;
}

bool Event::TryWait(Location where) {
  void* edge;
  {
    Hidden hidden;
    State* e = Get(Kind::kTryWait, where, Throws::kYes);
    if (e == nullptr) return false;
    TaskState* me = internal::Announce(Kind::kTryWait, e, where);
    if (!internal::Step(me)) return false;
    if (!e->set || !e->auto_reset) internal::ChangedNothing();
    if (!e->set) return false;
    edge = e->Pass(me);
  }
  internal::TsanAcquire(edge);
  return true;
}

bool Event::IsSet(Location where) {
  void* edge;
  {
    Hidden hidden;
    State* e = Get(Kind::kLoad, where, Throws::kYes);
    if (e == nullptr) return false;
    TaskState* me = internal::Announce(Kind::kLoad, e, where);
    if (!internal::Step(me) || !e->set) return false;
    internal::AcquireClock(me, e->clock);
    edge = e->edge;
  }
  internal::TsanAcquire(edge);
  return true;
}

void Event::Set(Location where) {
  State* e;
  void* edge;
  {
    Hidden hidden;
    e = Get(Kind::kSet, where, Throws::kNo);
    if (e == nullptr) return;
    TaskState* me = internal::Announce(Kind::kSet, e, where);
    if (!internal::Step<Throws::kNo>(me)) return;
    e->set = true;
    if (e->edge == nullptr) e->edge = internal::NewEdge();
    edge = e->edge;
    internal::ReleaseJoinClock(me, e->clock);
  }
  internal::TsanRelease(edge);
  Hidden hidden;
  e->ReleaseWaiters(internal::x.current);
}

void Event::Reset(Location where) {
  Hidden hidden;
  State* e = Get(Kind::kReset, where, Throws::kNo);
  if (e == nullptr) return;
  TaskState* me = internal::Announce(Kind::kReset, e, where);
  if (internal::Step<Throws::kNo>(me)) e->TakeBack();
}

}  // namespace heddle
