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

using W = CountingWorld;
constexpr std::chrono::nanoseconds kCountingLong = 24h;

const Edge<W> kCountingEdges[] = {
    {"release to try_acquire_for", [](W& w) { w.semaphore.release(); },
     [](W& w) {
       while (!w.semaphore.try_acquire_for(kCountingLong)) Yield();
     }},
    {"release to try_acquire_until", [](W& w) { w.semaphore.release(); },
     [](W& w) {
       while (!w.semaphore.try_acquire_until(Now() + 1h)) Yield();
     }},
    {"Release to Acquire, in line or not", [](W& w) { w.weighted.Release(2); },
     [](W& w) { w.weighted.Acquire(2); }, [](W& w) { w.weighted.Acquire(3); }},
    {"Release to TryAcquire", [](W& w) { w.weighted.Release(); },
     [](W& w) {
       while (!w.weighted.TryAcquire()) Yield();
     },
     [](W& w) { w.weighted.Acquire(3); }},
    {"Release to AcquireFor", [](W& w) { w.weighted.Release(); },
     [](W& w) {
       while (!w.weighted.AcquireFor(kCountingLong)) Yield();
     },
     [](W& w) { w.weighted.Acquire(3); }},
    {"the first of two Releases to Acquire", [](W& w) { w.weighted.Release(1), w.stage.Add(); },
     [](W& w) {
       Task other = Go([&w] { w.stage.Await(1), w.weighted.Release(2); });
       w.weighted.Acquire(3);
       other.Join();
     },
     [](W& w) { w.weighted.Acquire(3); }},
    {"a Release to those behind one that gave up", [](W& w) { w.weighted.Release(1); },
     [](W& w) {
       Task front = Go([&w] {
         if (w.weighted.AcquireFor(1ms, 3)) w.weighted.Release(3);
       });
       w.weighted.Acquire(1);
       front.Join();
     },
     [](W& w) { w.weighted.Acquire(3); }},
    {"Done to Wait", [](W& w) { w.group.Done(); }, [](W& w) { w.group.Wait(); },
     [](W& w) { w.group.Add(1); }},
    {"the first of two Dones to Wait", [](W& w) { w.group.Done(), w.stage.Add(); },
     [](W& w) { w.stage.Await(1), w.group.Add(-1), w.group.Wait(); }, [](W& w) { w.group.Add(2); }},
    {"Done to a Wait that returns at once", [](W& w) { w.group.Done(), w.stage.Add(); },
     [](W& w) { w.stage.Await(1), w.group.Wait(); }, [](W& w) { w.group.Add(1); }},
    {"count_down to wait", [](W& w) { w.latch.count_down(); },
     [](W& w) { w.latch.count_down(), w.latch.wait(); }},
    {"count_down to arrive_and_wait", [](W& w) { w.latch.count_down(); },
     [](W& w) { w.latch.arrive_and_wait(); }},
    {"count_down to try_wait", [](W& w) { w.latch.count_down(2); },
     [](W& w) {
       while (!w.latch.try_wait()) Yield();
     }},
    {"count_down to wait_for", [](W& w) { w.latch.count_down(2); },
     [](W& w) {
       while (!w.latch.wait_for(kCountingLong)) Yield();
     }},
    {"arrive to wait", [](W& w) { (void)w.barrier.arrive(); },
     [](W& w) { w.barrier.wait(w.barrier.arrive()); }},
    {"arrive_and_drop to arrive_and_wait", [](W& w) { w.barrier.arrive_and_drop(); },
     [](W& w) { w.barrier.arrive_and_wait(); }},
    {"the last arrival to the wait of the phase before",
     [](W& w) { (void)w.barrier.arrive(), w.stage.Add(); },
     [](W& w) { w.stage.Await(1), w.barrier.wait(std::move(*w.token)); },
     [](W& w) { w.token.emplace(w.barrier.arrive()); }},
    {"Set to Wait, in line or not", [](W& w) { w.event.Set(); }, [](W& w) { w.event.Wait(); }},
    {"Set to WaitFor", [](W& w) { w.event.Set(); },
     [](W& w) {
       while (!w.event.WaitFor(kCountingLong)) Yield();
     }},
    {"Set to TryWait", [](W& w) { w.event.Set(); },
     [](W& w) {
       while (!w.event.TryWait()) Yield();
     }},
    {"Set to IsSet", [](W& w) { w.event.Set(); },
     [](W& w) {
       while (!w.event.IsSet()) Yield();
     }},
    {"the first of two Sets to Wait", [](W& w) { w.event.Set(), w.stage.Add(); },
     [](W& w) { w.stage.Await(1), w.event.Set(), w.event.Wait(); }},
    {"Set to Wait with kAutoReset", [](W& w) { w.automatic.Set(); },
     [](W& w) { w.automatic.Wait(); }},
    {"Set to TryWait with kAutoReset", [](W& w) { w.automatic.Set(); },
     [](W& w) {
       while (!w.automatic.TryWait()) Yield();
     }},
};

TEST(CountingOrderTest, WhatIsBeforeThePublicationIsOrderedAndWhatIsAfterItIsNot) {
  for (const Edge<W>& edge : kCountingEdges) ExpectOrders(edge);
}

const NonEdge<W> kCountingNonEdges[] = {
    {"try_acquire_for publishes nothing",
     [](W& w) {
       while (!w.semaphore.try_acquire_for(1h)) Yield();
     },
     [](W& w) { w.semaphore.acquire(); }, [](W& w) { w.semaphore.release(2); }},
    {"a timed acquire that gives up", [](W& w) { w.semaphore.release(), w.semaphore.acquire(); },
     [](W& w) { EXPECT_FALSE(w.semaphore.try_acquire_for(1ms)); }},
    {"Acquire publishes nothing", [](W& w) { w.weighted.Acquire(); },
     [](W& w) { w.weighted.Acquire(); }},
    {"TryAcquire that fails", [](W& w) { w.weighted.Release(1); },
     [](W& w) { EXPECT_FALSE(w.weighted.TryAcquire(2)); }, [](W& w) { w.weighted.Acquire(3); }},
    {"AcquireFor that gives up", [](W& w) { w.weighted.Release(1); },
     [](W& w) { EXPECT_FALSE(w.weighted.AcquireFor(1ms, 2)); },
     [](W& w) { w.weighted.Acquire(3); }},
    {"Add up publishes nothing", [](W& w) { w.group.Add(1); },
     [](W& w) { w.group.Add(-2), w.group.Wait(); }, [](W& w) { w.group.Add(1); }},
    {"Wait publishes nothing", [](W& w) { w.group.Wait(); }, [](W& w) { w.group.Wait(); }},
    {"a Done to another Done", [](W& w) { w.group.Done(); }, [](W& w) { w.group.Done(); },
     [](W& w) { w.group.Add(2); }},
    {"a Done to the Wait of a later round", [](W& w) { w.group.Done(); },
     [](W& w) { w.group.Add(1), w.group.Done(), w.group.Wait(); }, [](W& w) { w.group.Add(1); }},
    {"count_down to count_down", [](W& w) { w.latch.count_down(); },
     [](W& w) { w.latch.count_down(); }},
    {"try_wait that fails", [](W& w) { w.latch.count_down(); },
     [](W& w) { EXPECT_FALSE(w.latch.try_wait()); }},
    {"wait_for that gives up", [](W& w) { w.latch.count_down(); },
     [](W& w) { EXPECT_FALSE(w.latch.wait_for(1ms)); }},
    {"wait of a latch publishes nothing", [](W& w) { w.latch.wait(); },
     [](W& w) { w.latch.wait(); }, [](W& w) { w.latch.count_down(2); }},
    {"count_down by none", [](W& w) { w.latch.count_down(0); },
     [](W& w) { w.latch.count_down(2), w.latch.wait(); }},
    {"arrive to arrive", [](W& w) { (void)w.barrier.arrive(); },
     [](W& w) { (void)w.barrier.arrive(); }},
    {"an arrival of the next phase to the wait of the one before",
     [](W& w) { (void)w.barrier.arrive(); }, [](W& w) { w.barrier.wait(std::move(*w.token)); },
     [](W& w) { w.token.emplace(w.barrier.arrive()), (void)w.barrier.arrive(); }},
    {"wait of a barrier publishes nothing", [](W& w) { w.barrier.wait(std::move(*w.token)); },
     [](W& w) { w.barrier.wait(std::move(*w.second)); },
     [](W& w) { w.token.emplace(w.barrier.arrive()), w.second.emplace(w.barrier.arrive()); }},
    {"a Set before a Reset", [](W& w) { w.event.Set(); },
     [](W& w) { w.event.Reset(), w.event.Set(), w.event.Wait(); }},
    {"a Set that another Wait used up", [](W& w) { w.automatic.Set(); },
     [](W& w) {
       Go({.daemon = true}, [&w] { w.automatic.Wait(), w.stage.Add(1); });
       w.stage.Await(2);
       w.automatic.Set(), w.automatic.Wait();
       w.stage.Add(-1);
     }},
    {"Reset publishes nothing", [](W& w) { w.event.Reset(); },
     [](W& w) { w.event.Set(), w.event.Wait(); }, [](W& w) { w.event.Set(); }},
    {"Wait of an event publishes nothing", [](W& w) { w.event.Wait(); },
     [](W& w) { w.event.Wait(); }, [](W& w) { w.event.Set(); }},
    {"TryWait that fails", [](W& w) { w.event.Set(), w.event.Reset(); },
     [](W& w) { EXPECT_FALSE(w.event.TryWait() || w.event.IsSet()); }},
    {"a Set to another Set", [](W& w) { w.event.Set(); }, [](W& w) { w.event.Set(); }},
};

TEST(CountingOrderTest, OtherOperationsOrderNothing) {
  for (const NonEdge<W>& row : kCountingNonEdges) ExpectOrdersNothing(row);
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
