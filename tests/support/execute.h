// SPDX-License-Identifier: Apache-2.0
//
// Single executions, for tests of what lies below the explorer.
//
//   Outcome outcome = ExecuteOnce([] { Yield(); }, {.max_steps = 10}, /*seed=*/7);
//   EXPECT_EQ(ExecuteAgain(body, {}, outcome.evidence->decisions).trace_hash, outcome.trace_hash);
//   Scripted strategy([](const Alternatives& a) { return a.Default(); });
//   Outcome other = ExecuteBy(strategy, body);
#ifndef HEDDLE_TESTS_SUPPORT_EXECUTE_H_
#define HEDDLE_TESTS_SUPPORT_EXECUTE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "heddle/core/options.h"
#include "heddle/runtime/execute.h"
#include "heddle/strategy/random_walk.h"
#include "heddle/strategy/replay.h"
#include "heddle/strategy/strategy.h"

namespace heddle::testing_support {

// A strategy made of a function that chooses the task; of indices it takes the first, or `index`.
class Scripted final : public Strategy {
 public:
  using Choose = std::function<uint32_t(const Alternatives&)>;
  explicit Scripted(Choose choose, uint32_t index = 0)
      : choose_(std::move(choose)), index_(index) {}

  std::string_view name() const override { return "scripted"; }
  void Begin(uint64_t) override {
    task_choices = 0;
    index_choices = 0;
  }
  uint32_t ChooseTask(const Alternatives& alternatives) override {
    ++task_choices;
    return choose_(alternatives);
  }
  uint32_t ChooseIndex(uint32_t count, Operation) override {
    ++index_choices;
    return index_ < count ? index_ : count - 1;
  }

  uint64_t task_choices = 0;  // in the execution
  uint64_t index_choices = 0;

 private:
  Choose choose_;
  uint32_t index_;
};

// Never switches away from a task that can go on.
inline Scripted NeverPreempt() {
  return Scripted([](const Alternatives& alternatives) { return alternatives.Default(); });
}
// Starves whoever is not in the lowest runnable slot.
inline Scripted LowestFirst() {
  return Scripted([](const Alternatives& alternatives) { return alternatives.runnable().First(); });
}

class BodyScenario final : public Scenario {
 public:
  explicit BodyScenario(const std::function<void()>& body) : body_(body) {}
  void Run() override { body_(); }

 private:
  const std::function<void()>& body_;
};

inline Outcome ExecuteBy(Strategy& strategy, const std::function<void()>& body,
                         const Options& options = {}, uint64_t seed = 1,
                         Recording recording = Recording::kOn) {
  BodyScenario scenario(body);
  return Execute(scenario, options, strategy, seed, recording);
}

// Under the random walk.
inline Outcome ExecuteOnce(const std::function<void()>& body, const Options& options = {},
                           uint64_t seed = 1, Recording recording = Recording::kOn) {
  const std::unique_ptr<Strategy> walk = MakeRandomWalk();
  return ExecuteBy(*walk, body, options, seed, recording);
}

// By replay of recorded decisions, complete or as deviations.
template <class Recorded>
Outcome ExecuteAgain(const std::function<void()>& body, const Options& options,
                     const Recorded& recorded, Recording recording = Recording::kOn) {
  ReplayStrategy replay(recorded);
  return ExecuteBy(replay, body, options, 0, recording);
}

// "12 T1 lock mu": the rows of the history; a blocked announcement begins with '-', an early firing
// of the clock ends with '~', a row that preempts with '^'.
inline std::vector<std::string> Rows(const Outcome& outcome) {
  std::vector<std::string> rows;
  const Snapshot& snapshot = outcome.evidence->snapshot;
  for (const StepSnapshot& step : snapshot.history) {
    const TaskSnapshot* task = snapshot.Find(step.slot);
    std::string row = step.step != 0 ? std::to_string(step.step) : "-";
    row += " " + (task != nullptr ? task->label : "clock") + " " + step.text;
    if (step.early) row += " ~";
    if (step.preempts) row += " ^";
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_EXECUTE_H_
