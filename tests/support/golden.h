// SPDX-License-Identifier: Apache-2.0
//
// Comparison of a text with a golden file under tests/golden/.
//
//   EXPECT_TRUE(MatchesGolden(RenderText(report), "report/deadlock.txt"));
//   EXPECT_TRUE(MatchesGolden(MaskTimes(output), "e2e/checkout.txt"));
//
// A mismatch shows the lines between the first and the last difference. With
// HEDDLE_UPDATE_GOLDEN=1 in the environment the file is rewritten and the assertion fails, so that
// no run that rewrites can pass. Needs the compile definition HEDDLE_SOURCE_DIR, the repository.
#ifndef HEDDLE_TESTS_SUPPORT_GOLDEN_H_
#define HEDDLE_TESTS_SUPPORT_GOLDEN_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace heddle::testing_support {

std::vector<std::string> LinesOf(const std::string& text);

// `text` with the times of provenance lines, the only ones of a report that have any, replaced:
// "  found by random, HEDDLE_SEED=0x5eed:216, after 217 schedules in <time>".
std::string MaskTimes(const std::string& text);

// The differing middle of two texts as "-expected" and "+actual" lines, with a few lines around.
std::string DiffOf(const std::string& expected, const std::string& actual);

// Whether `actual` is the contents of tests/golden/<path>.
::testing::AssertionResult MatchesGolden(const std::string& actual, const std::string& path);

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_GOLDEN_H_
