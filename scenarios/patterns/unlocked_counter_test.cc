// SPDX-License-Identifier: Apache-2.0
//
// A counter that two tasks increment. Wrong: without a lock. Right: under one. Once with
// Shared<int>, which reports the race in every build; once with a plain int, which ThreadSanitizer
// sees.
#include "catalogue/subject.h"
#include "heddle/gtest/heddle_test.h"
#include "heddle/gtest/matchers.h"
#include "heddle/heddle.h"

namespace {

using namespace heddle;
using catalogue::Subject;
using catalogue::Suite;
using catalogue::Version;
using catalogue::When;

void CountShared(bool locked) {
  Mutex mu("hits.mu");
  Shared<int> hits(0, "hits");
  auto count = [&] {
    if (locked) mu.lock();
    hits.Set(hits.Get() + 1);
    if (locked) mu.unlock();
  };
  Task first = Go("first", count);
  Task second = Go("second", count);
  first.Join();
  second.Join();
  EXPECT_EQ(hits.Get(), 2);
}

void CountPlain(bool locked) {
  Mutex mu("hits.mu");
  int hits = 0;
  auto count = [&] {
    if (locked) mu.lock();
    ++hits;
    if (locked) mu.unlock();
  };
  Task first = Go("first", count);
  Task second = Go("second", count);
  first.Join();
  second.Join();
}

TEST(UnlockedCounter, SharedIsReported) {
  Report report = Explore([] { CountShared(/*locked=*/false); }, {.name = "unlocked"});
  EXPECT_THAT(report, FindsRace("two accesses to variable \"hits\" are not ordered"));
}

HEDDLE_TEST(UnlockedCounter, LockedSharedSurvives, .schedules = 10'000) {
  CountShared(/*locked=*/true);
}

TEST(UnlockedCounter, PlainIsReportedByThreadSanitizer) {
  Report report = Explore([] { CountPlain(/*locked=*/false); }, {.name = "unlocked plain"});
#if HEDDLE_TSAN
  EXPECT_THAT(report, FindsRace("ThreadSanitizer reports: data race"));
#else
  EXPECT_THAT(report, Passes());  // plain memory is watched by ThreadSanitizer only
#endif
}

HEDDLE_TEST(UnlockedCounter, LockedPlainSurvives, .schedules = 10'000) {
  CountPlain(/*locked=*/true);
}

// For scripts/score.
const Subject kUnlockedCounter = {{
    .name = "unlocked_counter",
    .suite = Suite::kPatterns,
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = [](Version version) { CountShared(/*locked=*/version == Version::kFixed); },
    .plain = [](Version version) { CountPlain(/*locked=*/version == Version::kFixed); },
    .explains = {"two accesses to variable \"hits\" are not ordered"},
}};

}  // namespace
