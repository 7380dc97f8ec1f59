// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/replay.h"

#include <utility>

namespace heddle {

ReplayStrategy::ReplayStrategy(std::vector<Decision> decisions)
    : complete_(true),
      decisions_(std::move(decisions)),
      limit_(static_cast<uint32_t>(decisions_.size())) {}

ReplayStrategy::ReplayStrategy(Replay replay)
    : complete_(false), deviations_(std::move(replay.deviations)), limit_(replay.decisions) {}

void ReplayStrategy::Assign(std::span<const Decision> decisions) {
  complete_ = true;
  decisions_.assign(decisions.begin(), decisions.end());
  limit_ = static_cast<uint32_t>(decisions_.size());
}

void ReplayStrategy::Begin(uint64_t) {
  index_ = 0;
  next_deviation_ = 0;
  divergence_.clear();
}

const Decision* ReplayStrategy::Recorded() const {
  if (complete_) return &decisions_[index_];
  if (next_deviation_ < deviations_.size() && deviations_[next_deviation_].index == index_) {
    return &deviations_[next_deviation_].decision;
  }
  return nullptr;
}

uint32_t ReplayStrategy::Diverge(std::string what) {
  divergence_ = "decision " + std::to_string(index_ + 1) + " of " + std::to_string(limit_) + ": " +
                std::move(what);
  return kDiverged;
}

uint32_t ReplayStrategy::ChooseTask(const Alternatives& alternatives) {
  if (index_ >= limit_) return Diverge("the recorded execution had ended before it");
  const Decision* recorded = Recorded();
  uint32_t slot = alternatives.Default();
  if (recorded != nullptr) {
    slot = recorded->choice;
    if (slot >= kMaxTasks || !alternatives.runnable().Contains(slot)) {
      return Diverge("the task that went on in the recording cannot go on here");
    }
    if (DecisionCheck(alternatives.Word(slot)) != recorded->check) {
      return Diverge("the task stands at another operation than in the recording (here: " +
                     std::string(ToString(alternatives.Announced(slot).kind)) + ")");
    }
    if (!complete_) ++next_deviation_;
  }
  ++index_;
  return slot;
}

uint32_t ReplayStrategy::ChooseIndex(uint32_t count, Operation operation) {
  if (index_ >= limit_) return Diverge("the recorded execution had ended before it");
  const Decision* recorded = Recorded();
  uint32_t choice = 0;
  if (recorded != nullptr) {
    choice = recorded->choice;
    if (choice >= count || DecisionCheck(operation.Word()) != recorded->check) {
      return Diverge("the choice made in the recording does not exist here");
    }
    if (!complete_) ++next_deviation_;
  }
  ++index_;
  return choice;
}

}  // namespace heddle
