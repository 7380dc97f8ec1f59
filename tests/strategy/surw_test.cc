// SPDX-License-Identifier: Apache-2.0
//
// SURW takes every order of the steps at the objects it picks equally often, whatever else the tasks do.
#include "heddle/strategy/surw.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/strategy/random_walk.h"
#include "support/model_program.h"

namespace heddle {
namespace {

using namespace testing_support;

// A task with `before` steps at an object of its own, and then `at_shared` at object 1.
ModelTask SurwTask(uint32_t own_object, size_t before, size_t at_shared) {
  ModelTask task(before, Store(own_object));
  task.insert(task.end(), at_shared, Store(1));
  return task;
}

// The tasks in the order of their steps at object 1.
auto SurwAtShared(const ModelProgram& program) {
  return [&program](const std::vector<uint32_t>& order) {
    std::string text;
    for (size_t i = 0; i < order.size(); ++i) {
      if (program.lesson().steps[i].object.value == 1) text += static_cast<char>('0' + order[i]);
    }
    return text;
  };
}

TEST(SurwTest, OrdersAtTheSharedObjectAreEquallyLikely) {
  ModelProgram program({SurwTask(10, 0, 1), SurwTask(11, 30, 1), SurwTask(12, 3, 2)});
  // 4! / (1! 1! 2!) orders; the 99.9 % quantile for 11 degrees of freedom.
  const auto counts =
      CountOrders(program, *Taught(MakeSurw(), program), 12'000, SurwAtShared(program));
  EXPECT_EQ(counts.size(), 12u);
  EXPECT_LT(ChiSquareOf(counts, 12), 31.3);
}

TEST(SurwTest, ARandomWalkTakesTheShortTaskFirst) {
  ModelProgram program({SurwTask(10, 0, 1), SurwTask(11, 30, 1), SurwTask(12, 3, 2)});
  const auto counts = CountOrders(program, *MakeRandomWalk(), 12'000, SurwAtShared(program));
  EXPECT_GT(ChiSquareOf(counts, 12), 1000);
}

TEST(SurwTest, TheNextStepMayBeOneOfATaskThatIsSpawnedFirst) {
  ModelProgram program(
      {{Store(1), Spawn(1), Store(9), Spawn(2)}, {Store(1)}, {Store(1), Store(1)}});
  // What follows the store of task 0: 3! / (1! 2!) orders.
  const auto counts =
      CountOrders(program, *Taught(MakeSurw(), program), 9'000, SurwAtShared(program));
  EXPECT_EQ(counts.size(), 3u);
  EXPECT_LT(ChiSquareOf(counts, 3), 13.8);
}

// That the long task is first at an object, and not delayed before, takes a sample of the order at that one.
TEST(SurwTest, EveryObjectThatIsSharedAndChangedIsPickedAtTimes) {
  ModelTask late = ModelTask(60, Store(9));
  late.insert(late.end(), {Store(1), Store(2)});
  ModelProgram program({{Store(1), Store(8), Store(8), Store(8), Store(2)}, late});
  const std::unique_ptr<Strategy> surw = Taught(MakeSurw(), program);
  const auto first_at = [&](uint32_t object) {
    return CountOrders(program, *surw, 2'000, [&](const std::vector<uint32_t>& order) {
      size_t i = 0;
      while (program.lesson().steps[i].object.value != object) ++i;
      return std::to_string(order[i]);
    })["1"];
  };
  EXPECT_GT(first_at(1), 400u);
  EXPECT_GT(first_at(2), 400u);
}

// The tasks alternate at objects 1 and 2: one of six orders where these two are picked, as in a ninth of the
// executions, which makes 111. Where only one is picked, the late task seldom comes in time at the other: 18.
TEST(SurwTest, SeveralObjectsArePickedAtTimes) {
  ModelTask late(60, Store(9));
  late.insert(late.end(), {Store(1), Store(2), Store(3), Store(4)});
  ModelProgram program({{Store(1), Store(2), Store(3), Store(4)}, late});
  const auto counts = CountOrders(program, *Taught(MakeSurw(), program), 6'000,
                                  [&](const std::vector<uint32_t>& order) {
                                    std::string text;
                                    for (size_t i = 0; i < order.size(); ++i) {
                                      const uint32_t at = program.lesson().steps[i].object.value;
                                      if (at == 1 || at == 2) text += std::to_string(order[i]);
                                    }
                                    return text;
                                  });
  EXPECT_GT(counts.at("0101"), 60u);
}

TEST(SurwTest, WhatAWaitGroupCountsIsNothingToOrder) {
  const ModelStep add = {OperationKind::kAdd, 1};
  ModelProgram counts({{add, Store(8)}, {add, Store(9)}});
  ModelProgram same({{add, Store(8)}, {add, Store(9)}});
  const std::unique_ptr<Strategy> unaware = MakeSurw();
  const std::unique_ptr<Strategy> taught = Taught(MakeSurw(), counts);
  EXPECT_EQ(CountOrders(counts, *taught, 500, InFull), CountOrders(same, *unaware, 500, InFull));
}

TEST(SurwTest, LooksAloneAreNothingToOrder) {
  ModelProgram looks({{Load(1), Store(8)}, {Load(1), Store(9)}});
  ModelProgram empty({{Load(1), Store(8)}, {Load(1), Store(9)}});
  const std::unique_ptr<Strategy> unaware = MakeSurw();
  const std::unique_ptr<Strategy> taught = Taught(MakeSurw(), looks);
  EXPECT_EQ(CountOrders(looks, *taught, 500, InFull), CountOrders(empty, *unaware, 500, InFull));
}

// Of three objects under one mutex none is picked, so that every sample is one of the order at the mutex.
TEST(SurwTest, WhatIsUsedUnderAMutexIsNotPicked) {
  const ModelStep lock = {OperationKind::kLock, 1};
  const ModelStep unlock = {OperationKind::kUnlock, 1};
  ModelTask task = {lock, Store(2), Store(3), Store(4), unlock};
  ModelTask late = ModelTask(40, Store(9));
  late.insert(late.end(), task.begin(), task.end());
  ModelProgram program({task, late, task});
  const std::unique_ptr<Strategy> surw = Taught(MakeSurw(), program);
  const auto counts = CountOrders(program, *surw, 6'000, [&](const std::vector<uint32_t>& order) {
    std::string text;
    for (size_t i = 0; i < order.size(); ++i) {
      if (program.lesson().steps[i].kind == OperationKind::kLock) {
        text += static_cast<char>('0' + order[i]);
      }
    }
    return text;
  });
  EXPECT_EQ(counts.size(), 6u);
  EXPECT_LT(ChiSquareOf(counts, 6), 20.5);
}

// The task of which two steps are expected takes but one: the others are not held for ever.
TEST(SurwTest, WrongNumbersDelayNobodyForEver) {
  ModelProgram known({SurwTask(10, 1, 5), SurwTask(11, 1, 5)});
  const std::unique_ptr<Strategy> surw = Taught(MakeSurw(), known);
  ModelProgram program({SurwTask(10, 1, 1), SurwTask(11, 1, 40), SurwTask(12, 0, 3)});
  for (uint32_t seed = 0; seed < 200; ++seed) EXPECT_EQ(program.Run(*surw, seed).size(), 46u);
}

TEST(SurwTest, APollingTaskDelaysNobodyForEver) {
  // Task 0 polls object 9 far longer than anybody would wait; task 1 waits for its turn at object 1, which
  // task 0 is to take first in half of the executions.
  ModelTask polls(50'000, Load(9));
  polls.push_back(Store(1));
  ModelProgram known({{Load(9), Store(1)}, {Store(1)}});
  const std::unique_ptr<Strategy> surw = Taught(MakeSurw(), known);
  ModelProgram program({polls, {Store(1)}});
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const std::vector<uint32_t> order = program.Run(*surw, seed, 20'000);
    EXPECT_THAT(order, ::testing::Contains(1u)) << seed;
  }
}

TEST(SurwTest, TheSameSeedChoosesTheSameAgain) {
  ModelProgram program({SurwTask(10, 2, 2), SurwTask(11, 2, 2)});
  const std::unique_ptr<Strategy> surw = Taught(MakeSurw(), program);
  EXPECT_EQ(program.Run(*surw, 5), program.Run(*surw, 5));
  EXPECT_NE(CountOrders(program, *surw, 20, InFull).size(), 1u);
}

}  // namespace
}  // namespace heddle
