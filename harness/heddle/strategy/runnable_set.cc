// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/runnable_set.h"

#include <algorithm>
#include <iterator>

// What counts bits in a loop is compiled twice: the portable popcount is a call of a table lookup,
// which beside thousands of tasks would be most of the cost of a step.
#if defined(__x86_64__)
#define HEDDLE_FAST_BITS __attribute__((target("bmi,bmi2,popcnt")))
#endif

namespace heddle {
namespace {

[[gnu::always_inline]] inline uint32_t CountBits(uint64_t word) {
  return static_cast<uint32_t>(__builtin_popcountll(word));
}

// Finds the word that holds the k-th member and leaves in k which of the word's bits it is.
[[gnu::always_inline]] inline uint32_t FindWord(const RunnableOverflow& high, uint32_t& k) {
  uint32_t block = 0;
  while (k >= high.block_counts[block]) k -= high.block_counts[block++];
  uint32_t w = block * RunnableOverflow::kWordsPerBlock;
  for (;; ++w) {
    const uint32_t count = CountBits(high.words[w]);
    if (k < count) return w;
    k -= count;
  }
}

enum class Change : bool { kInsert, kErase };

// Inserts or erases word `w` of `set`; how many members that changed.
template <Change what>
[[gnu::always_inline]] inline uint32_t ChangeWord(RunnableOverflow& high,
                                                  const TaskSetOverflow& set, uint32_t w) {
  const uint64_t changed =
      set.words[w] & (what == Change::kInsert ? ~high.words[w] : high.words[w]);
  high.words[w] ^= changed;
  return CountBits(changed);
}

// Counts are added up per block: in memory, each would wait for the one before.
template <Change what>
[[gnu::always_inline]] inline void ChangeAll(RunnableOverflow& high, const TaskSetOverflow& set) {
  constexpr uint32_t kInBlock = RunnableOverflow::kWordsPerBlock;
  static_assert(kInBlock == 16, "a block's part of the summary");
  uint32_t total = 0;
  for (uint32_t block = 0; block < std::size(high.block_counts); ++block) {
    const uint32_t first = block * kInBlock;
    const auto filled = static_cast<uint16_t>(set.summary[first / 64] >> (first % 64));
    if (filled == 0) continue;
    uint32_t count = 0;
    if (filled == 0xffff) {
      for (uint32_t w = first; w < first + kInBlock; ++w) count += ChangeWord<what>(high, set, w);
    } else {
      for (uint32_t rest = filled; rest != 0; rest &= rest - 1) {
        const auto w = static_cast<uint32_t>(std::countr_zero(rest));
        count += ChangeWord<what>(high, set, first + w);
      }
    }
    high.block_counts[block] += what == Change::kInsert ? count : -count;
    total += count;
    if (what == Change::kInsert) {
      high.used = std::max(high.used, first + static_cast<uint32_t>(std::bit_width(filled)));
    }
  }
  high.count += what == Change::kInsert ? total : -total;
}

uint32_t NthHigh(const RunnableOverflow& high, uint32_t k) {
  const uint32_t w = FindWord(high, k);
  return w * 64 + NthBit(high.words[w], k);
}

#if defined(__x86_64__)
HEDDLE_FAST_BITS uint32_t NthHighFast(const RunnableOverflow& high, uint32_t k) {
  const uint32_t w = FindWord(high, k);
  const uint64_t bit = __builtin_ia32_pdep_di(uint64_t{1} << k, high.words[w]);
  return w * 64 + static_cast<uint32_t>(__builtin_ctzll(bit));
}
HEDDLE_FAST_BITS void InsertAllFast(RunnableOverflow& high, const TaskSetOverflow& set) {
  ChangeAll<Change::kInsert>(high, set);
}
HEDDLE_FAST_BITS void EraseAllFast(RunnableOverflow& high, const TaskSetOverflow& set) {
  ChangeAll<Change::kErase>(high, set);
}
#endif

}  // namespace

bool HasFastBits() {
#if defined(__x86_64__)
  // On the first two generations of Zen, the bit deposit is microcode and slower than a loop.
  return __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
         !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2");
#else
  return false;
#endif
}

bool internal::use_fast_bits = HasFastBits();

uint32_t RunnableSet::Nth(uint32_t k) const {
  const auto in_low = static_cast<uint32_t>(std::popcount(low_));
  if (k < in_low) return NthBit(low_, k);
#if defined(__x86_64__)
  if (internal::use_fast_bits) return NthHighFast(high_, k - in_low);
#endif
  return NthHigh(high_, k - in_low);
}

void RunnableSet::InsertHigh(uint32_t slot) {
  const uint32_t w = slot / 64;
  const uint64_t bit = uint64_t{1} << (slot % 64);
  if ((high_.words[w] & bit) != 0) return;
  high_.words[w] |= bit;
  ++high_.count;
  ++high_.block_counts[w / RunnableOverflow::kWordsPerBlock];
  high_.used = std::max(high_.used, w + 1);
}

void RunnableSet::EraseHigh(uint32_t slot) {
  const uint32_t w = slot / 64;
  const uint64_t bit = uint64_t{1} << (slot % 64);
  if ((high_.words[w] & bit) == 0) return;
  high_.words[w] &= ~bit;
  --high_.count;
  --high_.block_counts[w / RunnableOverflow::kWordsPerBlock];
}

void RunnableSet::InsertAll(const TaskSetOverflow& set) {
#if defined(__x86_64__)
  if (internal::use_fast_bits) return InsertAllFast(high_, set);
#endif
  ChangeAll<Change::kInsert>(high_, set);
}

void RunnableSet::EraseAll(const TaskSetOverflow& set) {
#if defined(__x86_64__)
  if (internal::use_fast_bits) return EraseAllFast(high_, set);
#endif
  ChangeAll<Change::kErase>(high_, set);
}

void RunnableSet::Clear() {
  low_ = 0;
  if (high_.used != 0) high_ = RunnableOverflow{};
}

}  // namespace heddle
