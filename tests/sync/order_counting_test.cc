// SPDX-License-Identifier: Apache-2.0
//
// The happens-before edges of semaphores, wait groups, latches, barriers and events, and those that
// they do not promise.
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "heddle/sync/barrier.h"
#include "heddle/sync/event.h"
#include "heddle/sync/latch.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "heddle/sync/wait_group.h"
#include "heddle/sync/weighted_semaphore.h"
#include "support/edges.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;

struct CountingWorld {
  Semaphore semaphore{0};
  WeightedSemaphore weighted{3};
  WaitGroup group;
  Latch latch{2};
  Barrier<> barrier{2};
  Event event;
  Event automatic{kAutoReset};
  std::optional<Barrier<>::arrival_token> token;
  std::optional<Barrier<>::arrival_token> second;
  Stage stage;
};

constexpr std::chrono::nanoseconds kCountingLong = 24h;

const Edge<CountingWorld> kCountingEdges[] = {
    {"a Done to the Wait of a later round", [](CountingWorld& w) { w.group.Done(); },
     [](CountingWorld& w) { w.group.Add(1), w.group.Done(), w.group.Wait(); },
     [](CountingWorld& w) { w.group.Add(1); }},
    {"release to try_acquire_for", [](CountingWorld& w) { w.semaphore.release(); },
     [](CountingWorld& w) {
       while (!w.semaphore.try_acquire_for(kCountingLong)) Yield();
     }},
    {"release to try_acquire_until", [](CountingWorld& w) { w.semaphore.release(); },
     [](CountingWorld& w) {
       while (!w.semaphore.try_acquire_until(Now() + 1h)) Yield();
     }},
    {"Release to Acquire, in line or not", [](CountingWorld& w) { w.weighted.Release(2); },
     [](CountingWorld& w) { w.weighted.Acquire(2); },
     [](CountingWorld& w) { w.weighted.Acquire(3); }},
    {"Release to TryAcquire", [](CountingWorld& w) { w.weighted.Release(); },
     [](CountingWorld& w) {
       while (!w.weighted.TryAcquire()) Yield();
     },
     [](CountingWorld& w) { w.weighted.Acquire(3); }},
    {"Release to AcquireFor", [](CountingWorld& w) { w.weighted.Release(); },
     [](CountingWorld& w) {
       while (!w.weighted.AcquireFor(kCountingLong)) Yield();
     },
     [](CountingWorld& w) { w.weighted.Acquire(3); }},
    {"the first of two Releases to Acquire",
     [](CountingWorld& w) { w.weighted.Release(1), w.stage.Add(); },
     [](CountingWorld& w) {
       Task other = Go([&w] { w.stage.Await(1), w.weighted.Release(2); });
       w.weighted.Acquire(3);
       other.Join();
     },
     [](CountingWorld& w) { w.weighted.Acquire(3); }},
    {"a Release to those behind one that gave up", [](CountingWorld& w) { w.weighted.Release(1); },
     [](CountingWorld& w) {
       Task front = Go([&w] {
         if (w.weighted.AcquireFor(1ms, 3)) w.weighted.Release(3);
       });
       w.weighted.Acquire(1);
       front.Join();
     },
     [](CountingWorld& w) { w.weighted.Acquire(3); }},
    {"Done to Wait", [](CountingWorld& w) { w.group.Done(); },
     [](CountingWorld& w) { w.group.Wait(); }, [](CountingWorld& w) { w.group.Add(1); }},
    {"the first of two Dones to Wait", [](CountingWorld& w) { w.group.Done(), w.stage.Add(); },
     [](CountingWorld& w) { w.stage.Await(1), w.group.Add(-1), w.group.Wait(); },
     [](CountingWorld& w) { w.group.Add(2); }},
    {"Done to a Wait that returns at once", [](CountingWorld& w) { w.group.Done(), w.stage.Add(); },
     [](CountingWorld& w) { w.stage.Await(1), w.group.Wait(); },
     [](CountingWorld& w) { w.group.Add(1); }},
    {"count_down to wait", [](CountingWorld& w) { w.latch.count_down(); },
     [](CountingWorld& w) { w.latch.count_down(), w.latch.wait(); }},
    {"count_down to arrive_and_wait", [](CountingWorld& w) { w.latch.count_down(); },
     [](CountingWorld& w) { w.latch.arrive_and_wait(); }},
    {"count_down to try_wait", [](CountingWorld& w) { w.latch.count_down(2); },
     [](CountingWorld& w) {
       while (!w.latch.try_wait()) Yield();
     }},
    {"count_down to wait_for", [](CountingWorld& w) { w.latch.count_down(2); },
     [](CountingWorld& w) {
       while (!w.latch.wait_for(kCountingLong)) Yield();
     }},
    {"arrive to wait", [](CountingWorld& w) { (void)w.barrier.arrive(); },
     [](CountingWorld& w) { w.barrier.wait(w.barrier.arrive()); }},
    {"arrive_and_drop to arrive_and_wait", [](CountingWorld& w) { w.barrier.arrive_and_drop(); },
     [](CountingWorld& w) { w.barrier.arrive_and_wait(); }},
    {"the last arrival to the wait of the phase before",
     [](CountingWorld& w) { (void)w.barrier.arrive(), w.stage.Add(); },
     [](CountingWorld& w) { w.stage.Await(1), w.barrier.wait(std::move(*w.token)); },
     [](CountingWorld& w) { w.token.emplace(w.barrier.arrive()); }},
    {"Set to Wait, in line or not", [](CountingWorld& w) { w.event.Set(); },
     [](CountingWorld& w) { w.event.Wait(); }},
    {"Set to WaitFor", [](CountingWorld& w) { w.event.Set(); },
     [](CountingWorld& w) {
       while (!w.event.WaitFor(kCountingLong)) Yield();
     }},
    {"Set to TryWait", [](CountingWorld& w) { w.event.Set(); },
     [](CountingWorld& w) {
       while (!w.event.TryWait()) Yield();
     }},
    {"Set to IsSet", [](CountingWorld& w) { w.event.Set(); },
     [](CountingWorld& w) {
       while (!w.event.IsSet()) Yield();
     }},
    {"the first of two Sets to Wait", [](CountingWorld& w) { w.event.Set(), w.stage.Add(); },
     [](CountingWorld& w) { w.stage.Await(1), w.event.Set(), w.event.Wait(); }},
    {"Set to Wait with kAutoReset", [](CountingWorld& w) { w.automatic.Set(); },
     [](CountingWorld& w) { w.automatic.Wait(); }},
    {"Set to TryWait with kAutoReset", [](CountingWorld& w) { w.automatic.Set(); },
     [](CountingWorld& w) {
       while (!w.automatic.TryWait()) Yield();
     }},
};

TEST(CountingOrderTest, WhatIsBeforeThePublicationIsOrderedAndWhatIsAfterItIsNot) {
  for (const Edge<CountingWorld>& edge : kCountingEdges) ExpectOrders(edge);
}

const NonEdge<CountingWorld> kCountingNonEdges[] = {
    {"try_acquire_for publishes nothing",
     [](CountingWorld& w) {
       while (!w.semaphore.try_acquire_for(1h)) Yield();
     },
     [](CountingWorld& w) { w.semaphore.acquire(); },
     [](CountingWorld& w) { w.semaphore.release(2); }},
    {"a timed acquire that gives up",
     [](CountingWorld& w) { w.semaphore.release(), w.semaphore.acquire(); },
     [](CountingWorld& w) { EXPECT_FALSE(w.semaphore.try_acquire_for(1ms)); }},
    {"Acquire publishes nothing", [](CountingWorld& w) { w.weighted.Acquire(); },
     [](CountingWorld& w) { w.weighted.Acquire(); }},
    {"TryAcquire that fails", [](CountingWorld& w) { w.weighted.Release(1); },
     [](CountingWorld& w) { EXPECT_FALSE(w.weighted.TryAcquire(2)); },
     [](CountingWorld& w) { w.weighted.Acquire(3); }},
    {"AcquireFor that gives up", [](CountingWorld& w) { w.weighted.Release(1); },
     [](CountingWorld& w) { EXPECT_FALSE(w.weighted.AcquireFor(1ms, 2)); },
     [](CountingWorld& w) { w.weighted.Acquire(3); }},
    {"Add up publishes nothing", [](CountingWorld& w) { w.group.Add(1); },
     [](CountingWorld& w) { w.group.Add(-2), w.group.Wait(); },
     [](CountingWorld& w) { w.group.Add(1); }},
    {"Wait publishes nothing", [](CountingWorld& w) { w.group.Wait(); },
     [](CountingWorld& w) { w.group.Wait(); }},
    {"a Done to another Done", [](CountingWorld& w) { w.group.Done(); },
     [](CountingWorld& w) { w.group.Done(); }, [](CountingWorld& w) { w.group.Add(2); }},
    {"count_down to count_down", [](CountingWorld& w) { w.latch.count_down(); },
     [](CountingWorld& w) { w.latch.count_down(); }},
    {"try_wait that fails", [](CountingWorld& w) { w.latch.count_down(); },
     [](CountingWorld& w) { EXPECT_FALSE(w.latch.try_wait()); }},
    {"wait_for that gives up", [](CountingWorld& w) { w.latch.count_down(); },
     [](CountingWorld& w) { EXPECT_FALSE(w.latch.wait_for(1ms)); }},
    {"wait of a latch publishes nothing", [](CountingWorld& w) { w.latch.wait(); },
     [](CountingWorld& w) { w.latch.wait(); }, [](CountingWorld& w) { w.latch.count_down(2); }},
    {"count_down by none", [](CountingWorld& w) { w.latch.count_down(0); },
     [](CountingWorld& w) { w.latch.count_down(2), w.latch.wait(); }},
    {"arrive to arrive", [](CountingWorld& w) { (void)w.barrier.arrive(); },
     [](CountingWorld& w) { (void)w.barrier.arrive(); }},
    {"an arrival of the next phase to the wait of the one before",
     [](CountingWorld& w) { (void)w.barrier.arrive(); },
     [](CountingWorld& w) { w.barrier.wait(std::move(*w.token)); },
     [](CountingWorld& w) { w.token.emplace(w.barrier.arrive()), (void)w.barrier.arrive(); }},
    {"wait of a barrier publishes nothing",
     [](CountingWorld& w) { w.barrier.wait(std::move(*w.token)); },
     [](CountingWorld& w) { w.barrier.wait(std::move(*w.second)); },
     [](CountingWorld& w) {
       w.token.emplace(w.barrier.arrive()), w.second.emplace(w.barrier.arrive());
     }},
    {"a Set before a Reset", [](CountingWorld& w) { w.event.Set(); },
     [](CountingWorld& w) { w.event.Reset(), w.event.Set(), w.event.Wait(); }},
    {"a Set that another Wait used up", [](CountingWorld& w) { w.automatic.Set(); },
     [](CountingWorld& w) {
       Go({.daemon = true}, [&w] { w.automatic.Wait(), w.stage.Add(1); });
       w.stage.Await(2);
       w.automatic.Set(), w.automatic.Wait();
       w.stage.Add(-1);
     }},
    {"Reset publishes nothing", [](CountingWorld& w) { w.event.Reset(); },
     [](CountingWorld& w) { w.event.Set(), w.event.Wait(); },
     [](CountingWorld& w) { w.event.Set(); }},
    {"Wait of an event publishes nothing", [](CountingWorld& w) { w.event.Wait(); },
     [](CountingWorld& w) { w.event.Wait(); }, [](CountingWorld& w) { w.event.Set(); }},
    {"TryWait that fails", [](CountingWorld& w) { w.event.Set(), w.event.Reset(); },
     [](CountingWorld& w) { EXPECT_FALSE(w.event.TryWait() || w.event.IsSet()); }},
    {"a Set to another Set", [](CountingWorld& w) { w.event.Set(); },
     [](CountingWorld& w) { w.event.Set(); }},
};

TEST(CountingOrderTest, OtherOperationsOrderNothing) {
  for (const NonEdge<CountingWorld>& row : kCountingNonEdges) ExpectOrdersNothing(row);
}

// -- Edges of steps that complete another task's operation ------------------------------------------

// `late` runs in the releaser between the step that lets the parked reader go on and the reader's next
// one: it is not ordered with it. kWhenIdle: after a sleep the reader is parked.
template <class Variable, class Object, class Wait, class Release>
Report CountingHandOver(Object make, Wait wait, Release release, bool late) {
  return Try(
      [&] {
        auto object = make();
        Variable value(0, "value");
        Task reader = Go([&] {
          wait(*object);
          (void)value.Get();
        });
        Sleep(kMoment);
        if (!late) value.Set(1);
        release(*object);
        if (late) {
          value.Set(1);
          release(*object);
        }
        reader.Join();
      },
      {.schedules = 300, .clock = ClockPolicy::kWhenIdle});
}

template <class Object, class Wait, class Release>
void ExpectCountingHandOver(Object make, Wait wait, Release release) {
  EXPECT_THAT(CountingHandOver<Shared<int>>(make, wait, release, false), Passes());
  EXPECT_THAT(CountingHandOver<Shared<int>>(make, wait, release, true),
              Fails(Verdict::kRace, "\"value\""));
#if HEDDLE_TSAN
  EXPECT_THAT(CountingHandOver<PlainVariable>(make, wait, release, false), Passes());
  EXPECT_THAT(CountingHandOver<PlainVariable>(make, wait, release, true),
              Fails(Verdict::kRace, "data race"));
#endif
}

TEST(CountingOrderTest, WhatIsReleasedAfterAGrantIsNotOrderedThoughTheWaiterGoesOnLater) {
  ExpectCountingHandOver(
      [] {
        auto s = std::make_unique<WeightedSemaphore>(3);
        s->Acquire(3);
        return s;
      },
      [](WeightedSemaphore& s) { s.Acquire(1); }, [](WeightedSemaphore& s) { s.Release(1); });
}

TEST(CountingOrderTest, ASecondSetIsNotOrderedWithAWaitThatTheFirstReleased) {
  ExpectCountingHandOver([] { return std::make_unique<Event>(); }, [](Event& e) { e.Wait(); },
                         [](Event& e) { e.Set(); });
  ExpectCountingHandOver([] { return std::make_unique<Event>(kAutoReset); },
                         [](Event& e) { e.Wait(); }, [](Event& e) { e.Set(); });
}

TEST(CountingOrderTest, ALaterPhaseIsNotOrderedWithAWaitThatReturnsAfterIt) {
  ExpectCountingHandOver([] { return std::make_unique<Barrier<>>(2); },
                         [](Barrier<>& b) { b.arrive_and_wait(); },
                         [](Barrier<>& b) { (void)b.arrive(); });
}

TEST(CountingOrderTest, ArrivalsComeBeforeTheFunctionAndThatBeforeTheWaits) {
  auto run = [](bool in_function) {
    return Try([in_function] {
      Shared<int> mine(0, "mine");
      Shared<int> product(0, "product");
      Barrier barrier(2, [&] {
        (void)mine.Get();
        product.Set(mine.Get() + 1);
        Yield();
      });
      Task other = Go([&] {
        if (!in_function) mine.Set(1);
        Barrier<>::arrival_token token = barrier.arrive();
        if (in_function) mine.Set(1);
        barrier.wait(std::move(token));
        (void)product.Get();
      });
      barrier.arrive_and_wait();
      (void)product.Get();
      other.Join();
    });
  };
  EXPECT_THAT(run(false), Passes());
  EXPECT_THAT(run(true), Fails(Verdict::kRace, "\"mine\""));
}

TEST(CountingOrderTest, TheTaskOfGoIsOrderedWithWait) {
  auto run = [](bool late) {
    return Try([late] {
      WaitGroup group;
      Shared<int> value(0, "value");
      Task task = group.Go([&] { value.Set(1); });
      if (!late) group.Wait();
      (void)value.Get();
      task.Join();
    });
  };
  EXPECT_THAT(run(false), Passes());
  EXPECT_THAT(run(true), Fails(Verdict::kRace, "\"value\""));
}

}  // namespace
}  // namespace heddle::testing_support
