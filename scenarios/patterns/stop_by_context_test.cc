// SPDX-License-Identifier: Apache-2.0
//
// A background task that works until it is told to stop. Wrong: its loop has no stop condition, so it
// goes on when nobody wants it any more: a leak, reported with the line that spawned it. Right: it
// waits for the next round and for the end of its context at the same time.
#include <chrono>
#include <memory>

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
using testing::HasSubstr;

// Exchange rates that a task keeps up to date while others read them.
class Rates {
 public:
  void Refresh() {
    MutexLock lock(mu_);
    ++version_;
  }
  int Version() {
    MutexLock lock(mu_);
    return version_;
  }

 private:
  Mutex mu_{"rates.mu"};
  int version_ = 0;
};

void RefreshForever(const Context&, Rates& rates) {
  for (;;) {
    Sleep(1s);
    rates.Refresh();
  }
}

void RefreshUntilDone(const Context& context, Rates& rates) {
  while (!context.Done().TryReceiveFor(1s).closed) rates.Refresh();
}

// Nobody joins the refresher: it is told to stop, and has to.
void ServeWithRates(void (*refresh)(const Context&, Rates&)) {
  auto rates = std::make_shared<Rates>();
  CancelableContext service = WithCancel(Background());
  Go("refresher", [=, context = service.context] { refresh(context, *rates); });
  const int before = rates->Version();
  EXPECT_LE(before, rates->Version());
  service.cancel();
}

TEST(StopByContext, LoopWithoutStopConditionLeaks) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report =
        Explore([] { ServeWithRates(RefreshForever); },
                {.name = "no stop condition", .schedules = 1, .seed = seed, .drain_steps = 1000});
    EXPECT_THAT(report, FindsLeak("1 task never finished after the body returned"));
    EXPECT_EQ(report.tasks.at(0).label, "T1 refresher");
    EXPECT_THAT(report.tasks.at(0).spawned_at, HasSubstr("stop_by_context_test.cc:"));
  }
}

HEDDLE_TEST(StopByContext, LoopThatWaitsForDoneSurvives, .schedules = 10'000) {
  ServeWithRates(RefreshUntilDone);
}

// For scripts/score.
const Subject kStopByContext = {{
    .name = "stop_by_context",
    .suite = Suite::kPatterns,
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          ServeWithRates(version == Version::kBuggy ? RefreshForever : RefreshUntilDone);
        },
    .explains = {"T1 refresher", "still running after"},
    .options = {.drain_steps = 1000},
}};

}  // namespace
