// SPDX-License-Identifier: Apache-2.0
//
// What operations whose cost could grow with their surroundings cost: a select with its cases, a
// cancellation with the contexts below it, a timer with the others that are armed. The operations alone are
// timed, by reading the clock inside the execution.
#include <benchmark/benchmark.h>

#include <chrono>
#include <optional>
#include <vector>

#include "bench/bare_switch.h"
#include "bench/sample.h"
#include "heddle/core/options.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/context.h"
#include "heddle/sync/select.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "heddle/sync/timer.h"

namespace heddle::bench {
namespace {

using namespace std::chrono_literals;

constexpr Options kLong = {.strategy = StrategyKind::kRandom,
                           .max_steps = 1'000'000'000,
                           .clock = ClockPolicy::kWhenIdle,
                           .vacuous_ok = true};

// What `part` of an execution returns: the median of several.
template <class F>
double Part(F part, int executions = 1) {
  std::vector<double> results;
  Runner runner([&] { results.push_back(part()); }, kLong);
  while (executions-- > 0) runner.Once();
  return Median(results);
}

Channel<int> Full(int values) {
  Channel<int> channel(static_cast<size_t>(values));
  for (int i = 0; i < values; ++i) channel.Send(i);
  return channel;
}

// Of an operation of two tasks that can always go on, as where schedules are explored: each takes `kRounds`.
// (Few enough that all values stay in the cache.)
constexpr int kRounds = 1000;

template <class F>
double OperationNanoseconds(F prepare) {
  return Part(
      [prepare] {
        const auto first = prepare();
        const auto second = prepare();
        const double start = Nanoseconds();
        Task other = Go([&second] {
          for (int i = 0; i < kRounds; ++i) second();
        });
        for (int i = 0; i < kRounds; ++i) first();
        other.Join();
        return (Nanoseconds() - start) / (2 * kRounds);
      },
      21);
}

double ReceiveNanoseconds() {
  return OperationNanoseconds(
      [] { return [channel = Full(kRounds)] { Require(channel.Receive().has_value()); }; });
}

// `ready` of the four channels have values throughout. If several have, each select also draws its case.
double SelectNanoseconds(int ready) {
  return OperationNanoseconds([ready] {
    const auto channel = [ready](int i) {
      return i < ready ? Full(kRounds) : Channel<int>(kRounds);
    };
    return [a = channel(0), b = channel(1), c = channel(2), d = channel(3)] {
      bool received = false;
      const auto note = [&received](std::optional<int> value) { received = value.has_value(); };
      Select(OnReceive(a, note), OnReceive(b, note), OnReceive(c, note), OnReceive(d, note));
      Require(received);
    };
  });
}

double OneReady() { return SelectNanoseconds(1); }
double AllReady() { return SelectNanoseconds(4); }

// All are ready, and each case has code of its own, to which the processor cannot foresee the jump.
double AllReadyHandlersOfTheirOwn() {
  return OperationNanoseconds([] {
    return [a = Full(kRounds), b = Full(kRounds), c = Full(kRounds), d = Full(kRounds)] {
      int taken = 0;
      Select(OnReceive(a, [&](std::optional<int> value) { taken = value ? 1 : 0; }),
             OnReceive(b, [&](std::optional<int> value) { taken = value ? 2 : 0; }),
             OnReceive(c, [&](std::optional<int> value) { taken = value ? 3 : 0; }),
             OnReceive(d, [&](std::optional<int> value) { taken = value ? 4 : 0; }));
      Require(taken != 0);
    };
  });
}

void SelectAmongFour(benchmark::State& state, double (*nanoseconds)()) {
  std::vector<double> ratios;
  Sample(state, 1, [&] {
    const double receive = ReceiveNanoseconds();
    const double select = nanoseconds();
    ratios.push_back(select / receive);
    return select;
  });
  state.counters["x_receive"] = Median(ratios);
}

// Half of the contexts stand below the root, each other one below one of those.
double CancelNanoseconds(int count) {
  return Part([count] {
    const CancelableContext root = WithCancel(Background());
    std::vector<CancelableContext> contexts;
    contexts.reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
      contexts.push_back(WithCancel(i % 2 == 0 ? root.context : contexts.back().context));
    }
    const double start = Nanoseconds();
    root.cancel();
    const double elapsed = Nanoseconds() - start;
    Require(contexts.back().context.Err() == ContextError::kCanceled);
    return elapsed;
  });
}

void CancelMany(benchmark::State& state) {
  std::vector<double> ratios;
  Sample(state, 10'000, [&] {
    const double thousand = CancelNanoseconds(1000);
    const double ten_thousand = CancelNanoseconds(10'000);
    ratios.push_back(ten_thousand / thousand);
    return ten_thousand;
  });
  state.counters["x_1000"] = Median(ratios);
}

// Arms a timer that comes before all the others, and fires it.
double FireNanoseconds(int others) {
  return Part([others] {
    std::vector<Timer> timers;
    timers.reserve(static_cast<size_t>(others));
    for (int i = 0; i < others; ++i) timers.emplace_back(std::chrono::hours(1 + i * 7919 % 1000));
    constexpr int kSleeps = 20'000;
    const double start = Nanoseconds();
    for (int i = 0; i < kSleeps; ++i) Sleep(1ns);
    const double elapsed = Nanoseconds() - start;
    for (const Timer& timer : timers) timer.Stop();
    return elapsed / kSleeps;
  });
}

void FireAmongMany(benchmark::State& state) {
  std::vector<double> ratios;
  Sample(state, 1, [&] {
    const double thousand = FireNanoseconds(1000);
    const double million = FireNanoseconds(1'000'000);
    ratios.push_back(million / thousand);
    return million;
  });
  state.counters["x_among_1000"] = Median(ratios);
}

BENCHMARK_CAPTURE(SelectAmongFour, one_ready, OneReady)->Name("select/4")->Apply(Samples<15>);
BENCHMARK_CAPTURE(SelectAmongFour, all_ready, AllReady)
    ->Name("select/4-all-ready")
    ->Apply(Samples<15>);
BENCHMARK_CAPTURE(SelectAmongFour, handlers, AllReadyHandlersOfTheirOwn)
    ->Name("select/4-handlers")
    ->Apply(Samples<15>);
BENCHMARK(CancelMany)->Name("cancel/10000")->Apply(Samples<15>);
BENCHMARK(FireAmongMany)->Name("fire/1000000")->Apply(Samples<3>);

}  // namespace
}  // namespace heddle::bench
