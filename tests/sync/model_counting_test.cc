// SPDX-License-Identifier: Apache-2.0
//
// Semaphore, Latch, WaitGroup, Barrier and Event against their models, free (counting_model.h).
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "heddle/sync/barrier.h"
#include "heddle/sync/event.h"
#include "heddle/sync/latch.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/wait_group.h"
#include "sync/counting_model.h"

namespace heddle::testing_support {
namespace {

using std::chrono::nanoseconds;

constexpr int kCountingEach = kCountingOperations / kCountingTasks + 1;

TEST(CountingModelTest, SemaphoreAsItsModel) {
  ExpectCountingModel([](uint64_t seed, CountingVerdict& v) {
    Semaphore object(2);
    ptrdiff_t permits = 2;
    auto took = [&] { CountingHidden([&] { v.Check(permits-- > 0, "took a permit of none"); }); };
    auto release = [&](ptrdiff_t n) {
      object.release(n);
      CountingHidden([&] { permits += n; });
    };
    auto work = [&](int, Random& random) {
      for (int i = 0; i < kCountingEach; ++i) {
        switch (random.Below(5)) {
          case 0: release(1 + random.Below(2)); break;
          case 1:
            if (object.try_acquire_for(nanoseconds(random.Below(3)))) took();
            break;
          case 2:
            if (CountingHidden([&] { return permits > 0; })) {
              object.acquire();
              took();
              break;
            }
            [[fallthrough]];
          default:
            if (object.try_acquire()) {
              took();
            } else {
              CountingHidden([&] { v.Check(permits == 0, "missed a permit"); });
            }
        }
      }
    };
    // Now and then, so that no task waits for good.
    int turn = 0;
    CountingFree(seed, v, work, [&] {
      if (++turn % 8 == 0) release(1);
      Yield();
    });
    while (object.try_acquire()) took();
    v.Check(permits == 0, "another number of permits is left");
  });
}

TEST(CountingModelTest, LatchAsItsModel) {
  ExpectCountingModel([](uint64_t seed, CountingVerdict& v) {
    // Each task counts down by its share.
    ptrdiff_t counter = 0;
    ptrdiff_t share[kCountingTasks];
    Random shares(seed);
    for (ptrdiff_t& s : share) counter += s = shares.Below(12);
    Latch object(counter);
    auto is_zero = [&] { return CountingHidden([&] { return counter == 0; }); };
    auto work = [&](int task, Random& random) {
      ptrdiff_t left = share[task];
      auto count_down = [&](ptrdiff_t n) {
        object.count_down(n);
        left -= n;
        CountingHidden([&] { counter -= n; });
      };
      for (int i = 0; i < kCountingEach; ++i) {
        switch (random.Below(4)) {
          case 0: count_down(random.Below(static_cast<uint32_t>(left) + 1)); break;
          case 1:
            if (object.wait_for(nanoseconds(random.Below(3)))) v.Check(is_zero(), "let through");
            break;
          case 2:
            if (is_zero()) object.wait();
            break;
          default: {
            const bool passed = object.try_wait();
            v.Check(passed == is_zero(), "try_wait");
          }
        }
      }
      if (left > 0) count_down(left);
      object.wait();
      v.Check(is_zero(), "wait");
    };
    CountingFree(seed, v, work, [] { Sleep(kMoment); });
  });
}

TEST(CountingModelTest, WaitGroupAsItsModel) {
  ExpectCountingModel([](uint64_t seed, CountingVerdict& v) {
    WaitGroup object;
    int64_t counter = 0;
    auto add = [&](int64_t n) {
      object.Add(n);
      CountingHidden([&] { counter += n; });
    };
    for (int round = 0; round < 2; ++round) {
      add(kCountingTasks);  // one for each task until its end, so that nobody lifts it from 0
      auto work = [&](int, Random& random) {
        int64_t mine = 1;
        for (int i = 0; i < kCountingEach / 2; ++i) {
          const int64_t n = static_cast<int64_t>(random.Below(4)) - (mine > 2 ? 2 : 0);
          add(n);
          mine += n;
        }
        add(-mine);
        object.Wait();
        CountingHidden([&] { v.Check(counter == 0, "Wait returned early"); });
      };
      CountingFree(Mix(seed, static_cast<uint64_t>(round)), v, work, [] { Sleep(kMoment); });
    }
  });
}

TEST(CountingModelTest, BarrierAsItsModel) {
  ExpectCountingModel([](uint64_t seed, CountingVerdict& v) {
    int awaited = kCountingTasks, expected = kCountingTasks, phase = 1, completions = 0;
    Barrier object(kCountingTasks, [&] {
      Yield();
      CountingHidden([&] {
        v.Check(awaited == 1, "completed early");  // the last arrival has not returned yet
        v.Check(++completions == phase, "completed twice");
      });
    });
    auto arrived = [&](bool drops) {
      return CountingHidden([&] {
        const int mine = phase;
        expected -= drops ? 1 : 0;
        if (--awaited == 0) {
          ++phase;
          awaited = expected;
        }
        return mine;
      });
    };
    auto work = [&](int, Random& random) {
      for (int i = 0; i < kCountingEach; ++i) {
        if (random.Below(16) == 0) {
          object.arrive_and_drop();
          arrived(true);
          return;
        }
        auto token = object.arrive();
        const int mine = arrived(false);
        if (random.Below(2) == 0) Yield();
        object.wait(std::move(token));
        CountingHidden([&] { v.Check(phase > mine, "waited too short"); });
      }
      object.arrive_and_drop();
      arrived(true);
    };
    CountingFree(seed, v, work, [] { Sleep(kMoment); });
    v.Check(expected == 0 && awaited == 0 && completions == phase - 1, "the end");
  });
}

TEST(CountingModelTest, EventsOfWhichNobodyWaitsAsTheirModel) {
  ExpectCountingModel([](uint64_t seed, CountingVerdict& v) {
    const bool resets = seed % 2 == 0;
    std::optional<Event> object;
    if (resets) {
      object.emplace(kAutoReset);
    } else {
      object.emplace();
    }
    bool set = false;
    auto work = [&](int, Random& random) {
      for (int i = 0; i < kCountingEach; ++i) {
        bool is = false;
        switch (random.Below(4)) {
          case 0:
            object->Set();
            CountingHidden([&] { set = true; });
            break;
          case 1:
            object->Reset();
            CountingHidden([&] { set = false; });
            break;
          case 2:
            is = object->IsSet();
            CountingHidden([&] { v.Check(is == set, "IsSet"); });
            break;
          default:
            is = object->TryWait();
            CountingHidden([&] {
              v.Check(is == set, "TryWait");
              if (resets) set = false;
            });
        }
      }
    };
    CountingFree(seed, v, work, [] { Sleep(kMoment); });
  });
}

}  // namespace
}  // namespace heddle::testing_support
