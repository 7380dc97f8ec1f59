// SPDX-License-Identifier: Apache-2.0
//
// Parts of one job fetched at the same time, and gathered. Wrong, first: a wait group, and an error that
// everybody writes: a success that comes later overwrites the failure. Wrong, second: an error group
// without a context returns the first error, but only after the others have done work that nobody wants.
// Right: an error group with a context, which its tasks watch.
#include <chrono>
#include <system_error>
#include <vector>

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
using namespace std::chrono_literals;

constexpr int kPages = 3;
const std::error_code kMissing = std::make_error_code(std::errc::no_such_file_or_directory);

// Page 1 is missing, which is known at once; the others take a second.
std::error_code FetchPage(const Context& context, int page, int* size) {
  if (page == 1) return kMissing;
  if (context.Done().TryReceiveFor(1s).closed) {
    return std::make_error_code(std::errc::operation_canceled);
  }
  *size = 100 * page;
  return {};
}

std::error_code FetchByWaitGroup(std::vector<int>& sizes) {
  WaitGroup pages("pages");
  Mutex mu("mu");
  std::error_code result;
  for (int page = 0; page < kPages; ++page) {
    pages.Go([&, page] {
      const std::error_code error = FetchPage(Background(), page, &sizes[page]);
      MutexLock lock(mu);
      result = error;
    });
  }
  pages.Wait();
  return result;
}

std::error_code FetchBy(ErrGroup<>& pages, std::vector<int>& sizes) {
  for (int page = 0; page < kPages; ++page) {
    pages.Go([&, page] { return FetchPage(pages.context(), page, &sizes[page]); });
  }
  return pages.Wait();
}

std::error_code FetchWithoutContext(std::vector<int>& sizes) {
  ErrGroup<> pages("pages");
  return FetchBy(pages, sizes);
}

std::error_code FetchWithContext(std::vector<int>& sizes) {
  ErrGroup<> pages(Background(), "pages");
  return FetchBy(pages, sizes);
}

void FetchAll(std::error_code (*fetch)(std::vector<int>&)) {
  std::vector<int> sizes(kPages);
  const std::error_code error = fetch(sizes);
  EXPECT_EQ(error, kMissing) << "the first error is lost";
  EXPECT_EQ(Now().time_since_epoch(), 0s) << "the other pages were fetched for nothing";
}

TEST(FanOut, WaitGroupLosesTheFirstError) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore(
        [] { FetchAll(FetchByWaitGroup); },
        {.name = "wait group", .schedules = 1, .seed = seed, .clock = ClockPolicy::kWhenIdle});
    EXPECT_THAT(report, FindsAssertion("the first error is lost"));
  }
}

TEST(FanOut, SiblingsGoOnWithoutContext) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore(
        [] { FetchAll(FetchWithoutContext); },
        {.name = "without context", .schedules = 1, .seed = seed, .clock = ClockPolicy::kWhenIdle});
    EXPECT_THAT(report, FindsAssertion("the other pages were fetched for nothing"));
  }
}

HEDDLE_TEST(FanOut, ErrGroupWithContextSurvives, .schedules = 10'000, .clock = kWhenIdle) {
  FetchAll(FetchWithContext);
}

// For scripts/score.
const Subject kFanOutWaitGroup = {{
    .name = "fan_out_lost_error",
    .suite = Suite::kPatterns,
    .expected = Verdict::kAssertion,
    .when = When::kAlways,
    .body =
        [](Version version) {
          FetchAll(version == Version::kBuggy ? FetchByWaitGroup : FetchWithContext);
        },
    .explains = {"the first error is lost"},
    .options = {.clock = ClockPolicy::kWhenIdle},
}};

const Subject kFanOutSiblings = {{
    .name = "fan_out_no_context",
    .suite = Suite::kPatterns,
    .expected = Verdict::kAssertion,
    .when = When::kAlways,
    .body =
        [](Version version) {
          FetchAll(version == Version::kBuggy ? FetchWithoutContext : FetchWithContext);
        },
    .explains = {"the other pages were fetched for nothing"},
    .options = {.clock = ClockPolicy::kWhenIdle},
}};

}  // namespace
