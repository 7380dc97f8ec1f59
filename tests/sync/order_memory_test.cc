// SPDX-License-Identifier: Apache-2.0
//
// The happens-before edges of atomics, for the orders given, and those that they do not promise.
#include <atomic>

#include "heddle/sync/atomic.h"
#include "heddle/sync/task.h"
#include "support/edges.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kConsume = std::memory_order_consume;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr auto kAcqRel = std::memory_order_acq_rel;
constexpr auto kSeqCst = std::memory_order_seq_cst;

struct MemoryWorld {
  Atomic<int> a{0};
  Atomic<int> b{0};
  AtomicFlag flag;
  Stage stage;
};

// Waits, by loads of this order, until a is at least `value`.
void MemoryAwait(MemoryWorld& w, int value, std::memory_order order) {
  while (w.a.load(order) < value) Yield();
}

void MemoryReady(MemoryWorld& w) { w.stage.Add(); }
void MemoryWait(MemoryWorld& w) { w.stage.Await(1); }

const Edge<MemoryWorld> kMemoryEdges[] = {
    {"store release, load acquire", [](MemoryWorld& w) { w.a.store(1, kRelease); },
     [](MemoryWorld& w) { MemoryAwait(w, 1, kAcquire); }},
    {"store release, load consume", [](MemoryWorld& w) { w.a.store(1, kRelease); },
     [](MemoryWorld& w) { MemoryAwait(w, 1, kConsume); }},
    {"store seq_cst, load seq_cst", [](MemoryWorld& w) { w.a.store(1); },
     [](MemoryWorld& w) { MemoryAwait(w, 1, kSeqCst); }},
    {"operators", [](MemoryWorld& w) { w.a = 1; },
     [](MemoryWorld& w) {
       while (w.a != 1) Yield();
     }},
    {"exchange release, exchange acquire", [](MemoryWorld& w) { w.a.exchange(1, kRelease); },
     [](MemoryWorld& w) {
       while (w.a.exchange(0, kAcquire) != 1) Yield();
     }},
    {"fetch_add acq_rel, fetch_add acq_rel", [](MemoryWorld& w) { w.a.fetch_add(1, kAcqRel); },
     [](MemoryWorld& w) {
       while (w.a.fetch_add(0, kAcqRel) != 1) Yield();
     }},
    {"fetch_or release, load acquire", [](MemoryWorld& w) { w.a.fetch_or(1, kRelease); },
     [](MemoryWorld& w) { MemoryAwait(w, 1, kAcquire); }},
    {"compare_exchange release, compare_exchange acquire",
     [](MemoryWorld& w) {
       int expected = 0;
       w.a.compare_exchange_strong(expected, 1, kRelease, kRelaxed);
     },
     [](MemoryWorld& w) {
       int expected = 1;
       while (!w.a.compare_exchange_weak(expected, 2, kAcquire, kRelaxed)) expected = 1, Yield();
     }},
    {"store release, failed compare_exchange acquire",
     [](MemoryWorld& w) { w.a.store(1, kRelease); },
     [](MemoryWorld& w) {
       int expected = 0;
       while (w.a.compare_exchange_strong(expected, 0, kRelaxed, kAcquire)) Yield();
     }},
    {"store release, wait acquire",
     [](MemoryWorld& w) {
       w.a.store(1, kRelease);
       w.a.notify_one();
     },
     [](MemoryWorld& w) { w.a.wait(0, kAcquire); }},
    {"store release, a relaxed RMW of another task, load acquire",
     [](MemoryWorld& w) {
       w.a.store(1, kRelease);
       MemoryReady(w);
     },
     [](MemoryWorld& w) {
       MemoryWait(w);
       Go([&] { w.a.fetch_add(1, kRelaxed); });
       MemoryAwait(w, 2, kAcquire);
     }},
    {"RMW release of two tasks, load acquire",
     [](MemoryWorld& w) {
       w.a.fetch_add(1, kRelease);
       MemoryReady(w);
     },
     [](MemoryWorld& w) {
       MemoryWait(w);
       Go([&] { w.a.fetch_add(1, kRelease); });
       MemoryAwait(w, 2, kAcquire);
     }},
    {"RMW release after a relaxed load remembered the value, load acquire",
     [](MemoryWorld& w) {
       w.a.store(1, kRelease);
       MemoryReady(w);
     },
     [](MemoryWorld& w) {
       MemoryWait(w);
       Go([&] {
         (void)w.a.load(kRelaxed);
         w.a.fetch_add(1, kRelease);
       });
       MemoryAwait(w, 2, kAcquire);
     }},
    {"release fence, store relaxed, load acquire",
     [](MemoryWorld& w) {
       heddle::atomic_thread_fence(kRelease);
       w.a.store(1, kRelaxed);
     },
     [](MemoryWorld& w) { MemoryAwait(w, 1, kAcquire); }},
    {"release fence, RMW relaxed, load acquire",
     [](MemoryWorld& w) {
       heddle::atomic_thread_fence(kRelease);
       w.a.fetch_add(1, kRelaxed);
     },
     [](MemoryWorld& w) { MemoryAwait(w, 1, kAcquire); }},
    {"release fence, RMW relaxed on a published value, load acquire",
     [](MemoryWorld& w) {
       heddle::atomic_thread_fence(kRelease);
       w.a.fetch_add(1, kRelaxed);
     },
     [](MemoryWorld& w) { MemoryAwait(w, 1, kAcquire); },
     [](MemoryWorld& w) { w.a.store(0, kRelease); }},
    {"store release, load relaxed, acquire fence", [](MemoryWorld& w) { w.a.store(1, kRelease); },
     [](MemoryWorld& w) {
       MemoryAwait(w, 1, kRelaxed);
       heddle::atomic_thread_fence(kAcquire);
     }},
    {"store release, RMW relaxed, acquire fence", [](MemoryWorld& w) { w.a.store(1, kRelease); },
     [](MemoryWorld& w) {
       while (w.a.fetch_add(0, kRelaxed) != 1) Yield();
       heddle::atomic_thread_fence(kAcquire);
     }},
    {"acq_rel fence, relaxed, relaxed, acq_rel fence",
     [](MemoryWorld& w) {
       heddle::atomic_thread_fence(kAcqRel);
       w.a.store(1, kRelaxed);
     },
     [](MemoryWorld& w) {
       MemoryAwait(w, 1, kRelaxed);
       heddle::atomic_thread_fence(kAcqRel);
     }},
    {"seq_cst fences, two atomics",
     [](MemoryWorld& w) {
       heddle::atomic_thread_fence(kSeqCst);
       w.b.store(1, kRelaxed);
       w.a.store(1, kRelaxed);
     },
     [](MemoryWorld& w) {
       MemoryAwait(w, 1, kRelaxed);
       (void)w.b.load(kRelaxed);
       heddle::atomic_thread_fence(kSeqCst);
     }},
    {"flag: clear release, test_and_set acquire", [](MemoryWorld& w) { w.flag.clear(kRelease); },
     [](MemoryWorld& w) {
       while (w.flag.test_and_set(kAcquire)) Yield();
     },
     [](MemoryWorld& w) { w.flag.test_and_set(); }},
};

TEST(MemoryOrderTest, Edges) {
  for (const Edge<MemoryWorld>& edge : kMemoryEdges) ExpectOrders(edge);
}

// The value of `a` is 1 when `second` begins.
const NonEdge<MemoryWorld> kMemoryNonEdges[] = {
    {"store relaxed, load acquire", [](MemoryWorld& w) { w.a.store(1, kRelaxed); },
     [](MemoryWorld& w) { (void)w.a.load(kAcquire); }},
    {"store release, load relaxed", [](MemoryWorld& w) { w.a.store(1, kRelease); },
     [](MemoryWorld& w) { (void)w.a.load(kRelaxed); }},
    {"store release of another atomic", [](MemoryWorld& w) { w.b.store(1, kRelease); },
     [](MemoryWorld& w) { (void)w.a.load(kAcquire); }},
    {"exchange acquire, exchange release", [](MemoryWorld& w) { w.a.exchange(1, kAcquire); },
     [](MemoryWorld& w) { w.a.exchange(2, kRelease); }},
    {"RMW relaxed, RMW acquire", [](MemoryWorld& w) { w.a.fetch_add(1, kRelaxed); },
     [](MemoryWorld& w) { w.a.fetch_add(1, kAcquire); }},
    {"load seq_cst, store seq_cst", [](MemoryWorld& w) { (void)w.a.load(); },
     [](MemoryWorld& w) { w.a.store(1); }},
    {"load seq_cst, load seq_cst", [](MemoryWorld& w) { (void)w.a.load(); },
     [](MemoryWorld& w) { (void)w.a.load(); }, [](MemoryWorld& w) { w.a.store(1); }},
    {"store seq_cst, store seq_cst", [](MemoryWorld& w) { w.a.store(1); },
     [](MemoryWorld& w) { w.a.store(2); }},
    {"failed compare_exchange releases nothing",
     [](MemoryWorld& w) {
       int expected = 5;
       w.a.compare_exchange_strong(expected, 1, kAcqRel);
     },
     [](MemoryWorld& w) { (void)w.a.load(kAcquire); }},
    {"failed compare_exchange with relaxed failure acquires nothing",
     [](MemoryWorld& w) { w.a.store(1, kRelease); },
     [](MemoryWorld& w) {
       int expected = 5;
       w.a.compare_exchange_strong(expected, 1, kAcqRel, kRelaxed);
     }},
    {"a relaxed store ends the release sequence",
     [](MemoryWorld& w) {
       w.a.store(1, kRelease);
       w.a.store(2, kRelaxed);
     },
     [](MemoryWorld& w) { (void)w.a.load(kAcquire); }},
    {"another task's release store ends the release sequence",
     [](MemoryWorld& w) { w.a.store(1, kRelease); },
     [](MemoryWorld& w) {
       w.a.store(2, kRelease);
       (void)w.a.load(kAcquire);
     }},
    {"a release RMW after a relaxed store does not continue what was before",
     [](MemoryWorld& w) {
       w.a.store(1, kRelease);
       w.a.store(2, kRelaxed);
     },
     [](MemoryWorld& w) {
       w.a.fetch_add(1, kRelease);
       (void)w.a.load(kAcquire);
     }},
    {"wait relaxed",
     [](MemoryWorld& w) {
       w.a.store(1, kRelease);
       w.a.notify_all();
     },
     [](MemoryWorld& w) { w.a.wait(0, kRelaxed); }},
    {"notify_all", [](MemoryWorld& w) { w.a.notify_all(); },
     [](MemoryWorld& w) { (void)w.a.load(kAcquire); }},
    {"release fence after the relaxed store",
     [](MemoryWorld& w) {
       w.a.store(1, kRelaxed);
       heddle::atomic_thread_fence(kRelease);
     },
     [](MemoryWorld& w) { (void)w.a.load(kAcquire); }},
    {"acquire fence, relaxed store",
     [](MemoryWorld& w) {
       heddle::atomic_thread_fence(kAcquire);
       w.a.store(1, kRelaxed);
     },
     [](MemoryWorld& w) { (void)w.a.load(kAcquire); }},
    {"relaxed fence",
     [](MemoryWorld& w) {
       heddle::atomic_thread_fence(kRelaxed);
       w.a.store(1, kRelaxed);
     },
     [](MemoryWorld& w) { (void)w.a.load(kAcquire); }},
    {"acquire fence before the relaxed load", [](MemoryWorld& w) { w.a.store(1, kRelease); },
     [](MemoryWorld& w) {
       heddle::atomic_thread_fence(kAcquire);
       (void)w.a.load(kRelaxed);
     }},
    {"release fence after the relaxed load", [](MemoryWorld& w) { w.a.store(1, kRelease); },
     [](MemoryWorld& w) {
       (void)w.a.load(kRelaxed);
       heddle::atomic_thread_fence(kRelease);
     }},
    {"acquire fence without a load", [](MemoryWorld& w) { w.a.store(1, kRelease); },
     [](MemoryWorld&) { heddle::atomic_thread_fence(kAcquire); }},
    {"fences alone", [](MemoryWorld&) { heddle::atomic_thread_fence(kSeqCst); },
     [](MemoryWorld&) { heddle::atomic_thread_fence(kSeqCst); }},
};

TEST(MemoryOrderTest, NonEdges) {
  for (const NonEdge<MemoryWorld>& row : kMemoryNonEdges) ExpectOrdersNothing(row);
}

// What lies between the fence and the relaxed store is not published; nor is what came after the store that
// was read and before the acquire fence.
template <class Variable>
Report MemoryTryBetweenFences(bool after_release_fence) {
  return Try(
      [=] {
        MemoryWorld w;
        Variable value(0, "value");
        Stage& stage = w.stage;
        Task writer = Go("writer", [&] {
          heddle::atomic_thread_fence(kRelease);
          if (after_release_fence) value.Set(1);
          w.a.store(1, kRelaxed);
          stage.Await(1);
          if (!after_release_fence) value.Set(1);
          w.a.store(2, kRelease);
          stage.Set(2);
        });
        Task reader = Go("reader", [&] {
          MemoryAwait(w, 1, kRelaxed);
          stage.Set(1);
          stage.Await(2);
          heddle::atomic_thread_fence(kAcquire);
          (void)value.Get();
        });
        writer.Join();
        reader.Join();
      },
      {.schedules = kRacySchedules});
}

TEST(MemoryOrderTest, AFenceCarriesWhatWasBeforeItAndTakesWhatWasRead) {
  for (bool after_release_fence : {false, true}) {
    SCOPED_TRACE(after_release_fence);
    EXPECT_THAT(MemoryTryBetweenFences<Shared<int>>(after_release_fence),
                Fails(Verdict::kRace, "\"value\""));
#if HEDDLE_TSAN
    EXPECT_THAT(MemoryTryBetweenFences<PlainVariable>(after_release_fence),
                Fails(Verdict::kRace, "data race"));
#endif
  }
}

}  // namespace
}  // namespace heddle::testing_support
