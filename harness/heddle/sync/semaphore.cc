// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/semaphore.h"

#include <string>

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
    default: return "(" + std::to_string(permits) + ")";
  }
}

}  // namespace internal

using internal::Hidden;
using internal::Throws;

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
  state_->destroyed = true;
  internal::Shut(state_->waiters);
}

}  // namespace heddle
