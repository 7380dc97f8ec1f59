// SPDX-License-Identifier: Apache-2.0
//
// The happens-before edges that the headers promise, and those that they do not.
#include <chrono>

#include "heddle/sync/channel.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/edges.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

// What the two sides of an edge have at hand.
struct World {
  Mutex mutex;
  Mutex unowned{kUnowned};
  Semaphore semaphore{0};
  Channel<int> one{1};
  Channel<int> two{2};
  Channel<int> unbuffered{0};
  Stage stage;
};

void Ready(World& w) { w.stage.Add(); }
void Wait(World& w) { w.stage.Await(1); }

const Edge<World> kEdges[] = {
    {"unlock to lock", [](World& w) { w.mutex.lock(), w.mutex.unlock(), Ready(w); },
     [](World& w) { Wait(w), w.mutex.lock(), w.mutex.unlock(); }},
    {"unlock to try_lock", [](World& w) { w.mutex.lock(), w.mutex.unlock(), Ready(w); },
     [](World& w) {
       Wait(w);
       while (!w.mutex.try_lock()) Yield();
       w.mutex.unlock();
     }},
    {"unlock of an unowned mutex to lock", [](World& w) { w.unowned.unlock(); },
     [](World& w) { w.unowned.lock(); }, [](World& w) { w.unowned.lock(); }},
    {"release to acquire", [](World& w) { w.semaphore.release(); },
     [](World& w) { w.semaphore.acquire(); }},
    {"release to try_acquire", [](World& w) { w.semaphore.release(); },
     [](World& w) {
       while (!w.semaphore.try_acquire()) Yield();
     }},
    {"buffered Send to Receive", [](World& w) { w.one.Send(1); },
     [](World& w) { (void)w.one.Receive(); }},
    {"buffered TrySend to TryReceive", [](World& w) { EXPECT_TRUE(w.one.TrySend(1)); },
     [](World& w) {
       while (!w.one.TryReceive()) Yield();
     }},
    {"the second Send to the second Receive", [](World& w) { w.two.Send(2); },
     [](World& w) { (void)w.two.Receive(), (void)w.two.Receive(); },
     [](World& w) { w.two.Send(1); }},
    {"Receive k to Send k+C, C = 1", [](World& w) { (void)w.one.Receive(); },
     [](World& w) { w.one.Send(2); }, [](World& w) { w.one.Send(1); }},
    {"Receive k to Send k+C, C = 2", [](World& w) { (void)w.two.Receive(); },
     [](World& w) { w.two.Send(3); }, [](World& w) { w.two.Send(1), w.two.Send(2); }},
    {"TryReceive k to TrySend k+C", [](World& w) { EXPECT_TRUE(w.one.TryReceive()); },
     [](World& w) {
       while (!w.one.TrySend(2)) Yield();
     },
     [](World& w) { w.one.Send(1); }},
    {"unbuffered Send to Receive", [](World& w) { w.unbuffered.Send(1); },
     [](World& w) { (void)w.unbuffered.Receive(); }},
    {"unbuffered Receive to Send", [](World& w) { (void)w.unbuffered.Receive(); },
     [](World& w) { w.unbuffered.Send(1); }},
    {"unbuffered Send to TryReceive", [](World& w) { w.unbuffered.Send(1); },
     [](World& w) {
       while (!w.unbuffered.TryReceive()) Yield();
     }},
    {"unbuffered Receive to TrySend", [](World& w) { (void)w.unbuffered.Receive(); },
     [](World& w) {
       while (!w.unbuffered.TrySend(1)) Yield();
     }},
    {"unbuffered TrySend to Receive",
     [](World& w) {
       while (!w.unbuffered.TrySend(1)) Yield();
     },
     [](World& w) { (void)w.unbuffered.Receive(); }},
    {"unbuffered TryReceive to Send",
     [](World& w) {
       while (!w.unbuffered.TryReceive()) Yield();
     },
     [](World& w) { w.unbuffered.Send(1); }},
    {"Close to buffered Receive", [](World& w) { w.one.Close(); },
     [](World& w) { EXPECT_FALSE(w.one.Receive()); }},
    {"Close to buffered TryReceive", [](World& w) { w.one.Close(); },
     [](World& w) {
       while (!w.one.TryReceive().closed) Yield();
     }},
    {"Close to unbuffered Receive", [](World& w) { w.unbuffered.Close(); },
     [](World& w) { EXPECT_FALSE(w.unbuffered.Receive()); }},
    {"Close to unbuffered TryReceive", [](World& w) { w.unbuffered.Close(); },
     [](World& w) {
       while (!w.unbuffered.TryReceive().closed) Yield();
     }},
    {"two unlocks ago", [](World& w) { w.mutex.lock(), w.mutex.unlock(), Ready(w); },
     [](World& w) {
       Wait(w);
       Go([&w] { MutexLock lock(w.mutex); }).Join();
       MutexLock lock(w.mutex);
     }},
};

TEST(OrderTest, WhatIsBeforeThePublicationIsOrderedAndWhatIsAfterItIsNot) {
  for (const Edge<World>& edge : kEdges) ExpectOrders(edge);
}

TEST(OrderTest, GoHappensBeforeTheTask) {
  auto run = [](bool late) {
    return Try([late] {
      Shared<int> value(0, "value");
      if (!late) value.Set(1);
      Task task = Go([&] { value.Get(); });
      if (late) value.Set(1);
      task.Join();
    });
  };
  EXPECT_THAT(run(false), Passes());
  EXPECT_THAT(run(true), Fails(Verdict::kRace, "\"value\""));
}

TEST(OrderTest, TheEndOfATaskHappensBeforeEveryJoinOfIt) {
  auto run = [](bool joins) {
    return Try([joins] {
      Shared<int> value(0, "value");
      Task task = Go([&] { value.Set(1); });
      Task other = Go([&, task]() mutable {
        if (joins) task.Join();
        value.Get();
      });
      task.Join();
      value.Get();
      other.Join();
      task.Join();
    });
  };
  EXPECT_THAT(run(true), Passes());
  EXPECT_THAT(run(false), Fails(Verdict::kRace, "\"value\""));
}

TEST(OrderTest, AnUnlockBeforeTheHandOverOfAnUnownedMutexIsNotForgotten) {
  // T1 unlocks, T2 locks, T3, which knows of neither, unlocks for T2; T4 locks and must know of T1.
  EXPECT_THAT(Try([] {
                World w;
                Shared<int> value(0, "value");
                Go([&] {
                  w.unowned.lock();
                  value.Set(1);
                  w.unowned.unlock();
                  w.stage.Set(1);
                });
                Go([&] {
                  w.stage.Await(1);
                  w.unowned.lock();
                  w.stage.Set(2);
                });
                Go([&] {
                  w.stage.Await(2);
                  w.unowned.unlock();
                  w.stage.Set(3);
                });
                w.stage.Await(3);
                w.unowned.lock();
                value.Get();
              }),
              Passes());
}

// -- Operations that order nothing ------------------------------------------------------------------

const NonEdge<World> kNonEdges[] = {
    {"nothing", [](World&) {}, [](World&) {}},
    {"Yield", [](World&) { Yield(); }, [](World&) { Yield(); }},
    {"Sleep", [](World&) { Sleep(std::chrono::seconds(1)); },
     [](World&) { Sleep(std::chrono::seconds(1)); }},
    {"lock publishes nothing", [](World& w) { w.unowned.lock(); },
     [](World& w) { w.unowned.unlock(), w.unowned.lock(); }},
    {"a failed try_lock",
     [](World& w) { w.mutex.lock(), w.mutex.unlock(), w.mutex.lock(), (void)w.mutex.try_lock(); },
     [](World& w) { EXPECT_FALSE(w.mutex.try_lock()); }},
    {"two mutexes", [](World& w) { MutexLock lock(w.mutex); }, [](World& w) { w.unowned.lock(); }},
    {"acquire publishes nothing", [](World& w) { w.semaphore.acquire(); },
     [](World& w) { w.semaphore.acquire(); }, [](World& w) { w.semaphore.release(2); }},
    {"a failed try_acquire", [](World& w) { w.semaphore.release(), w.semaphore.acquire(); },
     [](World& w) { EXPECT_FALSE(w.semaphore.try_acquire()); }},
    {"Send to another Send", [](World& w) { w.two.Send(1); }, [](World& w) { w.two.Send(2); }},
    {"the second Send to the first Receive", [](World& w) { w.two.Send(2); },
     [](World& w) { (void)w.two.Receive(); }, [](World& w) { w.two.Send(1); }},
    {"Receive k to Send k+1, C = 2", [](World& w) { (void)w.two.Receive(); },
     [](World& w) { w.two.Send(2); }, [](World& w) { w.two.Send(1); }},
    {"Receive to another Receive", [](World& w) { (void)w.two.Receive(); },
     [](World& w) { (void)w.two.Receive(); }, [](World& w) { w.two.Send(1), w.two.Send(2); }},
    {"a failed TrySend", [](World& w) { w.one.Send(1); },
     [](World& w) { EXPECT_FALSE(w.one.TrySend(2)); }},
    {"a failed TryReceive", [](World& w) { w.one.Send(1), (void)w.one.Receive(); },
     [](World& w) { EXPECT_FALSE(w.one.TryReceive()); }},
    {"a failed unbuffered TrySend", [](World& w) { (void)w.unbuffered.TrySend(1); },
     [](World& w) { EXPECT_FALSE(w.unbuffered.TryReceive()); }},
    {"Close to the Receive of a value", [](World& w) { w.one.Close(); },
     [](World& w) { EXPECT_TRUE(w.one.Receive()); }, [](World& w) { w.one.Send(1); }},
    {"Go by another task", [](World&) { Go([] {}); }, [](World&) { Go([] {}); }},
};

TEST(OrderTest, OtherOperationsOrderNothing) {
  for (const NonEdge<World>& row : kNonEdges) ExpectOrdersNothing(row);
}

}  // namespace
}  // namespace heddle::testing_support
