// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/pos.h"

#include "heddle/core/dependence.h"
#include "heddle/strategy/internal/chance.h"
#include "heddle/strategy/internal/event_priorities.h"

namespace heddle {
namespace {

using K = OperationKind;

// Operations that may be dependent with some at other objects.
constexpr KindSet kReaching(K::kSelect, K::kTrySelect, K::kCancel);

bool DependentWords(uint64_t a, uint64_t b) {
  const bool same_object = (a ^ b) >> 32 == 0 && a >> 32 != 0;
  const Operation x = Operation::FromWord(a);
  const Operation y = Operation::FromWord(b);
  if (!same_object && !kReaching.Contains(x.kind) && !kReaching.Contains(y.kind)) return false;
  return Dependent({x, ObjectKind::kNone}, {y, ObjectKind::kNone}, ParkedSelect::kNone);
}

class Pos final : public Strategy {
 public:
  std::string_view name() const override { return "pos"; }

  void Begin(uint64_t seed) override {
    chance_.Begin(seed);
    priorities_.Clear();
    last_ = kMaxTasks;
    in_a_row_ = 0;
  }

  uint32_t ChooseTask(const Alternatives& alternatives) override {
    const RunnableSet& runnable = alternatives.runnable();
    if (TooManyToCompare(runnable)) [[unlikely]]
      return chance_.AnyOf(runnable);
    // It was the only one that could, and took its step unasked.
    if (alternatives.last() != last_) priorities_.Forget(alternatives.last());
    uint32_t chosen = 0;
    uint64_t highest = 0;
    runnable.ForEach([&](uint32_t slot) {
      const uint64_t priority =
          1 + uint64_t{priorities_.Of(slot, alternatives.Word(slot), chance_.schedule())};
      if (priority > highest) {
        highest = priority;
        chosen = slot;
      }
    });
    in_a_row_ = chosen == last_ ? in_a_row_ + 1 : 0;
    last_ = chosen;
    DrawAnew(chosen, alternatives);
    return chosen;
  }

  uint32_t ChooseIndex(uint32_t count, Operation operation) override {
    return chance_.Index(count, operation);
  }

 private:
  // For what comes after the step of `chosen`.
  void DrawAnew(uint32_t chosen, const Alternatives& alternatives) {
    priorities_.Forget(chosen);
    if (chosen == kClockSlot) return;
    if (in_a_row_ >= kMostInARow) [[unlikely]] {
      in_a_row_ = 0;
      return priorities_.Clear();
    }
    const uint64_t step = alternatives.Word(chosen);
    alternatives.runnable().ForEach([&](uint32_t slot) {
      if (slot == kClockSlot || slot == chosen) return;
      if (DependentWords(step, alternatives.Word(slot))) priorities_.Forget(slot);
    });
  }

  Chance chance_;
  EventPriorities priorities_;
  uint32_t last_ = kMaxTasks;  // that was chosen
  uint32_t in_a_row_ = 0;
};

}  // namespace

std::unique_ptr<Strategy> MakePos() { return std::make_unique<Pos>(); }

}  // namespace heddle
