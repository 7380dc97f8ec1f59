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
    decisions_ = 0;
  }

  uint32_t ChooseTask(const Alternatives& alternatives) override {
    if (TooManyToCompare(alternatives.runnable())) [[unlikely]] {
      return chance_.AnyOf(alternatives.runnable());
    }
    priorities_.NoteUnasked(alternatives.last());
    const uint32_t slot =
        priorities_.Highest(alternatives, chance_.schedule(), [](uint32_t) { return false; });
    priorities_.Take(slot, chance_.schedule());
    priorities_.RedrawDependent(slot, alternatives, chance_.schedule());
    if (++decisions_ % kFairInterval == 0) [[unlikely]]
      priorities_.ForgetAll();
    return slot;
  }

  uint32_t ChooseIndex(uint32_t count, Operation operation) override {
    return chance_.Index(count, operation);
  }

 private:
  Chance chance_;
  EventPriorities priorities_;
  uint32_t decisions_ = 0;
};

}  // namespace

std::unique_ptr<Strategy> MakePos() { return std::make_unique<Pos>(); }

}  // namespace heddle
