// SPDX-License-Identifier: Apache-2.0
//
// A counter that two tasks increment. Wrong, first: without a lock. Once with Shared<int>, which
// reports the race in every build; once with a plain int, which ThreadSanitizer sees. Wrong, second:
// an atomic that is read and then written, which is no race, but loses what the other added in
// between. Right: under a lock, or by one atomic operation.
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

void CountAtomic(bool in_one) {
  Atomic<int> hits(0, "hits");
  auto count = [&] {
    if (in_one) {
      hits.fetch_add(1);
    } else {
      hits.store(hits.load() + 1);
    }
  };
  Task first = Go("first", count);
  Task second = Go("second", count);
  first.Join();
  second.Join();
  EXPECT_EQ(hits.load(), 2) << "an increment is lost";
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

TEST(UnlockedCounter, LoadAndStoreLoseAnIncrement) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { CountAtomic(/*in_one=*/false); },
                            {.name = "load and store", .schedules = 20, .seed = seed});
    EXPECT_THAT(report, FindsAssertion("an increment is lost"));
  }
}

HEDDLE_TEST(UnlockedCounter, AtomicSurvives, .schedules = 10'000) { CountAtomic(/*in_one=*/true); }

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

const Subject kCounterLostUpdate = {{
    .name = "counter_lost_update",
    .suite = Suite::kPatterns,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body = [](Version version) { CountAtomic(/*in_one=*/version == Version::kFixed); },
    .explains = {"an increment is lost"},
}};

}  // namespace
