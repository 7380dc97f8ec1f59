// SPDX-License-Identifier: Apache-2.0
#include "bench/sample.h"

#include <algorithm>
#include <cstdlib>

#include "bench/bare_switch.h"

namespace heddle::bench {

void Require(bool condition) {
  if (!condition) std::abort();
}

double Median(std::vector<double> values) {
  Require(!values.empty());
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void Runner::GiveLessons() {
  StepTrace trace;
  for (; strategy_->Learns() && index_ < kLessons; ++index_) {
    const Outcome outcome = ExecuteTraced(*body_, options_, strategy_->ForExecution(index_),
                                          /*seed=*/index_, &trace);
    Require(outcome.verdict == Verdict::kPassed);
    strategy_->Learn({.decisions = outcome.decisions, .steps = trace});
  }
}

uint64_t Runner::Once() {
  Strategy& strategy = strategy_->ForExecution(index_);
  const Outcome outcome = Execute(*body_, options_, strategy, ++index_, Recording::kOff);
  Require(outcome.verdict == Verdict::kPassed);
  return outcome.steps;
}

double Runner::NanosecondsPerStep() {
  const double start = bench::Nanoseconds();
  const uint64_t steps = Once();
  return (bench::Nanoseconds() - start) / static_cast<double>(steps);
}

double Runner::Nanoseconds() {
  constexpr double kLong = 5e6;
  double executions = 0;
  double elapsed = 0;
  const double start = bench::Nanoseconds();
  // Looking at the clock is a system call: ever more executions lie between two looks.
  for (int batch = 8; elapsed < kLong; batch *= 2) {
    for (int i = 0; i < batch; ++i) Once();
    executions += batch;
    elapsed = bench::Nanoseconds() - start;
  }
  return elapsed / executions;
}

void Sample(benchmark::State& state, double operations,
            const std::function<double()>& nanoseconds) {
  std::vector<double> times;
  std::vector<double> multiples;
  for (auto _ : state) {
    const double bare = BareSwitchNanoseconds();
    const double time = nanoseconds();
    times.push_back(time);
    multiples.push_back(time / bare);
    state.SetIterationTime(time * 1e-9);
  }
  state.counters["ns_per_op"] = Median(times) / operations;
  state.counters["x_bare_switch"] = Median(multiples);
}

}  // namespace heddle::bench
