// SPDX-License-Identifier: Apache-2.0
//
// A receive whose sender gave up. Wrong: the worker returns early on an error and never sends, so
// the logger waits for ever: a leak, since nobody joins it. Right: the worker closes the channel on
// every path.
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

void WorkAndLog(bool close_on_error) {
  Channel<int> results(0, "results");
  Channel<bool> requests(1, "requests");
  Go("logger", [results]() mutable { (void)results.Receive(); });
  Go("canceller", [requests]() mutable { (void)requests.TrySend(true); });
  Task worker = Go("worker", [=]() mutable {
    const bool cancelled = requests.TryReceive().value.has_value();
    if (cancelled) {
      if (close_on_error) results.Close();
      return;
    }
    results.Send(42);
  });
  worker.Join();
}

TEST(AbandonedReceive, EarlyReturnLeaks) {
  Report report = Explore([] { WorkAndLog(/*close_on_error=*/false); }, {.name = "early return"});
  EXPECT_THAT(report, FindsLeak("1 task never finished after the body returned"));
}

HEDDLE_TEST(AbandonedReceive, CloseOnEveryPathSurvives, .schedules = 10'000) {
  WorkAndLog(/*close_on_error=*/true);
}

// For scripts/score.
const Subject kAbandonedReceive = {{
    .name = "abandoned_receive",
    .suite = Suite::kPatterns,
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body = [](Version version) { WorkAndLog(/*close_on_error=*/version == Version::kFixed); },
    .explains = {"T1 -> needs a send on channel \"results\" or its close", "T1 logger"},
}};

}  // namespace
