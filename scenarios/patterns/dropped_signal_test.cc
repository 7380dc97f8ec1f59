// SPDX-License-Identifier: Apache-2.0
//
// A signal that nobody was there to hear. The waiter unlocks and then receives; between the two it
// is not yet in line, and a signaller that locks and tries to send finds no partner. Wrong: the
// signal is sent on an unbuffered channel. Right: the channel has room for one signal, which keeps
// it.
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

void WaitForReady(size_t room) {
  Mutex mu("mu");
  Channel<bool> signal(room, "signal");
  bool ready = false;
  Task waiter = Go("waiter", [&] {
    mu.lock();
    while (!ready) {
      mu.unlock();
      (void)signal.Receive();
      mu.lock();
    }
    mu.unlock();
  });
  Task signaller = Go("signaller", [&] {
    MutexLock lock(mu);
    ready = true;
    (void)signal.TrySend(true);
  });
  waiter.Join();
  signaller.Join();
}

TEST(DroppedSignal, UnbufferedIsLost) {
  Report report = Explore([] { WaitForReady(/*room=*/0); }, {.name = "unbuffered signal"});
  EXPECT_THAT(report, FindsDeadlock("needs a send on channel \"signal\""));
}

HEDDLE_TEST(DroppedSignal, BufferedSurvives, .schedules = 10'000) { WaitForReady(/*room=*/1); }

// For scripts/score.
const Subject kDroppedSignal = {{
    .name = "dropped_signal",
    .suite = Suite::kPatterns,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body = [](Version version) { WaitForReady(/*room=*/version == Version::kBuggy ? 0 : 1); },
    .explains = {"T1 -> needs a send on channel \"signal\" or its close",
                 "only T2 sends or closes there: T2 has finished"},
}};

}  // namespace
