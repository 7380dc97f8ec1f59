// SPDX-License-Identifier: Apache-2.0
//
// Which tasks read the same unchanged value again and again: loops that wait for another task to change it.
//
//   while (!ready.load()) {}
//   while (!ready.load()) Yield();
//
// After kMostRereads reads such a task has nothing new to see before somebody has changed the value.
#ifndef HEDDLE_STRATEGY_INTERNAL_REREADS_H_
#define HEDDLE_STRATEGY_INTERNAL_REREADS_H_

#include <array>
#include <bit>
#include <cstdint>

#include "heddle/core/operation.h"
#include "heddle/strategy/internal/search_path.h"

namespace heddle {

// Loops that give up after fewer reads are explored in full.
inline constexpr uint32_t kMostRereads = 3;

class Rereads {
 public:
  void Begin() {
    reads_ = {};
    reading_ = 0;
  }

  // The task in `slot` takes this step. Whatever else than a read it takes at an object may have changed it.
  void Note(uint32_t slot, const Operation& step) {
    using K = OperationKind;
    Reads& own = reads_[slot % kMostSearched];
    if (step.kind == K::kLoad) {
      own = {step.object, own.object == step.object ? own.count + 1 : 1};
      reading_ |= BitOf(slot % kMostSearched);
      return;
    }
    if (step.kind != K::kYield) own = {};
    const bool anything = step.kind == K::kFire;
    if (step.object.value == 0 && !anything) return;
    for (uint64_t rest = reading_; rest != 0; rest &= rest - 1) {
      Reads& reads = reads_[static_cast<uint32_t>(std::countr_zero(rest))];
      if (!anything && reads.object != step.object) continue;
      reads = {};
      reading_ &= ~(rest & -rest);
    }
  }
  // Whether the task in `slot`, which stands there, would only read it once more.
  bool IsRereading(uint32_t slot, const Operation& at) const {
    const Reads& reads = reads_[slot];
    if (reads.count < kMostRereads) return false;
    return at.kind == OperationKind::kYield ||
           (at.kind == OperationKind::kLoad && at.object == reads.object);
  }

 private:
  struct Reads {
    ObjectId object;
    uint32_t count = 0;  // since anything else happened to it
  };

  std::array<Reads, kMostSearched> reads_ = {};  // by slot
  uint64_t reading_ = 0;                         // slots that may have some
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_REREADS_H_
