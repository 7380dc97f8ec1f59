// SPDX-License-Identifier: Apache-2.0
//
// What strategies cost: a choice among four tasks that all stand at one object, which is the dearest for those
// that look at dependence; and the workloads of the step loop under the default strategy.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "bench/bare_switch.h"
#include "bench/sample.h"
#include "bench/workloads.h"
#include "heddle/core/operation.h"
#include "heddle/strategy/make_strategy.h"
#include "heddle/strategy/strategy.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/task.h"

namespace heddle::bench {
namespace {

// Tasks that store to one variable and to one of their own in turn.
class FourTasks {
 public:
  FourTasks() {
    alternatives_->Bind(stands_, sizeof stands_[0]);
    alternatives_->runnable().InsertLow(0xf);
    for (uint32_t task = 0; task < 4; ++task) {
      for (uint32_t step = 0; step < 2; ++step) {
        const Operation operation = {OperationKind::kStore, TaskId{task},
                                     ObjectId{step == 0 ? 1 : 2 + task}};
        steps_[task][step] = operation.Word();
      }
      stands_[task].word = steps_[task][0];
    }
  }

  // As an execution of `steps` steps.
  void Run(Strategy& strategy, uint64_t seed, int steps) {
    strategy.Begin(seed);
    for (int i = 0; i < steps; ++i) {
      const uint32_t slot = strategy.ChooseTask(*alternatives_);
      uint64_t& word = stands_[slot].word;
      word = word == steps_[slot][0] ? steps_[slot][1] : steps_[slot][0];
      alternatives_->set_last(slot);
    }
  }

  Lesson Taught(int steps) {
    lesson_.clear();
    for (int i = 0; i < steps; ++i) {
      lesson_.push_back(
          Operation::FromWord(steps_[static_cast<size_t>(i) % 4][static_cast<size_t>(i) / 4 % 2]));
    }
    return {.decisions = static_cast<uint32_t>(steps), .steps = lesson_};
  }

 private:
  uint64_t steps_[4][2] = {};
  Stand stands_[4];
  std::unique_ptr<Alternatives> alternatives_ = std::make_unique<Alternatives>();
  std::vector<Operation> lesson_;
};

// What is not the choice: the tasks, and the call.
class NextInTurn final : public Strategy {
 public:
  std::string_view name() const override { return "next in turn"; }
  void Begin(uint64_t) override {}
  uint32_t ChooseTask(const Alternatives& alternatives) override {
    return (alternatives.last() + 1) % 4;
  }
  uint32_t ChooseIndex(uint32_t, Operation) override { return 0; }
};

double NanosecondsPerChoice(Strategy& strategy, FourTasks& tasks, uint64_t& seed) {
  constexpr int kSteps = 400;
  constexpr int kExecutions = 500;
  const double start = Nanoseconds();
  for (int i = 0; i < kExecutions; ++i) tasks.Run(strategy, ++seed, kSteps);
  return (Nanoseconds() - start) / (kExecutions * kSteps);
}

void Choices(benchmark::State& state, StrategyKind kind) {
  const std::unique_ptr<Strategy> strategy = MakeStrategy(kind);
  NextInTurn none;
  FourTasks tasks;
  strategy->Learn(tasks.Taught(400));
  uint64_t seed = 0;
  Sample(state, 1, [&] {
    return NanosecondsPerChoice(*strategy, tasks, seed) - NanosecondsPerChoice(none, tasks, seed);
  });
}

BENCHMARK_CAPTURE(Choices, random, StrategyKind::kRandom)
    ->Name("choice/random")
    ->Apply(Samples<25>);
BENCHMARK_CAPTURE(Choices, pct, StrategyKind::kPct)->Name("choice/pct")->Apply(Samples<25>);
BENCHMARK_CAPTURE(Choices, pos, StrategyKind::kPos)->Name("choice/pos")->Apply(Samples<25>);
BENCHMARK_CAPTURE(Choices, urw, StrategyKind::kUrw)->Name("choice/urw")->Apply(Samples<25>);
BENCHMARK_CAPTURE(Choices, surw, StrategyKind::kSurw)->Name("choice/surw")->Apply(Samples<25>);

void ByDefault(benchmark::State& state, void (*body)(), double operations) {
  Runner runner(body, Options());
  Sample(state, operations, [&] { return runner.Nanoseconds(); });
}

BENCHMARK_CAPTURE(ByDefault, W1_2, CountTogether<2>, kCounterOperations<2>)
    ->Name("W1/2-default")
    ->Apply(Samples<25>);
BENCHMARK_CAPTURE(ByDefault, W1_4, CountTogether<4>, kCounterOperations<4>)
    ->Name("W1/4-default")
    ->Apply(Samples<25>);
BENCHMARK_CAPTURE(ByDefault, W2, PassValues, 204)->Name("W2-default")->Apply(Samples<25>);
BENCHMARK_CAPTURE(ByDefault, W5, SpawnAndJoin, 8)->Name("W5-default")->Apply(Samples<25>);
BENCHMARK_CAPTURE(ByDefault, W6, YieldInTurn, 408)->Name("W6-default")->Apply(Samples<25>);

}  // namespace
}  // namespace heddle::bench
