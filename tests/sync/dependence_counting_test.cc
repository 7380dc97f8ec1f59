// SPDX-License-Identifier: Apache-2.0
//
// The dependence relation of what counts, by brute force (support/commute.h).
#include <chrono>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/sync/barrier.h"
#include "heddle/sync/context.h"
#include "heddle/sync/event.h"
#include "heddle/sync/latch.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/task.h"
#include "heddle/sync/wait_group.h"
#include "heddle/sync/weighted_semaphore.h"
#include "support/commute.h"

namespace heddle::testing_support {
namespace {

using K = OperationKind;
using O = ObjectKind;
using std::chrono::nanoseconds;

// -- Semaphore, WeightedSemaphore
// -------------------------------------------------------------------------

void CommuteSemaphores(CommuteRun& run) {
  Semaphore permits[2] = {Semaphore(1, {.maximum = 4}), Semaphore(0, {.maximum = 4})};
  run.Tasks(3, 5, [&](CommuteTask& me) {
    Semaphore& s = permits[me.Draw(4) == 0];
    switch (me.Draw(6)) {
      case 0: s.acquire(); break;
      case 1: me.Note(s.try_acquire()); break;
      case 2: me.Note(s.try_acquire_for(nanoseconds(me.Draw(3)))); break;
      default: s.release(1 + me.Draw(2));
    }
  });
  for (Semaphore& s : permits) {
    while (s.try_acquire()) run.body().Note(1);
  }
}

TEST(CountingDependenceTest, Semaphore) {
  ExpectCommutes(TryWorlds({{"semaphore", CommuteSemaphores}}), {O::kSemaphore}, {});
}

// Some programs release what they do not hold.
void CommuteWeighted(CommuteRun& run) {
  WeightedSemaphore all[2] = {WeightedSemaphore(3), WeightedSemaphore(2)};
  int64_t held[CommuteRun::kMostTasks][2] = {};
  const bool misuses = run.body().Draw(8) == 0;
  run.Tasks(
      4, 5,
      [&](CommuteTask& me) {
        const uint32_t i = me.Draw(6) == 0;
        WeightedSemaphore& s = all[i];
        int64_t& mine = held[me.me][i];
        if (mine > 0 || (misuses && me.Draw(3) == 0)) {
          s.Release(1);
          if (mine > 0) --mine;
          return;
        }
        const int64_t n = 1 + me.Draw(2);
        bool took = true;
        switch (me.Draw(4)) {
          case 0: took = s.TryAcquire(n); break;
          case 1: took = s.AcquireFor(nanoseconds(me.Draw(3)), n); break;
          default: s.Acquire(n);
        }
        if (took) mine += n;
        me.Note(took);
      },
      [&](CommuteTask& me) {
        for (int i : {0, 1}) {
          if (held[me.me][i] > 0) all[i].Release(held[me.me][i]);
        }
      });
  for (WeightedSemaphore& s : all) {
    while (s.TryAcquire(1)) run.body().Note(1);
  }
}

// Acquired under a context that somebody cancels.
void CommuteGrants(CommuteRun& run) {
  WeightedSemaphore permits(1);
  CancelableContext nodes[2] = {WithCancel(Background()), WithCancel(Background())};
  run.Tasks(4, 3, [&](CommuteTask& me) {
    CancelableContext& node = nodes[me.Draw(2)];
    switch (me.Draw(5)) {
      case 0: node.cancel(); break;
      case 1:
        permits.Acquire();
        permits.Release();
        break;
      default: {
        const bool took = permits.Acquire(node.context, 1);
        me.Note(took);
        if (took) permits.Release();
      }
    }
  });
  run.body().Note(permits.TryAcquire());
}

TEST(CountingDependenceTest, WeightedSemaphore) {
  ExpectCommutes(TryWorlds({{"weighted semaphore", CommuteWeighted}}), {O::kWeightedSemaphore}, {});
  ExpectCommutes(TryWorlds({{"weighted semaphore, contexts", CommuteGrants}}), {}, {});
}

// -- WaitGroup, Latch
// -------------------------------------------------------------------------------------

void CommuteWaitGroups(CommuteRun& run) {
  WaitGroup groups[2];
  for (WaitGroup& g : groups) g.Add(1 + run.body().Draw(3));
  const bool misuses = run.body().Draw(4) == 0;
  run.Tasks(3, 4, [&](CommuteTask& me) {
    WaitGroup& g = groups[me.Draw(4) == 0];
    switch (me.Draw(misuses ? 5 : 4)) {
      case 0: g.Wait(); break;
      case 1:
        g.Add(1);
        if (me.Draw(2) == 0) Yield();
        g.Done();
        break;
      case 2: g.Wait(); break;
      case 3: Yield(); break;
      default: g.Done();
    }
    if (me.Draw(3) == 0) g.Done();
  });
  groups[0].Wait();
}

TEST(CountingDependenceTest, WaitGroup) {
  ExpectCommutes(TryWorlds({{"wait group", CommuteWaitGroups}}), {O::kWaitGroup}, {});
}

void CommuteLatches(CommuteRun& run) {
  Latch latches[2] = {Latch(3), Latch(1)};
  run.Tasks(3, 4, [&](CommuteTask& me) {
    Latch& latch = latches[me.Draw(5) == 0];
    switch (me.Draw(5)) {
      case 0: latch.count_down(me.Draw(2)); break;
      case 1: latch.wait(); break;
      case 2: me.Note(latch.wait_for(nanoseconds(me.Draw(3)))); break;
      default: me.Note(latch.try_wait());
    }
    if (me.Draw(4) == 0) latch.count_down();
  });
  for (Latch& latch : latches) run.body().Note(latch.try_wait());
}

TEST(CountingDependenceTest, Latch) {
  ExpectCommutes(TryWorlds({{"latch", CommuteLatches}}), {O::kLatch}, {});
}

// -- Barrier
// ----------------------------------------------------------------------------------------------

// Two tasks at each of two barriers; some programs arrive more often than that expects.
template <class B>
void CommuteArrivals(CommuteRun& run, B& even, B& odd) {
  bool dropped[CommuteRun::kMostTasks] = {};
  run.Tasks(4, 4, [&](CommuteTask& me) {
    if (dropped[me.me]) return Yield();
    B& barrier = me.me % 2 == 0 ? even : odd;
    switch (me.Draw(4)) {
      case 0: barrier.arrive_and_wait(); break;
      case 1:
        dropped[me.me] = true;
        barrier.arrive_and_drop();
        break;
      default: {
        auto token = barrier.arrive();
        if (me.Draw(2) == 0) Yield();
        barrier.wait(std::move(token));
      }
    }
  });
}

void CommuteBarrier(CommuteRun& run) {
  const int expected = run.body().Draw(6) == 0 ? 1 : 2;
  if (run.body().Draw(2) == 0) {
    Barrier even(expected);
    Barrier odd(2);
    CommuteArrivals(run, even, odd);
  } else {
    const auto complete = [] { Yield(); };
    Barrier even(expected, complete);
    Barrier odd(2, complete);
    CommuteArrivals(run, even, odd);
  }
}

TEST(CountingDependenceTest, Barrier) {
  ExpectCommutes(TryWorlds({{"barrier", CommuteBarrier}}), {O::kBarrier},
                 {{O::kBarrier, K::kNotifyAll, K::kNotifyAll, "one task completes the phase"}});
}

// -- Event
// ------------------------------------------------------------------------------------------------

void CommuteEvents(CommuteRun& run) {
  Event manual("manual");
  Event resets(kAutoReset, "resets");
  run.Tasks(3 + static_cast<int>(run.body().Draw(2)), 4, [&](CommuteTask& me) {
    Event& event = me.Draw(2) == 0 ? manual : resets;
    if (me.me < 2 && me.Draw(2) == 0) return event.Set();
    switch (me.Draw(6)) {
      case 0: event.Wait(); break;
      case 1: me.Note(event.WaitFor(nanoseconds(me.Draw(3)))); break;
      case 2: me.Note(event.TryWait()); break;
      case 3: me.Note(event.IsSet()); break;
      case 4: event.Reset(); break;
      default: event.Set();
    }
  });
  run.body().Note(manual.TryWait());
  run.body().Note(resets.TryWait());
}

TEST(CountingDependenceTest, Event) {
  ExpectCommutes(TryWorlds({{"event", CommuteEvents}}), {O::kEvent}, {});
}

}  // namespace
}  // namespace heddle::testing_support
