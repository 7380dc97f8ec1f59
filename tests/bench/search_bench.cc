// SPDX-License-Identifier: Apache-2.0
//
// Exhaustive search: what an execution costs, and how much it remembers.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>

#include "bench/bare_switch.h"
#include "bench/sample.h"
#include "bench/workloads.h"
#include "heddle/core/report.h"
#include "heddle/explore/explore.h"
#include "heddle/strategy/exhaustive.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/task.h"

namespace heddle::bench {
namespace {

// Two tasks that lock and unlock one mutex `sections` times each.
void TakeTurns(int sections) {
  Mutex mu;
  Task tasks[2];
  for (Task& task : tasks) {
    task = Go([&mu, sections] {
      for (int i = 0; i < sections; ++i) {
        mu.lock();
        mu.unlock();
      }
    });
  }
  for (Task& task : tasks) task.Join();
}

// All 12,870 orders of 16 locks: one execution of them, as the explorer makes it.
void SearchTurns(benchmark::State& state) {
  constexpr double kExecutions = 12'870;
  Sample(state, 36, [] {
    const double start = Nanoseconds();
    const Report report =
        Explore([] { TakeTurns(8); }, {.name = "bench", .strategy = StrategyKind::kExhaustive});
    const double elapsed = Nanoseconds() - start;
    Require(report.verdict == Verdict::kPassed && report.schedules_run == kExecutions);
    return elapsed / kExecutions;
  });
}

class Turns final : public Scenario {
 public:
  explicit Turns(int sections) : sections_(sections) {}
  void Run() override { TakeTurns(sections_); }

 private:
  const int sections_;
};

double BytesRemembered(int sections) {
  constexpr int kExecutions = 1000;
  const Options options{.clock = ClockPolicy::kWhenIdle};
  const std::unique_ptr<Search> search = MakeExhaustive(options);
  Turns turns(sections);
  for (int i = 0; i < kExecutions; ++i) {
    Execute(turns, options, *search, 1, Recording::kOff);
    Require(search->Next());
  }
  return static_cast<double>(search->coverage().most_bytes);
}

// At twice the depth.
void SearchMemory(benchmark::State& state) {
  for (auto _ : state) {
    const double half = BytesRemembered(50);
    const double whole = BytesRemembered(100);
    state.counters["bytes"] = whole;
    state.counters["x_half"] = whole / half;
    state.counters["ns_per_op"] = 0;
    state.SetIterationTime(1e-9);
  }
}

BENCHMARK(SearchTurns)->Name("exhaustive/2x8")->Apply(Samples<9>);
BENCHMARK(SearchMemory)->Name("exhaustive/memory")->Apply(Samples<1>);

}  // namespace
}  // namespace heddle::bench
