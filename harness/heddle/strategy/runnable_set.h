// SPDX-License-Identifier: Apache-2.0
//
// Sets of tasks by slot.
//
// Slots 0..63 are one word, which is all that most executions ever touch; higher slots live in an
// overflow of 256 words under a summary. TaskSet is a plain set (the tasks that are pending at an
// object); RunnableSet also counts, so that it can find its k-th member fast.
#ifndef HEDDLE_STRATEGY_RUNNABLE_SET_H_
#define HEDDLE_STRATEGY_RUNNABLE_SET_H_

#include <bit>
#include <cstdint>

#include "heddle/core/sanitize.h"

namespace heddle {

// How many tasks one execution can have. (gcc 12's ThreadSanitizer runtime dies at about 8,100.)
inline constexpr uint32_t kMaxTasks = 16384;

// The slot of the clock, a pseudo-task that fires timers. Slots of tasks are given in spawn order
// and leave it out, so that firing is the last alternative of nearly every decision.
inline constexpr uint32_t kClockSlot = 63;

// The k-th set bit (from 0) of a word that has more than k.
constexpr uint32_t NthBit(uint64_t word, uint32_t k) {
  while (k-- != 0) word &= word - 1;
  return static_cast<uint32_t>(std::countr_zero(word));
}

// Members from slot 64 on.
struct TaskSetOverflow {
  static constexpr uint32_t kWords = kMaxTasks / 64;
  uint64_t summary[kWords / 64] = {};  // bit w: words[w] is not 0
  uint64_t words[kWords] = {};

  void Insert(uint32_t slot) {
    uint32_t w = slot / 64;
    words[w] |= uint64_t{1} << (slot % 64);
    summary[w / 64] |= uint64_t{1} << (w % 64);
  }
  void Erase(uint32_t slot) {
    uint32_t w = slot / 64;
    words[w] &= ~(uint64_t{1} << (slot % 64));
    if (words[w] == 0) summary[w / 64] &= ~(uint64_t{1} << (w % 64));
  }
};

struct TaskSet {
  uint64_t low = 0;
  TaskSetOverflow* high = nullptr;  // from the execution's arena, on first use
};

// The same for runnable tasks, with their number and that of each block of 16 words.
struct RunnableOverflow {
  static constexpr uint32_t kWordsPerBlock = 16;

  uint32_t count = 0;
  uint32_t used = 0;  // words below this one may be set
  uint32_t block_counts[TaskSetOverflow::kWords / kWordsPerBlock] = {};
  uint64_t words[TaskSetOverflow::kWords] = {};
};

class RunnableSet {
 public:
  uint64_t low() const { return low_; }
  uint32_t high_count() const { return high_.count; }
  bool Empty() const { return low_ == 0 && high_.count == 0; }
  uint32_t Count() const { return static_cast<uint32_t>(std::popcount(low_)) + high_.count; }
  HEDDLE_UNCHECKED bool Contains(uint32_t slot) const {
    if (slot < 64) return (low_ >> slot & 1) != 0;
    return (high_.words[slot / 64] >> (slot % 64) & 1) != 0;
  }
  // The k-th member (from 0) in slot order. Requires k < Count().
  uint32_t Nth(uint32_t k) const;
  uint32_t First() const {
    return low_ != 0 ? static_cast<uint32_t>(std::countr_zero(low_)) : Nth(0);
  }
  // Calls f(slot) for every member, in slot order.
  template <class F>
  [[gnu::always_inline]] void ForEach(F f) const {
    for (uint64_t rest = low_; rest != 0; rest &= rest - 1) {
      f(static_cast<uint32_t>(std::countr_zero(rest)));
    }
    if (high_.count != 0) [[unlikely]]
      ForEachHigh(f);
  }

  // The low word is open to the step loop, which changes it by masks.
  HEDDLE_UNCHECKED void InsertLow(uint64_t mask) { low_ |= mask; }
  HEDDLE_UNCHECKED void EraseLow(uint64_t mask) { low_ &= ~mask; }
  void InsertHigh(uint32_t slot);
  void EraseHigh(uint32_t slot);
  void InsertAll(const TaskSetOverflow& set);
  void EraseAll(const TaskSetOverflow& set);
  void Clear();

 private:
  template <class F>
  void ForEachHigh(F f) const {
    for (uint32_t w = 1; w < high_.used; ++w) {
      if (high_.block_counts[w / RunnableOverflow::kWordsPerBlock] == 0) {
        w |= RunnableOverflow::kWordsPerBlock - 1;
        continue;
      }
      for (uint64_t rest = high_.words[w]; rest != 0; rest &= rest - 1) {
        f(w * 64 + static_cast<uint32_t>(std::countr_zero(rest)));
      }
    }
  }

  uint64_t low_ = 0;
  RunnableOverflow high_;
};

// Whether the processor counts the bits of a word, and finds the k-th, in a few cycles.
bool HasFastBits();

namespace internal {

// RunnableSet makes use of that; the results are the same. Tests switch it off.
extern bool use_fast_bits;

}  // namespace internal

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_RUNNABLE_SET_H_
