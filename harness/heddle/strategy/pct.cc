// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/pct.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "heddle/strategy/internal/chance.h"
#include "heddle/strategy/internal/per_slot.h"

namespace heddle {
namespace {

using K = OperationKind;

// Until a lesson has taught how many decisions there are.
constexpr uint32_t kUnknownDecisions = 64;

class Pct final : public Strategy {
 public:
  explicit Pct(uint32_t depth) : points_(depth - 1) {}

  std::string_view name() const override { return "pct"; }
  bool Learns() const override { return true; }
  // Its own count leaves out choices inside operations. Until it has decided in a lesson, that of another has
  // to do.
  void Learn(const Lesson& lesson) override {
    most_ = std::max(most_, std::exchange(decided_, 0));
    decisions_ = most_ != 0 ? most_ : std::max(decisions_, lesson.decisions);
  }

  void Begin(uint64_t seed) override {
    chance_.Begin(seed);
    priorities_.Clear();
    decided_ = 0;
    next_point_ = 0;
    last_place_ = kFirstLastPlace;
    below_ = 0;
    last_word_ = 0;
    polls_ = 0;
    DrawChangePoints();
  }

  uint32_t ChooseTask(const Alternatives& alternatives) override {
    ++decided_;
    if (TooManyToCompare(alternatives.runnable())) [[unlikely]] {
      return chance_.AnyOf(alternatives.runnable());
    }
    uint32_t top = Top(alternatives);
    while (next_point_ < points_.size() && points_[next_point_].at <= decided_) [[unlikely]] {
        SetPriority(top, points_[next_point_++].priority);
        top = Top(alternatives);
      }
    KeepFair(top, alternatives.Word(top));
    top_ = top;
    return top;
  }

  uint32_t ChooseIndex(uint32_t count, Operation operation) override {
    return chance_.Index(count, operation);
  }

 private:
  struct ChangePoint {
    uint32_t at = 0;  // decision, from 1
    uint32_t priority = 0;
  };

  // Priorities: those drawn for tasks are above those of change points, which are above those of tasks put
  // last to be fair. 0: none yet.
  static constexpr uint32_t kDrawn = 1u << 31;
  static constexpr uint32_t kFirstLastPlace = 1u << 30;

  // Distinct, and in the order of the execution. Which one puts its task below those of the others is as
  // random as where they are.
  void DrawChangePoints() {
    const uint32_t k = std::max(decisions_ == 0 ? kUnknownDecisions : decisions_,
                                static_cast<uint32_t>(points_.size()));
    for (uint32_t i = 0; i < points_.size(); ++i) {
      const auto end = points_.begin() + i;
      do {
        points_[i].at = 1 + chance_.schedule().Below(k);
      } while (std::any_of(points_.begin(), end,
                           [&](const ChangePoint& p) { return p.at == points_[i].at; }));
      points_[i].priority = kFirstLastPlace + 1 + i;
    }
    std::sort(points_.begin(), points_.end(),
              [](const ChangePoint& a, const ChangePoint& b) { return a.at < b.at; });
  }

  // The runnable task of the highest priority; of the same, the one in the lowest slot.
  uint32_t Top(const Alternatives& alternatives) {
    const RunnableSet& runnable = alternatives.runnable();
    const uint64_t low = runnable.low();
    const bool none_came = (low & ~below_) == 0 && runnable.high_count() == 0;
    if (none_came && top_ < 64 && (low >> top_ & 1) != 0) return top_;
    below_ = low;
    uint32_t top = 0;
    uint32_t highest = 0;
    runnable.ForEach([&](uint32_t slot) {
      uint32_t& priority = priorities_[slot];
      if (priority == 0) priority = kDrawn | chance_.schedule().Next();
      if (priority > highest) {
        highest = priority;
        top = slot;
      }
    });
    return top_ = top;
  }

  void SetPriority(uint32_t slot, uint32_t priority) {
    priorities_[slot] = priority;
    below_ = 0;  // to be compared again
  }

  // Puts last who goes on now and would go on without an end.
  void KeepFair(uint32_t slot, uint64_t word) {
    if (slot == kClockSlot) return SetPriority(slot, 0);  // another timer, another priority
    const K kind = Operation::FromWord(word).kind;
    polls_ = word == last_word_ && IsPolling(kind) ? polls_ + 1 : 0;
    last_word_ = word;
    if (kind != K::kYield && polls_ < kMostPolls && decided_ % kFairInterval != 0) [[likely]]
      return;
    polls_ = 0;
    SetPriority(slot, last_place_--);
  }

  Chance chance_;
  uint32_t decisions_ = 0;           // k, as learned
  uint32_t most_ = 0;                // decisions of its own in a lesson
  std::vector<ChangePoint> points_;  // of this execution
  // Of the execution, so far:
  PerSlot<uint32_t> priorities_;
  uint32_t decided_ = 0;
  uint32_t next_point_ = 0;
  uint32_t last_place_ = kFirstLastPlace;
  uint32_t top_ = 0;
  uint64_t below_ = 0;  // top_ and tasks whose priority is lower
  uint64_t last_word_ = 0;
  uint32_t polls_ = 0;
};

}  // namespace

std::unique_ptr<Strategy> MakePct(uint32_t depth) { return std::make_unique<Pct>(depth); }

}  // namespace heddle
