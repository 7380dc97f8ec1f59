// SPDX-License-Identifier: Apache-2.0
//
// Vector clocks: who knows how much of whom.
//
// Entry s of a task's clock says up to which of its own epochs the task in slot s happens before
// the present of this one. A task begins a new epoch when it publishes (releases) its clock.
//
//   acquire: mine = max(mine, published)      release: published = mine; ++mine[own slot]
//
// The first eight entries live in the clock itself; the others in pages of 32 in the execution's
// arena, of which a clock has only those with an entry that is not zero. Join and Assign cost
// O(tasks known, rounded up to pages); for up to eight tasks that is one cache line.
//
// Source: Mattern, 'Virtual Time and Global States of Distributed Systems', 1989; epochs as in
// Flanagan and Freund, 'FastTrack: Efficient and Precise Dynamic Race Detection', 2009.
#ifndef HEDDLE_DETECT_VECTOR_CLOCK_H_
#define HEDDLE_DETECT_VECTOR_CLOCK_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "heddle/core/arena.h"
#include "heddle/core/sanitize.h"

namespace heddle {

// The `count`-th epoch of the task in slot `slot`. Count 0 never happened.
struct Epoch {
  uint32_t slot = 0;
  uint32_t count = 0;

  friend constexpr bool operator==(Epoch, Epoch) = default;
};

class VectorClock {
 public:
  static constexpr uint32_t kMaxSlots = 16384;

  HEDDLE_UNCHECKED uint32_t Get(uint32_t slot) const {
    if (slot < kNear) return near_[slot];
    return far_ != nullptr ? far_->Get(slot) : 0;
  }
  Epoch At(uint32_t slot) const { return Epoch{slot, Get(slot)}; }

  // Whether everything in `epoch` happens before the present of this clock's owner.
  HEDDLE_UNCHECKED bool Knows(Epoch epoch) const { return epoch.count <= Get(epoch.slot); }

  HEDDLE_UNCHECKED void Increment(uint32_t slot, Arena& arena) {
    if (slot < kNear) [[likely]] {
      ++near_[slot];
    } else {
      IncrementFar(slot, arena);
    }
  }

  // Acquire: learns all that `other` knows.
  HEDDLE_UNCHECKED void Join(const VectorClock& other, Arena& arena) {
    for (uint32_t i = 0; i < kNear; ++i) near_[i] = std::max(near_[i], other.near_[i]);
    if (other.far_ != nullptr) [[unlikely]]
      JoinFar(other, arena);
  }

  // Release over a clock that this one already knows: overwrites it.
  HEDDLE_UNCHECKED void Assign(const VectorClock& other, Arena& arena) {
    std::memcpy(near_, other.near_, sizeof near_);
    if (other.far_ != nullptr) [[unlikely]]
      AssignFar(other, arena);
  }

 private:
  static constexpr uint32_t kNear = 8;

  // Entries by slot; those below kNear are unused.
  struct Far {
    static constexpr uint32_t kPageSize = 32;
    static constexpr size_t kPageBytes = kPageSize * sizeof(uint32_t);
    static constexpr uint32_t kPages = kMaxSlots / kPageSize;

    bool Has(uint32_t page) const { return (used[page / 64] >> (page % 64) & 1) != 0; }
    uint32_t Get(uint32_t slot) const {
      const uint32_t page = slot / kPageSize;
      return Has(page) ? pages[page][slot % kPageSize] : 0;
    }
    // Made of zeros if it is not there.
    uint32_t* Page(uint32_t page, Arena& arena);
    template <class F>
    void ForEachPage(const F& visit) const {
      for (uint32_t word = 0; word < kPages / 64; ++word) {
        for (uint64_t rest = used[word]; rest != 0; rest &= rest - 1) {
          const uint32_t page = word * 64 + static_cast<uint32_t>(std::countr_zero(rest));
          visit(page, pages[page]);
        }
      }
    }

    Far() {}                          // leaves the pointers unset: most are never used
    uint64_t used[kPages / 64] = {};  // bit p: pages[p] is there
    uint32_t* pages[kPages];
  };

  void IncrementFar(uint32_t slot, Arena& arena);
  void JoinFar(const VectorClock& other, Arena& arena);
  void AssignFar(const VectorClock& other, Arena& arena);

  uint32_t near_[kNear] = {};
  Far* far_ = nullptr;
};

}  // namespace heddle

#endif  // HEDDLE_DETECT_VECTOR_CLOCK_H_
