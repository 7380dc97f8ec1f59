// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/surw.h"

#include <vector>

#include "heddle/strategy/internal/chance.h"
#include "heddle/strategy/internal/event_priorities.h"
#include "heddle/strategy/internal/learned_counts.h"

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
    decisions_in_round_ = 0;
    target_ = kNone;
    all_are_free_ = false;
    PickObject();
  }

  uint32_t ChooseTask(const Alternatives& alternatives) override {
    if (TooManyToCompare(alternatives.runnable())) [[unlikely]] {
      return chance_.AnyOf(alternatives.runnable());
    }
    priorities_.NoteUnasked(alternatives.last());
    if (picked_.value != 0) {
      left_.MeetNew(alternatives, [&](uint32_t slot) { MoveTarget(slot); });
    }
    for (;;) {
      const uint32_t slot = Highest(alternatives);
      if (slot == kNone) {
        BeginRound();  // the target blocks, or has no such step after all
        continue;
      }
      if (IsInteresting(alternatives.Word(slot))) {
        if (target_ == kNone && !all_are_free_) {
          target_ = Target(alternatives);
          if (slot != target_) continue;
        }
        left_.Take(slot);
        all_are_free_ = false;
        BeginRound();
      }
      priorities_.Take(slot, chance_.schedule());
      KeepFair(slot, alternatives.Word(slot));
      return slot;
    }
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

  void PickObject() {
    picked_ = {};
    if (candidates_.empty()) return;
    uint32_t drawn = chance_.schedule().Below(steps_at_candidates_);
    size_t i = 0;
    while (drawn >= candidates_[i].steps) drawn -= candidates_[i++].steps;
    const LearnedCounts::Object& object = counts_.objects()[candidates_[i].object];
    picked_ = object.id;
    left_.BeginAt(object);
  }

  bool IsInteresting(uint64_t word) const {
    const Operation operation = Operation::FromWord(word);
    return operation.object == picked_ && picked_.value != 0 && IsOrdered(operation.kind);
  }

  // All but the target are held back at the object.
  uint32_t Highest(const Alternatives& alternatives) {
    if (target_ == kNone) {
      return priorities_.Highest(alternatives, chance_.schedule(), [](uint32_t) { return false; });
    }
    return priorities_.Highest(alternatives, chance_.schedule(), [&](uint32_t slot) {
      return slot != target_ && IsInteresting(alternatives.Word(slot));
    });
  }

  uint32_t Target(const Alternatives& alternatives) {
    return Weighted(alternatives.runnable(), chance_.schedule(),
                    [&](uint32_t slot) { return left_.Of(slot); });
  }

  // Whoever is held may be chosen again, and the next step at the object is anybody's.
  void BeginRound() {
    ++round_;
    decisions_in_round_ = 0;
    target_ = kNone;
  }

  // ... and it is not drawn: who has no step left by what was learned would never be.
  void FreeAll() {
    BeginRound();
    all_are_free_ = true;
  }

  // Who polls may wait for one of those who are held, and who goes on for long for another task.
  void KeepFair(uint32_t slot, uint64_t word) {
    if (++decisions_in_round_ > kFairInterval) [[unlikely]] {
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
  ObjectId picked_;
  StepsLeft left_{counts_};  // at the picked object
  EventPriorities priorities_;
  PerSlot<Polls> polls_;
  uint32_t round_ = 1;  // one per step at the picked object
  uint32_t decisions_in_round_ = 0;
  bool all_are_free_ = false;  // the next step at the object is that of the highest priority
  uint32_t target_ = kNone;    // the slot of who takes the next step at the picked object
};

}  // namespace

std::unique_ptr<Strategy> MakeSurw() { return std::make_unique<Surw>(); }

}  // namespace heddle
