// SPDX-License-Identifier: Apache-2.0
//
// What is said about each verdict: headline, reasons and remedy, word for word.
#include "heddle/detect/explain.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/snapshots.h"

namespace heddle {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing_support::CartLine;
using testing_support::HandMade;
using Kind = OperationKind;

constexpr char kUnlockRemedy[] =
    "unlock on every path out of the critical section: hold the lock by MutexLock";

Failure Of(Verdict verdict, std::string message = "", uint32_t slot = kNobody) {
  Failure failure;
  failure.verdict = verdict;
  failure.message = std::move(message);
  failure.slot = slot;
  return failure;
}

class ExplainTest : public ::testing::Test {
 protected:
  // Two tasks that have locked in opposite order.
  Failure OppositeOrder() {
    const uint32_t a = made_.Object(ObjectKind::kMutex, "mutex \"a\"");
    const uint32_t b = made_.Object(ObjectKind::kMutex, "mutex \"b\"");
    made_.Task(0, "T0").Named("main").At(Kind::kJoin, kNobody, 3).WaitsFor(1);
    made_.Task(1, "T1").At(Kind::kLock, b, 11).Holds(a).WaitsFor(2);
    made_.Task(2, "T2").At(Kind::kLock, a, 21).Holds(b).WaitsFor(1);
    made_.Step(1, Kind::kLock, a, 10);
    made_.Step(2, Kind::kLock, b, 20);
    Failure failure = Of(Verdict::kDeadlock, "", 1);
    failure.cycle = {1, 2};
    return failure;
  }
  Explanation Explained(const Failure& failure) { return Explain(failure, made_.snapshot); }

  HandMade made_;
};

TEST_F(ExplainTest, CycleOfLocks) {
  const Explanation e = Explained(OppositeOrder());
  EXPECT_EQ(e.headline, "2 tasks wait for each other and never go on: T1 -> T2 -> T1");
  EXPECT_THAT(e.why,
              ElementsAre("T1 -> needs mutex \"b\" -> held by T2 (since step 2, cart.cc:20)",
                          "T2 -> needs mutex \"a\" -> held by T1 (since step 1, cart.cc:10)"));
  EXPECT_EQ(e.remedy,
            "take these locks in the same order everywhere, or all at once by std::scoped_lock");
}

TEST_F(ExplainTest, CycleOfLockAndJoin) {
  const uint32_t mu = made_.Object(ObjectKind::kMutex, "mutex \"mu\"");
  made_.Task(0, "T0").At(Kind::kJoin, kNobody, 3).WaitsFor(1).Holds(mu);
  made_.Task(1, "T1").At(Kind::kLock, mu, 11).WaitsFor(0);
  Failure failure = Of(Verdict::kDeadlock, "", 0);
  failure.cycle = {0, 1};
  const Explanation e = Explained(failure);
  EXPECT_EQ(e.headline, "2 tasks wait for each other and never go on: T0 -> T1 -> T0");
  EXPECT_THAT(e.why,
              ElementsAre("T0 -> needs T1 to finish", "T1 -> needs mutex \"mu\" -> held by T0"));
  EXPECT_EQ(e.remedy, "release the lock before joining a task that needs it");
}

TEST_F(ExplainTest, CycleOfLengthOne) {
  const uint32_t mu = made_.Object(ObjectKind::kMutex, "mutex \"mu\"");
  made_.Task(0, "T0").At(Kind::kLock, mu, 3).WaitsFor(0).Holds(mu);
  Failure failure = Of(Verdict::kDeadlock, "", 0);
  failure.cycle = {0};
  const Explanation e = Explained(failure);
  EXPECT_EQ(e.headline, "T0 locks mutex \"mu\", which it holds already");
  EXPECT_THAT(e.why, ElementsAre("T0 -> needs mutex \"mu\" -> held by T0"));
  EXPECT_EQ(e.remedy,
            "unlock it before, on every path; where a caller still needs it, split off a function "
            "that expects the "
            "lock to be held");
}

TEST_F(ExplainTest, JoinOfOneself) {
  made_.Task(1, "T1").At(Kind::kJoin, kNobody, 3).WaitsFor(1);
  Failure failure = Of(Verdict::kDeadlock, "", 1);
  failure.cycle = {1};
  const Explanation e = Explained(failure);
  EXPECT_EQ(e.headline, "T1 joins itself");
  EXPECT_THAT(e.why, ElementsAre("T1 -> needs T1 to finish"));
  EXPECT_EQ(e.remedy, "join a task from another one");
}

TEST_F(ExplainTest, DeadlockOfAllTasks) {
  const uint32_t jobs = made_.Object(ObjectKind::kChannel, "channel \"jobs\"");
  made_.Task(0, "T0").At(Kind::kJoin, kNobody, 3).WaitsFor(1);
  made_.Task(1, "T1").At(Kind::kReceive, jobs, 11);
  made_.Task(2, "T2").Finished();
  const Explanation e = Explained(Of(Verdict::kDeadlock));
  EXPECT_EQ(e.headline, "2 of 2 live tasks are blocked, none can run");
  EXPECT_THAT(e.why, ElementsAre("T0 -> needs T1 to finish",
                                 "T1 -> needs a send on channel \"jobs\" or its close -> no other "
                                 "task sends or closes there in this execution"));
  EXPECT_EQ(e.remedy,
            "let the sending side close the channel on every path, errors and early returns "
            "included");
}

TEST_F(ExplainTest, DeadlockOfOneTask) {
  made_.Task(0, "T0").At(Kind::kReceive, kNobody, 3);
  const Explanation e = Explained(Of(Verdict::kDeadlock));
  EXPECT_EQ(e.headline, "1 of 1 live task is blocked, none can run");
  EXPECT_EQ(e.remedy, "construct the channel with a capacity before it is used");
}

TEST_F(ExplainTest, DeadlockAtTheLimitKeepsTheMessage) {
  const uint32_t mu = made_.Object(ObjectKind::kMutex, "mutex \"mu\"");
  made_.Task(0, "T0").At(Kind::kLock, mu, 3);
  made_.Task(1, "T1").At(Kind::kYield, kNobody, 11).Runnable();
  Failure failure = Of(Verdict::kDeadlock, "the body is blocked for good");
  failure.at_limit = true;
  const Explanation e = Explained(failure);
  EXPECT_EQ(e.headline, "the body is blocked for good");
  EXPECT_THAT(e.why, ElementsAre("T0 -> needs mutex \"mu\" -> held by nobody"));
  EXPECT_EQ(e.remedy, kUnlockRemedy);
}

TEST_F(ExplainTest, LeakLeavesOutDaemonsAndFinished) {
  const uint32_t mu = made_.Object(ObjectKind::kMutex, "mutex \"mu\"");
  made_.Task(0, "T0").Finished().Holds(mu);
  made_.Task(1, "T1").At(Kind::kLock, mu, 11);
  made_.Task(2, "T2").At(Kind::kReceive, kNobody, 21).Daemon();
  const Explanation e = Explained(Of(Verdict::kLeak));
  EXPECT_EQ(e.headline, "1 task never finished after the body returned");
  EXPECT_THAT(e.why, ElementsAre("T1 -> needs mutex \"mu\" -> held by T0, which has finished"));
  EXPECT_EQ(e.remedy, kUnlockRemedy);
}

TEST_F(ExplainTest, LeakOfTasksThatGoOn) {
  made_.Task(0, "T0").Finished();
  made_.Task(1, "T1").At(Kind::kYield, kNobody, 11).Runnable();
  made_.Task(2, "T2").At(Kind::kYield, kNobody, 12).Runnable();
  Failure failure = Of(Verdict::kLeak);
  failure.at_limit = true;
  const Explanation e = Explained(failure);
  EXPECT_EQ(e.headline, "2 tasks never finished after the body returned");
  EXPECT_THAT(e.why, ElementsAre("still running after .drain_steps further steps"));
  EXPECT_EQ(
      e.remedy,
      "tell the task to stop (close its channel, cancel its context) and join it, or spawn it "
      "with .daemon = true");
}

TEST_F(ExplainTest, Race) {
  made_.Task(0, "T0");
  made_.Task(1, "T1");
  Failure failure = Of(Verdict::kRace, "two accesses to variable \"n\" are not ordered", 0);
  EXPECT_THAT(Explained(failure).why, IsEmpty());
  failure.accesses = {AccessSnapshot{1, "write of variable \"n\"", CartLine(11), {}},
                      AccessSnapshot{0, "read of variable \"n\"", CartLine(3), {}}};
  const Explanation e = Explained(failure);
  EXPECT_EQ(e.headline, "two accesses to variable \"n\" are not ordered");
  EXPECT_THAT(e.why,
              ElementsAre("nothing that T1 did after its access happens before T0's access"));
  EXPECT_EQ(e.remedy,
            "guard both accesses by the same mutex, or order them by a channel, a semaphore or a "
            "join");
}

TEST_F(ExplainTest, ARaceUnderAReadLock) {
  const std::string usual =
      "guard both accesses by the same mutex, or order them by a channel, a semaphore or a join";
  const std::string write_lock =
      "lock shared mutex \"rw\" for writing before a write: tasks that hold it for reading are not "
      "ordered with each other";
  const uint32_t mu = made_.Object(ObjectKind::kMutex, "mutex \"mu\"", "held by T0");
  const uint32_t rw = made_.Object(ObjectKind::kSharedMutex, "shared mutex \"rw\"", "held by T0");
  made_.Task(0, "T0").Holds(mu).Holds(rw);
  made_.Task(1, "T1");
  Failure failure = Of(Verdict::kRace, "two accesses to variable \"n\" are not ordered", 0);
  failure.accesses = {AccessSnapshot{1, "write of variable \"n\"", CartLine(11), {}},
                      AccessSnapshot{0, "read of variable \"n\"", CartLine(3), {}}};
  EXPECT_EQ(Explained(failure).remedy, usual);
  made_.snapshot.objects[rw].state = "read by T0, T1";
  EXPECT_EQ(Explained(failure).remedy, write_lock);
  failure.accesses.back().slot = 1;
  EXPECT_EQ(Explained(failure).remedy, usual);
  failure.accesses.back().slot = kNobody;
  EXPECT_EQ(Explained(failure).remedy, usual);
}

TEST_F(ExplainTest, Livelock) {
  const uint32_t mu = made_.Object(ObjectKind::kMutex, "mutex \"mu\"");
  made_.Task(0, "T0").Named("main").At(Kind::kYield, kNobody, 3, "yield").Runnable();
  made_.Task(1, "T1").At(Kind::kLock, mu, 11, "lock mutex \"mu\" (free)");
  made_.Task(2, "T2").Finished();
  const Explanation e = Explained(Of(Verdict::kLivelock, "no end after .max_steps = 10 steps"));
  EXPECT_EQ(e.headline, "no end after .max_steps = 10 steps");
  EXPECT_THAT(e.why, ElementsAre("T0 main goes on at cart.cc:3: yield",
                                 "T1 is blocked at cart.cc:11: lock mutex \"mu\" (free)"));
  EXPECT_EQ(e.remedy,
            "wait for the condition (channel, semaphore) instead of polling for it; if the work is "
            "finite, raise .max_steps");
}

TEST_F(ExplainTest, ATimeThatStandsStillIsSaidToAndWhy) {
  constexpr uint32_t kClock = 63;
  const uint32_t mu = made_.Object(ObjectKind::kMutex, "mutex \"mu\"");
  made_.Task(0, "T0").Named("main").At(Kind::kYield, kNobody, 3, "yield").Runnable();
  made_.Task(1, "T1").At(Kind::kSleep, kNobody, 11, "sleep until 10ms");
  made_.Task(2, "T2").At(Kind::kTryLock, mu, 12, "try_lock mutex \"mu\" (free)").Runnable();
  for (uint32_t step = 0; step < 10; ++step) {
    made_.Step(step == 2 ? kClock : step % 2 * 2, step == 2 ? Kind::kFire : Kind::kYield, kNobody,
               3);
  }
  Failure failure = Of(Verdict::kLivelock, "no end after .max_steps = 10 steps");
  failure.at_limit = true;
  made_.snapshot.now = "5ms";
  made_.snapshot.fair_from = 5;
  EXPECT_THAT(Explained(failure).why, Not(Contains(HasSubstr("time")))) << "nobody cares";
  made_.snapshot.time_looked_at = true;
  EXPECT_THAT(Explained(failure).why,
              Contains("time stands still at 5ms: nothing moves it but a Sleep, a timer or a "
                       "deadline to wait for, and there is none"));
  made_.snapshot.next_timer = "T1's timer at 10ms";
  const std::string why =
      "time stands still at 5ms, before T1's timer at 10ms: it moves when no "
      "task can run, but T0 or T2 always could";
  EXPECT_THAT(Explained(failure).why, Contains(why));
  EXPECT_EQ(Explained(failure).remedy,
            "let a loop that waits for time to pass Sleep, or wait with a deadline");
  made_.snapshot.history[2].early = true;
  EXPECT_THAT(Explained(failure).why, Contains(why + ", and moved early 1 time (.early_timers)"));
  made_.Task(3, "T3").Finished();
  made_.Step(3, Kind::kYield, kNobody, 3);
  EXPECT_THAT(Explained(failure).why, Contains(testing::StartsWith(why))) << "T3 has finished";
  made_.Step(kClock, Kind::kFire, kNobody, 3);
  EXPECT_THAT(Explained(failure).why, Not(Contains(HasSubstr("time stands")))) << "it moved";
}

TEST_F(ExplainTest, MisuseIsExplainedByThePrimitive) {
  Failure failure = Of(Verdict::kMisuse, "channel \"jobs\" is closed twice", 0);
  failure.remedy = "close it once";
  const Explanation e = Explained(failure);
  EXPECT_EQ(e.headline, "channel \"jobs\" is closed twice");
  EXPECT_THAT(e.why, IsEmpty());
  EXPECT_EQ(e.remedy, "close it once");
}

TEST_F(ExplainTest, AssertionNamesTheTask) {
  made_.Task(1, "T1").Named("worker");
  EXPECT_EQ(Explained(Of(Verdict::kAssertion, "Expected ...", 1)).headline,
            "an assertion failed in T1 worker");
  const Explanation e = Explained(Of(Verdict::kAssertion, "Expected ..."));
  EXPECT_EQ(e.headline, "an assertion failed in a task");
  EXPECT_EQ(e.remedy, "read the interleaving below for the order in which the assertion fails");
}

TEST_F(ExplainTest, ExceptionNamesTaskTypeAndText) {
  made_.Task(1, "T1").Named("worker");
  const Explanation e = Explained(Of(Verdict::kException, "std::runtime_error: disk full", 1));
  EXPECT_EQ(e.headline, "an exception left T1 worker: std::runtime_error: disk full");
  EXPECT_EQ(e.remedy, "catch it in the task and hand the error on, or do not throw");
}

TEST_F(ExplainTest, OtherVerdictsSayTheirMessage) {
  for (Verdict verdict : {Verdict::kDeadline, Verdict::kCrash, Verdict::kDiverged,
                          Verdict::kVacuous, Verdict::kSkipped, Verdict::kPassed}) {
    Failure failure = Of(verdict, "the message");
    failure.remedy = "the remedy";
    const Explanation e = Explained(failure);
    EXPECT_EQ(e.headline, "the message") << ToString(verdict);
    EXPECT_EQ(e.remedy, "the remedy") << ToString(verdict);
  }
}

}  // namespace
}  // namespace heddle
