// SPDX-License-Identifier: Apache-2.0
//
// Programs for tests of strategies, without a runtime: tasks that take fixed lists of steps and never block.
//
//   ModelProgram program({{Store(1)}, {Store(1), Store(2)}});
//   program.Run(*strategy, /*seed=*/7);          // the tasks in the order of their steps: {1, 0, 1}, say
//   strategy->Learn(program.lesson());
#ifndef HEDDLE_TESTS_SUPPORT_MODEL_PROGRAM_H_
#define HEDDLE_TESTS_SUPPORT_MODEL_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "heddle/core/operation.h"
#include "heddle/strategy/random_walk.h"
#include "heddle/strategy/strategy.h"

namespace heddle::testing_support {

struct ModelStep {
  OperationKind kind = OperationKind::kNone;
  uint32_t object = 0;
  uint32_t spawns = 0;  // which task can go on from then on; 0: none
};

inline ModelStep Store(uint32_t object) { return {OperationKind::kStore, object}; }
inline ModelStep Load(uint32_t object) { return {OperationKind::kLoad, object}; }
inline ModelStep Spawn(uint32_t task) { return {OperationKind::kSpawn, 0, task}; }

using ModelTask = std::vector<ModelStep>;

class ModelProgram {
 public:
  // Task i has slot i and id i; those that another one spawns are its first, second, ... by number, and
  // only task 0 spawns.
  explicit ModelProgram(std::vector<ModelTask> tasks)
      : tasks_(std::move(tasks)),
        stands_(tasks_.size()),
        alternatives_(std::make_unique<Alternatives>()) {
    alternatives_->Bind(stands_.data(), sizeof stands_[0]);
  }

  // Who took each step. Asks the strategy where there is a choice, for at most `most` steps.
  std::vector<uint32_t> Run(Strategy& strategy, uint64_t seed, size_t most = 100'000) {
    done_.assign(tasks_.size(), 0);
    stands_.assign(tasks_.size(), {});
    steps_.clear();
    decisions_ = 0;
    alternatives_->runnable().Clear();
    std::vector<bool> spawned(tasks_.size());
    for (const ModelTask& task : tasks_) {
      for (const ModelStep& step : task) spawned[step.spawns] = true;
    }
    for (uint32_t i = 0; i < tasks_.size(); ++i) {
      if (i == 0 || !spawned[i]) Arrive(i);
    }
    strategy.Begin(seed);
    std::vector<uint32_t> order;
    RunnableSet& runnable = alternatives_->runnable();
    while (!runnable.Empty() && order.size() < most) {
      uint32_t slot = runnable.First();
      if (runnable.Count() > 1) {
        slot = strategy.ChooseTask(*alternatives_);
        ++decisions_;
      } else {
        ++stands_[slot].unasked;
      }
      order.push_back(slot);
      Take(slot);
    }
    return order;
  }

  // About the latest run.
  Lesson lesson() const { return {.decisions = decisions_, .steps = steps_}; }

 private:
  void Arrive(uint32_t task) {
    RunnableSet& runnable = alternatives_->runnable();
    if (done_[task] == tasks_[task].size()) {
      task < 64 ? runnable.EraseLow(uint64_t{1} << task) : runnable.EraseHigh(task);
      return;
    }
    const ModelStep& step = tasks_[task][done_[task]];
    stands_[task].word = Operation{step.kind, TaskId{task}, ObjectId{step.object}}.Word();
    task < 64 ? runnable.InsertLow(uint64_t{1} << task) : runnable.InsertHigh(task);
  }

  void Take(uint32_t task) {
    steps_.push_back(Operation::FromWord(stands_[task].word));
    alternatives_->set_last(task);
    const uint32_t spawns = tasks_[task][done_[task]++].spawns;
    Arrive(task);
    if (spawns != 0) Arrive(spawns);
  }

  const std::vector<ModelTask> tasks_;
  std::vector<Stand> stands_;
  std::unique_ptr<Alternatives> alternatives_;
  std::vector<size_t> done_;  // steps, by task
  std::vector<Operation> steps_;
  uint32_t decisions_ = 0;
};

// `strategy` after it has seen a few executions of `program` by a random walk.
inline std::unique_ptr<Strategy> Taught(std::unique_ptr<Strategy> strategy, ModelProgram& program) {
  const std::unique_ptr<Strategy> walk = MakeRandomWalk();
  for (uint32_t i = 0; i < 4; ++i) {
    program.Run(*walk, i);
    strategy->Learn(program.lesson());
  }
  return strategy;
}

// How often each order of steps comes in executions with seeds 0, 1, ... ("0110": by task 0, then 1, ...),
// `summary` of an order if that is given.
template <class Summary>
std::map<std::string, uint32_t> CountOrders(ModelProgram& program, Strategy& strategy,
                                            uint32_t runs, Summary summary) {
  std::map<std::string, uint32_t> counts;
  for (uint32_t seed = 0; seed < runs; ++seed) ++counts[summary(program.Run(strategy, seed))];
  return counts;
}

inline std::string InFull(const std::vector<uint32_t>& order) {
  std::string text;
  for (uint32_t task : order) text += static_cast<char>('0' + task);
  return text;
}

// The sum of (observed - expected)^2 / expected, all of `cells` outcomes being expected equally often.
inline double ChiSquareOf(const std::map<std::string, uint32_t>& counts, size_t cells) {
  double total = 0;
  for (const auto& [key, count] : counts) total += count;
  const double expected = total / static_cast<double>(cells);
  double sum = static_cast<double>(cells - counts.size()) * expected;
  for (const auto& [key, count] : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_MODEL_PROGRAM_H_
