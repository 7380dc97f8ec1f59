// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/runnable_set.h"

#include <algorithm>
#include <iterator>

namespace heddle {

uint32_t RunnableSet::Nth(uint32_t k) const {
  const auto in_low = static_cast<uint32_t>(std::popcount(low_));
  if (k < in_low) return NthBit(low_, k);
  k -= in_low;
  uint32_t block = 0;
  while (k >= block_counts_[block]) k -= block_counts_[block++];
  uint32_t w = block * kWordsPerBlock;
  for (;; ++w) {
    const auto count = static_cast<uint32_t>(std::popcount(words_[w]));
    if (k < count) break;
    k -= count;
  }
  return w * 64 + NthBit(words_[w], k);
}

void RunnableSet::SetWord(uint32_t w, uint64_t word) {
  const int change = std::popcount(word) - std::popcount(words_[w]);
  words_[w] = word;
  high_count_ += static_cast<uint32_t>(change);
  block_counts_[w / kWordsPerBlock] += static_cast<uint32_t>(change);
  high_used_ = std::max(high_used_, w + 1);
}

void RunnableSet::InsertHigh(uint32_t slot) {
  SetWord(slot / 64, words_[slot / 64] | uint64_t{1} << (slot % 64));
}

void RunnableSet::EraseHigh(uint32_t slot) {
  SetWord(slot / 64, words_[slot / 64] & ~(uint64_t{1} << (slot % 64)));
}

void RunnableSet::InsertAll(const TaskSetOverflow& set) {
  for (uint32_t s = 0; s < std::size(set.summary); ++s) {
    for (uint64_t rest = set.summary[s]; rest != 0; rest &= rest - 1) {
      uint32_t w = s * 64 + static_cast<uint32_t>(std::countr_zero(rest));
      SetWord(w, words_[w] | set.words[w]);
    }
  }
}

void RunnableSet::EraseAll(const TaskSetOverflow& set) {
  for (uint32_t s = 0; s < std::size(set.summary); ++s) {
    for (uint64_t rest = set.summary[s]; rest != 0; rest &= rest - 1) {
      uint32_t w = s * 64 + static_cast<uint32_t>(std::countr_zero(rest));
      SetWord(w, words_[w] & ~set.words[w]);
    }
  }
}

void RunnableSet::Clear() {
  low_ = 0;
  if (high_used_ == 0) return;
  std::fill_n(words_, high_used_, 0);
  std::fill(std::begin(block_counts_), std::end(block_counts_), 0);
  high_count_ = 0;
  high_used_ = 0;
}

}  // namespace heddle
