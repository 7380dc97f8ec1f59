// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/urw.h"

#include <algorithm>

#include "heddle/strategy/internal/chance.h"
#include "heddle/strategy/internal/learned_counts.h"

namespace heddle {
namespace {

class Urw final : public Strategy {
 public:
  std::string_view name() const override { return "urw"; }
  bool Learns() const override { return true; }
  void Learn(const Lesson& lesson) override { counts_.Learn(lesson); }

  void Begin(uint64_t seed) override {
    chance_.Begin(seed);
    left_.BeginAll();
  }

  uint32_t ChooseTask(const Alternatives& alternatives) override {
    if (TooManyToCompare(alternatives.runnable())) [[unlikely]] {
      return chance_.AnyOf(alternatives.runnable());
    }
    left_.MeetNew(alternatives, [](uint32_t) {});
    const uint32_t chosen = Weighted(
        alternatives.runnable(), chance_.schedule(),
        [&](uint32_t slot) { return std::max(left_.Of(slot, alternatives.Unasked(slot)), 1u); });
    left_.Take(chosen);
    return chosen;
  }

  uint32_t ChooseIndex(uint32_t count, Operation operation) override {
    return chance_.Index(count, operation);
  }

 private:
  Chance chance_;
  LearnedCounts counts_;
  StepsLeft left_{counts_};
};

}  // namespace

std::unique_ptr<Strategy> MakeUrw() { return std::make_unique<Urw>(); }

}  // namespace heddle
