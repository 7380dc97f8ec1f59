// SPDX-License-Identifier: Apache-2.0
//
// The happens-before edges of the locks, of ConditionVariable and of Once, and those that they do not make.
#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "heddle/sync/condition_variable.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/once.h"
#include "heddle/sync/recursive_mutex.h"
#include "heddle/sync/shared_mutex.h"
#include "heddle/sync/task.h"
#include "support/edges.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

struct LocksWorld {
  Mutex mutex;
  RecursiveMutex recursive;
  SharedMutex shared;
  SharedMutex unowned{kUnowned};
  ConditionVariable condition;
  Once once;
  Stage stage;
};

constexpr std::chrono::hours kLong(1);

void LocksReady(LocksWorld& w) { w.stage.Add(); }
void LocksWait(LocksWorld& w) { w.stage.Await(1); }

// A timed wait may be given up early.
template <class F>
void LocksUntil(F f) {
  while (!f()) Yield();
}

const Edge<LocksWorld> kLocksEdges[] = {
    {"unlock to try_lock_for",
     [](LocksWorld& w) { w.mutex.lock(), w.mutex.unlock(), LocksReady(w); },
     [](LocksWorld& w) {
       LocksWait(w), LocksUntil([&] { return w.mutex.try_lock_for(kLong); });
       w.mutex.unlock();
     }},
    {"unlock of a recursive mutex to lock",
     [](LocksWorld& w) {
       w.recursive.lock(), w.recursive.lock();
       w.recursive.unlock(), w.recursive.unlock(), LocksReady(w);
     },
     [](LocksWorld& w) { LocksWait(w), w.recursive.lock(), w.recursive.unlock(); }},
    {"unlock of a recursive mutex to try_lock",
     [](LocksWorld& w) { w.recursive.lock(), w.recursive.unlock(), LocksReady(w); },
     [](LocksWorld& w) {
       LocksWait(w), LocksUntil([&] { return w.recursive.try_lock(); });
       w.recursive.unlock();
     }},
    {"unlock of a recursive mutex to try_lock_for",
     [](LocksWorld& w) { w.recursive.lock(), w.recursive.unlock(), LocksReady(w); },
     [](LocksWorld& w) {
       LocksWait(w), LocksUntil([&] { return w.recursive.try_lock_for(kLong); });
       w.recursive.unlock();
     }},
    {"shared: unlock to lock",
     [](LocksWorld& w) { w.shared.lock(), w.shared.unlock(), LocksReady(w); },
     [](LocksWorld& w) { LocksWait(w), w.shared.lock(), w.shared.unlock(); }},
    {"shared: unlock to try_lock",
     [](LocksWorld& w) { w.shared.lock(), w.shared.unlock(), LocksReady(w); },
     [](LocksWorld& w) {
       LocksWait(w), LocksUntil([&] { return w.shared.try_lock(); });
       w.shared.unlock();
     }},
    {"shared: unlock to lock_shared",
     [](LocksWorld& w) { w.shared.lock(), w.shared.unlock(), LocksReady(w); },
     [](LocksWorld& w) { LocksWait(w), w.shared.lock_shared(), w.shared.unlock_shared(); }},
    {"shared: unlock to try_lock_shared",
     [](LocksWorld& w) { w.shared.lock(), w.shared.unlock(), LocksReady(w); },
     [](LocksWorld& w) {
       LocksWait(w), LocksUntil([&] { return w.shared.try_lock_shared(); });
       w.shared.unlock_shared();
     }},
    {"shared: unlock to try_lock_shared_for",
     [](LocksWorld& w) { w.shared.lock(), w.shared.unlock(), LocksReady(w); },
     [](LocksWorld& w) {
       LocksWait(w), LocksUntil([&] { return w.shared.try_lock_shared_for(kLong); });
       w.shared.unlock_shared();
     }},
    {"shared: unlock_shared to lock",
     [](LocksWorld& w) { w.shared.lock_shared(), w.shared.unlock_shared(), LocksReady(w); },
     [](LocksWorld& w) { LocksWait(w), w.shared.lock(), w.shared.unlock(); }},
    {"shared: the last unlock_shared to a lock that awaits it",
     [](LocksWorld& w) { w.unowned.unlock_shared(); }, [](LocksWorld& w) { w.unowned.lock(); },
     [](LocksWorld& w) { w.unowned.lock_shared(); }},
    {"shared: unlock_shared to try_lock",
     [](LocksWorld& w) { w.shared.lock_shared(), w.shared.unlock_shared(), LocksReady(w); },
     [](LocksWorld& w) {
       LocksWait(w), LocksUntil([&] { return w.shared.try_lock(); });
       w.shared.unlock();
     }},
    {"shared: unlock_shared to try_lock_for",
     [](LocksWorld& w) { w.shared.lock_shared(), w.shared.unlock_shared(), LocksReady(w); },
     [](LocksWorld& w) {
       LocksWait(w), LocksUntil([&] { return w.shared.try_lock_for(kLong); });
       w.shared.unlock();
     }},
    {"shared: unlock_shared to a later reader through a writer",
     [](LocksWorld& w) { w.shared.lock_shared(), w.shared.unlock_shared(), LocksReady(w); },
     [](LocksWorld& w) {
       LocksWait(w);
       Go([&w] { WriterLock lock(w.shared); }).Join();
       ReaderLock lock(w.shared);
     }},
    {"shared: unlock by another task to lock", [](LocksWorld& w) { w.unowned.unlock(); },
     [](LocksWorld& w) { w.unowned.lock_shared(); }, [](LocksWorld& w) { w.unowned.lock(); }},
    {"wait unlocks the mutex",
     [](LocksWorld& w) {
       w.mutex.lock();
       LocksReady(w);
       w.condition.wait(w.mutex);
       w.mutex.unlock();
     },
     [](LocksWorld& w) {
       LocksWait(w);
       w.mutex.lock();
       w.condition.notify_all();
       w.mutex.unlock();
     }},
    {"unlock to the return of wait",
     [](LocksWorld& w) {
       LocksWait(w);
       w.mutex.lock();
       w.condition.notify_one();
       w.mutex.unlock();
     },
     [](LocksWorld& w) {
       w.mutex.lock();
       LocksReady(w);
       w.condition.wait(w.mutex);
       w.mutex.unlock();
     }},
    {"the end of call_once to another's return",
     [](LocksWorld& w) { call_once(w.once, [] {}), LocksReady(w); },
     [](LocksWorld& w) { LocksWait(w), call_once(w.once, [] {}); }},
    {"the end of Do to another's return", [](LocksWorld& w) { w.once.Do([] {}), LocksReady(w); },
     [](LocksWorld& w) { LocksWait(w), w.once.Do([] {}); }},
    {"the end of a call that threw to the next call",
     [](LocksWorld& w) {
       try {
         call_once(w.once, [] { throw std::runtime_error("no"); });
       } catch (const std::runtime_error&) {
       }
       LocksReady(w);
     },
     [](LocksWorld& w) { LocksWait(w), call_once(w.once, [] {}); }},
};

TEST(LocksOrderTest, WhatIsBeforeThePublicationIsOrderedAndWhatIsAfterItIsNot) {
  for (const Edge<LocksWorld>& edge : kLocksEdges) ExpectOrders(edge);
}

const NonEdge<LocksWorld> kLocksNonEdges[] = {
    {"an inner unlock of a recursive mutex",
     [](LocksWorld& w) {
       w.recursive.lock(), w.recursive.lock(), w.recursive.unlock();
       EXPECT_TRUE(w.recursive.try_lock());
     },
     [](LocksWorld& w) { EXPECT_FALSE(w.recursive.try_lock()); }},
    {"a timed lock that is given up",
     [](LocksWorld& w) { w.mutex.lock(), w.mutex.unlock(), w.mutex.lock(); },
     [](LocksWorld& w) { EXPECT_FALSE(w.mutex.try_lock_for(std::chrono::seconds(1))); }},
    {"unlock_shared to lock_shared",
     [](LocksWorld& w) { w.shared.lock_shared(), w.shared.unlock_shared(); },
     [](LocksWorld& w) { w.shared.lock_shared(); }},
    {"unlock_shared to try_lock_shared",
     [](LocksWorld& w) { w.shared.lock_shared(), w.shared.unlock_shared(); },
     [](LocksWorld& w) { EXPECT_TRUE(w.shared.try_lock_shared()); }},
    {"unlock_shared to unlock_shared",
     [](LocksWorld& w) { w.shared.lock_shared(), w.shared.unlock_shared(); },
     [](LocksWorld& w) { w.shared.lock_shared(), w.shared.unlock_shared(); }},
    {"lock publishes nothing", [](LocksWorld& w) { w.unowned.lock(); },
     [](LocksWorld& w) { w.unowned.unlock(), w.unowned.lock(); }},
    {"a failed try_lock_shared",
     [](LocksWorld& w) { w.shared.lock(), w.shared.unlock(), w.shared.lock(); },
     [](LocksWorld& w) { EXPECT_FALSE(w.shared.try_lock_shared()); }},
    {"a writer that gives up",
     [](LocksWorld& w) {
       w.unowned.lock_shared(), w.unowned.unlock_shared(), w.unowned.lock_shared();
     },
     [](LocksWorld& w) { EXPECT_FALSE(w.unowned.try_lock_for(std::chrono::seconds(1))); }},
    {"notify to nobody", [](LocksWorld& w) { w.condition.notify_all(); },
     [](LocksWorld& w) { w.condition.notify_all(); }},
    {"notify to whom it wakes",
     [](LocksWorld& w) {
       // Without the mutex: nothing but the notify comes after the write.
       w.stage.Add();
       w.stage.Await(2);
       w.condition.notify_all();
     },
     [](LocksWorld& w) {
       w.mutex.lock();
       w.stage.Add();
       w.condition.wait(w.mutex);
       w.mutex.unlock();
     }},
    {"a wait that times out", [](LocksWorld& w) { w.condition.notify_all(); },
     [](LocksWorld& w) {
       w.mutex.lock();
       w.condition.wait_for(w.mutex, std::chrono::seconds(1));
       w.mutex.unlock();
     }},
    {"finding it done publishes nothing", [](LocksWorld& w) { w.once.Do([] {}); },
     [](LocksWorld& w) { w.once.Do([] {}); }, [](LocksWorld& w) { w.once.Do([] {}); }},
};

TEST(LocksOrderTest, OtherOperationsOrderNothing) {
  for (const NonEdge<LocksWorld>& row : kLocksNonEdges) ExpectOrdersNothing(row);
}

}  // namespace
}  // namespace heddle::testing_support
