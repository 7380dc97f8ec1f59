// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/vector_clock.h"

namespace heddle {

uint32_t* VectorClock::Far::Page(uint32_t page, Arena& arena) {
  if (!Has(page)) {
    used[page / 64] |= uint64_t{1} << (page % 64);
    pages[page] = static_cast<uint32_t*>(arena.Allocate(kPageBytes, 64));
    std::memset(pages[page], 0, kPageBytes);
  }
  return pages[page];
}

void VectorClock::IncrementFar(uint32_t slot, Arena& arena) {
  if (far_ == nullptr) far_ = arena.New<Far>();
  ++far_->Page(slot / Far::kPageSize, arena)[slot % Far::kPageSize];
}

void VectorClock::JoinFar(const VectorClock& other, Arena& arena) {
  if (far_ == nullptr) far_ = arena.New<Far>();
  other.far_->ForEachPage([&](uint32_t page, const uint32_t* theirs) {
    uint32_t* mine = far_->Page(page, arena);
    for (uint32_t i = 0; i < Far::kPageSize; ++i) mine[i] = std::max(mine[i], theirs[i]);
  });
}

void VectorClock::AssignFar(const VectorClock& other, Arena& arena) {
  if (far_ == nullptr) far_ = arena.New<Far>();
  // A page that only this clock has was known to `other` (see the header), so it cannot be.
  other.far_->ForEachPage([&](uint32_t page, const uint32_t* theirs) {
    std::memcpy(far_->Page(page, arena), theirs, Far::kPageBytes);
  });
}

}  // namespace heddle
