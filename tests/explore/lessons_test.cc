// SPDX-License-Identifier: Apache-2.0
//
// Lessons: the first executions, from which samplers learn, come before one that is run alone, too.
#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/explore/explore.h"
#include "heddle/explore/knobs.h"
#include "heddle/heddle.h"
#include "heddle/runtime/internal/tsan.h"
#include "heddle/strategy/make_strategy.h"
#include "support/environment.h"
#include "support/scenario.h"

namespace heddle {
namespace {

using namespace testing_support;

class LessonsTest : public ::testing::Test {
 private:
  CleanEnvironment clean_;
};

void TwoYields() {
  Task task = Go([] { Yield(); });
  Yield();
  task.Join();
}

// Whoever decides has had the same lessons when its execution is run alone.
TEST_F(LessonsTest, SeedVariableRunsOneExecutionAfterTheLessons) {
  for (StrategyKind strategy :
       {StrategyKind::kPortfolio, StrategyKind::kRandom, StrategyKind::kPct, StrategyKind::kPos,
        StrategyKind::kUrw, StrategyKind::kSurw, StrategyKind::kRfPos}) {
    uint32_t after_lessons = 0;
    for (uint64_t base = 1; base <= 8; ++base) {
      const Options options{.name = "r",
                            .schedules = 10'000,
                            .strategy = strategy,
                            .seed = base,
                            .clock = ClockPolicy::kWhenIdle};
      const Report found = Explore(VeryRare, options);
      if (found.verdict == Verdict::kPassed) continue;
      after_lessons += found.schedules_run > kLessons ? 1 : 0;
      ScopedVariable seed("HEDDLE_SEED", found.seed);
      const Report alone = Explore(VeryRare, options);
      EXPECT_EQ(alone.trace_hash, found.trace_hash) << found.strategy << " " << found.seed;
      EXPECT_EQ(alone.replay, found.replay);
      EXPECT_EQ(alone.schedules_run, 1u);
    }
    EXPECT_GT(after_lessons, 0u) << MakeStrategy(strategy)->name();
  }
}

// A lesson that fails teaches nothing, since an exploration would have ended there.
TEST_F(LessonsTest, LessonsBeforeOneExecutionAreNotJudged) {
  int runs = 0;
  ScopedVariable seed("HEDDLE_SEED", "0x5eed:40");
  const Report report = Explore(
      [&] {
        if (++runs <= 32) throw std::string("a lesson");
        TwoYields();
      },
      {.name = "lessons", .strategy = StrategyKind::kPct});
  EXPECT_EQ(report.verdict, Verdict::kPassed) << testing::PrintToString(report);
  EXPECT_EQ(report.schedules_run, 1u);
  EXPECT_GE(runs, 33);
}

TEST_F(LessonsTest, WhoDoesNotLearnNeedsNoLessons) {
  int runs = 0;
  ScopedVariable seed("HEDDLE_SEED", "0x5eed:41");
  (void)Explore([&] { ++runs, TwoYields(); }, {.name = "none", .strategy = StrategyKind::kPos});
  EXPECT_LE(runs, internal::kMostTries);
}

TEST_F(LessonsTest, TheDeadlineHoldsInLessons) {
  ScopedVariable seed("HEDDLE_SEED", "0x5eed:40");
  const Report report = Explore(
      [] {
        for (;;) Yield();
      },
      {.name = "spin",
       .strategy = StrategyKind::kPct,
       .max_steps = 4'000'000'000,
       .deadline_ms = 100});
  EXPECT_EQ(report.verdict, Verdict::kDeadline);
  EXPECT_EQ(report.replay, "HEDDLE_SEED=0x5eed:0");
}

}  // namespace
}  // namespace heddle
