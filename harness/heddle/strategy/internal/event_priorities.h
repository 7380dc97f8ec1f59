// SPDX-License-Identifier: Apache-2.0
//
// A random priority for every operation at which a task stands: what POS, RF-POS and SURW choose by. It is the
// task's until it takes a step, though another task's step may have changed what it stands at (from a send to
// `resume`, say). It is drawn when the task takes the step before, so that comparing need not ask whether it was;
// a task's first one when it is first compared.
#ifndef HEDDLE_STRATEGY_INTERNAL_EVENT_PRIORITIES_H_
#define HEDDLE_STRATEGY_INTERNAL_EVENT_PRIORITIES_H_

#include <algorithm>
#include <cstdint>

#include "heddle/core/random.h"
#include "heddle/strategy/internal/per_slot.h"
#include "heddle/strategy/runnable_set.h"
#include "heddle/strategy/strategy.h"

namespace heddle {

class EventPriorities {
 public:
  static constexpr uint32_t kNobody = kMaxTasks;

  void Begin() {
    priorities_.Clear();
    last_ = kNobody;
  }

  // Before a decision: who took the step before it, if that was none, draws anew.
  void NoteUnasked(uint32_t last) {
    if (last != last_) Forget(last);
  }
  // That of the task in `slot`, never 0, and no other task's. Which one is the highest cannot be foreseen: so made,
  // they are compared without a branch.
  uint64_t Of(uint32_t slot, Random& random) {
    uint32_t& priority = priorities_[slot];
    if (priority == kNone) [[unlikely]]
      priority = Drawn(random);
    return uint64_t{priority} * kMaxTasks + slot;
  }
  // Whose it is; kNobody for 0.
  static uint32_t SlotOf(uint64_t priority) {
    return priority == 0 ? kNobody : static_cast<uint32_t>(priority % kMaxTasks);
  }
  // The runnable task of the highest priority of those that are not `held`.
  template <class Held>
  uint32_t Highest(const Alternatives& alternatives, Random& random, Held held) {
    uint64_t highest = 0;
    alternatives.runnable().ForEach([&](uint32_t slot) {
      const uint64_t its = Of(slot, random);
      highest = std::max(highest, held(slot) ? 0 : its);
    });
    return SlotOf(highest);
  }
  // It goes on.
  void Take(uint32_t slot, Random& random) {
    priorities_[slot] = Drawn(random);
    last_ = slot;
  }
  // The other runnable tasks that are dependent with the step that the task in `slot` takes draw anew. The clock
  // keeps its own (pos.h).
  void RedrawDependent(uint32_t slot, const Alternatives& alternatives, Random& random);
  void ForgetAll() { priorities_.Clear(); }

 private:
  static constexpr uint32_t kNone = 0;

  static uint32_t Drawn(Random& random) { return random.Next() | 1; }
  void Forget(uint32_t slot) { priorities_[slot] = kNone; }

  PerSlot<uint32_t> priorities_;
  uint32_t last_ = kNobody;  // that was chosen
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_EVENT_PRIORITIES_H_
