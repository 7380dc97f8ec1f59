// SPDX-License-Identifier: Apache-2.0
//
// The portfolio divides executions by their number alone, and all of its samplers learn.
#include "heddle/strategy/portfolio.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/strategy/make_strategy.h"
#include "support/model_program.h"

namespace heddle {
namespace {

using namespace testing_support;

constexpr uint32_t kTurns = 10;

std::vector<std::string> SamplerNames(Strategy& portfolio, uint32_t executions) {
  std::vector<std::string> names;
  for (uint32_t i = 0; i < executions; ++i) names.emplace_back(portfolio.ForExecution(i).name());
  return names;
}

TEST(PortfolioTest, EverySamplerHasItsTurn) {
  EXPECT_THAT(SamplerNames(*MakePortfolio(), kTurns),
              ::testing::ElementsAre("random", "surw", "rfpos", "surw", "pct", "surw", "pos", "urw",
                                     "surw", "pos"));
}

TEST(PortfolioTest, WhoDecidesDependsOnTheExecutionsNumberAlone) {
  const std::unique_ptr<Strategy> portfolio = MakePortfolio();
  const std::vector<std::string> names = SamplerNames(*portfolio, 40);
  for (uint32_t i = 40; i-- > 0;) EXPECT_EQ(portfolio->ForExecution(i).name(), names[i]);
}

// In lesson i each decides as it would alone after the same lessons.
TEST(PortfolioTest, AllLearnWhoeverDecided) {
  ModelProgram program(
      {{Spawn(1), Spawn(2), Store(1)}, {Store(1), Store(2)}, {Store(1), Store(1)}});
  const std::unique_ptr<Strategy> portfolio = MakePortfolio();
  std::vector<std::unique_ptr<Strategy>> alone;
  for (StrategyKind kind : {StrategyKind::kRandom, StrategyKind::kPos, StrategyKind::kPct,
                            StrategyKind::kSurw, StrategyKind::kUrw, StrategyKind::kRfPos}) {
    alone.push_back(MakeStrategy(kind));
  }
  std::set<std::string> equal;
  for (uint32_t i = 0; i < 50; ++i) {
    Strategy& sampler = portfolio->ForExecution(i);
    const std::vector<uint32_t> order = program.Run(sampler, i);
    const std::vector<Operation> steps(program.lesson().steps.begin(),
                                       program.lesson().steps.end());
    const Lesson lesson{.decisions = program.lesson().decisions, .steps = steps};
    for (const std::unique_ptr<Strategy>& one : alone) {
      if (one->name() == sampler.name()) {
        EXPECT_EQ(program.Run(*one, i), order) << one->name() << " in execution " << i;
      }
    }
    if (i >= kLessons) continue;
    portfolio->Learn(lesson);
    for (const std::unique_ptr<Strategy>& one : alone) one->Learn(lesson);
  }
}

TEST(PortfolioTest, WhoDoesNotAskGetsTheRandomWalk) {
  ModelProgram program({{Store(1), Store(1)}, {Store(1), Store(1)}});
  const std::unique_ptr<Strategy> portfolio = MakePortfolio();
  const std::unique_ptr<Strategy> walk = MakeStrategy(StrategyKind::kRandom);
  for (uint32_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(program.Run(*portfolio, seed), program.Run(*walk, seed));
  }
}

TEST(PortfolioTest, NamesAreThoseOfTheKnob) {
  EXPECT_EQ(MakeStrategy(StrategyKind::kPortfolio)->name(), "portfolio");
  EXPECT_EQ(MakeStrategy(StrategyKind::kRandom)->name(), "random");
  EXPECT_EQ(MakeStrategy(StrategyKind::kPct)->name(), "pct");
  EXPECT_EQ(MakeStrategy(StrategyKind::kPos)->name(), "pos");
  EXPECT_EQ(MakeStrategy(StrategyKind::kUrw)->name(), "urw");
  EXPECT_EQ(MakeStrategy(StrategyKind::kSurw)->name(), "surw");
  EXPECT_EQ(MakeStrategy(StrategyKind::kRfPos)->name(), "rfpos");
}

}  // namespace
}  // namespace heddle
