// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/once.h"

#include <string>

namespace heddle {
namespace internal {

std::string OnceState::Describe() const {
  if (destroyed) return "destroyed";
  if (caller != nullptr) return caller->Label() + " is in the middle of it";
  return done ? "done" : "not done";
}

std::string OnceState::DescribeStep(const TaskState& task) const {
  if (Operation::FromWord(task.word).kind != OperationKind::kCallOnce) return {};
  return done ? "(done)" : "(calls)";
}

}  // namespace internal

using internal::Hidden;
using internal::Throws;

bool OnceFlag::Begin(Location where) {
  using namespace internal;
  State* s;
  bool mine;
  {
    Hidden hidden;
    s = Get(Kind::kCallOnce, where, Throws::kYes);
    if (s == nullptr) return false;
    TaskState* me = Announce(Kind::kCallOnce, s, where);
    Pend(s->waiters, me, s->caller == nullptr);
    if (s->caller != nullptr && !NoOwnershipCycle(me)) return false;
    if (!Step(me)) return false;
    Unpend(s->waiters, me);
    AcquireClock(me, s->clock);
    mine = !s->done;
    if (mine) {
      s->caller = me;
      Shut(s->waiters);
    }
  }
  TsanAcquire(s);
  return mine;
}

void OnceFlag::End(bool done, Location where) {
  using namespace internal;
  State* s;
  {
    Hidden hidden;
    s = Get(Kind::kEndCallOnce, where, Throws::kNo);
    if (s == nullptr) return;
    TaskState* me = Announce(Kind::kEndCallOnce, s, where);
    if (!Step<Throws::kNo>(me)) return;
    s->done = done;
    s->caller = nullptr;
    Open(s->waiters);
    ReleaseClock(me, s->clock);
  }
  TsanRelease(s);
}

OnceFlag::~OnceFlag() {
  Hidden hidden;
  if (!InExecution()) return;
  internal::Shut(state_->waiters);
}

}  // namespace heddle
