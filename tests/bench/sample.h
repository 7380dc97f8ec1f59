// SPDX-License-Identifier: Apache-2.0
//
// How a figure is measured: as the median of many short samples, each of which first takes a bare
// switch and then the workload, so that a change of the processor's speed touches both alike.
//
//   void Pipe(benchmark::State& state) {
//     bench::Runner runner(PassHundredValues);
//     bench::Sample(state, 204, [&] { return runner.Nanoseconds(); });
//   }
//   BENCHMARK(Pipe)->Name("W2")->Apply(bench::Samples<25>);
#ifndef HEDDLE_TESTS_BENCH_SAMPLE_H_
#define HEDDLE_TESTS_BENCH_SAMPLE_H_

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "heddle/core/options.h"
#include "heddle/runtime/execute.h"
#include "heddle/strategy/make_strategy.h"
#include "heddle/strategy/strategy.h"

namespace heddle::bench {

// Ends the process if a workload did not do what it should have.
void Require(bool condition);

double Median(std::vector<double> values);

// The strategy of most figures, whose bars are older than the others.
inline constexpr Options kByRandomWalk = {.strategy = StrategyKind::kRandom};

// Executes a body with fresh seeds, as the explorer does; each execution must pass.
class Runner {
 public:
  template <class F>
  explicit Runner(F body, const Options& options = kByRandomWalk)
      : options_(options),
        body_(new Body<F>(std::move(body))),
        strategy_(MakeStrategy(options.strategy)) {
    GiveLessons();
  }

  // The number of steps.
  uint64_t Once();
  // Of a step of one execution, its set-up and end included.
  double NanosecondsPerStep();
  // Of one execution: the mean over a few milliseconds.
  double Nanoseconds();

 private:
  // No std::function: each frame between the runtime and the body costs a mispredicted return.
  template <class F>
  class Body final : public Scenario {
   public:
    explicit Body(F run) : run_(std::move(run)) {}
    void Run() override { run_(); }

   private:
    F run_;
  };

  void GiveLessons();

  Options options_;
  std::unique_ptr<Scenario> body_;
  std::unique_ptr<Strategy> strategy_;
  uint32_t index_ = 0;
};

// Takes one sample per iteration of the benchmark: `nanoseconds` measures one execution (or step)
// of `operations` operations of the user's. Sets the counters
//   ns_per_op       nanoseconds per operation
//   x_bare_switch   the whole as a multiple of the bare switch of the same sample
void Sample(benchmark::State& state, double operations, const std::function<double()>& nanoseconds);

// A benchmark of `count` samples.
template <int count>
void Samples(benchmark::internal::Benchmark* benchmark) {
  benchmark->Iterations(count)->UseManualTime();
}

}  // namespace heddle::bench

#endif  // HEDDLE_TESTS_BENCH_SAMPLE_H_
