// SPDX-License-Identifier: Apache-2.0
//
// A schedule is a chain of deviations from the default: its last one, and the schedule that has all others. Every
// execution shows which schedules have one deviation more, behind its last: so each schedule is met once.
#include "heddle/strategy/bounded.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "heddle/core/internal/archive.h"

namespace heddle {
namespace {

enum class Counted : uint8_t { kPreemptions, kDelays };

constexpr uint32_t kNoParent = 0xffff'ffff;

struct Chain {
  uint32_t parent = kNoParent;  // index into explored_
  uint32_t decision = 0;
  uint16_t choice = 0;  // place in the order of alternatives; 0 is the default
  uint16_t cost = 0;    // of the whole schedule
  uint16_t count = 0;   // of alternatives there
  uint16_t check = 0;   // of what was announced there: the scenario must repeat itself
};
static_assert(sizeof(Chain) == 16);

// The runnable tasks in the order in which the default schedule would take them.
class Order {
 public:
  explicit Order(const Alternatives& alternatives)
      : runnable_(alternatives.runnable()), last_(alternatives.last()) {
    goes_on_ = last_ != kClockSlot && runnable_.Contains(last_) &&
               alternatives.Announced(last_).kind != OperationKind::kYield;
  }

  // The last task could go on, and whoever else does preempts it.
  bool goes_on() const { return goes_on_; }

  uint32_t At(uint32_t place) const {
    uint32_t slot = kClockSlot;
    // The last task first if it goes on, then those behind it and those before it; then itself if it
    // yields, and the clock.
    const auto take = [&](uint32_t from, uint32_t to) {
      runnable_.ForEach([&](uint32_t s) {
        if (s >= from && s < to && s != kClockSlot && place != kTaken && place-- == 0) {
          slot = s;
          place = kTaken;
        }
      });
    };
    if (goes_on_) take(last_, last_ + 1);
    take(last_ + 1, kMaxTasks);
    take(0, last_);
    if (!goes_on_) take(last_, last_ + 1);
    return slot;
  }

 private:
  static constexpr uint32_t kTaken = 0xffff'ffff;

  const RunnableSet& runnable_;
  const uint32_t last_;
  bool goes_on_;
};

class Bounded final : public Search {
 public:
  Bounded(Counted counted, uint64_t most_bytes) : counted_(counted), most_bytes_(most_bytes) {}

  std::string_view name() const override {
    return counted_ == Counted::kDelays ? "delay_bounded" : "preemption_bounded";
  }
  bool MayStarve() const override { return true; }

  void Begin(uint64_t) override {
    decision_ = 0;
    next_ = 0;
    asked_ = false;
    is_fair_ = false;
  }

  uint32_t ChooseTask(const Alternatives& alternatives) override {
    asked_ = true;
    const uint32_t count = alternatives.runnable().Count();
    const Order order(alternatives);
    const bool clock = alternatives.runnable().Contains(kClockSlot);
    const uint32_t place =
        Decide(count, alternatives.Word(order.At(0)), [&](uint32_t other) -> uint32_t {
          if (counted_ == Counted::kDelays) return other;
          return order.goes_on() || (clock && other + 1 == count);
        });
    return place == kDiverged ? kDiverged : order.At(place);
  }
  uint32_t ChooseIndex(uint32_t count, Operation operation) override {
    return Decide(count, operation.Word(), [](uint32_t) { return 0; });
  }

  Go Step(const Alternatives& alternatives, std::span<const StandingTask> tasks,
          uint32_t) override {
    has_timers_ |= !tasks.empty() && tasks.back().slot == kClockSlot;
    is_fair_ |= !asked_ && alternatives.runnable().Count() > 1;
    asked_ = false;
    return Go::kOn;
  }
  Go End(const Alternatives&, std::span<const StandingTask>) override {
    return next_ < deviations_.size() ? Go::kDiverged : Go::kOn;
  }

  bool Next() override {
    explored_.push_back(current_);
    fair_executions_ += is_fair_ ? 1 : 0;
    if (Bytes() > most_bytes_) return false;
    if (left_.empty()) {
      complete_up_to_ = current_bound_;
      left_.swap(dearer_);
      // The cheapest first: delays may skip bounds.
      std::ranges::stable_sort(left_, std::ranges::greater(), &Chain::cost);
      if (left_.empty()) return false;
      const auto dear = std::ranges::find_if(
          left_, [&](const Chain& chain) { return chain.cost == left_.back().cost; });
      dearer_.assign(left_.begin(), dear);
      left_.erase(left_.begin(), dear);
      current_bound_ = left_.back().cost;
      complete_up_to_ = current_bound_ - 1;
    }
    Follow(left_.back());
    left_.pop_back();
    return true;
  }

  Coverage coverage() const override {
    Coverage coverage;
    coverage.executions = explored_.size();
    coverage.exhausted = left_.empty() && dearer_.empty() && !explored_.empty();
    coverage.unreduced = true;
    coverage.has_timers = has_timers_;
    coverage.most_bytes = Bytes();
    coverage.is_full = Bytes() > most_bytes_ && !coverage.exhausted;
    coverage.counted = counted_ == Counted::kDelays ? "delay" : "preemption";
    coverage.complete_up_to = complete_up_to_;
    coverage.fair = fair_executions_;
    return coverage;
  }

  void Archive(internal::Archive& archive) override {
    archive(explored_);
    archive(left_);
    archive(dearer_);
    archive(current_);
    archive(current_bound_);
    archive(complete_up_to_);
    archive(has_timers_);
    archive(fair_executions_);
    if (!explored_.empty()) Follow(current_);
  }

 private:
  // Which of `count` alternatives is taken now, where the task that would go on has announced `word`. `cost` tells
  // that of each but the default.
  template <class Cost>
  uint32_t Decide(uint32_t count, uint64_t word, const Cost& cost) {
    const uint32_t decision = decision_++;
    const auto check = static_cast<uint16_t>(Mix(word, 0));
    if (next_ < deviations_.size()) {
      const Chain& deviation = deviations_[next_];
      if (deviation.decision != decision) return 0;
      ++next_;
      const bool same = deviation.count == static_cast<uint16_t>(count) && deviation.check == check;
      return same ? deviation.choice : kDiverged;
    }
    if (is_fair_) return 0;  // what led here is not repeated
    const auto parent = static_cast<uint32_t>(explored_.size());
    for (uint32_t choice = count - 1; choice > 0; --choice) {
      const uint32_t total = current_.cost + cost(choice);
      auto& known = total > current_bound_ ? dearer_ : left_;
      known.push_back({parent, decision, static_cast<uint16_t>(choice),
                       static_cast<uint16_t>(std::min(total, 0xffffu)),
                       static_cast<uint16_t>(count), check});
    }
    return 0;
  }

  uint64_t Bytes() const {
    return (explored_.size() + left_.size() + dearer_.size()) * sizeof(Chain);
  }

  void Follow(const Chain& chain) {
    current_ = chain;
    deviations_.clear();
    for (const Chain* link = &chain; link->parent != kNoParent; link = &explored_[link->parent]) {
      deviations_.push_back(*link);
    }
    std::ranges::reverse(deviations_);
  }

  const Counted counted_;
  const uint64_t most_bytes_;
  std::vector<Chain> explored_;
  std::vector<Chain> left_;    // within the bound
  std::vector<Chain> dearer_;  // beyond it
  Chain current_;
  uint32_t current_bound_ = 0;
  int64_t complete_up_to_ = -1;
  std::vector<Chain> deviations_;  // of this execution
  uint32_t decision_ = 0;
  size_t next_ = 0;
  bool has_timers_ = false;
  bool asked_ = false;    // for the step that comes
  bool is_fair_ = false;  // a fair random walk decided in this execution, too
  uint64_t fair_executions_ = 0;
};

}  // namespace

std::unique_ptr<Search> MakePreemptionBounded(uint64_t most_bytes) {
  return std::make_unique<Bounded>(Counted::kPreemptions, most_bytes);
}
std::unique_ptr<Search> MakeDelayBounded(uint64_t most_bytes) {
  return std::make_unique<Bounded>(Counted::kDelays, most_bytes);
}

}  // namespace heddle
