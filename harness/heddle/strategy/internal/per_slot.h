// SPDX-License-Identifier: Apache-2.0
//
// A value per slot that is forgotten between executions, at the cost of the slots that were used.
#ifndef HEDDLE_STRATEGY_INTERNAL_PER_SLOT_H_
#define HEDDLE_STRATEGY_INTERNAL_PER_SLOT_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace heddle {

template <class T>
class PerSlot {
 public:
  // T{} for a slot not written to since Clear. The reference is good until the next call.
  T& operator[](uint32_t slot) {
    if (slot >= values_.size()) [[unlikely]]
      Grow(slot);
    return values_[slot];
  }

  void Clear() { std::fill(values_.begin(), values_.end(), T{}); }

 private:
  [[gnu::cold, gnu::noinline]] void Grow(uint32_t slot) {
    values_.resize(std::bit_ceil(size_t{slot} + 1));
  }

  std::vector<T> values_ = std::vector<T>(64);
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_PER_SLOT_H_
