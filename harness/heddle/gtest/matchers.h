// SPDX-License-Identifier: Apache-2.0
//
// gMock matchers on the Report of heddle::Explore, for tests about scenarios.
//
//   Report report = heddle::Explore([] { ... });
//   EXPECT_THAT(report, heddle::FindsDeadlock());
//   EXPECT_THAT(report, heddle::FindsMisuse("closed twice"));
//   EXPECT_THAT(report, heddle::FindsLeak(AllOf(HasSubstr("logger"), Not(HasSubstr("main")))));
//   EXPECT_THAT(report, heddle::Passes());
//
// The argument is a part of the text report, whose line breaks and indentation count as one space, or a
// matcher on all of it as it is. A report that does not match is printed as the user would see it.
//
// With this header included, an EXPECT or ASSERT that fails in a task is the report's verdict
// (FindsAssertion) and does not fail the gtest that explores: look at the report.
#ifndef HEDDLE_GTEST_MATCHERS_H_
#define HEDDLE_GTEST_MATCHERS_H_

#include <gmock/gmock.h>

#include <concepts>
#include <optional>
#include <string>
#include <utility>

#include "heddle/core/report.h"
#include "heddle/core/verdict.h"
#include "heddle/gtest/results.h"

namespace heddle {

namespace internal {

// A text contains `part`, wherever it is wrapped.
::testing::Matcher<const std::string&> HasPart(std::string part);

}  // namespace internal

// What a text report must be like: by default anything.
class ReportText {
 public:
  ReportText() = default;
  template <std::convertible_to<std::string> Part>
  ReportText(Part part) : matcher_(internal::HasPart(std::string(std::move(part)))) {}
  template <class Matcher>
  ReportText(Matcher matcher)
      : matcher_(::testing::SafeMatcherCast<const std::string&>(std::move(matcher))) {}

  using TextMatcher = ::testing::Matcher<const std::string&>;
  const std::optional<TextMatcher>& matcher() const { return matcher_; }

 private:
  std::optional<TextMatcher> matcher_;
};

using ReportMatcher = ::testing::Matcher<const Report&>;

// The exploration ended with `verdict`, and the text report is like `text`.
ReportMatcher FindsVerdict(Verdict verdict, ReportText text = {});

ReportMatcher FindsDeadlock(ReportText text = {});
ReportMatcher FindsLeak(ReportText text = {});
ReportMatcher FindsRace(ReportText text = {});
ReportMatcher FindsMisuse(ReportText text = {});
ReportMatcher FindsAssertion(ReportText text = {});
ReportMatcher FindsException(ReportText text = {});
ReportMatcher FindsLivelock(ReportText text = {});
ReportMatcher Passes();

}  // namespace heddle

#endif  // HEDDLE_GTEST_MATCHERS_H_
