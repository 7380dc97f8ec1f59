// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/vector_clock.h"

#include <bit>

namespace heddle {

void VectorClock::Reserve(uint32_t size, Arena& arena) {
  if (size <= far_size_) return;
  uint32_t grown = std::max<uint32_t>(8, std::bit_ceil(size));
  auto* far = static_cast<uint32_t*>(arena.Allocate(grown * sizeof(uint32_t), 16));
  if (far_size_ != 0) std::memcpy(far, far_, far_size_ * sizeof(uint32_t));
  std::memset(far + far_size_, 0, (grown - far_size_) * sizeof(uint32_t));
  far_ = far;
  far_size_ = grown;
}

void VectorClock::JoinFar(const VectorClock& other, Arena& arena) {
  Reserve(other.far_size_, arena);
  for (uint32_t i = 0; i < other.far_size_; ++i) far_[i] = std::max(far_[i], other.far_[i]);
}

void VectorClock::AssignFar(const VectorClock& other, Arena& arena) {
  Reserve(other.far_size_, arena);
  std::memcpy(far_, other.far_, other.far_size_ * sizeof(uint32_t));
  // What lies beyond was known to `other` (see the header), so it is zero there and here.
}

}  // namespace heddle
