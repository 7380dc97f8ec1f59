// SPDX-License-Identifier: Apache-2.0
//
// A value per slot that is forgotten between executions, at the cost of the slots that were used.
#ifndef HEDDLE_STRATEGY_INTERNAL_PER_SLOT_H_
#define HEDDLE_STRATEGY_INTERNAL_PER_SLOT_H_

#include <algorithm>
#include <array>
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
    if (slot < kLow) [[likely]]
      return low_[slot];
    if (slot >= kLow + high_.size()) [[unlikely]]
      Grow(slot);
    return high_[slot - kLow];
  }

  void Clear() {
    low_.fill(T{});
    std::fill(high_.begin(), high_.end(), T{});
  }

 private:
  static constexpr uint32_t kLow = 64;

  [[gnu::cold, gnu::noinline]] void Grow(uint32_t slot) {
    high_.resize(std::bit_ceil(size_t{slot} + 1) - kLow);
  }

  std::array<T, kLow> low_ = {};
  std::vector<T> high_;
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_PER_SLOT_H_
