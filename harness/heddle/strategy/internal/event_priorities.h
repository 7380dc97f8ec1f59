// SPDX-License-Identifier: Apache-2.0
//
// A random priority for every operation at which a task stands, drawn when it is first compared: what POS and
// SURW choose by.
#ifndef HEDDLE_STRATEGY_INTERNAL_EVENT_PRIORITIES_H_
#define HEDDLE_STRATEGY_INTERNAL_EVENT_PRIORITIES_H_

#include <cstdint>

#include "heddle/core/random.h"
#include "heddle/strategy/internal/per_slot.h"

namespace heddle {

class EventPriorities {
 public:
  void Clear() { events_.Clear(); }

  // That of the operation `word`, at which the task in `slot` stands.
  uint32_t Of(uint32_t slot, uint64_t word, Random& random) {
    Event& event = events_[slot];
    if (event.word != word) {
      event.word = word;
      event.priority = random.Next();
    }
    return event.priority;
  }

  // It took that step, or is to get another priority for it.
  void Forget(uint32_t slot) { events_[slot].word = 0; }

 private:
  struct Event {
    uint64_t word = 0;  // 0: none; no operation has that word
    uint32_t priority = 0;
  };

  PerSlot<Event> events_;
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_EVENT_PRIORITIES_H_
