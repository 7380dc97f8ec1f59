// SPDX-License-Identifier: Apache-2.0
#include "heddle/core/arena.h"

#include <algorithm>

namespace heddle {
namespace {

constexpr size_t kBlockSize = size_t{1} << 20;
constexpr std::align_val_t kBlockAlign{64};

void Free(uintptr_t block) { ::operator delete(reinterpret_cast<void*>(block), kBlockAlign); }

}  // namespace

Arena::~Arena() {
  for (const Block& block : blocks_) Free(block.start);
}

void* Arena::AllocateSlow(size_t size, size_t align) {
  // Blocks only ever follow each other; one that is too small for this request is passed over.
  size_t next = blocks_.empty() ? 0 : block_ + 1;
  while (next < blocks_.size() && blocks_[next].end - blocks_[next].start < size) ++next;
  if (next == blocks_.size()) {
    size_t bytes = std::max(kBlockSize, (size + 63) & ~size_t{63});
    uintptr_t start = reinterpret_cast<uintptr_t>(::operator new(bytes, kBlockAlign));
    blocks_.push_back(Block{start, start + bytes});
    if (next == 0) {
      first_ = start;
      first_end_ = start + bytes;
    }
  }
  block_ = next;
  next_ = blocks_[next].start;
  end_ = blocks_[next].end;
  return Allocate(size, align);
}

void Arena::ResetSlow() { block_ = 0; }

bool Arena::GiveBack() {
  Reset();
  const bool any = blocks_.size() > 1;
  for (; blocks_.size() > 1; blocks_.pop_back()) Free(blocks_.back().start);
  return any;
}

}  // namespace heddle
