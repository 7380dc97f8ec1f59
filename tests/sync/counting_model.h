// SPDX-License-Identifier: Apache-2.0
//
// The counting primitives against models of a few lines, by random sequences of 50 operations. Two ways in
// which the order of effects is known exactly:
//   free           three tasks run under the random walk; each applies its operation to the model right
//                  after it returned: nothing runs between an effect and that. What blocks is only begun
//                  when somebody will let it go on.
//   orchestrated   the body gives orders to workers and lets all settle before the next one, by sleeping:
//                  under kWhenIdle time moves only then. So what is parked, and in which order, is known.
#ifndef HEDDLE_TESTS_SYNC_COUNTING_MODEL_H_
#define HEDDLE_TESTS_SYNC_COUNTING_MODEL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "heddle/core/random.h"
#include "heddle/core/sanitize.h"
#include "heddle/runtime/internal/sanitizer.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {

inline constexpr uint32_t kCountingPrograms = HEDDLE_TSAN || HEDDLE_ASAN ? 1'250 : 25'000;
inline constexpr uint32_t kCountingSchedules = 4;  // of each program
inline constexpr int kCountingTasks = 3;
inline constexpr int kCountingOperations = 50;

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

// -- Orchestrated -----------------------------------------------------------------------------------

// A worker does what it is told, once it is told; the body reads its answer when all have settled.
struct CountingWorker {
  Semaphore told{0};
  int64_t amount = 0;  // negative: the end
  int64_t span = 0;    // until its deadline, 0: none
  bool busy = false;
  bool result = false;
};

inline constexpr int64_t kCountingTurn = 2 * (kCountingTasks + 1);  // the body's, ns

// All that can go on has done so when it returns.
inline void CountingTurn() { Sleep(std::chrono::nanoseconds(kCountingTurn)); }

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

inline int64_t CountingNow() { return Now().time_since_epoch().count(); }

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SYNC_COUNTING_MODEL_H_
