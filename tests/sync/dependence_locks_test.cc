// SPDX-License-Identifier: Apache-2.0
//
// The dependence relation of the locks, by brute force (support/commute.h).
#include <chrono>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/sync/condition_variable.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/once.h"
#include "heddle/sync/recursive_mutex.h"
#include "heddle/sync/shared_mutex.h"
#include "heddle/sync/task.h"
#include "support/commute.h"

namespace heddle::testing_support {
namespace {

using K = OperationKind;
using O = ObjectKind;
using std::chrono::nanoseconds;

constexpr char kOneHolder[] = "only the holder unlocks";

// -- Mutex, RecursiveMutex
// --------------------------------------------------------------------------------

// Two of them; but for some careless programs the first is never awaited by the holder of the second, so that
// no cycle of owners forms.
template <class M>
void CommuteMutexes(CommuteRun& run) {
  M mu[2];
  bool held[CommuteRun::kMostTasks][2] = {};
  const bool careless = run.body().Draw(5) == 0;
  run.Tasks(
      2 + static_cast<int>(run.body().Draw(2)), 6,
      [&](CommuteTask& me) {
        bool* mine = held[me.me];
        const uint32_t i = me.Draw(2);
        if (mine[i]) {
          mu[i].unlock();
          mine[i] = false;
        } else if (me.Draw(3) == 0 || (mine[1] && !careless)) {
          mine[i] =
              me.Draw(2) == 0 ? mu[i].try_lock() : mu[i].try_lock_for(nanoseconds(me.Draw(3)));
          me.Note(mine[i]);
        } else {
          mu[i].lock();
          mine[i] = true;
        }
      },
      [&](CommuteTask& me) {
        for (int i : {1, 0}) {
          if (held[me.me][i]) mu[i].unlock();
        }
      });
  for (M& m : mu) run.body().Note(m.try_lock());
  for (M& m : mu) m.unlock();
}

// Anybody unlocks; some programs unlock what is free, and some wait for ever.
void CommuteUnowned(CommuteRun& run) {
  Mutex mu(kUnowned);
  run.Tasks(3, 4, [&](CommuteTask& me) {
    switch (me.Draw(4)) {
      case 0: mu.lock(); break;
      case 1: me.Note(mu.try_lock()); break;
      case 2: mu.unlock(); break;
      default: Yield();
    }
  });
}

TEST(LocksDependenceTest, Mutex) {
  ExpectCommutes(TryWorlds({{"mutex", CommuteMutexes<Mutex>}, {"unowned mutex", CommuteUnowned}}),
                 {O::kMutex}, {{O::kMutex, K::kUnlock, K::kUnlock, kOneHolder}});
}

TEST(LocksDependenceTest, RecursiveMutex) {
  ExpectCommutes(TryWorlds({{"recursive mutex", CommuteMutexes<RecursiveMutex>}}),
                 {O::kRecursiveMutex}, {{O::kRecursiveMutex, K::kUnlock, K::kUnlock, kOneHolder}});
}

// -- SharedMutex
// ------------------------------------------------------------------------------------------

constexpr char kOneWriter[] = "there is one writer, and none beside readers";

struct CommuteSharing {
  SharedMutex mu[2];
  enum Held : uint8_t { kNot, kReads, kWrites } held[CommuteRun::kMostTasks][2] = {};

  void Take(CommuteTask& me, uint32_t i) {
    const nanoseconds time(1 + me.Draw(3));
    Held& mine = held[me.me][i];
    const uint32_t how = me.Draw(6);
    const bool reads = how < 3;
    bool took = true;
    switch (how) {
      case 0: mu[i].lock_shared(); break;
      case 1: took = mu[i].try_lock_shared(); break;
      case 2: took = mu[i].try_lock_shared_for(time); break;
      case 3: mu[i].lock(); break;
      case 4: took = mu[i].try_lock(); break;
      default: took = mu[i].try_lock_for(time);
    }
    if (took) mine = reads ? kReads : kWrites;
    me.Note(took);
  }
  void Leave(CommuteTask& me, uint32_t i) {
    Held& mine = held[me.me][i];
    if (mine == kReads) mu[i].unlock_shared();
    if (mine == kWrites) mu[i].unlock();
    mine = kNot;
  }
};

// Two mutexes that are not held at a time, so that none waits for ever.
void CommuteShared(CommuteRun& run) {
  CommuteSharing sharing;
  auto leave = [&](CommuteTask& me) {
    for (uint32_t i : {0u, 1u}) sharing.Leave(me, i);
  };
  run.Tasks(
      3 + static_cast<int>(run.body().Draw(2)), 5,
      [&](CommuteTask& me) {
        const bool holds = sharing.held[me.me][0] != 0 || sharing.held[me.me][1] != 0;
        holds ? leave(me) : sharing.Take(me, me.Draw(4) == 0);
      },
      leave);
  for (SharedMutex& mu : sharing.mu) run.body().Note(mu.try_lock());
  for (SharedMutex& mu : sharing.mu) mu.unlock();
}

void CommuteUnownedShared(CommuteRun& run) {
  SharedMutex mu(kUnowned);
  run.Tasks(3, 4, [&](CommuteTask& me) {
    switch (me.Draw(6)) {
      case 0: mu.lock(); break;
      case 1: me.Note(mu.try_lock()); break;
      case 2: mu.unlock(); break;
      case 3: mu.lock_shared(); break;
      case 4: me.Note(mu.try_lock_shared()); break;
      default: mu.unlock_shared();
    }
  });
}

TEST(LocksDependenceTest, SharedMutex) {
  ExpectCommutes(
      TryWorlds({{"shared mutex", CommuteShared}, {"unowned shared mutex", CommuteUnownedShared}}),
      {O::kSharedMutex},
      {{O::kSharedMutex, K::kUnlock, K::kUnlock, kOneWriter},
       {O::kSharedMutex, K::kUnlock, K::kUnlockShared, kOneWriter},
       {O::kSharedMutex, K::kAwaitReaders, K::kAwaitReaders, kOneWriter}});
}

// -- ConditionVariable
// ------------------------------------------------------------------------------------

// Two with one mutex or with one each. Waits without a deadline may wait for ever.
void CommuteConditions(CommuteRun& run) {
  Mutex mu[2];
  ConditionVariable cv[2];
  const bool apart = run.body().Draw(2) == 0;
  run.Tasks(3 + static_cast<int>(run.body().Draw(2)), 4, [&](CommuteTask& me) {
    const uint32_t which = me.Draw(3) == 0;
    Mutex& m = mu[apart ? which : 0];
    switch (me.Draw(6)) {
      case 0:
      case 1:
        m.lock();
        if (me.Draw(3) == 0) {
          cv[which].wait(m);
        } else {
          const nanoseconds time(me.Draw(3));
          me.Note(cv[which].wait_for(m, time) == std::cv_status::timeout);
        }
        m.unlock();
        break;
      case 2: cv[which].notify_one(); break;
      case 3: cv[which].notify_all(); break;
      case 4:
        if (!m.try_lock()) break;
        cv[which].notify_one();
        m.unlock();
        break;
      default: mu[which].lock(); mu[which].unlock();
    }
  });
  for (ConditionVariable& c : cv) c.notify_all();
}

TEST(LocksDependenceTest, ConditionVariable) {
  const Commutation seen = TryWorlds({{"condition variable", CommuteConditions}});
  ExpectCommutes(seen, {O::kCondition},
                 {{O::kCondition, K::kWait, K::kWait, "only the holder of the mutex waits"}});
  ExpectDependentElsewhere(seen, Group::kWaits, Group::kLocks);
}

// -- Once
// -------------------------------------------------------------------------------------------------

void CommuteOnces(CommuteRun& run) {
  Once once[2];
  run.Tasks(3, 4, [&](CommuteTask& me) {
    const bool throws = me.Draw(2) == 0;
    bool called = false;
    try {
      call_once(once[me.Draw(3) == 0], [&] {
        called = true;
        if (me.Draw(2) == 0) Yield();
        if (throws) throw 1;
      });
    } catch (int) {
    }
    me.Note(called);
  });
}

TEST(LocksDependenceTest, Once) {
  ExpectCommutes(TryWorlds({{"once", CommuteOnces}}), {O::kOnce},
                 {{O::kOnce, K::kEndCallOnce, K::kEndCallOnce, "one task is in the middle of it"}});
}

}  // namespace
}  // namespace heddle::testing_support
