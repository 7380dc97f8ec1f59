// SPDX-License-Identifier: Apache-2.0
#include "catalogue/comparison.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace catalogue {
namespace {

Score Of(std::string strategy, std::string name, std::optional<uint64_t> median) {
  return {.name = std::move(name),
          .strategy = std::move(strategy),
          .schedules = 1000,
          .median = median};
}

TEST(ComparisonTest, NeedsTwoStrategies) {
  EXPECT_FALSE(Compare({}, "portfolio"));
  EXPECT_FALSE(Compare({Of("portfolio", "a", 2)}, "portfolio"));
  EXPECT_FALSE(Compare({Of("pct", "a", 2), Of("pos", "a", 2)}, "portfolio"));
  EXPECT_TRUE(Compare({Of("pct", "a", 2), Of("portfolio", "a", 2)}, "portfolio"));
}

TEST(ComparisonTest, NamesTheBestOtherAndWhereItNeedsTheMostTimesAsMany) {
  const std::vector<Score> scores = {
      Of("pct", "a", 1),       Of("pct", "b", 400),      Of("pct", "c", std::nullopt),
      Of("portfolio", "a", 8), Of("portfolio", "b", 60), Of("portfolio", "c", std::nullopt),
      Of("pos", "a", 19),      Of("pos", "b", 20),       Of("pos", "c", 100)};
  const std::optional<Comparison> comparison = Compare(scores, "portfolio");
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->best, "pos");
  EXPECT_DOUBLE_EQ(comparison->most_times, 10);
  EXPECT_FALSE(comparison->Holds());
  EXPECT_EQ(
      ToString(*comparison),
      "portfolio: mean of medians 78.30, the best other's 33.62 (pos; bar: no more)   MISSED\n"
      "portfolio: at most 10.0 times the best other's median where that is 20 or more (c; bar: 6)"
      "   MISSED\n");
}

TEST(ComparisonTest, WhatEveryoneFindsSoonIsNotCompared) {
  const std::optional<Comparison> comparison =
      Compare({Of("portfolio", "a", 1000), Of("portfolio", "b", 1), Of("pct", "a", 19),
               Of("pct", "b", 100)},
              "portfolio");
  ASSERT_TRUE(comparison);
  EXPECT_TRUE(comparison->Holds());
  EXPECT_EQ(comparison->most_at, "b");
  EXPECT_EQ(ToString(*comparison),
            "portfolio: mean of medians 31.62, the best other's 43.59 (pct; bar: no more)\n"
            "portfolio: at most 0.0 times the best other's median where that is 20 or more (b; "
            "bar: 6)\n");
}

}  // namespace
}  // namespace catalogue
