// SPDX-License-Identifier: Apache-2.0
//
// RF-POS forces who comes first at an object, by what tasks do and not by which task it is.
#include "heddle/strategy/rf_pos.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/strategy/pos.h"
#include "heddle/strategy/random_walk.h"
#include "support/model_program.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::Contains;

// How often `wanted` is true of an order.
template <class Wanted>
double HowOften(ModelProgram& program, Strategy& strategy, uint32_t runs, Wanted wanted) {
  double count = 0;
  for (uint32_t seed = 0; seed < runs; ++seed) count += wanted(program.Run(strategy, seed));
  return count / runs;
}

// The first of the tasks at object 1.
uint32_t FirstAtOne(const ModelProgram& program, const std::vector<uint32_t>& order) {
  for (size_t i = 0; i < order.size(); ++i) {
    if (program.lesson().steps[i].object.value == 1) return order[i];
  }
  return 0xffff;
}

// One reader among forty writers, all of which have steps of their own before. POS lets it be the first about
// once in 40 executions.
TEST(RfPosTest, OneAmongManyComesFirstInManyExecutions) {
  std::vector<ModelTask> tasks;
  for (uint32_t i = 0; i < 40; ++i) tasks.push_back({Store(100 + i), Store(1)});
  tasks.push_back({Store(200), Load(1)});
  ModelProgram program(tasks);
  const auto reader_first = [&](const auto& order) { return FirstAtOne(program, order) == 40; };
  EXPECT_LT(HowOften(program, *MakePos(), 2'000, reader_first), 0.05);
  const std::unique_ptr<Strategy> strategy = Taught(MakeRfPos(), program);
  // A constraint in half of the executions; of those half are about the very first, and half of them the
  // reader's: 1/8 with the first constraint alone.
  EXPECT_GT(HowOften(program, *strategy, 2'000, reader_first), 0.11);
}

// ... and right after the first of the others.
TEST(RfPosTest, OneAmongManyComesSecondInManyExecutions) {
  std::vector<ModelTask> tasks;
  for (uint32_t i = 0; i < 40; ++i) tasks.push_back({Store(100 + i), Store(1)});
  tasks.push_back({Store(200), Load(1)});
  ModelProgram program(tasks);
  const auto reader_second = [&](const std::vector<uint32_t>& order) {
    uint32_t at_one = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      if (program.lesson().steps[i].object.value != 1) continue;
      if (++at_one == 2) return order[i] == 40;
    }
    return false;
  };
  EXPECT_LT(HowOften(program, *MakePos(), 2'000, reader_second), 0.05);
  EXPECT_GT(HowOften(program, *Taught(MakeRfPos(), program), 2'000, reader_second), 0.11);
}

// Where all do the same nothing can be told apart: POS, but for what is drawn.
TEST(RfPosTest, TasksThatAreAlikeAreNotConstrained) {
  ModelProgram program({{Store(1), Store(1)}, {Store(1), Store(1)}});
  const std::unique_ptr<Strategy> strategy = Taught(MakeRfPos(), program);
  const std::unique_ptr<Strategy> pos = MakePos();
  EXPECT_EQ(CountOrders(program, *strategy, 500, InFull), CountOrders(program, *pos, 500, InFull));
}

// A role that takes no step at the object after all: the others are not held for ever.
TEST(RfPosTest, WhatCannotBeHadDelaysNobodyForEver) {
  ModelProgram known({{Store(1)}, {Load(1)}});
  const std::unique_ptr<Strategy> strategy = Taught(MakeRfPos(), known);
  ModelProgram program({{Store(1), Store(1)}, {Store(8), Store(9)}, {Store(1)}});
  for (uint32_t seed = 0; seed < 300; ++seed) EXPECT_EQ(program.Run(*strategy, seed).size(), 5u);
}

TEST(RfPosTest, APollingTaskDelaysNobodyForEver) {
  ModelTask polls(50'000, Load(9));
  polls.push_back(Store(1));
  ModelProgram known({{Load(9), Store(1)}, {Load(1)}});
  const std::unique_ptr<Strategy> strategy = Taught(MakeRfPos(), known);
  ModelProgram program({polls, {Load(1)}});
  for (uint32_t seed = 0; seed < 20; ++seed) {
    EXPECT_THAT(program.Run(*strategy, seed, 20'000), Contains(1u)) << seed;
  }
}

TEST(RfPosTest, TheSameSeedChoosesTheSameAgain) {
  ModelProgram program({{Store(1), Store(2)}, {Load(1), Store(2)}});
  const std::unique_ptr<Strategy> strategy = Taught(MakeRfPos(), program);
  EXPECT_EQ(program.Run(*strategy, 5), program.Run(*strategy, 5));
  EXPECT_NE(CountOrders(program, *strategy, 20, InFull).size(), 1u);
}

}  // namespace
}  // namespace heddle
