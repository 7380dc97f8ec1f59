// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/vector_clock.h"

namespace heddle {
namespace {

constexpr uint32_t kBits = 4;
constexpr uint32_t kWay = 1 << kBits;
constexpr uint32_t kLevels = 3;  // of inner nodes, above the leaves
static_assert(VectorClock::kMaxSlots <= 1u << (kBits * (kLevels + 1)));

struct alignas(64) Leaf {
  uint32_t counts[kWay] = {};
};
struct alignas(64) Inner {
  const void* children[kWay] = {};  // Inner, or Leaf on level 1; null: all zero
};

constexpr uint32_t IndexOf(uint32_t slot, uint32_t level) {
  return slot >> (kBits * level) & (kWay - 1);
}

uint32_t Find(const void* node, uint32_t slot) {
  for (uint32_t level = kLevels; level > 0 && node != nullptr; --level) {
    node = static_cast<const Inner*>(node)->children[IndexOf(slot, level)];
  }
  return node != nullptr ? static_cast<const Leaf*>(node)->counts[IndexOf(slot, 0)] : 0;
}

// The tree with another entry: new nodes along one path, all others shared.
const void* With(const void* node, Epoch entry, uint32_t level, Arena& arena) {
  const uint32_t index = IndexOf(entry.slot, level);
  if (level == 0) {
    Leaf* leaf = arena.New<Leaf>();
    if (node != nullptr) *leaf = *static_cast<const Leaf*>(node);
    leaf->counts[index] = entry.count;
    return leaf;
  }
  Inner* inner = arena.New<Inner>();
  if (node != nullptr) *inner = *static_cast<const Inner*>(node);
  inner->children[index] = With(inner->children[index], entry, level - 1, arena);
  return inner;
}

const void* Merge(const void* a, const void* b, uint32_t level, Arena& arena);

// The larger of each pair of entries; one of the two nodes itself where it has them all.
const void* MergeLeaves(const Leaf* a, const Leaf* b, Arena& arena) {
  bool all_a = true, all_b = true;
  for (uint32_t i = 0; i < kWay; ++i) {
    all_a = all_a && a->counts[i] >= b->counts[i];
    all_b = all_b && b->counts[i] >= a->counts[i];
  }
  if (all_a) return a;
  if (all_b) return b;
  Leaf* leaf = arena.New<Leaf>();
  for (uint32_t i = 0; i < kWay; ++i) leaf->counts[i] = std::max(a->counts[i], b->counts[i]);
  return leaf;
}

const void* MergeInner(const Inner* a, const Inner* b, uint32_t level, Arena& arena) {
  Inner merged;
  bool all_a = true, all_b = true;
  for (uint32_t i = 0; i < kWay; ++i) {
    merged.children[i] = Merge(a->children[i], b->children[i], level - 1, arena);
    all_a = all_a && merged.children[i] == a->children[i];
    all_b = all_b && merged.children[i] == b->children[i];
  }
  if (all_a) return a;
  if (all_b) return b;
  return arena.New<Inner>(merged);
}

const void* Merge(const void* a, const void* b, uint32_t level, Arena& arena) {
  if (a == b || b == nullptr) return a;
  if (a == nullptr) return b;
  if (level == 0)
    return MergeLeaves(static_cast<const Leaf*>(a), static_cast<const Leaf*>(b), arena);
  return MergeInner(static_cast<const Inner*>(a), static_cast<const Inner*>(b), level, arena);
}

}  // namespace

uint32_t VectorClock::GetFar(uint32_t slot) const {
  if (slot == extra_.slot && extra_.count != 0) return extra_.count;
  return slot < kMaxSlots ? Find(far_, slot) : 0;
}

void VectorClock::IncrementWide(uint32_t slot, Arena& arena) {
  if (slot < kNear) {
    if (near_[slot] != 0) source_ = Epoch{slot, near_[slot]};
    ++near_[slot];
  } else if (extra_.slot == slot && extra_.count != 0) {
    source_ = extra_;
    ++extra_.count;
  } else {
    // The first epoch of a task, whose clock is its parent's so far.
    const uint32_t count = GetFar(slot);
    if (extra_.count != 0) {
      far_ = With(far_, extra_, kLevels, arena);
      source_ = extra_;
    }
    extra_ = Epoch{slot, count + 1};
  }
}

// The tree now has all that it and that of `other` had. Whether it is that of `other`.
bool VectorClock::TakeTree(const VectorClock& other, Arena& arena) {
  if (far_ == nullptr || far_ == other.far_ || (source_.count != 0 && other.Knows(source_))) {
    far_ = other.far_;
    return true;
  }
  const bool knows_all =
      other.far_ == nullptr || (other.source_.count != 0 && Knows(other.source_));
  if (!knows_all) {
    far_ = Merge(far_, other.far_, kLevels, arena);
    source_ = Epoch{};
  }
  return false;
}

void VectorClock::JoinWide(const VectorClock& other, Arena& arena) {
  const bool taken = TakeTree(other, arena);
  const bool news = other.extra_.count > GetFar(other.extra_.slot);
  if (news) far_ = With(far_, other.extra_, kLevels, arena);
  if (taken) {
    source_ = other.extra_.count != 0 ? other.extra_ : other.source_;
  } else if (news) {
    source_ = Epoch{};
  }
}

// A clock that is not the release of a single task has no extra entry.
void VectorClock::AddWide(const VectorClock& task, Arena& arena) {
  if (extra_.count != 0) {
    far_ = With(far_, extra_, kLevels, arena);
    source_ = extra_;
    extra_ = Epoch{};
  }
  JoinWide(task, arena);
}

}  // namespace heddle
