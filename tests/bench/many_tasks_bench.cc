// SPDX-License-Identifier: Apache-2.0
//
// What a step costs in executions of many tasks. `contending` and `runnable` are whole executions,
// spawning and joining included, per step: so were they measured when their bars were set. The others
// time the steps alone, by reading the clock inside the execution: where no task ever leaves, nearly
// every step is that of a task whose stack has left the caches. `bare_switch/10000` is what such a
// switch costs without Heddle.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/bare_switch.h"
#include "bench/many_fibers.h"
#include "bench/sample.h"
#include "heddle/core/options.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/task.h"

namespace heddle::bench {
namespace {

// The default limit of steps would end these executions, or make their second half a fair walk.
constexpr Options kLong = {.strategy = StrategyKind::kRandom, .max_steps = 1'000'000'000};
constexpr Options kLongByDefault = {.max_steps = 1'000'000'000};

template <class F>
std::vector<Task> Spawn(int count, const F& function) {
  std::vector<Task> tasks;
  tasks.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) tasks.push_back(Go([function, i] { function(i); }));
  return tasks;
}

void JoinAll(const std::vector<Task>& tasks) {
  for (const Task& task : tasks) task.Join();
}

void YieldUntil(const int& value, int wanted) {
  while (value < wanted) Yield();
}

// Times the steps from the one that finds all tasks ready to the last of `wanted`.
class Steps {
 public:
  explicit Steps(int wanted) : wanted_(wanted) {}

  // Counts a step; false once there were enough.
  bool Count() {
    if (taken_ == 0) start_ = Nanoseconds();
    if (taken_ == wanted_) return false;
    if (++taken_ == wanted_) elapsed_ = Nanoseconds() - start_;
    return true;
  }
  double NanosecondsEach() const { return elapsed_ / wanted_; }

 private:
  const int wanted_;
  int taken_ = 0;
  double start_ = 0;
  double elapsed_ = 0;
};

// `count` tasks that each take a mutex once; all wait for it before the first gets it.
void ContendOnce(int count) {
  Mutex mu;
  int arrived = 0;
  mu.lock();
  const std::vector<Task> tasks = Spawn(count, [&](int) {
    ++arrived;
    mu.lock();
    mu.unlock();
  });
  YieldUntil(arrived, count);
  mu.unlock();
  JoinAll(tasks);
}

// `count` tasks that can always go on, for a while.
void YieldTwice(int count) {
  JoinAll(Spawn(count, [](int) {
    Yield();
    Yield();
  }));
}

// `count` tasks that wait at a mutex: all are runnable when it is free, one when it is not.
double ContendingStep(int count) {
  Steps rounds(20'000);
  Runner(
      [&] {
        Mutex mu;
        int arrived = 0;
        mu.lock();
        const std::vector<Task> tasks = Spawn(count, [&](int) {
          ++arrived;
          do {
            mu.lock();
            mu.unlock();
          } while (rounds.Count());
        });
        YieldUntil(arrived, count);
        mu.unlock();
        JoinAll(tasks);
      },
      kLong)
      .Once();
  return rounds.NanosecondsEach() / 2;
}

// `count` tasks that can always go on. They are spawned behind a gate, or they would run meanwhile.
double RunnableStep(int count) {
  Steps steps(300'000);
  Runner(
      [&] {
        Channel<int> gate(1);
        int arrived = 0;
        const std::vector<Task> tasks = Spawn(count, [&](int) {
          (void)gate.Receive();
          ++arrived;
          do Yield();
          while (arrived < count || steps.Count());
        });
        gate.Close();
        JoinAll(tasks);
      },
      kLong)
      .Once();
  return steps.NanosecondsEach();
}

void LockAndUnlock(int rounds) {
  Mutex mu;
  JoinAll(Spawn(4, [&](int) {
    for (int i = 0; i < rounds; ++i) {
      mu.lock();
      mu.unlock();
    }
  }));
}

// A step of four workers that contend for a mutex, beside `blocked` tasks that wait at 16 channels.
// The workers come last, so that their slots are the highest: the dearest case. What their spawning
// and joining costs cancels out between a short and a long run.
double StepBeside(int blocked, const Options& options) {
  constexpr int kShort = 100;
  constexpr int kDifference = 4000;
  double step = 0;
  Runner(
      [&] {
        int arrived = 0;
        std::vector<Channel<int>> channels;
        for (int i = 0; i < 16; ++i) channels.emplace_back(1);
        const std::vector<Task> tasks = Spawn(blocked, [&](int i) {
          ++arrived;
          (void)channels[static_cast<size_t>(i % 16)].Receive();
        });
        YieldUntil(arrived, blocked);
        const double start = Nanoseconds();
        LockAndUnlock(kShort);
        const double middle = Nanoseconds();
        LockAndUnlock(kShort + kDifference);
        step = (Nanoseconds() - middle - (middle - start)) / (kDifference * 4 * 2);
        for (Channel<int>& channel : channels) channel.Close();
        JoinAll(tasks);
      },
      options)
      .Once();
  return step;
}

void Blocked(benchmark::State& state, const Options& options) {
  std::vector<double> to_none;
  std::vector<double> to_thousand;
  Sample(state, 1, [&] {
    const double none = StepBeside(0, options);
    const double thousand = StepBeside(1000, options);
    const double ten_thousand = StepBeside(10'000, options);
    to_none.push_back(ten_thousand / none);
    to_thousand.push_back(ten_thousand / thousand);
    return ten_thousand;
  });
  state.counters["x_beside_none"] = Median(to_none);
  state.counters["x_beside_1000"] = Median(to_thousand);
}

void Contending(benchmark::State& state, const Options& options) {
  Runner runner([] { ContendOnce(10'000); }, options);
  Sample(state, 1, [&] { return runner.NanosecondsPerStep(); });
}

void AllRunnable(benchmark::State& state, const Options& options) {
  Runner runner([] { YieldTwice(10'000); }, options);
  Sample(state, 1, [&] { return runner.NanosecondsPerStep(); });
}

void ContendingForEver(benchmark::State& state) {
  Sample(state, 1, [] { return ContendingStep(10'000); });
}

void RunnableForEver(benchmark::State& state) {
  Sample(state, 1, [] { return RunnableStep(10'000); });
}

void FibersAlone(benchmark::State& state) {
  Sample(state, 1, [] { return SwitchNanosecondsAmong(10'000); });
}

BENCHMARK(FibersAlone)->Name("bare_switch/10000")->Apply(Samples<5>);
BENCHMARK_CAPTURE(Blocked, random, kLong)->Name("blocked/10000")->Apply(Samples<5>);
BENCHMARK_CAPTURE(Contending, random, kLong)->Name("contending/10000")->Apply(Samples<5>);
BENCHMARK_CAPTURE(AllRunnable, random, kLong)->Name("runnable/10000")->Apply(Samples<5>);
BENCHMARK_CAPTURE(Blocked, by_default, kLongByDefault)
    ->Name("blocked/10000-default")
    ->Apply(Samples<5>);
BENCHMARK_CAPTURE(Contending, by_default, kLongByDefault)
    ->Name("contending/10000-default")
    ->Apply(Samples<5>);
BENCHMARK_CAPTURE(AllRunnable, by_default, kLongByDefault)
    ->Name("runnable/10000-default")
    ->Apply(Samples<5>);
BENCHMARK(ContendingForEver)->Name("contending/10000-for-ever")->Apply(Samples<5>);
BENCHMARK(RunnableForEver)->Name("runnable/10000-for-ever")->Apply(Samples<5>);

}  // namespace
}  // namespace heddle::bench
