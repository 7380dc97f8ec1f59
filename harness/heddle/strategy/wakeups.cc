// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/internal/wakeups.h"

namespace heddle {

uint32_t Wakeups::NewPlace(const SearchStep& step) {
  if (free_ == 0) {
    places_.push_back({.step = step});
    return static_cast<uint32_t>(places_.size());
  }
  const uint32_t place = free_;
  free_ = places_[place - 1].next;
  places_[place - 1] = {.step = step};
  return place;
}

uint32_t Wakeups::Append(uint32_t* chain, const SearchStep& step) {
  const uint32_t place = NewPlace(step);
  if (*chain == 0) return *chain = place;
  uint32_t last = *chain;
  while (Next(last) != 0) last = Next(last);
  return places_[last - 1].next = place;
}

uint32_t Wakeups::AppendAfter(uint32_t place, const SearchStep& step) {
  uint32_t chain = Following(place);
  const uint32_t appended = Append(&chain, step);
  places_[place - 1].following = chain;
  return appended;
}

uint32_t Wakeups::Pop(uint32_t* chain) {
  Place& first = places_[*chain - 1];
  const uint32_t following = first.following;
  const uint32_t place = *chain;
  *chain = first.next;
  first.next = free_;
  free_ = place;
  return following;
}

void Wakeups::Release(uint32_t* chain) {
  while (*chain != 0) {
    uint32_t following = Pop(chain);
    Release(&following);
  }
}

}  // namespace heddle
