// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/latch.h"

#include <string>

#include "heddle/sync/internal/counting.h"

namespace heddle {
namespace internal {

void LatchState::Check() {
  if (counter >= 0) return;
  Misuse(OperationKind::kNone, this, created_at, Throws::kYes,
         LabelOf(*this) + " is made with a counter of " + std::to_string(counter),
         "start with 0 or more");
}

std::string LatchState::Describe() const {
  if (destroyed) return "destroyed";
  return "counter " + std::to_string(counter);
}

std::string LatchState::DescribeStep(const TaskState& task) const {
  const int64_t n = Request::AmountOf(task);
  switch (Operation::FromWord(task.word).kind) {
    case OperationKind::kArrive:
      return std::to_string(counter) + " -> " + (n < 0 ? "?" : std::to_string(counter - n));
    case OperationKind::kTryWait: return counter == 0 ? "-> true" : "-> false";
    case OperationKind::kWait: return "(" + std::to_string(counter) + ")";
    default: return {};
  }
}

}  // namespace internal

using internal::Hidden;
using internal::TaskState;
using internal::Throws;

void Latch::count_down(ptrdiff_t n, Location where) {
  State* l;
  {
    Hidden hidden;
    l = Get(Kind::kArrive, where, Throws::kNo);
    if (l == nullptr) return;
    TaskState* me = internal::Announce(Kind::kArrive, l, where);
    internal::Request mine(me, n);
    if (!internal::Step<Throws::kNo>(me)) return;
    if (n < 0 || n > l->counter) return CountDownMisused(l, n, where);
    if (n == 0) return;
    l->counter -= n;
    if (l->counter == 0) internal::Open(l->waiters);
    internal::ReleaseJoinClock(me, l->clock);
  }
  internal::TsanRelease(l);
}

bool Latch::try_wait(Location where) {
  State* l;
  {
    Hidden hidden;
    l = Get(Kind::kTryWait, where, Throws::kYes);
    if (l == nullptr) return false;
    TaskState* me = internal::Announce(Kind::kTryWait, l, where);
    if (!internal::Step(me)) return false;
    internal::ChangedNothing();
    if (l->counter > 0) return false;
    internal::AcquireClock(me, l->clock);
  }
  internal::TsanAcquire(l);
  return true;
}

void Latch::wait(Location where) { (void)WaitBy(internal::kNoDeadline, where); }

bool Latch::wait_for(std::chrono::nanoseconds duration, Location where) {
  if (duration.count() <= 0) return try_wait(where);
  return WaitBy(internal::DeadlineOf(duration), where);
}

bool Latch::wait_until(VirtualClock::time_point deadline, Location where) {
  if (internal::IsPast(internal::DeadlineOf(deadline))) return try_wait(where);
  return WaitBy(deadline.time_since_epoch().count(), where);
}

bool Latch::WaitBy(int64_t deadline, Location where) {
  State* l;
  {
    Hidden hidden;
    l = Get(Kind::kWait, where, Throws::kYes);
    if (l == nullptr) return false;
    TaskState* me = internal::Announce(Kind::kWait, l, where);
    const bool timed = deadline != internal::kNoDeadline;
    if (timed && !internal::Step(me)) return false;  // tries before it waits
    if (!timed || l->counter > 0 || l->destroyed) {
      internal::Pend(l->waiters, me, !timed && l->counter == 0);
      if (timed) internal::GiveUpAt(me, deadline, l->waiters);
      if (!internal::Step(me) || internal::GaveUp(me)) return false;
      internal::Unpend(l->waiters, me);
    }
    internal::AcquireClock(me, l->clock);
  }
  internal::TsanAcquire(l);
  return true;
}

void Latch::arrive_and_wait(ptrdiff_t n, Location where) {
  count_down(n, where);
  wait(where);
}

void Latch::CountDownMisused(State* l, ptrdiff_t n, Location where) {
  const std::string label = internal::LabelOf(*l);
  if (n < 0) {
    internal::Misuse(Kind::kArrive, l, where, Throws::kNo,
                     label + " is counted down by " + std::to_string(n), "count down by 0 or more");
    return;
  }
  internal::Misuse(Kind::kArrive, l, where, Throws::kNo,
                   label + " is counted down by " + std::to_string(n) + ", but its counter is " +
                       std::to_string(l->counter),
                   "count down no more than the latch was made for");
}

Latch::~Latch() {
  Hidden hidden;
  if (!InExecution()) return;
  internal::Shut(state_->waiters);
}

}  // namespace heddle
