// SPDX-License-Identifier: Apache-2.0
//
// URW takes every interleaving equally often once it knows how many steps there are.
#include "heddle/strategy/urw.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/strategy/random_walk.h"
#include "support/model_program.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::DoubleNear;

TEST(UrwTest, EveryInterleavingIsEquallyLikely) {
  // 6! / (2! 4!) of them; 5! / (1! 1! 3!). The 99.9 % quantiles for 14 and 19 degrees of freedom.
  ModelProgram two({{Store(1), Store(1)}, {Store(1), Store(1), Store(2), Load(1)}});
  const auto of_two = CountOrders(two, *Taught(MakeUrw(), two), 15'000, InFull);
  EXPECT_EQ(of_two.size(), 15u);
  EXPECT_LT(ChiSquareOf(of_two, 15), 36.1);
  ModelProgram three({{Store(1)}, {Store(2)}, {Store(1), Load(2), Store(3)}});
  const auto of_three = CountOrders(three, *Taught(MakeUrw(), three), 20'000, InFull);
  EXPECT_EQ(of_three.size(), 20u);
  EXPECT_LT(ChiSquareOf(of_three, 20), 43.8);
}

TEST(UrwTest, ARandomWalkIsNot) {
  ModelProgram two({{Store(1), Store(1)}, {Store(1), Store(1), Store(2), Load(1)}});
  EXPECT_GT(ChiSquareOf(CountOrders(two, *MakeRandomWalk(), 15'000, InFull), 15), 1000);
}

// The steps of tasks to come count as their parent's: 'spawn' of the second task comes first in most
// interleavings, for its four steps follow.
TEST(UrwTest, StepsOfTasksToBeSpawnedCount) {
  ModelProgram program(
      {{Spawn(1), Spawn(2)}, {Store(1)}, {Store(1), Store(1), Store(1), Store(1)}});
  // After the first spawn: 5!/1!4! = 5 orders of what follows where it is spawned next, in which task 1
  // comes after; one where task 1 comes first.
  const auto counts = CountOrders(program, *Taught(MakeUrw(), program), 12'000, InFull);
  EXPECT_EQ(counts.size(), 6u);
  EXPECT_LT(ChiSquareOf(counts, 6), 20.5);
}

TEST(UrwTest, AnUnknownTaskCountsAsOneStep) {
  ModelProgram known({{Store(1), Store(1), Store(1)}});
  ModelProgram program({{Store(1), Store(1), Store(1)}, {Store(1)}});
  const std::unique_ptr<Strategy> urw = Taught(MakeUrw(), known);
  uint32_t first = 0;
  for (uint32_t seed = 0; seed < 10'000; ++seed) first += program.Run(*urw, seed).front() == 1;
  EXPECT_THAT(first / 10'000.0, DoubleNear(0.25, 0.015));
}

TEST(UrwTest, WithoutLessonsItIsARandomWalk) {
  ModelProgram program({{Store(1), Store(1), Store(1)}, {Store(1)}});
  uint32_t first = 0;
  const std::unique_ptr<Strategy> urw = MakeUrw();
  for (uint32_t seed = 0; seed < 10'000; ++seed) first += program.Run(*urw, seed).front() == 1;
  EXPECT_THAT(first / 10'000.0, DoubleNear(0.5, 0.017));
}

TEST(UrwTest, TheSameSeedChoosesTheSameAgain) {
  ModelProgram program({{Store(1), Store(1), Store(1)}, {Store(1), Load(1), Store(2)}});
  const std::unique_ptr<Strategy> urw = Taught(MakeUrw(), program);
  EXPECT_EQ(program.Run(*urw, 5), program.Run(*urw, 5));
  EXPECT_NE(CountOrders(program, *urw, 20, InFull).size(), 1u);
}

}  // namespace
}  // namespace heddle
