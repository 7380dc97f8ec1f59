// SPDX-License-Identifier: Apache-2.0
//
// Both variants of the random walk make the same, uniform choices, and always did.
#include "heddle/strategy/random_walk.h"

#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/random.h"

namespace heddle {
namespace {

using ::testing::ElementsAre;

constexpr Operation kAnyOperation{OperationKind::kSend, TaskId{1}, ObjectId{2}};

// Alternatives with these slots runnable.
std::unique_ptr<Alternatives> Among(const std::vector<uint32_t>& slots) {
  auto alternatives = std::make_unique<Alternatives>();
  for (uint32_t slot : slots) {
    RunnableSet& runnable = alternatives->runnable();
    slot < 64 ? runnable.InsertLow(uint64_t{1} << slot) : runnable.InsertHigh(slot);
  }
  return alternatives;
}

TEST(RandomWalkTest, BothVariantsChooseAlike) {
  const std::unique_ptr<Strategy> fast = MakeRandomWalk();
  const std::unique_ptr<Strategy> portable = MakePortableRandomWalk();
  Random sets(11);
  for (uint64_t seed = 0; seed < 300; ++seed) {
    fast->Begin(seed);
    portable->Begin(seed);
    auto alternatives = Among({});
    for (int i = 0; i < 60; ++i) {
      RunnableSet& runnable = alternatives->runnable();
      runnable.Clear();
      // Dense, sparse, full; every fifth with slots from 64 on.
      uint64_t low = uint64_t{sets.Next()} << 32 | sets.Next();
      if (i % 3 == 0) low &= uint64_t{sets.Next()} << 32 | sets.Next();
      if (i % 7 == 0) low = ~uint64_t{0};
      runnable.InsertLow(low);
      for (uint32_t n = i % 5 == 0 ? sets.Below(20) : 0; n > 0; --n) {
        runnable.InsertHigh(64 + sets.Below(i % 2 == 0 ? 100 : kMaxTasks - 64));
      }
      if (runnable.Count() < 2) continue;
      const uint32_t chosen = fast->ChooseTask(*alternatives);
      ASSERT_EQ(chosen, portable->ChooseTask(*alternatives)) << "seed " << seed << ", choice " << i;
      ASSERT_TRUE(runnable.Contains(chosen));
      const uint32_t count = 2 + sets.Below(9);
      const uint32_t index = fast->ChooseIndex(count, kAnyOperation);
      ASSERT_EQ(index, portable->ChooseIndex(count, kAnyOperation));
      ASSERT_LT(index, count);
    }
  }
}

TEST(RandomWalkTest, TheSameSeedChoosesTheSameAgain) {
  const std::unique_ptr<Strategy> walk = MakeRandomWalk();
  const auto alternatives = Among({0, 5, 9, 63});
  auto draw = [&](uint64_t seed) {
    std::vector<uint32_t> choices;
    walk->Begin(seed);
    for (int i = 0; i < 50; ++i) choices.push_back(walk->ChooseTask(*alternatives));
    return choices;
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
}

// The first choices of fixed seeds: what every stored seed relies on. They never change.
TEST(RandomWalkTest, GoldenChoices) {
  const std::unique_ptr<Strategy> walk = MakeRandomWalk();
  auto draw = [&](uint64_t seed, const std::vector<uint32_t>& slots) {
    std::vector<uint32_t> choices;
    const auto alternatives = Among(slots);
    walk->Begin(seed);
    for (int i = 0; i < 8; ++i) choices.push_back(walk->ChooseTask(*alternatives));
    return choices;
  };
  EXPECT_THAT(draw(0, {0, 1}), ElementsAre(0, 0, 0, 0, 0, 0, 1, 0));
  EXPECT_THAT(draw(0x5eed, {0, 1, 2}), ElementsAre(1, 0, 1, 2, 0, 2, 0, 0));
  EXPECT_THAT(draw(7, {1, 8, 63, 64, 1000}), ElementsAre(1, 1000, 8, 1000, 63, 8, 1, 1));
}

// Pearson's statistic for `draws` choices that should be equally likely.
double ChiSquare(const std::map<uint32_t, uint32_t>& counts, size_t cells, uint32_t draws) {
  const double expected = static_cast<double>(draws) / static_cast<double>(cells);
  double sum = (static_cast<double>(cells) - static_cast<double>(counts.size())) * expected;
  for (const auto& [slot, count] : counts) {
    sum += (count - expected) * (count - expected) / expected;
  }
  return sum;
}

TEST(RandomWalkTest, EveryTaskIsEquallyLikely) {
  // The 99.9 % quantile for 4 degrees of freedom is 18.5; the seeds are fixed.
  constexpr uint32_t kDraws = 20'000;
  for (const std::vector<uint32_t>& slots :
       {std::vector<uint32_t>{0, 1, 2, 3, 4}, {3, 17, 40, 62, 63}, {2, 63, 64, 200, 9000}}) {
    const auto alternatives = Among(slots);
    for (const auto& walk : {MakeRandomWalk(), MakePortableRandomWalk()}) {
      walk->Begin(99);
      std::map<uint32_t, uint32_t> counts;
      for (uint32_t i = 0; i < kDraws; ++i) ++counts[walk->ChooseTask(*alternatives)];
      EXPECT_EQ(counts.size(), slots.size());
      EXPECT_LT(ChiSquare(counts, slots.size(), kDraws), 18.5);
    }
  }
}

TEST(RandomWalkTest, TheFirstChoiceIsUniformOverSeeds) {
  // Consecutive seeds, as a careless user would give them.
  constexpr uint32_t kSeeds = 20'000;
  const auto alternatives = Among({0, 1, 2, 3, 4});
  const std::unique_ptr<Strategy> walk = MakeRandomWalk();
  std::map<uint32_t, uint32_t> counts;
  std::map<uint32_t, uint32_t> pairs;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    walk->Begin(seed);
    const uint32_t first = walk->ChooseTask(*alternatives);
    ++counts[first];
    ++pairs[first * 5 + walk->ChooseTask(*alternatives)];
  }
  EXPECT_LT(ChiSquare(counts, 5, kSeeds), 18.5);
  EXPECT_LT(ChiSquare(pairs, 25, kSeeds), 51.2);  // 24 degrees of freedom
}

TEST(RandomWalkTest, EveryIndexIsEquallyLikely) {
  constexpr uint32_t kDraws = 20'000;
  const std::unique_ptr<Strategy> walk = MakeRandomWalk();
  walk->Begin(4);
  std::map<uint32_t, uint32_t> counts;
  for (uint32_t i = 0; i < kDraws; ++i) ++counts[walk->ChooseIndex(5, kAnyOperation)];
  EXPECT_LT(ChiSquare(counts, 5, kDraws), 18.5);
}

TEST(RandomWalkTest, IsCalledRandom) { EXPECT_EQ(MakeRandomWalk()->name(), "random"); }

}  // namespace
}  // namespace heddle
