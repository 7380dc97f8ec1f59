// SPDX-License-Identifier: Apache-2.0
//
// Vector clocks: who knows how much of whom.
//
// Entry s of a task's clock says up to which of its own epochs the task in slot s happens before
// the present of this one. A task begins a new epoch when it publishes (releases) its clock.
//
//   acquire: mine = max(mine, published)      release: published = mine; ++mine[own slot]
//
// The first eight entries live in the clock itself; the others in memory of the execution's arena
// that grows with the number of tasks. Join and Assign cost O(tasks in the execution); for up to
// eight tasks that is one cache line.
//
// Source: Mattern, 'Virtual Time and Global States of Distributed Systems', 1989; epochs as in
// Flanagan and Freund, 'FastTrack: Efficient and Precise Dynamic Race Detection', 2009.
#ifndef HEDDLE_DETECT_VECTOR_CLOCK_H_
#define HEDDLE_DETECT_VECTOR_CLOCK_H_

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "heddle/core/arena.h"

namespace heddle {

// The `count`-th epoch of the task in slot `slot`. Count 0 never happened.
struct Epoch {
  uint32_t slot = 0;
  uint32_t count = 0;

  friend constexpr bool operator==(Epoch, Epoch) = default;
};

class VectorClock {
 public:
  uint32_t Get(uint32_t slot) const {
    if (slot < kNear) return near_[slot];
    return slot - kNear < far_size_ ? far_[slot - kNear] : 0;
  }
  Epoch At(uint32_t slot) const { return Epoch{slot, Get(slot)}; }

  // Whether everything in `epoch` happens before the present of this clock's owner.
  bool Knows(Epoch epoch) const { return epoch.count <= Get(epoch.slot); }

  void Increment(uint32_t slot, Arena& arena) {
    if (slot < kNear) [[likely]] {
      ++near_[slot];
    } else {
      Reserve(slot - kNear + 1, arena);
      ++far_[slot - kNear];
    }
  }

  // Acquire: learns all that `other` knows.
  void Join(const VectorClock& other, Arena& arena) {
    for (uint32_t i = 0; i < kNear; ++i) near_[i] = std::max(near_[i], other.near_[i]);
    if (other.far_size_ != 0) [[unlikely]]
      JoinFar(other, arena);
  }

  // Release over a clock that this one already knows: overwrites it.
  void Assign(const VectorClock& other, Arena& arena) {
    std::memcpy(near_, other.near_, sizeof near_);
    if (other.far_size_ != 0) [[unlikely]]
      AssignFar(other, arena);
  }

 private:
  static constexpr uint32_t kNear = 8;

  void JoinFar(const VectorClock& other, Arena& arena);
  void AssignFar(const VectorClock& other, Arena& arena);
  void Reserve(uint32_t size, Arena& arena);

  uint32_t near_[kNear] = {};
  uint32_t* far_ = nullptr;
  uint32_t far_size_ = 0;
};

}  // namespace heddle

#endif  // HEDDLE_DETECT_VECTOR_CLOCK_H_
