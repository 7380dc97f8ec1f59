// SPDX-License-Identifier: Apache-2.0
//
// Whether a long exploration keeps to the memory of its first executions: calls of operator new,
// bytes in use on the heap and pages in memory are compared after 10,000 and after another 1,000,000
// executions of all workloads. The same is told, per exploration, of the explorer.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdio>

#include "bench/allocations.h"
#include "bench/bare_switch.h"
#include "bench/sample.h"
#include "bench/workloads.h"
#include "heddle/core/report.h"
#include "heddle/explore/explore.h"

namespace heddle::bench {
namespace {

constexpr double kExecutions = 1e6;

struct Memory {
  double allocations = 0;     // calls of operator new so far
  double heap_bytes = 0;      // in use
  double resident_bytes = 0;  // of the process
};

Memory InUse() {
  Memory memory;
  memory.allocations = static_cast<double>(Allocations());
  memory.heap_bytes = static_cast<double>(mallinfo2().uordblks);
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  unsigned long total = 0;
  unsigned long resident = 0;
  Require(file != nullptr && std::fscanf(file, "%lu %lu", &total, &resident) == 2);
  std::fclose(file);
  memory.resident_bytes =
      static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
  return memory;
}

// Calls `run`, which makes `executions` executions, until there were a million.
template <class F>
void Measure(benchmark::State& state, double executions, const F& run) {
  for (auto _ : state) {
    for (double done = 0; done < kExecutions / 100; done += executions) run();
    InUse();  // what looking itself leaves in the allocator's caches
    const Memory before = InUse();
    const double start = Nanoseconds();
    for (double done = 0; done < kExecutions; done += executions) run();
    const double elapsed = Nanoseconds() - start;
    const Memory after = InUse();
    state.SetIterationTime(elapsed * 1e-9);
    state.counters["ns_per_op"] = elapsed / kExecutions;
    state.counters["x_bare_switch"] = elapsed / kExecutions / BareSwitchNanoseconds();
    state.counters["allocations"] = after.allocations - before.allocations;
    state.counters["allocations_per_run"] =
        (after.allocations - before.allocations) / (kExecutions / executions);
    state.counters["heap_growth"] = after.heap_bytes - before.heap_bytes;
    state.counters["resident_growth"] = after.resident_bytes - before.resident_bytes;
  }
}

void Executions(benchmark::State& state) {
  Runner runners[] = {Runner(CountTogether<2>), Runner(CountTogether<4>),
                      Runner(PassValues),       Runner(SpawnAndJoin),
                      Runner(YieldInTurn),      Runner(PassValues, Options())};
  Measure(state, 6, [&] {
    for (Runner& runner : runners) runner.Once();
  });
}

void Explorations(benchmark::State& state) {
  const Options options = {.name = "bench"};
  Measure(state, options.schedules,
          [&] { Require(Explore(CountTogether<2>, options).verdict == Verdict::kPassed); });
}

BENCHMARK(Executions)->Name("memory")->Apply(Samples<1>)->Repetitions(1);
BENCHMARK(Explorations)->Name("memory-explore")->Apply(Samples<1>)->Repetitions(1);

}  // namespace
}  // namespace heddle::bench
