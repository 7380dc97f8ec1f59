// SPDX-License-Identifier: Apache-2.0
#include "heddle/core/verdict.h"

#include <iterator>
#include <string_view>

#include "gtest/gtest.h"

namespace heddle {
namespace {

struct VerdictCase {
  Verdict verdict;
  std::string_view word;
  bool failure;
};

// In the order of declaration.
constexpr VerdictCase kVerdicts[] = {
    {Verdict::kPassed, "passed", false},      {Verdict::kDeadlock, "deadlock", true},
    {Verdict::kLeak, "leak", true},           {Verdict::kRace, "race", true},
    {Verdict::kMisuse, "misuse", true},       {Verdict::kAssertion, "assertion", true},
    {Verdict::kException, "exception", true}, {Verdict::kLivelock, "livelock", true},
    {Verdict::kDeadline, "deadline", true},   {Verdict::kCrash, "crash", true},
    {Verdict::kDiverged, "diverged", true},   {Verdict::kVacuous, "vacuous", true},
    {Verdict::kSkipped, "skipped", false},
};

TEST(VerdictTest, EachHasItsWord) {
  for (const VerdictCase& c : kVerdicts) EXPECT_EQ(ToString(c.verdict), c.word);
}

TEST(VerdictTest, AllButPassedAndSkippedFail) {
  for (const VerdictCase& c : kVerdicts) EXPECT_EQ(IsFailure(c.verdict), c.failure) << c.word;
}

TEST(VerdictTest, TheTableIsComplete) {
  for (int number = 0; number < 256; ++number) {
    const bool listed = number < static_cast<int>(std::size(kVerdicts));
    EXPECT_EQ(ToString(static_cast<Verdict>(number)) != "?", listed) << number;
    if (!listed) continue;
    EXPECT_EQ(static_cast<int>(kVerdicts[number].verdict), number);
  }
}

TEST(VerdictTest, AVerdictThatIsNoneFails) { EXPECT_TRUE(IsFailure(static_cast<Verdict>(200))); }

TEST(VerdictTest, TheDefaultIsPassed) { EXPECT_EQ(Verdict{}, Verdict::kPassed); }

}  // namespace
}  // namespace heddle
