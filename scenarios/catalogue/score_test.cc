// SPDX-License-Identifier: Apache-2.0
#include "catalogue/score.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "heddle/heddle.h"
#include "support/golden.h"

namespace catalogue {
namespace {

using heddle::Verdict;
using heddle::testing_support::MatchesGolden;

// Fails, if it does, in the first schedule and in every.
void FailAtOnce(Version version) {
  heddle::Task other = heddle::Go([] {});
  heddle::Yield();
  EXPECT_EQ(version, Version::kFixed);
  other.Join();
}

// Fails in half of the schedules.
void FailOnHeads(Version version) {
  heddle::Task other = heddle::Go([] {});
  heddle::Yield();
  const bool heads = heddle::Flip();
  EXPECT_FALSE(heads && version == Version::kBuggy);
  other.Join();
}

SubjectInfo Failing(Body body) {
  return {.name = "failing", .expected = Verdict::kAssertion, .body = body, .explains = {}};
}

TEST(ScoreTest, TellsInWhichScheduleTheBugIsFound) {
  const Score score = Measure(Failing(FailAtOnce), {.seeds = 4, .fixed_schedules = 7});
  EXPECT_EQ(score.expected, Verdict::kAssertion);
  EXPECT_EQ(score.found, Verdict::kAssertion);
  EXPECT_EQ(score.seeds, 4u);
  EXPECT_EQ(score.seeds_found, 4u);
  EXPECT_EQ(score.median, 1u);
  EXPECT_EQ(score.worst, 1u);
  EXPECT_EQ(score.fixed_schedules, 7u);
  EXPECT_EQ(score.fixed_failures, 0u);
  EXPECT_TRUE(score.Holds());
}

TEST(ScoreTest, ASeedThatDoesNotFindItIsEndless) {
  const Score score = Measure(Failing(FailOnHeads), {.seeds = 40, .schedules = 1});
  EXPECT_GT(score.seeds_found, 0u);
  EXPECT_LT(score.seeds_found, 40u);
  EXPECT_EQ(score.median.has_value(), score.seeds_found > 20);
  EXPECT_EQ(score.worst, std::nullopt);
  EXPECT_FALSE(score.Holds());
}

TEST(ScoreTest, AnotherVerdictIsNotTheBug) {
  SubjectInfo info = Failing(FailAtOnce);
  info.expected = Verdict::kDeadlock;
  const Score score = Measure(info, {.seeds = 3});
  EXPECT_EQ(score.found, Verdict::kAssertion);
  EXPECT_EQ(score.seeds_found, 0u);
  EXPECT_EQ(score.median, std::nullopt);
  EXPECT_FALSE(score.Holds());
  EXPECT_TRUE(Measure(info, {.seeds = 3, .strategy = heddle::StrategyKind::kPct}).Holds());
  info.bar.percent = 0;
  EXPECT_TRUE(Measure(info, {.seeds = 3}).Holds());
}

TEST(ScoreTest, AFixedVersionThatFailsIsAFalseReport) {
  SubjectInfo info = Failing([](Version) { FailAtOnce(Version::kBuggy); });
  info.bar.percent = 0;
  const Score score = Measure(info, {.seeds = 1});
  EXPECT_EQ(score.fixed_schedules, 1u);
  EXPECT_EQ(score.fixed_failures, 1u);
  EXPECT_FALSE(score.Holds());
}

// Of 40 seeds about half need one schedule.
TEST(ScoreTest, ABarTellsWhatIsAskedOfTheDefaultStrategy) {
  SubjectInfo info = Failing(FailOnHeads);
  info.bar = {.percent = 26, .schedules = 1, .median = 2};
  const Score some = Measure(info, {.seeds = 39});
  EXPECT_EQ(some.seeds_needed, 11u);
  EXPECT_EQ(some.schedules, 1u);
  EXPECT_LT(some.seeds_found, 39u);
  Score score = some;
  score.median = 2;
  EXPECT_TRUE(score.Holds());
  score.median = 3;
  EXPECT_FALSE(score.Holds());
  score.median = std::nullopt;
  EXPECT_FALSE(score.Holds());
  score.median = 2;
  score.seeds_found = 10;
  EXPECT_FALSE(score.Holds());
  info.bar = {.percent = 100, .schedules = 2};
  EXPECT_EQ(Measure(info, {.seeds = 1, .schedules = 1}).seeds_needed, 0u);
}

TEST(ScoreTest, ClassicsGetMoreSchedules) {
  SubjectInfo info = Failing(FailAtOnce);
  EXPECT_EQ(SchedulesFor(info, {}), 1000u);
  info.suite = Suite::kClassics;
  EXPECT_EQ(SchedulesFor(info, {}), 10'000u);
  EXPECT_EQ(SchedulesFor(info, {.schedules = 5}), 5u);
  info.bar.schedules = 400'000;
  EXPECT_EQ(SchedulesFor(info, {}), 400'000u);
  EXPECT_EQ(SchedulesFor(info, {.strategy = heddle::StrategyKind::kExhaustive}), 10'000u);
  EXPECT_EQ(SchedulesFor(info, {.schedules = 5}), 5u);
}

std::vector<Score> Scores() {
  const Score found = {.name = "etcd_6873",
                       .suite = Suite::kKernels,
                       .strategy = "random",
                       .expected = Verdict::kLeak,
                       .found = Verdict::kLeak,
                       .schedules = 1000,
                       .seeds = 20,
                       .seeds_found = 20,
                       .median = 2,
                       .worst = 7,
                       .fixed_schedules = 10'000,
                       .seeds_needed = 20,
                       .seconds = 0.25};
  Score missed = found;
  missed.name = "missed";
  missed.found = Verdict::kDeadlock;
  missed.seeds_found = 3;
  missed.median = missed.worst = std::nullopt;
  missed.fixed_schedules = 12;
  missed.fixed_failures = 1;
  Score may_miss = found;
  may_miss.name = "reorder_100";
  may_miss.suite = Suite::kClassics;
  may_miss.found = Verdict::kPassed;
  may_miss.seeds_found = may_miss.seeds_needed = 0;
  may_miss.median = may_miss.worst = std::nullopt;
  Score half = may_miss;
  half.name = "safe_stack";
  half.found = Verdict::kLeak;
  half.schedules = 400'000;
  half.seeds_found = half.seeds_needed = 10;
  Score slow = found;
  slow.name = "twostage_100";
  slow.median = 301;
  slow.most_median = 300;
  return {found, missed, may_miss, half, slow};
}

TEST(ScoreTest, RendersATable) {
  std::string table = TableHeading();
  for (const Score& score : Scores()) table += TableRow(score);
  table += TableSummary(Scores());
  EXPECT_TRUE(MatchesGolden(table, "catalogue/table.txt"));
}

TEST(ScoreTest, RendersJson) {
  EXPECT_TRUE(MatchesGolden(ToJson(Scores()), "catalogue/scores.json"));
  EXPECT_EQ(ToJson({}), "[\n]\n");
}

TEST(ScoreTest, TheMeanOverSubjectsIsGeometric) {
  EXPECT_EQ(MeanOver({}), 0);
  EXPECT_DOUBLE_EQ(MeanOver({Scores()[0]}), 2);
  // An endless median counts as the limit: the third root of 2 x 1,000 x 4.
  Score four = Scores()[0];
  four.median = 4;
  EXPECT_DOUBLE_EQ(MeanOver({Scores()[0], Scores()[1], four}), 20);
}

}  // namespace
}  // namespace catalogue
