// SPDX-License-Identifier: Apache-2.0
//
// Vector clocks: who knows how much of whom.
//
// Entry s of a task's clock says up to which of its own epochs the task in slot s happens before
// the present of this one. A task begins a new epoch when it publishes (releases) its clock.
//
//   acquire: mine = max(mine, published)      release: published = mine; ++mine[own slot]
//
// Every publication ends the epoch: Increment follows each release at once. So whoever knows epoch e
// of a task knows all that the task knew at the end of e.
//
// The first eight entries live in the clock itself: for up to eight tasks Join and Assign cost one
// cache line. The others are a tree that is never changed, only replaced along one path, so that
// clocks share it: a release hands over the tree and one entry, the releaser's own. An acquire takes
// the tree as it is wherever the published clock knows the epoch from which the own tree stems
// (source_): O(log tasks), as for all clocks of one lock. Where neither of two clocks comes from the
// other, their trees are merged: O(nodes in which they differ).
//
// Source: Mattern, 'Virtual Time and Global States of Distributed Systems', 1989; epochs as in
// Flanagan and Freund, 'FastTrack: Efficient and Precise Dynamic Race Detection', 2009; for knowing
// all by knowing one entry, compare Mathur, Pavlogiannis, Tunc, Viswanathan, 'A Tree Clock Data
// Structure for Causal Orderings in Concurrent Executions', 2022.
#ifndef HEDDLE_DETECT_VECTOR_CLOCK_H_
#define HEDDLE_DETECT_VECTOR_CLOCK_H_

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "heddle/core/arena.h"
#include "heddle/core/sanitize.h"

namespace heddle {

// The `count`-th epoch of the task in slot `slot`. Count 0 never happened.
struct Epoch {
  uint32_t slot = 0;
  uint32_t count = 0;

  HEDDLE_UNCHECKED friend constexpr bool operator==(Epoch, Epoch) = default;
};

class VectorClock {
 public:
  static constexpr uint32_t kMaxSlots = 16384;

  HEDDLE_UNCHECKED uint32_t Get(uint32_t slot) const {
    return slot < kNear ? near_[slot] : GetFar(slot);
  }
  Epoch At(uint32_t slot) const { return Epoch{slot, Get(slot)}; }

  // Whether everything in `epoch` happens before the present of this clock's owner.
  HEDDLE_UNCHECKED bool Knows(Epoch epoch) const { return epoch.count <= Get(epoch.slot); }

  // The owner, the task in `slot`, begins a new epoch.
  HEDDLE_UNCHECKED void Increment(uint32_t slot, Arena& arena) {
    if (slot < kNear && !IsWide()) [[likely]] {
      ++near_[slot];
    } else {
      IncrementWide(slot, arena);
    }
  }

  // Acquire: learns all that `other` knows.
  HEDDLE_UNCHECKED void Join(const VectorClock& other, Arena& arena) {
    if (other.IsWide()) [[unlikely]]
      JoinWide(other, arena);  // before the near entries: it asks what this clock knew
    JoinNear(other);
  }

  // Release by a task that acquired this clock since anyone else released to it: overwrites it.
  HEDDLE_UNCHECKED void Assign(const VectorClock& task, Arena&) {
    std::memcpy(near_, task.near_, sizeof near_);
    if (task.IsWide()) [[unlikely]] {
      far_ = task.far_;
      extra_ = task.extra_;
      source_ = task.source_;
    }
  }

  // Release by a task that need not know of others who released to this clock.
  HEDDLE_UNCHECKED void Add(const VectorClock& task, Arena& arena) {
    if (task.IsWide()) [[unlikely]]
      AddWide(task, arena);
    JoinNear(task);
  }

 private:
  static constexpr uint32_t kNear = 8;
  using Four [[gnu::vector_size(16)]] = uint32_t;

  bool IsWide() const { return far_ != nullptr || extra_.count != 0; }
  // Four at a time, spelt out: a compiler that unrolls a loop over them writes one by one what Assign then
  // reads as a whole, for which the processor waits.
  HEDDLE_UNCHECKED void JoinNear(const VectorClock& other) {
    for (uint32_t i = 0; i < kNear; i += 4) {
      Four mine, theirs;
      std::memcpy(&mine, near_ + i, sizeof mine);
      std::memcpy(&theirs, other.near_ + i, sizeof theirs);
      mine = mine > theirs ? mine : theirs;
      std::memcpy(near_ + i, &mine, sizeof mine);
    }
  }
  uint32_t GetFar(uint32_t slot) const;
  void IncrementWide(uint32_t slot, Arena& arena);
  void JoinWide(const VectorClock& other, Arena& arena);
  void AddWide(const VectorClock& task, Arena& arena);
  bool TakeTree(const VectorClock& other, Arena& arena);

  uint32_t near_[kNear] = {};
  // Entries from kNear on: those of the tree, but for one that is larger than there: of a task's clock
  // its own present epoch, of a published clock the epoch it was released in.
  const void* far_ = nullptr;
  Epoch extra_;
  Epoch source_;  // whoever knows this epoch knows all of the tree; count 0: not known
};

}  // namespace heddle

#endif  // HEDDLE_DETECT_VECTOR_CLOCK_H_
