// SPDX-License-Identifier: Apache-2.0
//
// A channel is closed to tell everybody to stop, by a signal or by an error, whichever comes first.
// Wrong: each looks whether the other was first, and then closes; both may look before either has
// said so. Right: looking and closing are one, under a once flag.
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

struct Shutdown {
  Channel<int> stop{0, "stop"};
  Atomic<bool> begun{false, "begun"};
  OnceFlag once{"once"};

  void CloseIfFirst() {
    if (begun.load()) return;
    begun.store(true);
    stop.Close();
  }

  void CloseOnce() {
    call_once(once, [&] { stop.Close(); });
  }
};

void StopFromBothSides(void (Shutdown::*close)()) {
  Shutdown shutdown;
  WaitGroup tasks("tasks");
  tasks.Go("server", [&] { (void)shutdown.stop.Receive(); });
  tasks.Go("signal", [&] { (shutdown.*close)(); });
  tasks.Go("error", [&] { (shutdown.*close)(); });
  tasks.Wait();
}

TEST(CloseOnce, LookingFirstClosesTwice) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { StopFromBothSides(&Shutdown::CloseIfFirst); },
                            {.name = "close if first", .schedules = 50, .seed = seed});
    EXPECT_THAT(report, FindsMisuse("channel \"stop\" is closed twice; T"));
  }
}

HEDDLE_TEST(CloseOnce, OnceSurvives, .schedules = 10'000) {
  StopFromBothSides(&Shutdown::CloseOnce);
}

// For scripts/score.
const Subject kCloseOnce = {{
    .name = "close_once",
    .suite = Suite::kPatterns,
    .expected = Verdict::kMisuse,
    .when = When::kSome,
    .body =
        [](Version version) {
          StopFromBothSides(version == Version::kBuggy ? &Shutdown::CloseIfFirst
                                                       : &Shutdown::CloseOnce);
        },
    .explains = {"channel \"stop\" is closed twice; T"},
}};

}  // namespace
