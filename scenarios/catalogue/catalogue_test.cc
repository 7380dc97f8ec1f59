// SPDX-License-Identifier: Apache-2.0
//
// What every subject of the catalogue promises, over few seeds: scripts/score is the thorough run.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdint>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

#include "catalogue/runner.h"
#include "catalogue/subject.h"
#include "heddle/core/sanitize.h"
#include "heddle/gtest/matchers.h"

namespace catalogue {
namespace {

using heddle::FindsVerdict;
using heddle::Passes;
using heddle::Report;
using heddle::Verdict;

constexpr uint32_t kSanitized = HEDDLE_ASAN || HEDDLE_TSAN ? 10 : 1;
constexpr uint32_t kSeeds = kSanitized > 1 ? 1 : 5;
constexpr uint32_t kFixedSchedules = 1000 / kSanitized;
constexpr uint32_t kWhenSchedules = 1000 / kSanitized;

// What gtest prints of the parameter.
struct ParameterOf {
  const SubjectInfo* info;
  const SubjectInfo& operator*() const { return *info; }
  const SubjectInfo* operator->() const { return info; }
  friend void PrintTo(const ParameterOf& subject, std::ostream* out) { *out << subject->name; }
};

class Catalogue : public testing::TestWithParam<ParameterOf> {};

void ExpectFound(const SubjectInfo& subject, Memory memory) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Report report = Explore(subject, {.memory = memory, .seed = seed});
    ASSERT_THAT(report, FindsVerdict(subject.expected)) << "seed " << seed;
    EXPECT_TRUE(report.reproduced);
    if (memory == Memory::kPlain) continue;
    for (const char* part : subject.explains) {
      EXPECT_THAT(report, FindsVerdict(subject.expected, part)) << "seed " << seed;
    }
  }
}

TEST_P(Catalogue, BuggyIsFoundAndExplained) {
  const SubjectInfo& subject = *GetParam();
  ASSERT_FALSE(subject.explains.empty());
  if (subject.bar.percent < 100) return;
  ExpectFound(subject, Memory::kShared);
  if (HEDDLE_TSAN && subject.plain != nullptr) ExpectFound(subject, Memory::kPlain);
}

TEST_P(Catalogue, FixedSurvives) {
  const Exploration fixed = {.version = Version::kFixed, .schedules = kFixedSchedules};
  EXPECT_THAT(Explore(*GetParam(), fixed), Passes());
  if (!HEDDLE_TSAN || GetParam()->plain == nullptr) return;
  Exploration plain = fixed;
  plain.memory = Memory::kPlain;
  EXPECT_THAT(Explore(*GetParam(), plain), Passes());
}

TEST_P(Catalogue, BugShowsWhenItIsSaidTo) {
  const SubjectInfo& subject = *GetParam();
  if (subject.bar.percent < 100) return;
  heddle::Options options = subject.options;
  if (subject.when != When::kSome) options.clock = heddle::ClockPolicy::kWhenIdle;
  // One schedule each of every sampler.
  constexpr heddle::StrategyKind kSamplers[] = {
      heddle::StrategyKind::kRandom, heddle::StrategyKind::kPct, heddle::StrategyKind::kPos,
      heddle::StrategyKind::kSurw,   heddle::StrategyKind::kUrw, heddle::StrategyKind::kRfPos};
  const uint32_t schedules = kWhenSchedules * (subject.when == When::kMost ? 5 : 1);
  uint32_t failed = 0;
  uint32_t missed = 0;
  for (uint64_t seed = 1; seed <= schedules; ++seed) {
    TakeMissedAccess();
    options.strategy = kSamplers[seed % std::size(kSamplers)];
    const Report report = Explore(subject, {.schedules = 1, .seed = seed}, options);
    const bool passed = report.verdict == Verdict::kPassed;
    ASSERT_TRUE(passed || report.verdict == subject.expected)
        << "seed " << seed << ": " << testing::PrintToString(report);
    failed += passed ? 0 : 1;
    missed += passed && TakeMissedAccess() ? 1 : 0;
  }
  // Under a sanitizer there are too few schedules for what is rare.
  const bool sometimes = subject.when == When::kSome || subject.when == When::kMost;
  if (kSanitized > 1 && sometimes) return;
  // That it shows in some is seen where it is found.
  switch (subject.when) {
    case When::kAlways: EXPECT_EQ(failed, schedules); break;
    case When::kAccessed: EXPECT_EQ(failed + missed, schedules); break;
    case When::kSome:
    case When::kMost: EXPECT_LT(failed, schedules); break;
  }
}

std::string NameOf(const testing::TestParamInfo<ParameterOf>& info) {
  std::string name = info.param->name;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

std::vector<ParameterOf> Of(Suite suite) {
  std::vector<ParameterOf> subjects;
  for (const SubjectInfo* subject : Subjects()) {
    if (subject->suite == suite) subjects.push_back({subject});
  }
  return subjects;
}

INSTANTIATE_TEST_SUITE_P(Kernels, Catalogue, testing::ValuesIn(Of(Suite::kKernels)), NameOf);
INSTANTIATE_TEST_SUITE_P(Classics, Catalogue, testing::ValuesIn(Of(Suite::kClassics)), NameOf);
INSTANTIATE_TEST_SUITE_P(Patterns, Catalogue, testing::ValuesIn(Of(Suite::kPatterns)), NameOf);

}  // namespace
}  // namespace catalogue
