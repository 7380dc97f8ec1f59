// SPDX-License-Identifier: Apache-2.0
//
// What the user's own code around the operations costs: W1/2 once more, with floating-point work in
// its critical sections (which must not slow down the switches, see bare_switch.h), and with lock
// and unlock wrapped in functions that are not inlined (whose returns the processor mispredicts
// after a switch).
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/bare_switch.h"
#include "bench/sample.h"
#include "bench/workloads.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"

namespace heddle::bench {
namespace {

constexpr int kTasks = 2;
constexpr int kRounds = 10;

// A chain of inexact operations.
inline double Calculate(double value) {
  for (int i = 0; i < 8; ++i) value = value / 1.1 + 0.3;
  return value;
}

void CountAndCalculate() {
  Mutex mu;
  Shared<int> counter(0);
  Task tasks[kTasks];
  for (Task& task : tasks) {
    task = Go([&mu, &counter] {
      double value = 1;
      for (int i = 0; i < kRounds; ++i) {
        mu.lock();
        counter.Set(counter.Get() + 1);
        value = Calculate(value);
        mu.unlock();
      }
      benchmark::DoNotOptimize(value);
    });
  }
  for (Task& task : tasks) task.Join();
}

// The calculations of one execution, without it.
double CalculationNanoseconds() {
  constexpr int kExecutions = 1000;
  const double start = Nanoseconds();
  for (int execution = 0; execution < kExecutions; ++execution) {
    double value = 1;
    for (int i = 0; i < kTasks * kRounds; ++i) value = Calculate(value);
    benchmark::DoNotOptimize(value);
  }
  return (Nanoseconds() - start) / kExecutions;
}

void FloatingPoint(benchmark::State& state) {
  Runner plain(CountTogether<kTasks>);
  Runner calculating(CountAndCalculate);
  std::vector<double> ratios;
  Sample(state, kCounterOperations<kTasks>, [&] {
    const double apart = plain.Nanoseconds() + CalculationNanoseconds();
    const double together = calculating.Nanoseconds();
    ratios.push_back(together / apart);
    return together;
  });
  state.counters["x_apart"] = Median(ratios);
}

// `depth` calls around one operation. The empty statement keeps a call from becoming a jump.
template <int depth>
[[gnu::noinline]] void LockBehindCalls(Mutex& mu) {
  if constexpr (depth > 1) {
    LockBehindCalls<depth - 1>(mu);
  } else {
    mu.lock();
  }
  asm volatile("" ::: "memory");
}

template <int depth>
[[gnu::noinline]] void UnlockBehindCalls(Mutex& mu) {
  if constexpr (depth > 1) {
    UnlockBehindCalls<depth - 1>(mu);
  } else {
    mu.unlock();
  }
  asm volatile("" ::: "memory");
}

void CountBehindCalls() {
  Mutex mu;
  Shared<int> counter(0);
  Task tasks[kTasks];
  for (Task& task : tasks) {
    task = Go([&mu, &counter] {
      for (int i = 0; i < kRounds; ++i) {
        LockBehindCalls<4>(mu);
        counter.Set(counter.Get() + 1);
        UnlockBehindCalls<4>(mu);
      }
    });
  }
  for (Task& task : tasks) task.Join();
}

void Wrapped(benchmark::State& state, const Options& options) {
  Runner runner(CountBehindCalls, options);
  Sample(state, kCounterOperations<kTasks>, [&] { return runner.Nanoseconds(); });
}

BENCHMARK(FloatingPoint)->Name("W1/2-floating-point")->Apply(Samples<25>);
BENCHMARK_CAPTURE(Wrapped, random, Options{.strategy = StrategyKind::kRandom})
    ->Name("W1/2-behind-4-calls")
    ->Apply(Samples<25>);
BENCHMARK_CAPTURE(Wrapped, by_default, Options())->Name("W1/2-4-calls-default")->Apply(Samples<25>);

}  // namespace
}  // namespace heddle::bench
