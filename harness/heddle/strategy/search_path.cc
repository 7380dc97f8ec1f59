// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/internal/search_path.h"

namespace heddle {

void SearchPath::Truncate(uint32_t size) {
  nodes.resize(size);
  sleepers.resize(size == 0 ? 0 : nodes.back().sleepers);
  while (!changes.empty() && changes.back().by >= size) changes.pop_back();
  while (!choices.empty() && choices.back().node >= size) choices.pop_back();
}

uint64_t SearchPath::Bytes() const {
  const auto of = [](const auto& part) { return part.size() * sizeof part[0]; };
  return of(nodes) + of(sleepers) + of(clocks) + of(changes) + of(choices);
}

}  // namespace heddle
