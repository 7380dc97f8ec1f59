// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/portfolio.h"

#include <array>

#include "heddle/strategy/pct.h"
#include "heddle/strategy/pos.h"
#include "heddle/strategy/random_walk.h"
#include "heddle/strategy/rf_pos.h"
#include "heddle/strategy/surw.h"
#include "heddle/strategy/urw.h"

namespace heddle {
namespace {

enum Sampler : uint8_t { kRandom, kPos, kPct, kSurw, kUrw, kRfPos };

// The random walk, which needs no lessons, is the first.
constexpr std::array<Sampler, 10> kTurns = {kRandom, kSurw, kRfPos, kSurw, kPct,
                                            kSurw,   kPos,  kUrw,   kSurw, kPos};

class Portfolio final : public Strategy {
 public:
  std::string_view name() const override { return "portfolio"; }
  bool Learns() const override { return true; }
  void Learn(const Lesson& lesson) override {
    for (const std::unique_ptr<Strategy>& sampler : samplers_) sampler->Learn(lesson);
  }
  Strategy& ForExecution(uint32_t index) override {
    sampler_ = samplers_[kTurns[index % kTurns.size()]].get();
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
  // In the order of Sampler.
  std::array<std::unique_ptr<Strategy>, kPortfolioSamplers> samplers_ = {
      MakeRandomWalk(), MakePos(), MakePct(), MakeSurw(), MakeUrw(), MakeRfPos()};
  Strategy* sampler_ = samplers_.front().get();
};

}  // namespace

std::unique_ptr<Strategy> MakePortfolio() { return std::make_unique<Portfolio>(); }

}  // namespace heddle
