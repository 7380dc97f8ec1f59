// SPDX-License-Identifier: Apache-2.0
//
// The counting primitives against models of a few lines, by random sequences of 50 operations. Two ways in
// which the order of effects is known exactly:
//   free           three tasks run under the random walk; each applies its operation to the model right
//                  after it returned: nothing runs between an effect and that. What blocks is only begun
//                  when somebody will let it go on.
//   orchestrated   the body gives orders to workers and lets all settle before the next one, by sleeping:
//                  under kWhenIdle time moves only then. So what is parked, and in which order, is known.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "heddle/core/random.h"
#include "heddle/core/sanitize.h"
#include "heddle/runtime/internal/sanitizer.h"
#include "heddle/sync/barrier.h"
#include "heddle/sync/event.h"
#include "heddle/sync/latch.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "heddle/sync/wait_group.h"
#include "heddle/sync/weighted_semaphore.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using std::chrono::nanoseconds;

constexpr uint32_t kCountingPrograms = HEDDLE_TSAN || HEDDLE_ASAN ? 1'250 : 25'000;
constexpr uint32_t kCountingSchedules = 4;  // of each program
constexpr int kCountingTasks = 3;
constexpr int kCountingOperations = 50;

// What went wrong first. Models are shared by the tasks behind ThreadSanitizer's back.
struct CountingVerdict {
  const char* wrong = nullptr;
  int ended = 0;  // tasks
  void Check(bool right, const char* what) {
    if (!right && wrong == nullptr) wrong = what;
  }
};

template <class F>
auto CountingHidden(F f) {
  internal::Hidden hidden;
  return f();
}

// `body(seed, verdict)` is one sequence.
template <class Body>
void ExpectCountingModel(Body body, ClockPolicy clock = ClockPolicy::kAnytime) {
  for (uint32_t program = 0; program < kCountingPrograms; ++program) {
    CountingVerdict verdict;
    Report report =
        Try([&] { body(uint64_t{program}, verdict); },
            {.schedules = kCountingSchedules, .seed = program, .max_steps = 5'000, .clock = clock});
    ASSERT_EQ(verdict.wrong, nullptr) << "program " << program << ": " << verdict.wrong;
    ASSERT_THAT(report, Passes()) << "program " << program;
  }
}

// -- Free -------------------------------------------------------------------------------------------

// Runs `work(task, random)` in three tasks, and `help()` in the body until they have ended.
template <class Work, class Help>
void CountingFree(uint64_t seed, CountingVerdict& verdict, Work work, Help help) {
  CountingHidden([&] { verdict.ended = 0; });
  auto run = [&](int task) {
    Random random(Mix(seed, static_cast<uint64_t>(task)));
    work(task, random);
    CountingHidden([&] { ++verdict.ended; });
  };
  Task tasks[kCountingTasks];
  for (int i = 0; i < kCountingTasks; ++i) tasks[i] = Go([&run, i] { run(i); });
  while (CountingHidden([&] { return verdict.ended; }) < kCountingTasks) help();
  for (Task& task : tasks) task.Join();
}

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

// -- Orchestrated -----------------------------------------------------------------------------------

// A worker does what it is told, once it is told; the body reads its answer when all have settled.
struct CountingWorker {
  Semaphore told{0};
  int64_t amount = 0;  // negative: the end
  int64_t span = 0;    // until its deadline, 0: none
  bool busy = false;
  bool result = false;
};

constexpr int64_t kCountingTurn = 2 * (kCountingTasks + 1);  // the body's, ns

// All that can go on has done so when it returns.
void CountingTurn() { Sleep(nanoseconds(kCountingTurn)); }

template <class Wait>
class CountingCrew {
 public:
  explicit CountingCrew(Wait wait) : wait_(wait) {
    for (CountingWorker& worker : workers) tasks_.push_back(Go([this, &worker] { Run(worker); }));
    CountingTurn();
  }
  void Tell(CountingWorker& worker, int64_t amount, int64_t span) {
    CountingHidden([&] {
      worker.amount = amount;
      worker.span = span;
      worker.busy = true;
    });
    worker.told.release();
  }
  void End() {
    for (CountingWorker& worker : workers) Tell(worker, -1, 0);
    for (Task& task : tasks_) task.Join();
  }
  // A deadline at a time that is nobody else's, `turns` turns ahead; 0: none.
  static int64_t Span(size_t worker, uint32_t turns) {
    return turns == 0 ? 0 : (turns - 1) * kCountingTurn + 1 + 2 * static_cast<int64_t>(worker);
  }

  CountingWorker workers[kCountingTasks];

 private:
  void Run(CountingWorker& worker) {
    for (;;) {
      worker.told.acquire();
      const auto [amount, span] =
          CountingHidden([&] { return std::pair(worker.amount, worker.span); });
      if (amount < 0) return;
      const bool result = wait_(amount, span);
      CountingHidden([&] {
        worker.result = result;
        worker.busy = false;
      });
    }
  }

  Wait wait_;
  std::vector<Task> tasks_;
};

struct CountingPlace {
  size_t worker = 0;
  int64_t amount = 0;
  int64_t deadline = 0;  // 0: none
};

// The line of a model, with the deadlines in it.
struct CountingLine {
  std::deque<CountingPlace> places;

  // Takes out the place with the earliest deadline before `now`; null if there is none.
  std::optional<CountingPlace> TakeLate(int64_t now) {
    size_t first = places.size();
    for (size_t i = 0; i < places.size(); ++i) {
      if (places[i].deadline == 0 || places[i].deadline >= now) continue;
      if (first == places.size() || places[i].deadline < places[first].deadline) first = i;
    }
    if (first == places.size()) return std::nullopt;
    const CountingPlace late = places[first];
    places.erase(places.begin() + static_cast<ptrdiff_t>(first));
    return late;
  }
  bool Has(size_t worker) const {
    for (const CountingPlace& place : places) {
      if (place.worker == worker) return true;
    }
    return false;
  }
};

int64_t CountingNow() { return Now().time_since_epoch().count(); }

TEST(CountingModelTest, WeightedSemaphoreAsItsModel) {
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

TEST(CountingModelTest, EventsAsTheirModel) {
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
