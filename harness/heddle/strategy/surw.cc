// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/surw.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "heddle/strategy/internal/chance.h"
#include "heddle/strategy/internal/event_priorities.h"
#include "heddle/strategy/internal/learned_counts.h"
#include "heddle/strategy/internal/picked_objects.h"

namespace heddle {
namespace {

constexpr uint32_t kNone = EventPriorities::kNobody;

class Surw final : public Strategy {
 public:
  std::string_view name() const override { return "surw"; }
  bool Learns() const override { return true; }
  void Learn(const Lesson& lesson) override {
    counts_.Learn(lesson);
    FindCandidates();
  }

  void Begin(uint64_t seed) override {
    chance_.Begin(seed);
    priorities_.Begin();
    polls_.Clear();
    round_ = 1;
    decisions_ = 0;
    target_ = kNone;
    all_are_free_ = false;
    PickObjects();
  }

  uint32_t ChooseTask(const Alternatives& alternatives) override {
    if (TooManyToCompare(alternatives.runnable())) [[unlikely]] {
      return chance_.AnyOf(alternatives.runnable());
    }
    priorities_.NoteUnasked(alternatives.last());
    if (!picked_.Empty()) {
      left_.MeetNew(alternatives, [&](uint32_t slot) { MoveTarget(slot); });
    }
    const uint32_t slot = EventPriorities::SlotOf(Highest(alternatives));
    if (IsInteresting(alternatives.Word(slot))) {
      left_.Take(slot);
      all_are_free_ = false;
      BeginRound();
    }
    priorities_.Take(slot, chance_.schedule());
    KeepFair(slot, alternatives.Word(slot));
    return slot;
  }

  uint32_t ChooseIndex(uint32_t count, Operation operation) override {
    return chance_.Index(count, operation);
  }

 private:
  struct Candidate {
    uint32_t object = 0;  // index
    uint32_t steps = 0;
  };
  struct Polls {
    uint32_t round = 0;
    uint32_t count = 0;  // in that round
  };

  void FindCandidates() {
    candidates_.clear();
    steps_at_candidates_ = 0;
    for (uint32_t i = 0; i < counts_.objects().size(); ++i) {
      const LearnedCounts::Object& object = counts_.objects()[i];
      if (!object.IsContended()) continue;
      Candidate candidate{.object = i};
      for (const LearnedCounts::Count& count : object.counts) candidate.steps += count.Mean();
      candidates_.push_back(candidate);
      steps_at_candidates_ += candidate.steps;
    }
  }

  // One in a third of the executions, several in the others.
  void PickObjects() {
    picked_.Begin(chance_.schedule());
    indices_.clear();
    if (candidates_.empty()) return;
    if (chance_.schedule().Below(3) == 0) {
      PickOne();
    } else {
      PickSome();
    }
    left_.BeginAt(indices_);
  }

  // The more likely the more steps are taken there.
  void PickOne() {
    uint32_t drawn = chance_.schedule().Below(steps_at_candidates_);
    size_t i = 0;
    while (drawn >= candidates_[i].steps) drawn -= candidates_[i++].steps;
    Pick(candidates_[i]);
  }

  // The first of a random order, and each further one with which they have at most half of the steps.
  void PickSome() {
    in_order_ = candidates_;
    uint32_t steps = 0;
    for (uint32_t next = 0; next < in_order_.size(); ++next) {
      const auto left = static_cast<uint32_t>(in_order_.size()) - next;
      std::swap(in_order_[next], in_order_[next + chance_.schedule().Below(left)]);
      const Candidate& candidate = in_order_[next];
      const bool fits = steps + candidate.steps <= steps_at_candidates_ / 2;
      if ((fits || next == 0) && Pick(candidate)) steps += candidate.steps;
    }
  }

  bool Pick(const Candidate& candidate) {
    if (!picked_.Add(counts_.objects()[candidate.object].id)) return false;
    indices_.push_back(candidate.object);
    return true;
  }

  bool IsInteresting(uint64_t word) const {
    const Operation operation = Operation::FromWord(word);
    return picked_.Contains(operation.object) && IsOrdered(operation.kind);
  }

  // The highest priority of those that may go on: at the objects that is the target alone, as soon as somebody who
  // stands there comes first.
  uint64_t Highest(const Alternatives& alternatives) {
    uint64_t there = 0;
    uint64_t elsewhere = 0;
    alternatives.runnable().ForEach([&](uint32_t slot) {
      const uint64_t its = priorities_.Of(slot, chance_.schedule());
      const bool stands_there = IsInteresting(alternatives.Word(slot));
      there = std::max(there, stands_there ? its : 0);
      elsewhere = std::max(elsewhere, stands_there ? 0 : its);
    });
    if (target_ != kNone) {
      const uint64_t highest = std::max(elsewhere, OfTarget(alternatives));
      if (highest != 0) return highest;
      BeginRound();  // the target blocks, or has no such step after all
    }
    if (elsewhere > there || all_are_free_) return std::max(elsewhere, there);
    target_ = Target(alternatives);
    return std::max(elsewhere, OfTarget(alternatives));
  }

  uint64_t OfTarget(const Alternatives& alternatives) {
    const bool runs = alternatives.runnable().Contains(target_);
    return runs ? priorities_.Of(target_, chance_.schedule()) : 0;
  }

  uint32_t Target(const Alternatives& alternatives) {
    return Weighted(alternatives.runnable(), chance_.schedule(),
                    [&](uint32_t slot) { return left_.Of(slot); });
  }

  // Whoever is held may be chosen again, and the next step at the objects is anybody's.
  void BeginRound() {
    ++round_;
    target_ = kNone;
  }

  // ... and it is not drawn: who has no step left by what was learned would never be.
  void FreeAll() {
    BeginRound();
    all_are_free_ = true;
  }

  // Who polls may wait for one of those who are held, and who goes on for long for another task.
  void KeepFair(uint32_t slot, uint64_t word) {
    if (++decisions_ % kFairInterval == 0) [[unlikely]] {
      priorities_.ForgetAll();
      return FreeAll();
    }
    if (!IsPolling(Operation::FromWord(word).kind)) return;
    Polls& polls = polls_[slot];
    polls = {.round = round_, .count = polls.round == round_ ? polls.count + 1 : 1};
    if (polls.count > kMostPolls) FreeAll();
  }

  // The step that the target was to take may be one of a task that it has spawned.
  void MoveTarget(uint32_t child) {
    const uint32_t its = left_.Of(child);
    if (target_ == kNone || its == 0 || !left_.IsChild(child, target_)) return;
    if (chance_.schedule().Below(its + left_.Of(target_)) < its) target_ = child;
  }

  Chance chance_;
  LearnedCounts counts_;
  std::vector<Candidate> candidates_;
  uint32_t steps_at_candidates_ = 0;
  // Of the execution, so far:
  PickedObjects picked_;
  std::vector<Candidate> in_order_;  // in which they are picked
  std::vector<uint32_t> indices_;    // of those picked, in the lessons' objects
  StepsLeft left_{counts_};          // at the picked objects
  EventPriorities priorities_;
  PerSlot<Polls> polls_;
  uint32_t round_ = 1;  // one per step at the picked objects
  uint32_t decisions_ = 0;
  bool all_are_free_ = false;  // the next step there is that of the highest priority
  uint32_t target_ = kNone;    // the slot of who takes the next step there
};

}  // namespace

std::unique_ptr<Strategy> MakeSurw() { return std::make_unique<Surw>(); }

}  // namespace heddle
