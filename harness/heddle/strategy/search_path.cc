// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/internal/search_path.h"

namespace heddle {

AnnouncedOperation SearchPath::WokenFrom(uint32_t slot, uint32_t own_before) const {
  for (size_t i = changes.size(); i-- > 0 && changes[i].by >= own_before;) {
    if (changes[i].slot != slot) continue;
    const AnnouncedOperation& before = changes[i].before.at;
    return before.object == ObjectKind::kCondition ? before : AnnouncedOperation{};
  }
  return {};
}

void SearchPath::Truncate(uint32_t size) {
  for (size_t i = size; i < nodes.size(); ++i) wakeups.Release(&nodes[i].wakeups);
  nodes.resize(size);
  sleepers.resize(size == 0 ? 0 : nodes.back().sleepers);
  while (!changes.empty() && changes.back().by >= size) changes.pop_back();
  while (!choices.empty() && choices.back().node >= size) choices.pop_back();
}

uint64_t SearchPath::Bytes() const {
  const auto of = [](const auto& part) { return part.size() * sizeof part[0]; };
  return of(nodes) + of(sleepers) + of(clocks) + of(changes) + of(choices) + wakeups.Bytes();
}

}  // namespace heddle
