// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/internal/event_priorities.h"

#include "heddle/core/dependence.h"

namespace heddle {
namespace {

using K = OperationKind;

// Operations that may be dependent with some at other objects.
constexpr KindSet kReaching(K::kSelect, K::kTrySelect, K::kCancel);

bool DependentWords(uint64_t a, uint64_t b) {
  const bool same_object = (a ^ b) >> 32 == 0 && a >> 32 != 0;
  const Operation x = Operation::FromWord(a);
  const Operation y = Operation::FromWord(b);
  if (!same_object && !kReaching.Contains(x.kind) && !kReaching.Contains(y.kind)) return false;
  return Dependent({x, ObjectKind::kNone}, {y, ObjectKind::kNone}, ParkedSelect::kNone);
}

}  // namespace

void EventPriorities::ForgetDependent(uint32_t slot, const Alternatives& alternatives) {
  if (slot == kClockSlot) return;
  const uint64_t step = alternatives.Word(slot);
  alternatives.runnable().ForEach([&](uint32_t other) {
    if (other == kClockSlot || other == slot) return;
    if (DependentWords(step, alternatives.Word(other))) Forget(other);
  });
}

}  // namespace heddle
