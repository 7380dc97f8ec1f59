// SPDX-License-Identifier: Apache-2.0
//
// How fast the step loop explores: one execution after another, all defaults on (random walk,
// recording of decisions, clocks, misuse checks, limits), with fresh objects.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/bare_switch.h"
#include "bench/sample.h"
#include "bench/workloads.h"
#include "heddle/core/report.h"
#include "heddle/explore/explore.h"

namespace heddle::bench {
namespace {

void BareSwitch(benchmark::State& state) {
  std::vector<double> times;
  std::vector<double> divisions;
  for (auto _ : state) {
    times.push_back(BareSwitchNanoseconds());
    divisions.push_back(times.back() / DivisionNanoseconds());
    state.SetIterationTime(times.back() * 1e-9);
  }
  state.counters["ns_per_op"] = Median(times);
  state.counters["x_bare_switch"] = 1;
  state.counters["x_division"] = Median(divisions);
}

void Executions(benchmark::State& state, void (*body)(), double operations) {
  Runner runner(body);
  Sample(state, operations, [&] { return runner.Nanoseconds(); });
}

// What the explorer adds to an execution.
void Explorations(benchmark::State& state, void (*body)(), double operations) {
  constexpr uint32_t kSchedules = 5000;
  Sample(state, operations, [&] {
    const double start = Nanoseconds();
    const Report report = Explore(body, {.name = "bench", .schedules = kSchedules});
    const double elapsed = Nanoseconds() - start;
    Require(report.verdict == Verdict::kPassed);
    return elapsed / kSchedules;
  });
}

BENCHMARK(BareSwitch)->Name("bare_switch")->Apply(Samples<25>);
BENCHMARK_CAPTURE(Executions, W1_2, CountTogether<2>, kCounterOperations<2>)
    ->Name("W1/2")
    ->Apply(Samples<25>);
BENCHMARK_CAPTURE(Executions, W1_4, CountTogether<4>, kCounterOperations<4>)
    ->Name("W1/4")
    ->Apply(Samples<25>);
BENCHMARK_CAPTURE(Executions, W2, PassValues, 204)->Name("W2")->Apply(Samples<25>);
BENCHMARK_CAPTURE(Executions, W5, SpawnAndJoin, 8)->Name("W5")->Apply(Samples<25>);
BENCHMARK_CAPTURE(Executions, W6, YieldInTurn, 408)->Name("W6")->Apply(Samples<25>);
BENCHMARK_CAPTURE(Explorations, W1_2, CountTogether<2>, kCounterOperations<2>)
    ->Name("W1/2-explore")
    ->Apply(Samples<25>);

}  // namespace
}  // namespace heddle::bench
