// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/semaphore.h"

#include <string>

#include "heddle/sync/internal/counting.h"

namespace heddle {
namespace internal {

void SemaphoreState::Check() {
  if (permits >= 0 && permits <= maximum) return;
  Misuse(OperationKind::kNone, this, created_at, Throws::kYes,
         LabelOf(*this) + " is made with " + std::to_string(permits) + " permits, its maximum is " +
             std::to_string(maximum),
         "start with 0 to maximum permits");
}

std::string SemaphoreState::Describe() const {
  if (destroyed) return "destroyed";
  if (permits == 0) return "no permit";
  return std::to_string(permits) + (permits == 1 ? " permit" : " permits");
}

std::string SemaphoreState::DescribeStep(const TaskState& task) const {
  switch (Operation::FromWord(task.word).kind) {
    case OperationKind::kTryAcquire: return permits > 0 ? "-> true" : "-> false";
    case OperationKind::kTimeout: return {};
    default: return "(" + std::to_string(permits) + ")";
  }
}

}  // namespace internal

using internal::Hidden;
using internal::Throws;

bool Semaphore::try_acquire_for(std::chrono::nanoseconds duration, Location where) {
  if (duration.count() <= 0) return try_acquire(where);
  return AcquireBy(internal::DeadlineOf(duration), where);
}

bool Semaphore::try_acquire_until(VirtualClock::time_point deadline, Location where) {
  if (internal::IsPast(internal::DeadlineOf(deadline))) return try_acquire(where);
  return AcquireBy(deadline.time_since_epoch().count(), where);
}

bool Semaphore::AcquireBy(int64_t deadline, Location where) {
  using namespace internal;
  State* s;
  {
    Hidden hidden;
    s = Get(Kind::kAcquire, where, Throws::kYes);
    if (s == nullptr) return false;
    TaskState* me = Announce(Kind::kAcquire, s, where);
    // It tries before it waits (as in C++): a permit that is there is not missed for the clock's sake.
    if (!Step(me)) return false;
    if (s->permits == 0 || s->destroyed) {
      Pend(s->waiters, me, /*open=*/false);
      GiveUpAt(me, deadline, s->waiters);
      if (!Step(me) || GaveUp(me)) return false;
      Unpend(s->waiters, me);
    }
    if (--s->permits == 0) Shut(s->waiters);
    AcquireClock(me, s->clock);
  }
  TsanAcquire(s);
  return true;
}

void Semaphore::ReleaseMisused(State* s, ptrdiff_t permits, Location where) {
  const std::string label = internal::LabelOf(*s);
  if (permits < 1) {
    internal::Misuse(Kind::kRelease, s, where, Throws::kNo,
                     label + " is released by " + std::to_string(permits) + " permits",
                     "release at least one permit");
    return;
  }
  internal::Misuse(Kind::kRelease, s, where, Throws::kNo,
                   label + " is released to " + std::to_string(s->permits) + " + " +
                       std::to_string(permits) + " permits, its maximum is " +
                       std::to_string(s->maximum),
                   "release only permits that were acquired, each once");
}

Semaphore::~Semaphore() {
  Hidden hidden;
  if (!InExecution()) return;
  internal::Shut(state_->waiters);
}

}  // namespace heddle
