// SPDX-License-Identifier: Apache-2.0
//
// The generator's numbers are a promise to every stored seed: the golden values here never change.
#include "heddle/core/random.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heddle {
namespace {

using ::testing::ElementsAre;

std::vector<uint32_t> Draw(Random random, int count) {
  std::vector<uint32_t> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(random.Next());
  return numbers;
}

std::vector<uint32_t> DrawBelow(Random random, uint32_t n, int count) {
  std::vector<uint32_t> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(random.Below(n));
  return numbers;
}

// Pearson's statistic of `counts` against equal expectations.
template <typename Counts>
double ChiSquare(const Counts& counts) {
  double total = 0;
  for (uint32_t count : counts) total += count;
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (uint32_t count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

// Far beyond any chance: `freedom` plus eight standard deviations. The seeds are fixed, so that a
// failure is a change of the generator, never bad luck.
double ChiSquareLimit(double freedom) { return freedom + 8 * std::sqrt(2 * freedom); }

TEST(MixTest, Golden) {
  EXPECT_EQ(Mix(0), 0x0000000000000000u);
  EXPECT_EQ(Mix(1), 0x5692161d100b05e5u);
  EXPECT_EQ(Mix(std::numeric_limits<uint64_t>::max()), 0xb4d055fcf2cbbd7bu);
  EXPECT_EQ(Mix(1, 2), 0x081a5c1377856b73u);
  EXPECT_EQ(Mix(2, 1), 0xf2826f98653e9e57u);
  EXPECT_EQ(Mix(0, 0), 0x48218226ff3cd4bfu);
  EXPECT_EQ(Mix(1, 2, 3), 0xec7d95cfb0158498u);
}

TEST(MixTest, IsTheFinaliserOfSplitMix64) {
  // The first outputs of the published SplitMix64 for the seed 1234567.
  const uint64_t gamma = 0x9e3779b97f4a7c15u;
  EXPECT_EQ(Mix(1234567 + gamma), 6457827717110365317u);
  EXPECT_EQ(Mix(1234567 + 2 * gamma), 3203168211198807973u);
  EXPECT_EQ(Mix(1234567 + 3 * gamma), 9817491932198370423u);
}

TEST(MixTest, EveryInputBitChangesAboutHalfOfTheOutput) {
  for (int bit = 0; bit < 64; ++bit) {
    int changed = 0;
    for (uint64_t x = 0; x < 1000; ++x) changed += std::popcount(Mix(x) ^ Mix(x ^ 1ull << bit));
    EXPECT_NEAR(changed / 1000.0, 32, 1.5) << "bit " << bit;
  }
}

TEST(MixTest, CombiningDependsOnOrderAndEveryWord) {
  std::set<uint64_t> seen;
  for (uint64_t a = 0; a < 20; ++a) {
    for (uint64_t b = 0; b < 20; ++b) {
      seen.insert(Mix(a, b));
      for (uint64_t c = 0; c < 20; ++c) seen.insert(Mix(a, b, c));
    }
  }
  EXPECT_EQ(seen.size(), 20u * 20 + 20 * 20 * 20);
}

TEST(HashNameTest, Golden) {
  EXPECT_EQ(HashName(""), 0xf52a15e9a9b5e89bu);
  EXPECT_EQ(HashName("a"), 0x02c0bdbf481420f8u);
  EXPECT_EQ(HashName("Suite.Test"), 0x4dc0719c5301d6f3u);
  EXPECT_EQ(HashName("\xc3\xa9"), 0x233403617480019eu) << "depends on the sign of char";
}

TEST(HashNameTest, IsUsableAtCompileTime) {
  static_assert(HashName("Suite.Test") != HashName("Suite.test"));
  static_assert(HashName("ab") != HashName("ba"));
  static_assert(HashName("a") != HashName(std::string_view("a\0", 2)));
}

TEST(HashNameTest, NoCollisionsAmongSimilarNames) {
  std::set<uint64_t> seen;
  for (int i = 0; i < 100'000; ++i) seen.insert(HashName("Suite.Test/" + std::to_string(i)));
  EXPECT_EQ(seen.size(), 100'000u);
}

TEST(RandomTest, GoldenNext) {
  EXPECT_THAT(Draw(Random(), 4), ElementsAre(0x412162a4u, 0x109e014au, 0x3dfa6d1du, 0x521a81b8u));
  EXPECT_THAT(Draw(Random(0x5eed), 8),
              ElementsAre(0x9f1ffe17u, 0x0e2651bcu, 0x55f61facu, 0xf2ec4d8du, 0x49ac9915u,
                          0xacf523bcu, 0x458c7327u, 0x0c7e8939u));
  EXPECT_THAT(Draw(Random(std::numeric_limits<uint64_t>::max()), 4),
              ElementsAre(0xb2908289u, 0x4f29f10fu, 0x2db93d27u, 0x51568fe4u));
}

TEST(RandomTest, GoldenBelow) {
  EXPECT_THAT(DrawBelow(Random(0x5eed), 2, 16),
              ElementsAre(1u, 0u, 0u, 1u, 0u, 1u, 0u, 0u, 0u, 0u, 0u, 0u, 1u, 1u, 1u, 0u));
  EXPECT_THAT(DrawBelow(Random(0x5eed), 3, 16),
              ElementsAre(1u, 0u, 1u, 2u, 0u, 2u, 0u, 0u, 0u, 0u, 1u, 0u, 2u, 2u, 1u, 0u));
  EXPECT_THAT(DrawBelow(Random(0x5eed), 1000, 8),
              ElementsAre(621u, 55u, 335u, 948u, 287u, 675u, 271u, 48u));
  EXPECT_THAT(DrawBelow(Random(0x5eed), (1u << 31) + 1, 8),
              ElementsAre(618024074u, 1450873310u, 583416211u, 104809628u, 308244613u, 951269475u,
                          1660419719u, 1687019191u));
}

TEST(RandomTest, GoldenSplit) {
  const Random random(0x5eed);
  EXPECT_THAT(Draw(random.Split(0), 4),
              ElementsAre(0xa2cb6234u, 0x11e84f37u, 0x602776d1u, 0xec5907c7u));
  EXPECT_THAT(Draw(random.Split(1), 4),
              ElementsAre(0x33a82321u, 0xc6f053ddu, 0x981dc2f4u, 0x8aa9f8dbu));
  EXPECT_THAT(Draw(random.Split(1).Split(1), 4),
              ElementsAre(0x5020d703u, 0xbba2db15u, 0xc9de8cecu, 0x43eafe00u));
}

TEST(RandomTest, GoldenFarAlongTheStream) {
  Random random(0x5eed);
  uint64_t folded = 0;
  for (int i = 0; i < 1'000'000; ++i) folded = Mix(folded, random.Next());
  EXPECT_EQ(folded, 0xb7586e98852d67c2u);
}

TEST(RandomTest, IsUsableAtCompileTime) {
  constexpr uint32_t kNumber = [] {
    Random random(7);
    return random.Below(10) + random.Split(1).Below(10);
  }();
  static_assert(kNumber < 19);
}

TEST(RandomTest, BelowOneIsZero) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(random.Below(1), 0u);
}

class BelowTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(BelowTest, StaysInRangeAndReachesItsEnds) {
  const uint32_t n = GetParam();
  Random random(n);
  uint32_t least = n, greatest = 0;
  for (int i = 0; i < 100'000; ++i) {
    const uint32_t x = random.Below(n);
    ASSERT_LT(x, n);
    least = std::min(least, x);
    greatest = std::max(greatest, x);
  }
  EXPECT_LE(least, n / 1000);
  EXPECT_GE(greatest, n - 1 - n / 1000);
}

TEST_P(BelowTest, IsUnbiased) {
  // Up to 64 equal parts of [0, n); the plain remainder of a 32-bit number fails here for the
  // large n, where it prefers the lower half by two to one.
  const uint32_t n = GetParam();
  const uint32_t parts = std::min(n, 64u);
  if (parts == 1) return;
  std::vector<uint32_t> counts(parts);
  Random random(Mix(n));
  for (int i = 0; i < 64'000; ++i) {
    ++counts[static_cast<uint64_t>(random.Below(n)) * parts / n];
  }
  EXPECT_LT(ChiSquare(counts), ChiSquareLimit(parts - 1));
}

INSTANTIATE_TEST_SUITE_P(Ranges, BelowTest,
                         ::testing::Values(1, 2, 3, 4, 5, 6, 7, 8, 10, 16, 32, 33, 64, 1u << 16,
                                           1u << 31, (1u << 31) + 1, 3u << 30,
                                           std::numeric_limits<uint32_t>::max()),
                         ::testing::PrintToStringParamName());

TEST(RandomTest, EveryBitIsFair) {
  std::array<int, 32> ones{};
  Random random(3);
  for (int i = 0; i < 100'000; ++i) {
    const uint32_t x = random.Next();
    for (int bit = 0; bit < 32; ++bit) ones[bit] += x >> bit & 1;
  }
  for (int bit = 0; bit < 32; ++bit) EXPECT_NEAR(ones[bit], 50'000, 1000) << "bit " << bit;
}

// Neighbouring pairs of numbers of one stream.
TEST(RandomTest, SuccessiveNumbersAreIndependent) {
  std::array<uint32_t, 64> pairs{};
  Random random(4);
  for (int i = 0; i < 64'000; ++i) {
    const uint32_t first = random.Below(8);
    ++pairs[first * 8 + random.Below(8)];
  }
  EXPECT_LT(ChiSquare(pairs), ChiSquareLimit(63));
}

// The first numbers of executions i and i + 1, which is what a random walk begins with.
TEST(RandomTest, SeedsOfSuccessiveExecutionsAreIndependent) {
  const uint64_t name = HashName("Suite.Test");
  std::array<uint32_t, 64> pairs{};
  for (uint64_t i = 0; i < 64'000; ++i) {
    Random first(Mix(0x5eed, name, i)), second(Mix(0x5eed, name, i + 1));
    ++pairs[first.Below(8) * 8 + second.Below(8)];
  }
  EXPECT_LT(ChiSquare(pairs), ChiSquareLimit(63));
}

TEST(RandomTest, SplitStreamsAreIndependentOfEachOtherAndOfTheirParent) {
  std::array<uint32_t, 64> siblings{}, parent_and_child{};
  Random parent(5);
  Random left = parent.Split(0), right = parent.Split(1);
  for (int i = 0; i < 64'000; ++i) {
    const uint32_t a = left.Below(8);
    ++siblings[a * 8 + right.Below(8)];
    ++parent_and_child[a * 8 + parent.Below(8)];
  }
  EXPECT_LT(ChiSquare(siblings), ChiSquareLimit(63));
  EXPECT_LT(ChiSquare(parent_and_child), ChiSquareLimit(63));
}

TEST(RandomTest, SplitLeavesItsParentAlone) {
  Random split(6), whole(6);
  Random child = split.Split(1);
  child.Next();
  EXPECT_EQ(Draw(split, 10), Draw(whole, 10));
}

TEST(RandomTest, SplitDependsOnThePositionInTheStream) {
  Random random(6);
  const std::vector<uint32_t> before = Draw(random.Split(1), 4);
  random.Next();
  EXPECT_NE(Draw(random.Split(1), 4), before);
}

}  // namespace
}  // namespace heddle
