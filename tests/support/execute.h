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

#include "absl/functional/function_ref.h"
#include "heddle/core/options.h"
#include "heddle/runtime/execute.h"
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
  explicit BodyScenario(absl::FunctionRef<void()> body) : body_(body) {}
  void Run() override { body_(); }

 private:
  absl::FunctionRef<void()> body_;
};

Outcome ExecuteBy(Strategy& strategy, absl::FunctionRef<void()> body, const Options& options = {},
                  uint64_t seed = 1, Recording recording = Recording::kOn);

// Under the random walk.
Outcome ExecuteOnce(absl::FunctionRef<void()> body, const Options& options = {}, uint64_t seed = 1,
                    Recording recording = Recording::kOn);

// By replay of recorded decisions, complete or as deviations.
template <class Recorded>
Outcome ExecuteAgain(absl::FunctionRef<void()> body, const Options& options,
                     const Recorded& recorded, Recording recording = Recording::kOn) {
  ReplayStrategy replay(recorded);
  return ExecuteBy(replay, body, options, 0, recording);
}

// "12 T1 lock mu": the rows of the history; a blocked announcement begins with '-', an early firing
// of the clock ends with '~', a row that preempts with '^'.
std::vector<std::string> Rows(const Outcome& outcome);

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_EXECUTE_H_
