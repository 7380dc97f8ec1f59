// SPDX-License-Identifier: Apache-2.0
#include "heddle/gtest/matchers.h"

#include <ostream>
#include <string>
#include <utility>

#include "heddle/report/text.h"

namespace heddle {
namespace {

// Every run of spaces and line breaks is one space.
std::string OnOneLine(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n';
    if (!space) line += c;
    if (space && !line.ends_with(' ')) line += ' ';
  }
  return line;
}

class PartMatcher {
 public:
  using is_gtest_matcher = void;
  explicit PartMatcher(std::string part) : part_(std::move(part)) {}

  bool MatchAndExplain(const std::string& text, std::ostream*) const {
    return OnOneLine(text).find(OnOneLine(part_)) != std::string::npos;
  }
  void DescribeTo(std::ostream* out) const {
    *out << "has substring " << testing::PrintToString(part_);
  }
  void DescribeNegationTo(std::ostream* out) const {
    *out << "has no substring " << testing::PrintToString(part_);
  }

 private:
  const std::string part_;
};

// The report itself is printed by gMock (PrintTo), so the explanation only says what is wrong with
// it.
class VerdictMatcher {
 public:
  using is_gtest_matcher = void;
  VerdictMatcher(Verdict verdict, ReportText text) : verdict_(verdict), text_(std::move(text)) {}

  bool MatchAndExplain(const Report& report, std::ostream* out) const {
    const bool right_verdict = report.verdict == verdict_;
    if (right_verdict && (!text_.matcher() || text_.matcher()->Matches(RenderText(report)))) {
      return true;
    }
    if (out != nullptr) {
      *out << "whose verdict is " << ToString(report.verdict);
      if (right_verdict) *out << ", but whose text is another";
    }
    return false;
  }
  void DescribeTo(std::ostream* out) const {
    *out << "has the verdict " << ToString(verdict_);
    if (!text_.matcher()) return;
    *out << " and a text that ";
    text_.matcher()->DescribeTo(out);
  }
  void DescribeNegationTo(std::ostream* out) const {
    *out << "has another verdict than " << ToString(verdict_);
    if (!text_.matcher()) return;
    *out << ", or a text that ";
    text_.matcher()->DescribeNegationTo(out);
  }

 private:
  const Verdict verdict_;
  const ReportText text_;
};

}  // namespace

testing::Matcher<const std::string&> internal::HasPart(std::string part) {
  return PartMatcher(std::move(part));
}

ReportMatcher FindsVerdict(Verdict verdict, ReportText text) {
  return VerdictMatcher(verdict, std::move(text));
}

ReportMatcher FindsDeadlock(ReportText text) {
  return FindsVerdict(Verdict::kDeadlock, std::move(text));
}
ReportMatcher FindsLeak(ReportText text) { return FindsVerdict(Verdict::kLeak, std::move(text)); }
ReportMatcher FindsRace(ReportText text) { return FindsVerdict(Verdict::kRace, std::move(text)); }
ReportMatcher FindsMisuse(ReportText text) {
  return FindsVerdict(Verdict::kMisuse, std::move(text));
}
ReportMatcher FindsAssertion(ReportText text) {
  return FindsVerdict(Verdict::kAssertion, std::move(text));
}
ReportMatcher FindsException(ReportText text) {
  return FindsVerdict(Verdict::kException, std::move(text));
}
ReportMatcher FindsLivelock(ReportText text) {
  return FindsVerdict(Verdict::kLivelock, std::move(text));
}
ReportMatcher Passes() { return FindsVerdict(Verdict::kPassed); }

}  // namespace heddle
