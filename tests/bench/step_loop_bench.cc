// SPDX-License-Identifier: Apache-2.0
//
// How fast the step loop explores. Each benchmark is one execution per iteration, all defaults on
// (random walk, recording of decisions, clocks, misuse checks, limits), with fresh objects, and
// reports
//   ns_per_op       nanoseconds per operation of the user's (lock, unlock, send, ...)
//   x_bare_switch   the execution as a multiple of a bare switch measured in the same repetition
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/bare_switch.h"
#include "heddle/core/options.h"
#include "heddle/runtime/execute.h"
#include "heddle/strategy/random_walk.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"

namespace {

using namespace heddle;

void Require(bool condition) {
  if (!condition) std::abort();
}

// T tasks, each 10 x (lock; increment; unlock), joined by the body.
template <int kTasks>
void ContendedCounter() {
  Mutex mu;
  Shared<int> counter(0);
  Task tasks[kTasks];
  for (Task& task : tasks) {
    task = Go([&mu, &counter] {
      for (int i = 0; i < 10; ++i) {
        mu.lock();
        counter.Set(counter.Get() + 1);
        mu.unlock();
      }
    });
  }
  for (Task& task : tasks) task.Join();
  Require(counter.Get() == 10 * kTasks);
}

// One producer, one consumer, 100 values through a buffer of 4.
void Pipe() {
  Channel<int> channel(4);
  int sum = 0;
  Task producer = Go([&channel] {
    for (int i = 0; i < 100; ++i) channel.Send(i);
  });
  Task consumer = Go([&channel, &sum] {
    for (int i = 0; i < 100; ++i) sum += *channel.Receive();
  });
  producer.Join();
  consumer.Join();
  Require(sum == 4950);
}

void SpawnAndJoin() {
  Task tasks[4];
  for (Task& task : tasks) task = Go([] {});
  for (Task& task : tasks) task.Join();
}

void Yields() {
  Task tasks[4];
  for (Task& task : tasks) {
    task = Go([] {
      for (int i = 0; i < 100; ++i) Yield();
    });
  }
  for (Task& task : tasks) task.Join();
}

class Body final : public Scenario {
 public:
  explicit Body(void (*run)()) : run_(run) {}
  void Run() override { run_(); }

 private:
  void (*run_)();
};

void BareSwitch(benchmark::State& state) {
  double sum = 0;
  for (auto _ : state) {
    const double bare = bench::BareSwitchNanoseconds();
    sum += bare;
    state.SetIterationTime(bare * 1e-9);
  }
  state.counters["ns_per_op"] = sum / static_cast<double>(state.iterations());
  state.counters["x_bare_switch"] = 1;
}

void Explore(benchmark::State& state, void (*run)(), double operations) {
  Body body(run);
  const Options options;
  const std::unique_ptr<Strategy> walk = MakeRandomWalk();
  const double bare = bench::BareSwitchNanoseconds();
  uint64_t seed = 0;
  const double start = bench::Nanoseconds();
  for (auto _ : state) {
    Outcome outcome = Execute(body, options, *walk, ++seed, Recording::kOff);
    Require(outcome.verdict == Verdict::kPassed);
  }
  const double each = (bench::Nanoseconds() - start) / static_cast<double>(state.iterations());
  state.counters["ns_per_op"] = each / operations;
  state.counters["x_bare_switch"] = each / bare;
}

}  // namespace

BENCHMARK(BareSwitch)->Name("bare_switch")->UseManualTime()->Iterations(20);
BENCHMARK_CAPTURE(Explore, contended_2, ContendedCounter<2>, 44)->Name("W1/2");
BENCHMARK_CAPTURE(Explore, contended_4, ContendedCounter<4>, 88)->Name("W1/4");
BENCHMARK_CAPTURE(Explore, pipe, Pipe, 204)->Name("W2");
BENCHMARK_CAPTURE(Explore, spawn_and_join, SpawnAndJoin, 8)->Name("W5");
BENCHMARK_CAPTURE(Explore, yields, Yields, 408)->Name("W6");

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  heddle::bench::RequirePlausibleBareSwitch();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
