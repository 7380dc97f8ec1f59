// SPDX-License-Identifier: Apache-2.0
//
// gMock matchers on the Report of heddle::Explore, for tests about scenarios.
//
//   Report report = heddle::Explore([] { ... });
//   EXPECT_THAT(report, heddle::FindsDeadlock());
//   EXPECT_THAT(report, heddle::FindsMisuse("closed twice"));   // text that the report must
//   contain EXPECT_THAT(report, heddle::Passes());
//
// A report that does not match is printed as the user would see it.
#ifndef HEDDLE_GTEST_MATCHERS_H_
#define HEDDLE_GTEST_MATCHERS_H_

#include <gmock/gmock.h>

#include <string>

#include "heddle/core/report.h"
#include "heddle/core/verdict.h"

namespace heddle {

// The exploration ended with `verdict`, and the text report contains `text`.
::testing::Matcher<const Report&> FindsVerdict(Verdict verdict, std::string text = "");

inline ::testing::Matcher<const Report&> FindsDeadlock(std::string text = "") {
  return FindsVerdict(Verdict::kDeadlock, std::move(text));
}
inline ::testing::Matcher<const Report&> FindsLeak(std::string text = "") {
  return FindsVerdict(Verdict::kLeak, std::move(text));
}
inline ::testing::Matcher<const Report&> FindsRace(std::string text = "") {
  return FindsVerdict(Verdict::kRace, std::move(text));
}
inline ::testing::Matcher<const Report&> FindsMisuse(std::string text = "") {
  return FindsVerdict(Verdict::kMisuse, std::move(text));
}
inline ::testing::Matcher<const Report&> FindsAssertion(std::string text = "") {
  return FindsVerdict(Verdict::kAssertion, std::move(text));
}
inline ::testing::Matcher<const Report&> FindsException(std::string text = "") {
  return FindsVerdict(Verdict::kException, std::move(text));
}
inline ::testing::Matcher<const Report&> FindsLivelock(std::string text = "") {
  return FindsVerdict(Verdict::kLivelock, std::move(text));
}
inline ::testing::Matcher<const Report&> Passes() { return FindsVerdict(Verdict::kPassed); }

}  // namespace heddle

#endif  // HEDDLE_GTEST_MATCHERS_H_
