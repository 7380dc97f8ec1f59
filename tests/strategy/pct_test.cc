// SPDX-License-Identifier: Apache-2.0
//
// PCT: priorities, change points, the guarantee, and that nobody starves.
#include "heddle/strategy/pct.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/sanitize.h"
#include "heddle/strategy/internal/chance.h"
#include "support/model_program.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::Contains;

ModelTask Steps(size_t count) { return ModelTask(count, Store(1)); }

std::unique_ptr<Strategy> PctTaught(ModelProgram& program, uint32_t depth) {
  std::unique_ptr<Strategy> pct = MakePct(depth);
  for (uint32_t i = 0; i < kLessons; ++i) {
    program.Run(*pct, i);
    pct->Learn(program.lesson());
  }
  return pct;
}

uint32_t SwitchesOf(const std::vector<uint32_t>& order) {
  uint32_t switches = 0;
  for (size_t i = 1; i < order.size(); ++i) switches += order[i] != order[i - 1];
  return switches;
}

TEST(PctTest, OfDepthOneItRunsTheTasksOneAfterAnother) {
  ModelProgram program({Steps(3), Steps(3), Steps(3)});
  const auto counts = CountOrders(program, *MakePct(1), 6'000, InFull);
  EXPECT_EQ(counts.size(), 6u);
  EXPECT_LT(ChiSquareOf(counts, 6), 20.5);  // the 99.9 % quantile for 5 degrees of freedom
}

// Each change point adds at most one preemption: a switch there, and one less at the end of a task.
TEST(PctTest, EachChangePointPreemptsAtMostOnce) {
  ModelProgram program({Steps(20), Steps(20), Steps(20)});
  for (uint32_t depth = 1; depth <= 4; ++depth) {
    const std::unique_ptr<Strategy> pct = PctTaught(program, depth);
    uint32_t most = 0;
    for (uint32_t seed = 0; seed < 2000; ++seed) {
      most = std::max(most, SwitchesOf(program.Run(*pct, seed)));
    }
    EXPECT_EQ(most, 2 + (depth - 1)) << depth;
  }
}

// The 99.9 % upper confidence limit of the hit rate is not below 1 / (n k^(d-1)). Prints both, for scripts/score
// --suite=samplers.
void ExpectGuarantee(ModelProgram& program, uint32_t depth, double tasks,
                     const std::function<bool(const std::string&)>& hits) {
  const std::unique_ptr<Strategy> pct = PctTaught(program, depth);
  double k = 0;  // the most decisions of an execution, or more than were learned
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    program.Run(*pct, seed);
    k = std::max(k, double{1} * program.lesson().decisions);
  }
  constexpr uint32_t kRuns = HEDDLE_TSAN || HEDDLE_ASAN ? 10'000 : 100'000;
  double hit = 0;
  for (const auto& [order, count] : CountOrders(program, *pct, kRuns, InFull)) {
    if (hits(order)) hit += count;
  }
  const double rate = hit / kRuns;
  const double limit = rate + 3.09 * std::sqrt(rate * (1 - rate) / kRuns);
  const double promised = 1 / (tasks * std::pow(k, depth - 1));
  EXPECT_GE(limit, promised) << "depth " << depth;
  absl::PrintF(
      "pct     bug of depth %d in %d executions: found by at most %.5f of them (bar: %.5f)%s\n",
      depth, kRuns, limit, promised, limit >= promised ? "" : "  MISSED");
  EXPECT_GT(hit, 0);
}

TEST(PctTest, FindsBugsOfDepthOneTwoAndThreeAsOftenAsPromised) {
  // Task 3 begins before all others.
  ModelProgram order({Steps(5), Steps(5), Steps(5), Steps(5)});
  ExpectGuarantee(order, 1, 4, [](const std::string& s) { return s.front() == '3'; });
  // All of task 1 comes between two certain steps of task 0.
  ModelProgram atomicity({Steps(8), Steps(4)});
  ExpectGuarantee(atomicity, 2, 2, [](const std::string& s) { return s == "000001111000"; });
  // The same, and task 0 goes on between two certain steps of task 1.
  ModelProgram twice({Steps(6), Steps(6)});
  ExpectGuarantee(twice, 3, 2, [](const std::string& s) { return s == "000111000111"; });
}

TEST(PctTest, ChangePointsLieAmongTheDecisionsThatWereLearned) {
  // At most 10 decisions in lessons, hundreds here: none of the later ones is a change point.
  ModelProgram known({Steps(6), Steps(5)});
  const std::unique_ptr<Strategy> pct = PctTaught(known, 2);
  ModelProgram program({Steps(200), Steps(200)});
  for (uint32_t seed = 0; seed < 500; ++seed) {
    const std::vector<uint32_t> order = program.Run(*pct, seed);
    for (size_t i = 11; i < 200; ++i) ASSERT_EQ(order[i], order[i - 1]) << seed;
  }
}

TEST(PctTest, WhoYieldsIsPutLast) {
  ModelProgram program(
      {{{OperationKind::kYield}, {OperationKind::kYield}, {OperationKind::kYield}},
       {{OperationKind::kYield}, {OperationKind::kYield}, {OperationKind::kYield}}});
  const auto counts = CountOrders(program, *MakePct(1), 1'000, InFull);
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_THAT(counts, Contains(::testing::Key("010101")));
  EXPECT_THAT(counts, Contains(::testing::Key("101010")));
}

TEST(PctTest, WhoPollsIsPutLast) {
  ModelProgram program({ModelTask(1000, Load(1)), Steps(3)});
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const std::vector<uint32_t> order = program.Run(*MakePct(1), seed, kMostPolls + 4);
    EXPECT_THAT(order, Contains(1u)) << seed;
  }
}

TEST(PctTest, NobodyStarves) {
  ModelTask spins;
  for (int i = 0; i < 5000; ++i) spins.insert(spins.end(), {Load(1), Load(2)});
  ModelProgram program({spins, Steps(3)});
  for (uint32_t seed = 0; seed < 100; ++seed) {
    EXPECT_THAT(program.Run(*MakePct(1), seed, 1100), Contains(1u)) << seed;
  }
}

TEST(PctTest, WhatWasPolledInTheExecutionBeforeIsForgotten) {
  ModelProgram program({ModelTask(100, Load(1)), ModelTask(100, Load(1))});
  const std::unique_ptr<Strategy> pct = MakePct(1);
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const std::vector<uint32_t> fresh = program.Run(*MakePct(1), seed);
    for (uint32_t other = 0; other < 2; ++other) {
      program.Run(*pct, other, /*most=*/5);
      ASSERT_EQ(program.Run(*pct, seed), fresh) << seed;
    }
  }
}

TEST(PctTest, ManyTasksAreChosenAtRandom) {
  ModelProgram program(std::vector<ModelTask>(400, Steps(2)));
  EXPECT_GT(SwitchesOf(program.Run(*MakePct(1), 3, 100)), 90u);
}

TEST(PctTest, TheSameSeedChoosesTheSameAgain) {
  ModelProgram program({Steps(5), Steps(5), Steps(5)});
  const std::unique_ptr<Strategy> pct = PctTaught(program, 3);
  EXPECT_EQ(program.Run(*pct, 5), program.Run(*pct, 5));
  EXPECT_NE(CountOrders(program, *pct, 20, InFull).size(), 1u);
}

}  // namespace
}  // namespace heddle
