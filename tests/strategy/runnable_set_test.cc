// SPDX-License-Identifier: Apache-2.0
//
// The sets of tasks against std::set, over random operations in slots on both sides of 64.
#include "heddle/strategy/runnable_set.h"

#include <cstdint>
#include <iterator>
#include <set>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/core/random.h"

namespace heddle {
namespace {

using Model = std::set<uint32_t>;

constexpr uint32_t kEdges[] = {0,
                               1,
                               31,
                               62,
                               kClockSlot,
                               64,
                               65,
                               127,
                               128,
                               1023,
                               1024,
                               4095,
                               kMaxTasks - 65,
                               kMaxTasks - 64,
                               kMaxTasks - 1};

void Insert(RunnableSet& set, uint32_t slot) {
  slot < 64 ? set.InsertLow(uint64_t{1} << slot) : set.InsertHigh(slot);
}
void Erase(RunnableSet& set, uint32_t slot) {
  slot < 64 ? set.EraseLow(uint64_t{1} << slot) : set.EraseHigh(slot);
}

void ExpectSame(const RunnableSet& set, const Model& model) {
  ASSERT_EQ(set.Count(), model.size());
  ASSERT_EQ(set.Empty(), model.empty());
  const auto high = static_cast<uint32_t>(std::distance(model.lower_bound(64), model.end()));
  ASSERT_EQ(set.high_count(), high);
  if (!model.empty()) {
    ASSERT_EQ(set.First(), *model.begin());
  }
  uint32_t k = 0;
  for (uint32_t slot : model) {
    ASSERT_TRUE(set.Contains(slot)) << slot;
    ASSERT_EQ(set.Nth(k), slot) << "k = " << k;
    ++k;
  }
  Model visited;
  set.ForEach([&](uint32_t slot) { ASSERT_TRUE(visited.insert(slot).second) << slot; });
  ASSERT_EQ(visited, model);
}

// A slot from one of the regions that the implementation tells apart.
uint32_t AnySlot(Random& random, uint32_t below) {
  switch (random.Below(4)) {
    case 0: return random.Below(64);
    case 1: return kEdges[random.Below(std::size(kEdges))] % below;
    case 2: return 64 + random.Below(192);
    default: return random.Below(below);
  }
}

// With the processor's bit instructions, where it has fast ones, and without them.
class RunnableSetRandomTest : public ::testing::TestWithParam<std::tuple<uint32_t, bool>> {
 protected:
  void SetUp() override { internal::use_fast_bits = HasFastBits() && std::get<1>(GetParam()); }
  void TearDown() override { internal::use_fast_bits = HasFastBits(); }
};

TEST_P(RunnableSetRandomTest, AgreesWithStdSet) {
  const uint32_t below = std::get<0>(GetParam());
  Random random(below);
  RunnableSet set;
  Model model;
  for (int i = 0; i < 4000; ++i) {
    const uint32_t slot = AnySlot(random, below) % below;
    const uint32_t what = random.Below(100);
    if (what < 55) {
      Insert(set, slot);
      model.insert(slot);
    } else if (what < 99) {
      Erase(set, slot);
      model.erase(slot);
    } else {
      set.Clear();
      model.clear();
    }
    ASSERT_EQ(set.Contains(slot), model.contains(slot)) << slot;
    ASSERT_NO_FATAL_FAILURE(ExpectSame(set, model)) << "after operation " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, RunnableSetRandomTest,
                         ::testing::Combine(::testing::Values(8u, 63u, 64u, 65u, 128u, 1100u,
                                                              kMaxTasks),
                                            ::testing::Bool()));

class RunnableSetUnionTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override { internal::use_fast_bits = HasFastBits() && GetParam(); }
  void TearDown() override { internal::use_fast_bits = HasFastBits(); }
};

TEST_P(RunnableSetUnionTest, InsertAllAndEraseAllAreUnionAndDifference) {
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    RunnableSet set;
    TaskSetOverflow pending;
    Model set_model;
    Model pending_model;
    for (int i = 0; i < 40; ++i) {
      const uint32_t slot = AnySlot(random, kMaxTasks);
      Insert(set, slot);
      set_model.insert(slot);
      const uint32_t other = 64 + random.Below(random.Below(2) == 0 ? 200 : kMaxTasks - 64);
      pending.Insert(other);
      pending_model.insert(other);
      if (random.Below(3) == 0) {
        pending.Erase(other);
        pending_model.erase(other);
      }
    }
    if (round % 2 == 0) {
      set.InsertAll(pending);
      set_model.insert(pending_model.begin(), pending_model.end());
    } else {
      set.EraseAll(pending);
      for (uint32_t slot : pending_model) set_model.erase(slot);
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(set, set_model)) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(FastBits, RunnableSetUnionTest, ::testing::Bool());

TEST(RunnableSetTest, TheOverflowForgetsWhatWasErased) {
  TaskSetOverflow pending;
  pending.Insert(64);
  pending.Insert(65);
  pending.Erase(64);
  RunnableSet set;
  set.InsertAll(pending);
  EXPECT_EQ(set.Count(), 1u);
  EXPECT_EQ(set.First(), 65u);
  pending.Insert(64);
  pending.Erase(65);
  set.Clear();
  set.InsertAll(pending);
  EXPECT_EQ(set.Count(), 1u);
  EXPECT_EQ(set.First(), 64u);
  pending.Erase(64);
  pending.Erase(64);
  set.Clear();
  set.InsertAll(pending);
  EXPECT_TRUE(set.Empty());
}

TEST(RunnableSetTest, InsertingTwiceCountsOnce) {
  RunnableSet set;
  for (uint32_t slot : kEdges) {
    Insert(set, slot);
    Insert(set, slot);
  }
  EXPECT_EQ(set.Count(), std::size(kEdges));
  for (uint32_t slot : kEdges) {
    Erase(set, slot);
    Erase(set, slot);
  }
  EXPECT_TRUE(set.Empty());
}

TEST(RunnableSetTest, EveryEdgeIsFoundAlone) {
  for (uint32_t slot : kEdges) {
    RunnableSet set;
    Insert(set, slot);
    EXPECT_EQ(set.First(), slot);
    EXPECT_EQ(set.Nth(0), slot);
    EXPECT_EQ(set.Count(), 1u);
    set.Clear();
    EXPECT_TRUE(set.Empty());
    EXPECT_FALSE(set.Contains(slot));
  }
}

TEST(RunnableSetTest, AFullSetCountsAllTasks) {
  RunnableSet set;
  for (uint32_t slot = 0; slot < kMaxTasks; ++slot) Insert(set, slot);
  EXPECT_EQ(set.Count(), kMaxTasks);
  for (uint32_t k : kEdges) EXPECT_EQ(set.Nth(k), k);
}

TEST(RunnableSetTest, NthBitFindsEachBit) {
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    const uint64_t word = uint64_t{random.Next()} << 32 | random.Next();
    uint32_t k = 0;
    for (uint32_t bit = 0; bit < 64; ++bit) {
      if ((word >> bit & 1) != 0) {
        ASSERT_EQ(NthBit(word, k++), bit);
      }
    }
  }
}

}  // namespace
}  // namespace heddle
