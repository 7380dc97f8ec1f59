// SPDX-License-Identifier: Apache-2.0
//
// What tries the dependence relation finds a wrong one: each of these takes operations for independent that are
// not, and differ in one thing each.
#include <functional>
#include <string>

#include "gtest/gtest.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/context.h"
#include "heddle/sync/event.h"
#include "heddle/sync/latch.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/task.h"
#include "heddle/sync/wait_group.h"
#include "heddle/sync/weighted_semaphore.h"
#include "support/commute.h"

namespace heddle::testing_support {
namespace {

using K = OperationKind;
using O = ObjectKind;

std::string WrongPair(const std::function<void(CommuteRun&)>& body, const Relation& relation) {
  Commutation seen;
  TryOrders({"wrong", body}, 200, relation, &seen);
  return seen.violation.substr(0, seen.violation.find('\n'));
}

TEST(WrongDependenceTest, OneThatDisablesTheOther) {
  const auto body = [](CommuteRun& run) {
    Mutex mu;
    run.Tasks(2, 1, [&](CommuteTask&) {
      mu.lock();
      mu.unlock();
    });
  };
  EXPECT_EQ(WrongPair(body, WithIndependent(O::kMutex, K::kLock, K::kLock)),
            "mutex: lock & mutex: lock");
}

TEST(WrongDependenceTest, OneThatEnablesTheOther) {
  const auto body = [](CommuteRun& run) {
    Latch latch(1);
    run.Tasks(3, 1, [&](CommuteTask& me) {
      switch (me.me) {
        case 0: latch.count_down(); break;
        case 1: latch.wait(); break;
        default: Yield();
      }
    });
  };
  EXPECT_EQ(WrongPair(body, WithIndependent(O::kLatch, K::kArrive, K::kWait)),
            "latch: wait & latch: arrive");
}

TEST(WrongDependenceTest, WhatTheyReturn) {
  const auto body = [](CommuteRun& run) {
    Event event;
    run.Tasks(
        2, 1, [&](CommuteTask& me) { me.me == 0 ? event.Reset() : me.Note(event.IsSet()); },
        [&](CommuteTask&) { event.Set(); });
  };
  EXPECT_EQ(WrongPair(body, WithIndependent(O::kEvent, K::kLoad, K::kSet)),
            "event: set & event: load");
}

// Which value comes first is seen by who receives, long after.
TEST(WrongDependenceTest, WhatIsSeenLater) {
  const auto body = [](CommuteRun& run) {
    const Channel<int> channel(2);
    run.Tasks(2, 1, [&](CommuteTask& me) { channel.Send(me.me); });
    run.body().Note(channel.Receive().value());
  };
  EXPECT_EQ(WrongPair(body, WithIndependent(O::kChannel, K::kSend, K::kSend)),
            "channel: send & channel: send");
}

// A third task is let in by the first release: only its clock tells by whose.
TEST(WrongDependenceTest, WhatIsOrderedBeforeAnother) {
  const auto body = [](CommuteRun& run) {
    WeightedSemaphore permits(2);
    permits.Acquire(2);
    run.Tasks(3, 1, [&](CommuteTask& me) { me.me == 2 ? permits.Acquire(1) : permits.Release(1); });
  };
  EXPECT_EQ(WrongPair(body, WithIndependent(O::kWeightedSemaphore, K::kRelease, K::kRelease)),
            "weighted semaphore: release & weighted semaphore: release");
}

TEST(WrongDependenceTest, OneThatFailsOnlyIfItIsFirst) {
  const auto body = [](CommuteRun& run) {
    WaitGroup group;
    run.Tasks(2, 1, [&](CommuteTask& me) { group.Add(me.me == 0 ? 1 : -1); });
  };
  EXPECT_EQ(WrongPair(body, WithIndependent(O::kWaitGroup, K::kAdd, K::kAdd)),
            "wait group: add & wait group: add");
}

TEST(WrongDependenceTest, AtDifferentObjects) {
  const auto body = [](CommuteRun& run) {
    const CancelableContext above = WithCancel(Background());
    const CancelableContext below = WithCancel(above.context);
    run.Tasks(2, 1, [&](CommuteTask& me) {
      me.me == 0 ? above.cancel() : me.Note(static_cast<int64_t>(below.context.Err()));
    });
  };
  EXPECT_EQ(WrongPair(body, WithIndependent(O::kContext, K::kCancel, K::kErr)),
            "context: cancel & elsewhere context: err");
}

}  // namespace
}  // namespace heddle::testing_support
