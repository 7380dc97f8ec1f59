// SPDX-License-Identifier: Apache-2.0
#include "support/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace heddle::testing_support {
namespace {

TEST(GoldenTest, MaskTimesLeavesOtherLinesAlone) {
  EXPECT_EQ(MaskTimes("  found by random, after 217 schedules in 0.08 s (2.7k/s)\n"),
            "  found by random, after 217 schedules in <time>\n");
  EXPECT_EQ(MaskTimes("  explored by random, 1 schedule in 12.00 s"),
            "  explored by random, 1 schedule in <time>");
  EXPECT_EQ(MaskTimes("it took place in 0.08 s\n\n"), "it took place in 0.08 s\n\n");
}

TEST(GoldenTest, DiffShowsTheDifferingMiddle) {
  EXPECT_EQ(DiffOf("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\nx\ny\nf\n"),
            "first difference in line 5 (- golden, + actual)\n"
            "  b\n  c\n  d\n- e\n+ x\n+ y\n  f\n");
  EXPECT_EQ(DiffOf("a\n", "a"),
            "first difference in line 2 (- golden, + actual)\n  a\n"
            "(only the newline at the end differs)\n");
}

TEST(GoldenTest, MissingFileFails) {
  if (std::getenv("HEDDLE_UPDATE_GOLDEN") != nullptr) GTEST_SKIP() << "it would be written";
  EXPECT_FALSE(MatchesGolden("text", "report/no_such_file.txt"));
}

}  // namespace
}  // namespace heddle::testing_support
