// SPDX-License-Identifier: Apache-2.0
//
// A random priority for every operation at which a task stands, drawn when it is first compared: what POS,
// RF-POS and SURW choose by.
#ifndef HEDDLE_STRATEGY_INTERNAL_EVENT_PRIORITIES_H_
#define HEDDLE_STRATEGY_INTERNAL_EVENT_PRIORITIES_H_

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
    events_.Clear();
    last_ = kNobody;
  }

  // Before a decision: who took the step before it, if that was none, draws anew.
  void NoteUnasked(uint32_t last) {
    if (last != last_) Forget(last);
  }
  // The runnable task of the highest priority of those that are not `held`.
  template <class Held>
  uint32_t Highest(const Alternatives& alternatives, Random& random, Held held) {
    uint32_t highest_slot = kNobody;
    uint64_t highest = 0;
    alternatives.runnable().ForEach([&](uint32_t slot) {
      if (held(slot)) return;
      const uint64_t priority = 1 + uint64_t{Of(slot, alternatives.Word(slot), random)};
      if (priority > highest) {
        highest = priority;
        highest_slot = slot;
      }
    });
    return highest_slot;
  }
  // It goes on.
  void Take(uint32_t slot) {
    Forget(slot);
    last_ = slot;
  }
  // Those of the other runnable tasks that are dependent with the step that the task in `slot` takes. The
  // clock keeps its own (pos.h).
  void ForgetDependent(uint32_t slot, const Alternatives& alternatives);
  void ForgetAll() { events_.Clear(); }

 private:
  struct Event {
    uint64_t word = 0;  // 0: none; no operation has that word
    uint32_t priority = 0;
  };

  uint32_t Of(uint32_t slot, uint64_t word, Random& random) {
    Event& event = events_[slot];
    if (event.word != word) {
      event.word = word;
      event.priority = random.Next();
    }
    return event.priority;
  }
  void Forget(uint32_t slot) { events_[slot].word = 0; }

  PerSlot<Event> events_;
  uint32_t last_ = kNobody;  // that was chosen
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_EVENT_PRIORITIES_H_
