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
  info.hard = true;
  EXPECT_TRUE(Measure(info, {.seeds = 3}).Holds());
}

TEST(ScoreTest, AFixedVersionThatFailsIsAFalseReport) {
  SubjectInfo info = Failing([](Version) { FailAtOnce(Version::kBuggy); });
  info.hard = true;
  const Score score = Measure(info, {.seeds = 1});
  EXPECT_EQ(score.fixed_schedules, 1u);
  EXPECT_EQ(score.fixed_failures, 1u);
  EXPECT_FALSE(score.Holds());
}

TEST(ScoreTest, ClassicsGetMoreSchedules) {
  SubjectInfo info = Failing(FailAtOnce);
  EXPECT_EQ(SchedulesFor(info, {}), 1000u);
  info.suite = Suite::kClassics;
  EXPECT_EQ(SchedulesFor(info, {}), 10'000u);
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
                       .seconds = 0.25};
  Score missed = found;
  missed.name = "missed";
  missed.found = Verdict::kDeadlock;
  missed.seeds_found = 3;
  missed.median = missed.worst = std::nullopt;
  missed.fixed_schedules = 12;
  missed.fixed_failures = 1;
  Score hard = found;
  hard.name = "safe_stack";
  hard.suite = Suite::kClassics;
  hard.found = Verdict::kPassed;
  hard.seeds_found = 0;
  hard.median = hard.worst = std::nullopt;
  hard.may_miss = true;
  return {found, missed, hard};
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
