// SPDX-License-Identifier: Apache-2.0
//
// Why a task cannot go on and what to do: the sentences for every operation that can block.
#include "heddle/detect/reasons.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/snapshots.h"

namespace heddle {
namespace {

using testing_support::HandMade;
using Kind = OperationKind;

std::string Reason(const HandMade& made, uint32_t slot) {
  return ReasonOf(*made.snapshot.Find(slot), made.snapshot);
}

// For all unfinished tasks.
std::string Remedy(const HandMade& made) {
  std::vector<const TaskSnapshot*> stuck;
  for (const TaskSnapshot& task : made.snapshot.tasks) {
    if (!task.finished) stuck.push_back(&task);
  }
  return RemedyFor(stuck, made.snapshot);
}

class ReasonsTest : public ::testing::Test {
 protected:
  uint32_t Mutex(std::string state = "") {
    return made_.Object(ObjectKind::kMutex, "mutex \"mu\"", std::move(state));
  }
  uint32_t Channel() { return made_.Object(ObjectKind::kChannel, "channel \"jobs\"", "full, 1/1"); }
  uint32_t Semaphore() {
    return made_.Object(ObjectKind::kSemaphore, "semaphore \"db\"", "no permit");
  }

  HandMade made_;
};

TEST_F(ReasonsTest, LockNamesTheHolderAndSinceWhen) {
  const uint32_t mu = Mutex();
  made_.Task(1, "T1").At(Kind::kYield, kNobody, 9).Holds(mu);
  made_.Task(2, "T2").At(Kind::kLock, mu, 20);
  EXPECT_EQ(Reason(made_, 2), "T2 -> needs mutex \"mu\" -> held by T1");
  made_.Step(1, Kind::kLock, mu, 10);
  made_.Step(1, Kind::kUnlock, mu, 11);
  made_.Step(1, Kind::kTryLock, mu, 12);
  made_.Blocked(2, Kind::kLock, mu, 20);
  EXPECT_EQ(Reason(made_, 2), "T2 -> needs mutex \"mu\" -> held by T1 (since step 3, cart.cc:12)");
}

TEST_F(ReasonsTest, LockOfAMutexWhoseHolderFinished) {
  const uint32_t mu = Mutex();
  made_.Task(1, "T1").Finished().Holds(mu);
  made_.Task(2, "T2").At(Kind::kLock, mu, 20);
  made_.Step(1, Kind::kLock, mu, 10);
  EXPECT_EQ(
      Reason(made_, 2),
      "T2 -> needs mutex \"mu\" -> held by T1 (since step 1, cart.cc:10), which has finished");
  EXPECT_EQ(Remedy(made_),
            "unlock on every path out of the critical section: hold the lock by MutexLock");
}

TEST_F(ReasonsTest, LockOfAMutexThatNobodyHolds) {
  const uint32_t mu = Mutex();
  made_.Task(2, "T2").At(Kind::kLock, mu, 20);
  EXPECT_EQ(Reason(made_, 2), "T2 -> needs mutex \"mu\" -> held by nobody");
}

TEST_F(ReasonsTest, ADestroyedObjectComesFirst) {
  const uint32_t mu = Mutex("destroyed");
  made_.Task(2, "T2").At(Kind::kLock, mu, 20);
  EXPECT_EQ(Reason(made_, 2), "T2 -> needs mutex \"mu\" -> destroyed while T2 waited");
}

TEST_F(ReasonsTest, SharedLocksNameTheWriterThatIsNextAndTheReaders) {
  const uint32_t mu = made_.Object(ObjectKind::kSharedMutex, "shared mutex \"mu\"", "");
  made_.Task(1, "T1").At(Kind::kLockShared, mu, 21).Holds(mu);
  made_.Task(2, "T2").Finished().Holds(mu);
  made_.Task(3, "T3").At(Kind::kAwaitReaders, mu, 23);
  made_.Task(4, "T4").At(Kind::kLock, mu, 24);
  made_.Step(1, Kind::kLockShared, mu, 10);
  made_.Step(2, Kind::kTryLockShared, mu, 11);
  made_.Step(3, Kind::kLock, mu, 12);
  const std::string next =
      "needs shared mutex \"mu\" -> the writer T3 (since step 3, cart.cc:12) is next and awaits "
      "its readers";
  EXPECT_EQ(Reason(made_, 1), "T1 -> " + next);
  EXPECT_EQ(Reason(made_, 4), "T4 -> " + next);
  EXPECT_EQ(Reason(made_, 3),
            "T3 -> needs the readers of shared mutex \"mu\" to leave -> read by T1 (since step 1, "
            "cart.cc:10), T2 (since step 2, cart.cc:11), which has finished");
  EXPECT_EQ(Remedy(made_),
            "unlock on every path out of the critical section: hold the lock by ReaderLock");
}

TEST_F(ReasonsTest, ALostNotifyIsNamed) {
  const uint32_t cv = made_.Object(ObjectKind::kCondition, "condition variable \"cv\"", "");
  const std::string start = "T1 -> needs a notify on condition variable \"cv\" -> ";
  made_.Task(1, "T1").At(Kind::kWait, cv, 20);
  made_.Task(2, "T2").Finished();
  EXPECT_EQ(Reason(made_, 1), start + "no other task notifies there in this execution");
  made_.Step(2, Kind::kNotifyAll, cv, 10);
  made_.Step(1, Kind::kWait, cv, 20);
  EXPECT_EQ(Reason(made_, 1), start +
                                  "T2 notified (step 1, cart.cc:10) before T1 waited (step 2, "
                                  "cart.cc:20)");
  made_.Step(2, Kind::kNotifyOne, cv, 11);
  EXPECT_EQ(Reason(made_, 1),
            start + "T2 notified (step 3, cart.cc:11) and woke another task; nobody does again");
  EXPECT_EQ(Remedy(made_),
            "change the condition while holding the mutex, then notify, all if they wait for "
            "different things, and wait with a predicate");
}

TEST_F(ReasonsTest, CallOnceNamesWhoIsInTheMiddleOfIt) {
  const uint32_t once = made_.Object(ObjectKind::kOnce, "once \"init\"", "");
  made_.Task(1, "T1").At(Kind::kYield, kNobody, 20).Holds(once);
  made_.Task(2, "T2").At(Kind::kCallOnce, once, 21);
  made_.Step(1, Kind::kCallOnce, once, 10);
  EXPECT_EQ(Reason(made_, 2),
            "T2 -> needs once \"init\" to be done -> in the middle of it is T1 (since step 1, "
            "cart.cc:10)");
  EXPECT_EQ(Remedy(made_), "let the function that is called once come to its end on every path");
}

TEST_F(ReasonsTest, AFutureIsNoEventThatIsReset) {
  const uint32_t future = made_.Object(ObjectKind::kEvent, "event \"std::future\"", "not set");
  made_.Task(0, "T0").At(Kind::kWait, future, 5);
  EXPECT_EQ(Remedy(made_),
            "set the value or an exception on every path, or call the packaged_task, or let the "
            "promise go: its destructor tells who waits (broken_promise)");
}

TEST_F(ReasonsTest, JoinNamesTheTask) {
  made_.Task(0, "T0").At(Kind::kJoin, kNobody, 5).WaitsFor(3);
  made_.Task(3, "T1.2").At(Kind::kYield, kNobody, 6);
  EXPECT_EQ(Reason(made_, 0), "T0 -> needs T1.2 to finish");
  EXPECT_EQ(Remedy(made_), "let the joined task come to its end on every path");
}

TEST_F(ReasonsTest, AcquireCountsThePermitsNotGivenBack) {
  const uint32_t db = Semaphore();
  made_.Task(0, "T0").At(Kind::kAcquire, db, 30);
  made_.Task(1, "T1").Finished();
  made_.Task(2, "T2").At(Kind::kAcquire, db, 31);
  made_.Task(3, "T3").At(Kind::kAcquire, db, 32);
  EXPECT_EQ(Reason(made_, 0), "T0 -> needs a permit of semaphore \"db\" -> no task holds one");
  made_.Step(1, Kind::kAcquire, db, 10);
  made_.Step(2, Kind::kTryAcquire, db, 11, "try_acquire db -> true");
  made_.Step(3, Kind::kAcquire, db, 12);
  made_.Step(3, Kind::kRelease, db, 13);
  made_.Step(3, Kind::kTryAcquire, db, 14, "try_acquire db -> false");
  EXPECT_EQ(Reason(made_, 0),
            "T0 -> needs a permit of semaphore \"db\" -> T1 took a permit (step 1, cart.cc:10) and "
            "finished without releasing it, T2 took a permit (step 2, cart.cc:11) and has not "
            "released it");
  EXPECT_EQ(Remedy(made_),
            "release the permit on every path, errors included: release it in a destructor");
}

TEST_F(ReasonsTest, SendNamesTheReceivers) {
  const uint32_t jobs = Channel();
  made_.Task(0, "T0").At(Kind::kSend, jobs, 30);
  EXPECT_EQ(Reason(made_, 0),
            "T0 -> needs a receive on channel \"jobs\" -> no other task receives there in this "
            "execution");
  made_.Task(1, "T1").Finished();
  made_.Task(2, "T2").At(Kind::kReceive, jobs, 31);
  made_.Task(3, "T3").NotStarted();
  made_.Task(4, "T4").At(Kind::kYield, kNobody, 33).Runnable();
  made_.Task(5, "T5").At(Kind::kLock, kNobody, 34);
  made_.Step(1, Kind::kReceive, jobs, 10);
  made_.Step(4, Kind::kTryReceive, jobs, 11);
  made_.Blocked(5, Kind::kReceive, jobs, 12);
  EXPECT_EQ(Reason(made_, 0),
            "T0 -> needs a receive on channel \"jobs\" -> only T1, T2, T4 receive there: T1 has "
            "finished, T2 is blocked, too, T4 goes on elsewhere");
}

TEST_F(ReasonsTest, SendersWhoseReceiversHaveFinished) {
  const uint32_t jobs = Channel();
  made_.Task(0, "T0").At(Kind::kSend, jobs, 30);
  made_.Task(1, "T1").Finished();
  made_.Task(2, "T2").Finished();
  made_.Step(1, Kind::kReceive, jobs, 10);
  made_.Step(2, Kind::kReceive, jobs, 11);
  EXPECT_EQ(Reason(made_, 0),
            "T0 -> needs a receive on channel \"jobs\" -> only T1, T2 receive there: they have "
            "finished");
}

TEST_F(ReasonsTest, WhoSelectsAmongReceivesReceives) {
  const uint32_t jobs = Channel(), done = Channel();
  made_.Task(0, "T0").At(Kind::kSend, jobs, 30);
  made_.Task(1, "T1").Finished();
  made_.Task(2, "T2").Finished();
  made_.Step(1, Kind::kSelect, kNobody, 10);
  made_.snapshot.history.back().cases = {{done, Kind::kReceive}, {jobs, Kind::kReceive}};
  made_.Step(2, Kind::kSelect, kNobody, 11);
  made_.snapshot.history.back().cases = {{done, Kind::kReceive}, {jobs, Kind::kSend}};
  EXPECT_EQ(Reason(made_, 0),
            "T0 -> needs a receive on channel \"jobs\" -> only T1 receives there: T1 has finished");
}

TEST_F(ReasonsTest, ASendToAFullChannelNamesWhoFilledIt) {
  const uint32_t jobs = made_.Object(ObjectKind::kChannel, "channel \"jobs\"", "full, 3/3");
  made_.Task(0, "T0").At(Kind::kSend, jobs, 30);
  made_.Task(1, "T1").Finished();
  made_.Task(2, "T2").Finished();
  const std::string start = "T0 -> needs a receive on channel \"jobs\" -> ";
  made_.Step(2, Kind::kSend, jobs, 10);  // received by T1
  made_.Step(1, Kind::kReceive, jobs, 11);
  made_.Step(1, Kind::kTrySend, jobs, 12);
  made_.Step(1, Kind::kSelect, kNobody, 13);
  made_.snapshot.history.back().taken = {jobs, Kind::kSend};
  EXPECT_EQ(Reason(made_, 0), start + "only T1 receives there: T1 has finished");
  made_.Step(2, Kind::kSend, jobs, 14);
  made_.Step(2, Kind::kTrySend, jobs, 15);  // finds it full
  made_.Blocked(2, Kind::kSend, jobs, 16);
  EXPECT_EQ(Reason(made_, 0),
            start +
                "only T1 receives there: T1 has finished; it is full of values of T1 (step 3, "
                "cart.cc:12), T2 (step 5, cart.cc:14), which have finished");
  made_.snapshot.tasks[1].finished = false;
  EXPECT_EQ(Reason(made_, 0),
            start +
                "only T1 receives there: T1 is blocked, too; it is full of values of T1 (step "
                "3, cart.cc:12), T2 (step 5, cart.cc:14)");
}

TEST_F(ReasonsTest, ASenderThatFilledTheChannelItselfIsNotNamed) {
  const uint32_t jobs = Channel();
  made_.Task(0, "T0").At(Kind::kSend, jobs, 30);
  made_.Step(0, Kind::kSend, jobs, 10);
  EXPECT_EQ(Reason(made_, 0),
            "T0 -> needs a receive on channel \"jobs\" -> no other task receives there in this "
            "execution");
}

TEST_F(ReasonsTest, RemedyForSendersAlone) {
  const std::string remedy =
      "receive until the channel is closed, or give it room for what is sent after the receiver "
      "left";
  const uint32_t results = made_.Object(ObjectKind::kChannel, "channel \"results\"", "unbuffered");
  made_.Task(0, "T0").At(Kind::kSend, results, 30);
  EXPECT_EQ(Remedy(made_), remedy);
  made_.Task(1, "T1").At(Kind::kSend, Channel(), 31);
  EXPECT_EQ(Remedy(made_),
            remedy + "; where a value stands for a permit, take it back on every path");
}

TEST_F(ReasonsTest, ReceiveNamesWhoSendsOrCloses) {
  const uint32_t jobs = Channel();
  made_.Task(0, "T0").At(Kind::kReceive, jobs, 30);
  made_.Task(1, "T1").Finished();
  EXPECT_EQ(Reason(made_, 0),
            "T0 -> needs a send on channel \"jobs\" or its close -> no other task sends or closes "
            "there in this execution");
  made_.Step(1, Kind::kSend, jobs, 10);
  EXPECT_EQ(Reason(made_, 0),
            "T0 -> needs a send on channel \"jobs\" or its close -> only T1 sends or closes there: "
            "T1 has finished");
  made_.Task(2, "T2").At(Kind::kClose, jobs, 31).NotStarted();
  EXPECT_EQ(Reason(made_, 0),
            "T0 -> needs a send on channel \"jobs\" or its close -> only T1, T2 send or close "
            "there: T1 has finished, T2 has not started");
  EXPECT_EQ(Remedy(made_),
            "let the sending side close the channel on every path, errors and early returns "
            "included");
}

TEST_F(ReasonsTest, ANilChannelIsNeverReady) {
  made_.Task(0, "T0").At(Kind::kReceive, kNobody, 30);
  made_.Task(1, "T1").At(Kind::kSend, kNobody, 31);
  EXPECT_EQ(Reason(made_, 0), "T0 -> needs a nil channel to be ready -> it never is");
  EXPECT_EQ(Reason(made_, 1), "T1 -> needs a nil channel to be ready -> it never is");
  EXPECT_EQ(Remedy(made_), "construct the channel with a capacity before it is used");
}

TEST_F(ReasonsTest, AnyOtherOperationIsNamed) {
  made_.Task(0, "T0").At(Kind::kSleep, kNobody, 30, "sleep until 5ms");
  EXPECT_EQ(Reason(made_, 0), "T0 -> stands at sleep until 5ms");
  EXPECT_EQ(Remedy(made_), "");
}

TEST_F(ReasonsTest, BlockingWhileHoldingALockComesBeforeTheRest) {
  const uint32_t mu = Mutex();
  const uint32_t jobs = Channel();
  made_.Task(1, "T1").At(Kind::kSend, jobs, 41).Holds(mu);
  EXPECT_EQ(Remedy(made_),
            "receive until the channel is closed, or give it room for what is sent after the "
            "receiver left; where a value stands for a permit, take it back on every path");
  made_.Task(2, "T2").At(Kind::kLock, mu, 42);
  EXPECT_EQ(Remedy(made_),
            "do not block while holding a lock that the other side needs: let T1 unlock mutex "
            "\"mu\" before cart.cc:41");
}

constexpr char kCloseOnEveryPath[] =
    "let the sending side close the channel on every path, errors and early returns included";

TEST_F(ReasonsTest, RemedyIsForWhomNoneOfTheOthersCanHelp) {
  const uint32_t done = made_.Object(ObjectKind::kChannel, "channel \"done\"", "unbuffered");
  const uint32_t cv = made_.Object(ObjectKind::kCondition, "condition variable \"cv\"");
  made_.Task(0, "T0").At(Kind::kReceive, done, 30);
  EXPECT_EQ(Remedy(made_), kCloseOnEveryPath);
  made_.Task(1, "T1").At(Kind::kWait, cv, 40);
  EXPECT_EQ(Remedy(made_),
            "change the condition while holding the mutex, then notify, all if they wait for "
            "different things, and wait with a predicate")
      << "T0, which spawned T1, waits for what T1 would have done";
  made_.Step(0, Kind::kNotifyOne, cv, 10);
  made_.Step(1, Kind::kWait, cv, 40);
  EXPECT_THAT(Remedy(made_), testing::StartsWith("change the condition")) << "T0's notify was lost";
}

TEST_F(ReasonsTest, RemediesForTwoOfWhomEitherMayBeToBlame) {
  const uint32_t done = made_.Object(ObjectKind::kChannel, "channel \"done\"", "unbuffered");
  const uint32_t event = made_.Object(ObjectKind::kEvent, "event \"ready\"", "not set");
  made_.Task(1, "T1").At(Kind::kReceive, done, 30);
  made_.Task(2, "T2").At(Kind::kWait, event, 40);
  EXPECT_EQ(Remedy(made_),
            kCloseOnEveryPath + std::string("; or set the event on every path, errors included, "
                                            "and after its last Reset; one made with kAutoReset "
                                            "once for each wait"));
}

TEST_F(ReasonsTest, RemedyIsNotForWhomABlockedTaskWouldHelp) {
  const uint32_t done = made_.Object(ObjectKind::kChannel, "channel \"done\"", "unbuffered");
  const uint32_t wg = made_.Object(ObjectKind::kWaitGroup, "wait group \"wg\"", "counter 1");
  made_.Task(1, "T1").At(Kind::kReceive, done, 30);
  made_.Task(2, "T2").At(Kind::kWait, wg, 40);
  const std::string count_down =
      "call Done on every path, errors included: spawn with WaitGroup::Go, or call it in a "
      "destructor";
  made_.Step(1, Kind::kAdd, wg, 10, "add wg +1 -> 2");
  EXPECT_EQ(Remedy(made_), kCloseOnEveryPath + ("; or " + count_down)) << "to count up is no help";
  made_.Step(2, Kind::kSend, done, 11);
  EXPECT_EQ(Remedy(made_), count_down) << "T1 waits for T2";
}

TEST_F(ReasonsTest, RemedyForTasksThatSendToEachOther) {
  const uint32_t to = made_.Object(ObjectKind::kChannel, "channel \"to\"", "unbuffered");
  const uint32_t back = made_.Object(ObjectKind::kChannel, "channel \"back\"", "unbuffered");
  const uint32_t stop = made_.Object(ObjectKind::kChannel, "channel \"stop\"", "unbuffered");
  const auto stuck = [&](uint32_t slot, uint32_t sends, uint32_t receives) {
    made_.Task(slot, "T" + std::to_string(slot)).At(Kind::kSelect, kNobody, 30);
    made_.snapshot.tasks.back().cases = {{stop, Kind::kReceive}, {sends, Kind::kSend}};
    made_.Step(slot, Kind::kReceive, receives, 20);
  };
  stuck(1, to, back);
  stuck(2, back, to);
  EXPECT_EQ(Remedy(made_),
            "let one side receive while it waits to send, by a select with both cases, or give a "
            "channel room for what is under way");
}

TEST_F(ReasonsTest, RemedyForASelectUnderALock) {
  const uint32_t mu = Mutex();
  const uint32_t done = made_.Object(ObjectKind::kChannel, "channel \"done\"", "unbuffered");
  made_.Task(1, "T1").At(Kind::kSelect, kNobody, 41).Holds(mu);
  made_.snapshot.tasks.back().cases = {{done, Kind::kReceive}};
  made_.Task(2, "T2").At(Kind::kLock, mu, 42);
  EXPECT_EQ(Remedy(made_),
            "do not block while holding a lock that the other side needs: let T1 unlock mutex "
            "\"mu\" before cart.cc:41");
}

TEST_F(ReasonsTest, RemedyForATimerThatDoesNotFireAgain) {
  const uint32_t timer = made_.Object(ObjectKind::kTimer, "timer \"retry\"", "stopped");
  made_.Task(1, "T1").At(Kind::kReceive, timer, 41);
  EXPECT_EQ(Reason(made_, 1), "T1 -> needs timer \"retry\" to fire -> it is stopped");
  EXPECT_EQ(Remedy(made_),
            "wait only for a timer or ticker that is armed: one that was stopped, or a timer whose "
            "tick was taken, never fires again without a Reset; drain it by TryReceive");
}

TEST_F(ReasonsTest, AContextIsKnownByWhereItWasMade) {
  const uint32_t context = made_.Object(ObjectKind::kContext, "context #1");
  made_.snapshot.objects[context].made_at = testing_support::CartLine(7);
  made_.Task(1, "T1").At(Kind::kReceive, context, 41);
  EXPECT_EQ(Reason(made_, 1),
            "T1 -> needs context #1 (made at cart.cc:7) to be cancelled -> nobody cancelled it");
}

TEST_F(ReasonsTest, RemedyForAReaderThatStays) {
  const uint32_t mu = made_.Object(ObjectKind::kSharedMutex, "shared mutex \"mu\"");
  made_.Task(1, "T1").At(Kind::kAwaitReaders, mu, 41);
  EXPECT_EQ(Remedy(made_),
            "unlock on every path out of the critical section: hold the lock by ReaderLock");
}

TEST_F(ReasonsTest, RunnableTasksNeedNoRemedy) {
  made_.Task(1, "T1").At(Kind::kSend, Channel(), 41).Runnable();
  EXPECT_EQ(Remedy(made_), "");
}

}  // namespace
}  // namespace heddle
