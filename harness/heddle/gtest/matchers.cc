// SPDX-License-Identifier: Apache-2.0
#include "heddle/gtest/matchers.h"

#include <ostream>
#include <string>
#include <utility>

#include "heddle/report/text.h"

namespace heddle {
namespace {

class VerdictMatcher {
 public:
  using is_gtest_matcher = void;
  VerdictMatcher(Verdict verdict, std::string text) : verdict_(verdict), text_(std::move(text)) {}

  bool MatchAndExplain(const Report& report, std::ostream* out) const {
    if (report.verdict == verdict_ && RenderText(report).find(text_) != std::string::npos) {
      return true;
    }
    if (out != nullptr) {
      *out << "whose verdict is " << ToString(report.verdict);
      if (report.verdict == verdict_) *out << " without that text";
    }
    return false;
  }
  void DescribeTo(std::ostream* out) const { Describe(out, "finds "); }
  void DescribeNegationTo(std::ostream* out) const { Describe(out, "does not find "); }

 private:
  void Describe(std::ostream* out, const char* verb) const {
    *out << verb << ToString(verdict_);
    if (!text_.empty()) *out << " and says \"" << text_ << '"';
  }

  const Verdict verdict_;
  const std::string text_;
};

}  // namespace

::testing::Matcher<const Report&> FindsVerdict(Verdict verdict, std::string text) {
  return VerdictMatcher(verdict, std::move(text));
}

}  // namespace heddle
