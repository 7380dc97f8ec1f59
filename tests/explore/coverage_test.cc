// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/coverage.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/core/report.h"
#include "heddle/detect/internal/saturation.h"
#include "heddle/report/text.h"

namespace heddle::internal {
namespace {

TEST(CoverageTest, VerifiedWithLoopsThatWait) {
  EXPECT_EQ(DescribeCoverage({.executions = 5, .exhausted = true, .has_rereads = true}, 0),
            "verified: all 5 executions, up to equivalence, with polling loops "
            "waiting for a change");
}

TEST(CoverageTest, Verified) {
  EXPECT_EQ(DescribeCoverage({.executions = 20, .exhausted = true}, 0),
            "verified: all 20 executions, up to equivalence");
  EXPECT_EQ(DescribeCoverage({.executions = 1, .exhausted = true}, 0),
            "verified: the only execution, up to equivalence");
  EXPECT_EQ(DescribeCoverage({.executions = 1'234'567, .exhausted = true}, 0),
            "verified: all 1,234,567 executions, up to equivalence");
}

TEST(CoverageTest, RedundantOnesAreCountedApart) {
  EXPECT_EQ(DescribeCoverage({.executions = 1680, .redundant = 1, .exhausted = true}, 0),
            "verified: all 1,680 executions, up to equivalence (and 1 redundant one)");
  EXPECT_EQ(DescribeCoverage({.executions = 1680, .redundant = 300, .left = 5}, 0),
            "1,680 executions explored, about 5 left (estimate) (and 300 redundant ones)");
}

TEST(CoverageTest, WithoutReductionNothingIsEquivalent) {
  EXPECT_EQ(DescribeCoverage({.executions = 64, .exhausted = true, .unreduced = true}, 0),
            "verified: all 64 executions");
}

TEST(CoverageTest, FaultsAreNamedWithTheirBudget) {
  const Coverage coverage = {.executions = 64, .exhausted = true, .unreduced = true};
  EXPECT_EQ(DescribeCoverage(coverage, 0, 0, {.spurious_wakeups = 1, .failed_try_locks = 2}),
            "verified: all 64 executions, with at most 1 spurious wakeup and 2 failed try-locks");
}

TEST(CoverageTest, TimersThatFireEarlyMayBeLeftOut) {
  const Coverage coverage{.executions = 7, .exhausted = true, .has_timers = true};
  EXPECT_EQ(DescribeCoverage(coverage, 0),
            "verified: all 7 executions, up to equivalence, with timers that fire only when no "
            "task can run");
  EXPECT_EQ(
      DescribeCoverage(coverage, 0, /*early_timers=*/2),
      "verified: all 7 executions, up to equivalence, with at most 2 timers that fire while a "
      "task can run");
  EXPECT_EQ(
      DescribeCoverage(coverage, 0, /*early_timers=*/1),
      "verified: all 7 executions, up to equivalence, with at most 1 timer that fires while a "
      "task can run");
}

TEST(CoverageTest, WhatAFairWalkDecidedIsNotVerified) {
  EXPECT_EQ(
      DescribeCoverage({.executions = 92, .fair = 12, .exhausted = true}, 0),
      "all 92 executions explored, but 12 of them only up to half of max_steps, where the fair "
      "part begins");
  EXPECT_EQ(
      DescribeCoverage({.executions = 92, .fair = 12, .counted = "delay", .complete_up_to = 1}, 0),
      "92 executions explored, complete up to 1 delay, but 12 of them only up to half of "
      "max_steps, where the fair part begins");
}

TEST(CoverageTest, ABoundedSearchTellsThatItIsFull) {
  EXPECT_EQ(
      DescribeCoverage(
          {.executions = 37, .counted = "preemption", .complete_up_to = 2, .is_full = true}, 0),
      "37 executions explored, complete up to 2 preemptions, with too many left to remember more");
}

TEST(CoverageTest, WhatWasCutIsNotVerified) {
  EXPECT_EQ(
      DescribeCoverage({.executions = 37, .fair = 20, .counted = "delay", .complete_up_to = 1}, 12),
      "37 executions explored, complete up to 1 delay, but 12 of them only up to max_steps "
      "and 20 of them only up to half of max_steps, where the fair part begins");
  EXPECT_EQ(DescribeCoverage({.executions = 37, .counted = "delay", .complete_up_to = 1}, 12),
            "37 executions explored, complete up to 1 delay, but 12 of them only up to max_steps");
  EXPECT_EQ(
      DescribeCoverage({.executions = 37, .left = 50}, 12),
      "37 executions explored, about 50 left (estimate), but 12 of them only up to max_steps");
  EXPECT_EQ(DescribeCoverage({.executions = 37, .exhausted = true}, 12),
            "all 37 executions explored, but 12 of them only up to max_steps");
}

TEST(CoverageTest, OfABoundedSearch) {
  Coverage coverage{.executions = 1000, .unreduced = true, .counted = "preemption"};
  EXPECT_EQ(DescribeCoverage(coverage, 0), "1,000 executions explored, complete up to no bound");
  coverage.complete_up_to = 0;
  EXPECT_EQ(DescribeCoverage(coverage, 0),
            "1,000 executions explored, complete up to 0 preemptions");
  coverage.complete_up_to = 1;
  EXPECT_EQ(DescribeCoverage(coverage, 0),
            "1,000 executions explored, complete up to 1 preemption");
  coverage.exhausted = true;
  EXPECT_EQ(DescribeCoverage(coverage, 0), "verified: all 1,000 executions");
}

TEST(CoverageTest, WhatIsLeftIsRounded) {
  const auto left = [](double executions) {
    return DescribeCoverage({.executions = 1000, .left = executions}, 0);
  };
  EXPECT_EQ(left(0.2), "1,000 executions explored, about 1 left (estimate)");
  EXPECT_EQ(left(999), "1,000 executions explored, about 999 left (estimate)");
  EXPECT_EQ(left(11'870), "1,000 executions explored, about 11,900 left (estimate)");
  EXPECT_EQ(left(3.14159e14),
            "1,000 executions explored, about 314,000,000,000,000 left (estimate)");
  EXPECT_EQ(left(1e300), "1,000 executions explored, more than 10^15 left (estimate)");
}

TEST(CoverageTest, IsWhatAPassedReportSays) {
  Report report;
  report.schedules_run = 20;
  report.total_steps = 412;
  report.coverage = "verified: all 20 executions, up to equivalence";
  EXPECT_EQ(RenderText(report),
            "passed: verified: all 20 executions, up to equivalence, 412 steps\n");
  report.coverage = "12 executions explored, about 8 left (estimate)";
  report.time_budget_ms = 50;
  EXPECT_EQ(
      RenderText(report),
      "passed: 12 executions explored, about 8 left (estimate), 412 steps; the time budget of "
      "50 ms ended\n    the search\n");
}

TEST(DescribeSaturationTest, IsOneSentence) {
  Saturation seen;
  std::vector<Operation> steps;
  for (uint32_t i = 0; i < 1200; ++i) {
    steps = {{OperationKind::kStore, TaskId{1}, ObjectId{1 + i / 3}}};
    seen.Add({.steps = steps, .tasks = 4, .decisions = 31, .by_pct = i % 8 == 0});
  }
  EXPECT_EQ(
      DescribeSaturation(seen),
      "1,200 schedules, 400 of them different up to equivalence, 33 of the last 100 new; "
      "about 0 % of further ones would be (estimate); 150 by pct, with 4 tasks and at most 31 "
      "decisions: a bug that needs two steps in a certain order would have shown with a "
      "probability of at least 70 %");
}

TEST(DescribeSaturationTest, GuaranteesNothingWithoutPct) {
  Saturation seen;
  const std::vector<Operation> steps;
  for (int i = 0; i < 40; ++i) seen.Add({.steps = steps});
  seen.Add({.steps = std::vector<Operation>{{OperationKind::kYield, TaskId{1}, ObjectId{}}}});
  EXPECT_EQ(DescribeSaturation(seen),
            "41 schedules, 2 of them different up to equivalence, 2 of the last 41 new; "
            "about 2.5 % of further ones would be (estimate)");
}

}  // namespace
}  // namespace heddle::internal
