// SPDX-License-Identifier: Apache-2.0
#include "support/execute.h"

#include <memory>

#include "heddle/strategy/random_walk.h"

namespace heddle::testing_support {

Outcome ExecuteBy(Strategy& strategy, absl::FunctionRef<void()> body, const Options& options,
                  uint64_t seed, Recording recording) {
  BodyScenario scenario(body);
  return Execute(scenario, options, strategy, seed, recording);
}

Outcome ExecuteOnce(absl::FunctionRef<void()> body, const Options& options, uint64_t seed,
                    Recording recording) {
  const std::unique_ptr<Strategy> walk = MakeRandomWalk();
  return ExecuteBy(*walk, body, options, seed, recording);
}

std::vector<std::string> Rows(const Outcome& outcome) {
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
