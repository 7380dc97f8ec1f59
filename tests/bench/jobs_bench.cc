// SPDX-License-Identifier: Apache-2.0
//
// Exploration by two processes, beside that by one.
#include <benchmark/benchmark.h>
#include <sched.h>

#include <cstdint>
#include <cstring>

#include "bench/many_fibers.h"
#include "bench/sample.h"
#include "bench/workloads.h"
#include "heddle/core/report.h"
#include "heddle/explore/explore.h"

namespace heddle::bench {
namespace {

constexpr uint32_t kSchedules = 500'000;

// On all processors, though scripts/bench pins the others to one.
class Unpinned {
 public:
  Unpinned() {
    Require(sched_getaffinity(0, sizeof before_, &before_) == 0);
    cpu_set_t all;
    std::memset(&all, 0xff, sizeof all);
    Require(sched_setaffinity(0, sizeof all, &all) == 0);
  }
  ~Unpinned() { sched_setaffinity(0, sizeof before_, &before_); }
  Unpinned(const Unpinned&) = delete;
  Unpinned& operator=(const Unpinned&) = delete;

 private:
  cpu_set_t before_;
};

// Of real time, for one execution.
double NanosecondsBy(uint32_t jobs) {
  const Report report =
      Explore(CountTogether<2>, {.name = "bench", .schedules = kSchedules, .jobs = jobs});
  Require(report.verdict == Verdict::kPassed && report.schedules_run == kSchedules);
  return report.seconds * 1e9 / kSchedules;
}

void ShareExecutions(benchmark::State& state) {
  const Unpinned unpinned;
  DropFibers();
  for (auto _ : state) {
    const double one = NanosecondsBy(1);
    const double two = NanosecondsBy(2);
    state.counters["ns_per_op"] = two / kCounterOperations<2>;
    state.counters["x_one"] = two / one;
    state.SetIterationTime(1e-9);
  }
}

BENCHMARK(ShareExecutions)->Name("jobs/2")->Apply(Samples<5>);

}  // namespace
}  // namespace heddle::bench
