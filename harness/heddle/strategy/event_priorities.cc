// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/internal/event_priorities.h"

#include "heddle/core/dependence.h"

namespace heddle {
namespace {

using K = OperationKind;

// Operations that may be dependent with some at other objects.
constexpr KindSet kReaching(K::kSelect, K::kTrySelect, K::kCancel, K::kWait);

uint64_t ObjectIn(uint64_t word) { return word >> 32; }
K KindIn(uint64_t word) { return Operation::FromWord(word).kind; }

bool DependentElsewhere(uint64_t a, uint64_t b) {
  return Dependent({Operation::FromWord(a), ObjectKind::kNone},
                   {Operation::FromWord(b), ObjectKind::kNone}, ParkedSelect::kNone);
}

}  // namespace

void EventPriorities::RedrawDependent(uint32_t slot, const Alternatives& alternatives,
                                      Random& random) {
  if (slot == kClockSlot) return;
  const uint64_t step = alternatives.Word(slot);
  const bool reaches = kReaching.Contains(KindIn(step));
  const KindSet dependent = DependentAtOneObject(KindIn(step));
  alternatives.runnable().ForEach([&](uint32_t other) {
    const uint64_t word = alternatives.Word(other);
    if (ObjectIn(word) == ObjectIn(step) && ObjectIn(step) != 0) {
      if (other != slot && dependent.Contains(KindIn(word))) priorities_[other] = Drawn(random);
    } else if (reaches || kReaching.Contains(KindIn(word))) [[unlikely]] {
      if (other != kClockSlot && other != slot && DependentElsewhere(step, word)) {
        priorities_[other] = Drawn(random);
      }
    }
  });
}

}  // namespace heddle
