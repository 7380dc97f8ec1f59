// SPDX-License-Identifier: Apache-2.0
//
// Memory that lives as long as one execution: a bump allocator that is reset between executions and
// gives no memory back unless told to, so that a warm exploration allocates nothing.
//
// Allocate costs a few instructions; nothing is freed one by one and no destructor runs. The memory
// is not cleared.
#ifndef HEDDLE_CORE_ARENA_H_
#define HEDDLE_CORE_ARENA_H_

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

namespace heddle {

class Arena {
 public:
  constexpr Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  // `align` is a power of two, at most 64.
  void* Allocate(size_t size, size_t align = alignof(std::max_align_t)) {
    uintptr_t start = (next_ + align - 1) & ~static_cast<uintptr_t>(align - 1);
    if (start + size > end_) [[unlikely]]
      return AllocateSlow(size, align);
    next_ = start + size;
    return reinterpret_cast<void*>(start);
  }

  template <class T, class... Args>
  T* New(Args&&... args) {
    return new (Allocate(sizeof(T), alignof(T))) T(std::forward<Args>(args)...);
  }

  // Calls f(begin, end) for stretches of memory that hold what was handed out since the last Reset.
  template <class F>
  void ForEachUsed(F f) const {
    for (size_t i = 0; i < blocks_.size() && i <= block_; ++i) {
      f(reinterpret_cast<const void*>(blocks_[i].start),
        reinterpret_cast<const void*>(i == block_ ? next_ : blocks_[i].end));
    }
  }

  // Between executions: as Reset, and the memory goes back to the system, but for the first block.
  // Whether there was any.
  bool GiveBack();

  // Everything handed out since the last Reset is gone; the memory is kept for reuse.
  void Reset() {
    if (block_ != 0) ResetSlow();
    next_ = first_;
    end_ = first_end_;
  }

 private:
  struct Block {
    uintptr_t start = 0;
    uintptr_t end = 0;
  };
  void* AllocateSlow(size_t size, size_t align);
  void ResetSlow();

  uintptr_t next_ = 0;
  uintptr_t end_ = 0;
  uintptr_t first_ = 0;
  uintptr_t first_end_ = 0;
  size_t block_ = 0;  // index of the block in use
  std::vector<Block> blocks_;
};

}  // namespace heddle

#endif  // HEDDLE_CORE_ARENA_H_
