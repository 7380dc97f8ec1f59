// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/progress.h"

#include <cstdio>
#include <string>

#include "gtest/gtest.h"

namespace heddle::internal {
namespace {

TEST(ProgressTest, OfASampler) {
  EXPECT_EQ(
      DescribeProgress("Cart.Drains", {.executions = 12'300, .planned = 100'000, .seconds = 3}),
      "Cart.Drains: 12,300 of 100,000 schedules, 4,100/s, 22 s left");
  EXPECT_EQ(DescribeProgress("a", {.executions = 1, .planned = 1001, .seconds = 2}),
            "a: 1 of 1,001 schedules, 0/s, 34 min left");
}

TEST(ProgressTest, OfASearch) {
  EXPECT_EQ(DescribeProgress("a", {.executions = 1'100'000, .left = 5'234'567, .seconds = 10}),
            "a: 1,100,000 executions, 110,000/s, about 5,230,000 left (48 s)");
  EXPECT_EQ(DescribeProgress("a", {.executions = 100, .seconds = 10}), "a: 100 executions, 10/s");
}

TEST(ProgressTest, TellsLongTimesRoughly) {
  const auto left = [](double executions) {
    return DescribeProgress("a", {.executions = 10, .left = executions, .seconds = 10});
  };
  EXPECT_EQ(left(99), "a: 10 executions, 1/s, about 99 left (99 s)");
  EXPECT_EQ(left(5990), "a: 10 executions, 1/s, about 5,990 left (100 min)");
  EXPECT_EQ(left(7200), "a: 10 executions, 1/s, about 7,200 left (2 h)");
  EXPECT_EQ(left(864'000), "a: 10 executions, 1/s, about 864,000 left (10 d)");
  EXPECT_EQ(left(1e12), "a: 10 executions, 1/s, about 1,000,000,000,000 left (years)");
}

std::string Written(std::FILE* file) {
  std::string text(static_cast<size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  EXPECT_EQ(std::fread(text.data(), 1, text.size(), file), text.size());
  std::fclose(file);
  return text;
}

TEST(ProgressTest, IsOneLineThatIsWiped) {
  std::FILE* file = std::tmpfile();
  {
    Progress progress(file, /*shown=*/true, "a");
    EXPECT_FALSE(progress.IsDue(1.9));
    EXPECT_TRUE(progress.IsDue(2));
    progress.Show({.executions = 20, .planned = 100, .seconds = 2});
    EXPECT_FALSE(progress.IsDue(2.4));
    EXPECT_TRUE(progress.IsDue(2.5));
    progress.Show({.executions = 25, .planned = 100, .seconds = 2.5});
  }
  EXPECT_EQ(Written(file),
            "\ra: 20 of 100 schedules, 10/s, 8 s left\033[K"
            "\ra: 25 of 100 schedules, 10/s, 8 s left\033[K"
            "\r\033[K");
}

TEST(ProgressTest, IsNotThereWhereNobodyLooks) {
  std::FILE* file = std::tmpfile();
  {
    const Progress progress(file, /*shown=*/false, "a");
    EXPECT_FALSE(progress.IsDue(100));
  }
  EXPECT_EQ(Written(file), "");
}

}  // namespace
}  // namespace heddle::internal
