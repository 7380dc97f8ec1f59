// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/internal/reversal.h"

#include <algorithm>

namespace heddle {

void Reversal::Begin(SearchPath* path, uint32_t index, const RaceEvent& event, SearchClock clock) {
  path_ = path;
  index_ = index;
  event_ = &event;
  clock_ = clock;
  steps_.clear();
  const uint32_t slot = path_->nodes[index].step.slot;
  for (uint32_t i = index + 1; i < event.at; ++i) {
    if (!SearchPath::IsBefore(index, slot, path_->ClockOf(i))) steps_.push_back(i);
  }
}

bool Reversal::EventCommutes() const {
  return std::ranges::none_of(steps_, [&](uint32_t i) {
    const SearchStep& step = path_->nodes[i].step;
    return step.slot != event_->step.slot &&
           AreDependent(relation_, step, event_->step, event_->beside_select);
  });
}

void Reversal::AddIndependentAfter() {
  const uint32_t slot = path_->nodes[index_].step.slot;
  for (uint32_t i = event_->at + 1; i < path_->nodes.size(); ++i) {
    if (!SearchPath::IsBefore(index_, slot, path_->ClockOf(i))) steps_.push_back(i);
  }
}

void Reversal::End() { steps_.push_back(kTheEvent); }

// Whether steps_[a] comes before steps_[b].
bool Reversal::Precedes(size_t a, size_t b) const {
  if (steps_[a] == kTheEvent) return false;
  const SearchClock clock = steps_[b] == kTheEvent ? clock_ : path_->ClockOf(steps_[b]);
  return SearchPath::IsBefore(steps_[a], StepOf(steps_[a]).slot, clock);
}

// The place of the first step of the task in `slot`; the size if there is none.
size_t Reversal::FirstOf(uint32_t slot) const {
  size_t place = 0;
  while (place < steps_.size() && StepOf(steps_[place]).slot != slot) ++place;
  return place;
}

bool Reversal::IsInitial(size_t place) const {
  for (size_t i = 0; i < place; ++i) {
    if (Precedes(i, place)) return false;
  }
  return true;
}

// Whether some execution that has these steps begins with `step`, which can be taken.
bool Reversal::MayBeginWith(const SearchStep& step) const {
  const size_t place = FirstOf(step.slot);
  if (place < steps_.size()) return IsInitial(place);
  return !step.loose && std::ranges::none_of(steps_, [&](uint32_t i) {
    return AreDependent(relation_, step, StepOf(i), event_->beside_select);
  });
}

bool Reversal::IsAsleep() const {
  return std::ranges::any_of(path_->SleepersOf(index_),
                             [&](const SearchStep& sleeper) { return MayBeginWith(sleeper); });
}

uint64_t Reversal::Initials() const {
  uint64_t met = 0;
  uint64_t initials = 0;
  for (size_t place = 0; place < steps_.size(); ++place) {
    const uint64_t bit = BitOf(StepOf(steps_[place]).slot);
    if ((met & bit) == 0 && IsInitial(place)) initials |= bit;
    met |= bit;
  }
  return initials;
}

void Reversal::Insert() {
  SearchNode& node = path_->nodes[index_];
  Wakeups& wakeups = path_->wakeups;
  uint32_t parent = 0;
  for (uint32_t at = node.wakeups; at != 0;) {
    const SearchStep& step = wakeups.StepAt(at);
    if (!MayBeginWith(step)) {
      at = wakeups.Next(at);
      continue;
    }
    const size_t place = FirstOf(step.slot);
    if (place < steps_.size()) steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(place));
    parent = at;
    at = wakeups.Following(at);
    if (at == 0 || steps_.empty()) return;
  }
  if (parent == 0) node.to_explore |= BitOf(First().slot);
  for (const uint32_t i : steps_) {
    const SearchStep& step = StepOf(i);
    parent = parent == 0 ? wakeups.Append(&node.wakeups, step) : wakeups.AppendAfter(parent, step);
  }
}

}  // namespace heddle
