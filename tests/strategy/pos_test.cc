// SPDX-License-Identifier: Apache-2.0
//
// POS samples partial orders: the exact probabilities of small ones.
#include "heddle/strategy/pos.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/strategy/internal/chance.h"
#include "support/model_program.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::Contains;
using ::testing::DoubleNear;

double PosShareOf(const std::string& order, const std::map<std::string, uint32_t>& counts) {
  uint32_t total = 0;
  for (const auto& [key, count] : counts) total += count;
  const auto found = counts.find(order);
  return found == counts.end() ? 0 : double{1} * found->second / total;
}

// Task 1 keeps its one draw while task 0, whose other steps do not touch it, draws eleven: it is last if it is
// the lowest of twelve. (A random walk: once in 2^11.)
TEST(PosTest, IndependentStepsLeaveTheDrawsOfOthers) {
  ModelTask long_one(10, Store(2));
  long_one.push_back(Store(1));
  ModelProgram program({long_one, {Store(1)}});
  const auto counts = CountOrders(program, *MakePos(), 24'000, InFull);
  EXPECT_THAT(PosShareOf("000000000001", counts), DoubleNear(1 / 12.0, 0.006));
}

// After the first store of task 0 both draw anew. (Without that, task 1 would be the lowest of three: 1/3.)
TEST(PosTest, DependentStepsDrawAnew) {
  ModelProgram program({{Store(1), Store(1)}, {Store(1)}});
  const auto counts = CountOrders(program, *MakePos(), 24'000, InFull);
  EXPECT_THAT(PosShareOf("001", counts), DoubleNear(0.25, 0.01));
  EXPECT_THAT(PosShareOf("010", counts), DoubleNear(0.25, 0.01));
  EXPECT_THAT(PosShareOf("100", counts), DoubleNear(0.5, 0.01));
}

// Two loads are independent: task 1 is the lowest of three.
TEST(PosTest, LooksAreIndependent) {
  ModelProgram program({{Load(1), Load(1)}, {Load(1)}});
  const auto counts = CountOrders(program, *MakePos(), 24'000, InFull);
  EXPECT_THAT(PosShareOf("001", counts), DoubleNear(1 / 3.0, 0.01));
}

// A select may have any channel among its cases.
TEST(PosTest, ASelectIsDependentWithWhatMovesAChannel) {
  ModelProgram program(
      {{{OperationKind::kSend, 1}, {OperationKind::kSend, 1}}, {{OperationKind::kSelect, 0}}});
  const auto counts = CountOrders(program, *MakePos(), 24'000, InFull);
  EXPECT_THAT(PosShareOf("001", counts), DoubleNear(0.25, 0.01));
}

// Whether task `checker` saw the first of two stores of another task and not the second.
std::string SawHalf(const std::vector<uint32_t>& order, uint32_t checker) {
  bool a = false, b = false, saw_a = false, wrong = false;
  std::vector<uint32_t> done(checker + 1);
  for (uint32_t task : order) {
    const uint32_t n = done[task]++;
    if (task == 0) continue;
    if (task == checker) {
      if (n == 1) saw_a = a;
      if (n == 2) wrong = saw_a && !b;
    } else {
      a |= n == 1;
      b |= n == 2;
    }
  }
  return wrong ? "wrong" : "right";
}

// Means of a million executions each. An independent implementation on the same events (spawn, start, store, load)
// needed 16, 23 and 49 on average, over 50 explorations.
TEST(PosTest, FindsReorderInAsManyExecutionsAsExpected) {
  const double expected[] = {12.2, 19.1, 32.3};
  for (uint32_t setters = 2; setters <= 4; ++setters) {
    const uint32_t checker = setters + 1;
    std::vector<ModelTask> tasks(1);
    for (uint32_t i = 1; i <= checker; ++i) {
      tasks[0].push_back(Spawn(i));
      tasks.push_back({{OperationKind::kStart}});
      for (uint32_t object : {1u, 2u}) {
        tasks[i].push_back(i == checker ? Load(object) : Store(object));
      }
    }
    ModelProgram program(tasks);
    const auto counts = CountOrders(program, *MakePos(), 40'000,
                                    [&](const auto& order) { return SawHalf(order, checker); });
    const double executions = 1 / PosShareOf("wrong", counts);
    EXPECT_GT(executions, expected[setters - 2] * 0.9) << setters;
    EXPECT_LT(executions, expected[setters - 2] * 1.1) << setters;
  }
}

// Task 0 goes on for ever. One task in thousands draws so low a number that it would wait longer than kFairInterval
// decisions; after these it draws again.
TEST(PosTest, NobodyStarves) {
  constexpr uint32_t kOthers = 50;
  std::vector<ModelTask> tasks = {ModelTask(10'000, Load(1))};
  for (uint32_t i = 1; i <= kOthers; ++i) tasks.push_back({Store(1 + i)});
  ModelProgram program(tasks);
  for (uint32_t seed = 0; seed < 200; ++seed) {
    const std::vector<uint32_t> order = program.Run(*MakePos(), seed, 3 * kFairInterval);
    EXPECT_EQ(order.size() - std::ranges::count(order, 0u), kOthers) << seed;
  }
}

TEST(PosTest, TheSameSeedChoosesTheSameAgain) {
  ModelProgram program({{Store(1), Load(2), Store(1)}, {Store(1), Store(2), Load(1)}});
  const std::unique_ptr<Strategy> pos = MakePos();
  EXPECT_EQ(program.Run(*pos, 5), program.Run(*pos, 5));
  EXPECT_NE(CountOrders(program, *pos, 20, InFull).size(), 1u);
}

}  // namespace
}  // namespace heddle
