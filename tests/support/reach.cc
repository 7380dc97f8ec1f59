// SPDX-License-Identifier: Apache-2.0
//
// All ends of a small program (support/small_programs.h).
#include <string>
#include <vector>

#include "heddle/core/verdict.h"
#include "heddle/runtime/execute.h"
#include "support/execute.h"
#include "support/small_programs.h"

namespace heddle::testing_support {
namespace {

// Every alternative of every decision, in order.
class EveryDecision final : public Strategy {
 public:
  std::string_view name() const override { return "every decision"; }
  void Begin(uint64_t) override { depth_ = 0; }
  uint32_t ChooseTask(const Alternatives& alternatives) override {
    return alternatives.runnable().Nth(Decide(alternatives.runnable().Count()));
  }
  uint32_t ChooseIndex(uint32_t count, Operation) override { return Decide(count); }

  bool Next() {
    while (!path_.empty() && path_.back().taken + 1 == path_.back().count) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().taken;
    return true;
  }

 private:
  struct Decided {
    uint32_t taken;
    uint32_t count;
  };
  uint32_t Decide(uint32_t count) {
    if (depth_ == path_.size()) path_.push_back({0, count});
    return path_[depth_++].taken;
  }

  std::vector<Decided> path_;
  size_t depth_ = 0;
};

Outcome ExecuteProgram(const SmallWorld& world, uint64_t program, const Options& options,
                       Strategy& strategy, std::string* end) {
  CommuteRun run(program);
  auto body = [&] { world.body(run); };
  BodyScenario scenario{body};
  Outcome outcome = Execute(scenario, options, strategy, 1, Recording::kOff);
  *end = ToString(outcome.verdict);
  for (int task = 0; task <= CommuteRun::kMostTasks; ++task) {
    *end += ";";
    for (int64_t note : run.notes()[task]) *end += " " + std::to_string(note);
  }
  return outcome;
}

}  // namespace

EndsReached ReachAll(const SmallWorld& world, uint64_t program, const Options& options,
                     uint64_t most) {
  EndsReached reached;
  EveryDecision strategy;
  do {
    if (reached.executions == most) return reached;
    ++reached.executions;
    std::string end;
    ExecuteProgram(world, program, options, strategy, &end);
    reached.ends.insert(std::move(end));
  } while (strategy.Next());
  reached.complete = true;
  return reached;
}

EndsReached ReachBySearch(Search& search, const SmallWorld& world, uint64_t program,
                          const Options& options) {
  EndsReached reached;
  do {
    std::string end;
    const Outcome outcome = ExecuteProgram(world, program, options, search, &end);
    if (outcome.abandoned) continue;
    ++reached.executions;
    reached.ends.insert(std::move(end));
  } while (search.Next());
  reached.complete = search.coverage().exhausted;
  return reached;
}

}  // namespace heddle::testing_support
