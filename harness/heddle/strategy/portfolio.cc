// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/portfolio.h"

#include <array>

#include "heddle/strategy/pct.h"
#include "heddle/strategy/pos.h"
#include "heddle/strategy/random_walk.h"
#include "heddle/strategy/surw.h"
#include "heddle/strategy/urw.h"

namespace heddle {
namespace {

class Portfolio final : public Strategy {
 public:
  std::string_view name() const override { return "portfolio"; }
  bool Learns() const override { return true; }
  void Learn(const Lesson& lesson) override {
    for (const std::unique_ptr<Strategy>& sampler : samplers_) sampler->Learn(lesson);
  }
  Strategy& ForExecution(uint32_t index) override {
    sampler_ = samplers_[index % samplers_.size()].get();
    return *sampler_;
  }

  // For who does not ask: those of the first sampler.
  void Begin(uint64_t seed) override { sampler_->Begin(seed); }
  uint32_t ChooseTask(const Alternatives& alternatives) override {
    return sampler_->ChooseTask(alternatives);
  }
  uint32_t ChooseIndex(uint32_t count, Operation operation) override {
    return sampler_->ChooseIndex(count, operation);
  }

 private:
  // The first ones need no lessons.
  std::array<std::unique_ptr<Strategy>, 5> samplers_ = {MakeRandomWalk(), MakePos(), MakePct(),
                                                        MakeSurw(), MakeUrw()};
  Strategy* sampler_ = samplers_.front().get();
};

}  // namespace

std::unique_ptr<Strategy> MakePortfolio() { return std::make_unique<Portfolio>(); }

}  // namespace heddle
