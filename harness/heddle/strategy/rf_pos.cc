// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/rf_pos.h"

#include <algorithm>
#include <vector>

#include "heddle/strategy/internal/chance.h"
#include "heddle/strategy/internal/event_priorities.h"
#include "heddle/strategy/internal/learned_counts.h"

namespace heddle {
namespace {

constexpr uint32_t kNoRole = LearnedCounts::kNobody;

// At `object`, the first step after one of role `after` (kNoRole: the very first) is one of role `then`.
struct Constraint {
  ObjectId object;
  uint32_t after = kNoRole;
  uint32_t then = 0;

  // Whether a step there by a task of that role would break it.
  bool IsBrokenBy(uint32_t role) const { return after != kNoRole ? role == then : role != then; }
};

class RfPos final : public Strategy {
 public:
  std::string_view name() const override { return "rfpos"; }
  bool Learns() const override { return true; }
  void Learn(const Lesson& lesson) override {
    counts_.Learn(lesson);
    roles_ = counts_.Roles();
    FindCandidates();
  }

  void Begin(uint64_t seed) override {
    chance_.Begin(seed);
    priorities_.Begin();
    role_of_slot_.Clear();
    decisions_ = 0;
    DrawConstraints();
  }

  uint32_t ChooseTask(const Alternatives& alternatives) override {
    if (TooManyToCompare(alternatives.runnable())) [[unlikely]] {
      return chance_.AnyOf(alternatives.runnable());
    }
    priorities_.NoteUnasked(alternatives.last());
    if (++decisions_ % kFairInterval == 0) [[unlikely]] {
      constraints_.clear();
      priorities_.ForgetAll();
    }
    uint32_t slot = Highest(alternatives);
    if (slot == EventPriorities::kNobody) [[unlikely]] {
      constraints_.clear();  // they cannot all be had
      slot = Highest(alternatives);
    }
    NoteStep(slot, alternatives.Word(slot));
    priorities_.Take(slot, chance_.schedule());
    priorities_.RedrawDependent(slot, alternatives, chance_.schedule());
    return slot;
  }

  uint32_t ChooseIndex(uint32_t count, Operation operation) override {
    return chance_.Index(count, operation);
  }

 private:
  // An object, and the roles of those that use it.
  struct Candidate {
    ObjectId object;
    std::vector<uint32_t> roles = {};
  };

  void FindCandidates() {
    candidates_.clear();
    for (const LearnedCounts::Object& object : counts_.objects()) {
      if (!object.IsContended()) continue;
      Candidate candidate{.object = object.id};
      for (const LearnedCounts::Count& count : object.counts) {
        const uint32_t role = roles_[count.task];
        if (std::find(candidate.roles.begin(), candidate.roles.end(), role) ==
            candidate.roles.end()) {
          candidate.roles.push_back(role);
        }
      }
      if (candidate.roles.size() > 1) candidates_.push_back(std::move(candidate));
    }
  }

  // None in every second execution; each further one in every second of the others.
  void DrawConstraints() {
    constraints_.clear();
    if (candidates_.empty()) return;
    while (constraints_.size() < kMostConstraints && chance_.schedule().Below(2) == 0) {
      const Candidate& candidate =
          candidates_[chance_.schedule().Below(static_cast<uint32_t>(candidates_.size()))];
      Constraint constraint{.object = candidate.object, .then = AnyRole(candidate)};
      if (chance_.schedule().Below(2) != 0) {
        do constraint.after = AnyRole(candidate);
        while (constraint.after == constraint.then);
      }
      constraints_.push_back(constraint);
    }
  }
  uint32_t AnyRole(const Candidate& candidate) {
    return candidate.roles[chance_.schedule().Below(static_cast<uint32_t>(candidate.roles.size()))];
  }

  uint32_t Highest(const Alternatives& alternatives) {
    return priorities_.Highest(alternatives, chance_.schedule(), [&](uint32_t slot) {
      return !constraints_.empty() && IsHeld(slot, alternatives.Word(slot));
    });
  }

  bool IsHeld(uint32_t slot, uint64_t word) {
    const Operation operation = Operation::FromWord(word);
    if (operation.object.value == 0 || !IsOrdered(operation.kind)) return false;
    return std::any_of(constraints_.begin(), constraints_.end(), [&](const Constraint& constraint) {
      return constraint.object == operation.object &&
             constraint.IsBrokenBy(RoleOf(slot, operation.task));
    });
  }

  // A constraint whose first half has come true has a second half; one that has come true is dropped.
  void NoteStep(uint32_t slot, uint64_t word) {
    const Operation operation = Operation::FromWord(word);
    if (constraints_.empty() || operation.object.value == 0 || !IsOrdered(operation.kind)) return;
    const uint32_t role = RoleOf(slot, operation.task);
    std::erase_if(constraints_, [&](Constraint& constraint) {
      if (constraint.object != operation.object) return false;
      if (constraint.after == kNoRole) return true;
      if (constraint.after == role) constraint.after = kNoRole;
      return false;
    });
  }

  uint32_t RoleOf(uint32_t slot, TaskId task) {
    uint32_t& known = role_of_slot_[slot];  // and 1; 0: not looked up yet
    if (known == 0) {
      const uint32_t index = counts_.IndexOf(task);
      known = 1 + (index == LearnedCounts::kNobody ? kNoRole - 1 : roles_[index]);
    }
    return known - 1;
  }

  Chance chance_;
  LearnedCounts counts_;
  std::vector<uint32_t> roles_;  // by task
  std::vector<Candidate> candidates_;
  // Of the execution, so far:
  std::vector<Constraint> constraints_;  // that have not come true
  EventPriorities priorities_;
  PerSlot<uint32_t> role_of_slot_;
  uint32_t decisions_ = 0;
};

}  // namespace

std::unique_ptr<Strategy> MakeRfPos() { return std::make_unique<RfPos>(); }

}  // namespace heddle
