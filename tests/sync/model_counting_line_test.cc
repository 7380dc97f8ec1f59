// SPDX-License-Identifier: Apache-2.0
//
// WeightedSemaphore and Event against their models with tasks in line, orchestrated (counting_model.h).
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "heddle/sync/event.h"
#include "heddle/sync/weighted_semaphore.h"
#include "sync/counting_model.h"

namespace heddle::testing_support {
namespace {

using std::chrono::nanoseconds;

TEST(CountingLineModelTest, WeightedSemaphoreAsItsModel) {
  ExpectCountingModel(
      [](uint64_t seed, CountingVerdict& v) {
        constexpr int64_t kSize = 4;
        Random random(seed);
        WeightedSemaphore object(kSize);
        CountingCrew crew([&object](int64_t n, int64_t span) {
          if (span != 0) return object.AcquireFor(nanoseconds(span), n);
          object.Acquire(n);
          return true;
        });
        int64_t held = 0;
        CountingLine line, doomed;
        bool result[kCountingTasks] = {};
        auto grant = [&] {
          while (!line.places.empty() && line.places.front().amount <= kSize - held) {
            held += line.places.front().amount;
            result[line.places.front().worker] = true;
            line.places.pop_front();
          }
        };
        for (int i = 0; i < kCountingOperations; ++i) {
          const size_t w = random.Below(kCountingTasks);
          const bool waits = line.Has(w) || doomed.Has(w);
          const int64_t n = random.Below(kSize + (random.Below(8) == 0 ? 3 : 1));
          const int64_t before = CountingNow();
          if (const uint32_t what = random.Below(4); what <= 1 && !waits) {
            // A wait for more than there are always has a deadline, or nobody could end it.
            const int64_t span = crew.Span(w, n > kSize ? 2 : random.Below(4));
            crew.Tell(crew.workers[w], n, span);
            CountingLine& where = n > kSize ? doomed : line;
            const int64_t deadline = span == 0 ? 0 : before + span;
            if (line.places.empty() && n <= kSize - held) {
              held += n;
              result[w] = true;
            } else {
              where.places.push_back({w, n, deadline});
            }
          } else if (what == 2) {
            const bool fits = line.places.empty() && n <= kSize - held;
            v.Check(object.TryAcquire(n) == fits, "TryAcquire");
            held += fits ? n : 0;
          } else {
            const int64_t back = held == 0 ? 0 : 1 + random.Below(static_cast<uint32_t>(held));
            object.Release(back);
            held -= back;
            grant();
          }
          CountingTurn();
          const int64_t now = CountingNow();
          while (std::optional<CountingPlace> late = doomed.TakeLate(now)) {
            result[late->worker] = false;
          }
          while (std::optional<CountingPlace> late = line.TakeLate(now)) {
            result[late->worker] = false;
            grant();
          }
          CountingHidden([&] {
            for (size_t k = 0; k < kCountingTasks; ++k) {
              const bool busy = line.Has(k) || doomed.Has(k);
              v.Check(crew.workers[k].busy == busy, "another one waits");
              if (!busy) v.Check(crew.workers[k].result == result[k], "another result");
            }
          });
        }
        for (int i = 0; i < 4; ++i) CountingTurn();  // past all deadlines
        while (line.TakeLate(CountingNow())) grant();
        while (!line.places.empty()) {
          object.Release(held);
          held = 0;
          grant();
        }
        CountingTurn();
        v.Check(object.TryAcquire(kSize - held), "fewer are free");
        v.Check(!object.TryAcquire(1), "more are free");
        crew.End();
      },
      ClockPolicy::kWhenIdle);
}

TEST(CountingLineModelTest, EventsAsTheirModel) {
  ExpectCountingModel(
      [](uint64_t seed, CountingVerdict& v) {
        const bool resets = seed % 2 == 0;
        Random random(seed);
        auto object = resets ? std::make_unique<Event>(kAutoReset) : std::make_unique<Event>();
        CountingCrew crew([&object](int64_t, int64_t span) {
          if (span != 0) return object->WaitFor(nanoseconds(span));
          object->Wait();
          return true;
        });
        bool set = false;
        bool one_goes = false;  // which one is a decision
        CountingLine line;
        bool result[kCountingTasks] = {};
        for (int i = 0; i < kCountingOperations; ++i) {
          const size_t w = random.Below(kCountingTasks);
          const int64_t before = CountingNow();
          if (const uint32_t what = random.Below(4); what <= 1 && !line.Has(w)) {
            const int64_t span = crew.Span(w, random.Below(4));
            crew.Tell(crew.workers[w], 0, span);
            if (set) {
              result[w] = true;
              set = !resets;
            } else {
              line.places.push_back({w, 0, span == 0 ? 0 : before + span});
            }
          } else if (what == 2) {
            object->Reset();
            set = false;
          } else {
            object->Set();
            one_goes = resets && !line.places.empty();
            set = !one_goes;
            if (!resets) {
              for (const CountingPlace& place : line.places) result[place.worker] = true;
              line.places.clear();
            }
          }
          Yield();
          CountingTurn();
          CountingHidden([&] {
            if (std::exchange(one_goes, false)) {
              // Exactly one was let through; those whose deadline came meanwhile say false.
              size_t passed = kCountingTasks;
              for (const CountingPlace& place : line.places) {
                const CountingWorker& worker = crew.workers[place.worker];
                if (worker.busy || !worker.result) continue;
                v.Check(passed == kCountingTasks, "two were let through");
                passed = place.worker;
              }
              v.Check(passed < kCountingTasks, "none was let through");
              std::erase_if(line.places, [&](auto& place) { return place.worker == passed; });
              if (passed < kCountingTasks) result[passed] = true;
            }
          });
          const int64_t now = CountingNow();
          while (std::optional<CountingPlace> late = line.TakeLate(now)) {
            result[late->worker] = false;
          }
          CountingHidden([&] {
            for (size_t k = 0; k < kCountingTasks; ++k) {
              v.Check(crew.workers[k].busy == line.Has(k), "another one waits");
              if (!line.Has(k)) v.Check(crew.workers[k].result == result[k], "another result");
            }
          });
          v.Check(object->IsSet() == set, "IsSet");
        }
        for (int i = 0; i < kCountingTasks; ++i) object->Set();
        CountingTurn();
        crew.End();
      },
      ClockPolicy::kWhenIdle);
}

}  // namespace
}  // namespace heddle::testing_support
