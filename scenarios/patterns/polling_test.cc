// SPDX-License-Identifier: Apache-2.0
//
// Waiting for a task that may give up. Wrong: asking a flag over and over, which the task sets only if
// it did its work: if it was cancelled before it began, the asking never ends. Right: receiving from a
// channel that is closed on every path; who waits there is woken, and takes no time until then.
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

bool IsCancelled(const Context& context) { return context.Done().TryReceive().closed; }

void AwaitByPolling() {
  CancelableContext download = WithCancel(Background());
  Atomic<bool> finished(false, "finished");
  Task downloader = Go("downloader", [&] {
    if (IsCancelled(download.context)) return;
    finished.store(true);
  });
  Task user = Go("user", [&] { download.cancel(); });
  while (!finished.load()) Yield();
  downloader.Join();
  user.Join();
}

void AwaitByChannel() {
  CancelableContext download = WithCancel(Background());
  Channel<int> finished(1, "finished");
  Task downloader = Go("downloader", [&] {
    if (!IsCancelled(download.context)) finished.Send(1);
    finished.Close();
  });
  Task user = Go("user", [&] { download.cancel(); });
  (void)finished.Receive();
  downloader.Join();
  user.Join();
}

TEST(Polling, ForWhatNeverComesIsALivelock) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore(AwaitByPolling,
                            {.name = "polling", .schedules = 20, .seed = seed, .max_steps = 1000});
    EXPECT_THAT(report, FindsLivelock("wait for the condition (channel, semaphore) instead of "
                                      "polling for it"));
  }
}

HEDDLE_TEST(Polling, ChannelSurvives, .schedules = 10'000) { AwaitByChannel(); }

// For scripts/score.
const Subject kPolling = {{
    .name = "polling",
    .suite = Suite::kPatterns,
    .expected = Verdict::kLivelock,
    .when = When::kSome,
    .body =
        [](Version version) { version == Version::kBuggy ? AwaitByPolling() : AwaitByChannel(); },
    .explains = {"no end after .max_steps = 1000 steps", "T0 main goes on at"},
    .options = {.max_steps = 1000},
}};

}  // namespace
