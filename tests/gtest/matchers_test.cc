// SPDX-License-Identifier: Apache-2.0
#include "heddle/gtest/matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>
#include <string>

#include "heddle/heddle.h"

namespace heddle {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StringMatchResultListener;

Report ReportOf(Verdict verdict, std::string headline) {
  Report report;
  report.verdict = verdict;
  report.headline = std::move(headline);
  return report;
}

std::string Explanation(const ReportMatcher& matcher, const Report& report) {
  StringMatchResultListener listener;
  EXPECT_FALSE(matcher.MatchAndExplain(report, &listener));
  return listener.str();
}

std::string Description(const ReportMatcher& matcher, bool negated = false) {
  std::ostringstream out;
  negated ? matcher.DescribeNegationTo(&out) : matcher.DescribeTo(&out);
  return out.str();
}

TEST(Matchers, AcceptTheirVerdictOnly) {
  const struct {
    Verdict verdict;
    ReportMatcher matcher;
  } cases[] = {
      {Verdict::kPassed, Passes()},
      {Verdict::kDeadlock, FindsDeadlock()},
      {Verdict::kLeak, FindsLeak()},
      {Verdict::kRace, FindsRace()},
      {Verdict::kMisuse, FindsMisuse()},
      {Verdict::kAssertion, FindsAssertion()},
      {Verdict::kException, FindsException()},
      {Verdict::kLivelock, FindsLivelock()},
  };
  for (const auto& a : cases) {
    for (const auto& b : cases) {
      EXPECT_EQ(a.matcher.Matches(ReportOf(b.verdict, "")), a.verdict == b.verdict)
          << Description(a.matcher) << " on " << ToString(b.verdict);
    }
  }
}

TEST(Matchers, LookForAPartOfTheText) {
  const Report report = ReportOf(Verdict::kMisuse, "channel \"jobs\" is closed twice");
  EXPECT_THAT(report, FindsMisuse("closed twice"));
  EXPECT_THAT(report, FindsMisuse(std::string("MISUSE")));
  EXPECT_THAT(report, Not(FindsMisuse("closed once")));
}

TEST(Matchers, LookForAPartWhereverItIsWrapped) {
  Report report = ReportOf(Verdict::kMisuse, "closed");
  const std::string wrapped =
      "this is a sentence which does not fit on one line of the report's text "
      "and goes on in the next one";
  report.why = {wrapped};
  EXPECT_THAT(report, Not(FindsMisuse(HasSubstr(wrapped))));
  EXPECT_THAT(report, FindsMisuse(wrapped));
  EXPECT_THAT(report, FindsMisuse("closed\n\n  why: this is"));
  EXPECT_THAT(report, Not(FindsMisuse("and goes on  inthe next")));
}

TEST(Matchers, TakeMatchersOfTheText) {
  const Report report = ReportOf(Verdict::kLeak, "1 task never finished");
  EXPECT_THAT(report, FindsLeak(HasSubstr("never")));
  EXPECT_THAT(report, FindsLeak(AllOf(HasSubstr("never"), Not(HasSubstr("always")))));
  EXPECT_THAT(report, Not(FindsLeak(HasSubstr("always"))));
  EXPECT_THAT(report, FindsVerdict(Verdict::kLeak, Not(HasSubstr("always"))));
}

TEST(Matchers, SayWhatIsWrong) {
  EXPECT_EQ(Explanation(FindsDeadlock(), ReportOf(Verdict::kPassed, "")),
            "whose verdict is passed");
  EXPECT_EQ(Explanation(FindsLeak("x"), ReportOf(Verdict::kLeak, "")),
            "whose verdict is leak, but whose text is another");
}

TEST(Matchers, DescribeThemselves) {
  EXPECT_EQ(Description(FindsDeadlock()), "has the verdict deadlock");
  EXPECT_EQ(Description(FindsDeadlock(), true), "has another verdict than deadlock");
  EXPECT_EQ(Description(FindsMisuse("twice")),
            "has the verdict misuse and a text that has substring \"twice\"");
  EXPECT_EQ(Description(FindsMisuse("twice"), true),
            "has another verdict than misuse, or a text that has no substring \"twice\"");
}

TEST(Matchers, MismatchShowsTheReport) {
  const Report report = ReportOf(Verdict::kLeak, "1 task never finished");
  EXPECT_THAT(testing::PrintToString(report), HasSubstr("LEAK  1 task never finished"));
}

TEST(Matchers, AssertionsInTasksAreVerdicts) {
  const Report report = Explore(
      [] {
        Task helper = Go("helper", [] { EXPECT_EQ(1, 2) << "off by one"; });
        helper.Join();
      },
      {.name = "assertion"});
  EXPECT_THAT(report, FindsAssertion(AllOf(HasSubstr("T1 helper"), HasSubstr("off by one"))));
}

TEST(Matchers, ExceptionsAreVerdicts) {
  EXPECT_THAT(Explore([] { throw std::runtime_error("no paper"); }, {.name = "exception"}),
              FindsException("no paper"));
}

}  // namespace
}  // namespace heddle
