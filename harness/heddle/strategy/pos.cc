// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/pos.h"

#include "heddle/strategy/internal/chance.h"
#include "heddle/strategy/internal/event_priorities.h"

namespace heddle {
namespace {

class Pos final : public Strategy {
 public:
  std::string_view name() const override { return "pos"; }

  void Begin(uint64_t seed) override {
    chance_.Begin(seed);
    priorities_.Begin();
    chosen_ = EventPriorities::kNobody;
    in_a_row_ = 0;
  }

  uint32_t ChooseTask(const Alternatives& alternatives) override {
    if (TooManyToCompare(alternatives.runnable())) [[unlikely]] {
      return chance_.AnyOf(alternatives.runnable());
    }
    priorities_.NoteUnasked(alternatives.last());
    const uint32_t slot =
        priorities_.Highest(alternatives, chance_.schedule(), [](uint32_t) { return false; });
    priorities_.Take(slot);
    priorities_.ForgetDependent(slot, alternatives);
    in_a_row_ = slot == chosen_ ? in_a_row_ + 1 : 0;
    if (in_a_row_ >= kMostInARow) [[unlikely]] {
      in_a_row_ = 0;
      priorities_.ForgetAll();
    }
    return chosen_ = slot;
  }

  uint32_t ChooseIndex(uint32_t count, Operation operation) override {
    return chance_.Index(count, operation);
  }

 private:
  Chance chance_;
  EventPriorities priorities_;
  uint32_t chosen_ = EventPriorities::kNobody;
  uint32_t in_a_row_ = 0;
};

}  // namespace

std::unique_ptr<Strategy> MakePos() { return std::make_unique<Pos>(); }

}  // namespace heddle
