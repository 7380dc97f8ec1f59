// SPDX-License-Identifier: Apache-2.0
//
// All ends of a small program (support/small_programs.h).
#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "heddle/core/dependence.h"
#include "heddle/core/random.h"
#include "heddle/core/verdict.h"
#include "heddle/runtime/execute.h"
#include "heddle/strategy/exhaustive.h"
#include "support/execute.h"
#include "support/small_programs.h"

namespace heddle::testing_support {
namespace {

// Every alternative of every decision, in order; with a cost those alone that keep the schedule within the bound.
class EveryDecision final : public Strategy {
 public:
  explicit EveryDecision(DecisionCost cost = nullptr, uint64_t bound = 0)
      : cost_(cost), bound_(bound) {}

  std::string_view name() const override { return "every decision"; }
  void Begin(uint64_t) override {
    depth_ = 0;
    choices = 0;
    spent = 0;
  }
  uint32_t ChooseTask(const Alternatives& alternatives) override {
    if (cost_ != nullptr) return ChooseWithin(alternatives);
    return alternatives.runnable().Nth(Decide(alternatives.runnable().Count()));
  }
  uint32_t ChooseIndex(uint32_t count, Operation operation) override {
    const uint32_t choice = Decide(count);
    choices += Mix(operation.Word(), choice);
    return choice;
  }

  bool Next() {
    while (!path_.empty() && path_.back().taken + 1 == path_.back().count) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().taken;
    return true;
  }

  uint64_t choices = 0;  // inside operations, as a hash, whatever their order
  uint64_t spent = 0;    // what the execution's decisions cost

 private:
  struct Decided {
    uint32_t taken;
    uint32_t count;
  };
  uint32_t ChooseWithin(const Alternatives& alternatives) {
    std::vector<uint32_t> within;
    alternatives.runnable().ForEach([&](uint32_t slot) {
      if (spent + cost_(alternatives, slot) <= bound_) within.push_back(slot);
    });
    const uint32_t slot = within[Decide(static_cast<uint32_t>(within.size()))];
    spent += cost_(alternatives, slot);
    return slot;
  }
  uint32_t Decide(uint32_t count) {
    if (depth_ == path_.size()) path_.push_back({0, count});
    return path_[depth_++].taken;
  }

  const DecisionCost cost_;
  const uint64_t bound_;
  std::vector<Decided> path_;
  size_t depth_ = 0;
};

bool EndsAtOnce(Verdict verdict) {
  return verdict == Verdict::kMisuse || verdict == Verdict::kRace ||
         verdict == Verdict::kException || verdict == Verdict::kAssertion;
}

Outcome ExecuteProgram(const SmallWorld& world, uint64_t program, const Options& options,
                       Strategy& strategy, std::string* end, StepTrace* trace, uint64_t seed = 1) {
  CommuteRun run(program);
  auto body = [&] { world.body(run); };
  BodyScenario scenario{body};
  Outcome outcome = ExecuteTraced(scenario, options, strategy, seed, trace);
  *end = ToString(outcome.verdict);
  // Which of two failures it ends with, and how far the others came, depends on the order of independent steps.
  if (EndsAtOnce(outcome.verdict)) return outcome;
  for (int task = 0; task <= CommuteRun::kMostTasks; ++task) {
    *end += ";";
    for (int64_t note : run.notes()[task]) *end += " " + std::to_string(note);
  }
  return outcome;
}

ObjectKind KindOfObject(const Operation& operation) {
  for (ObjectKind kind : {ObjectKind::kMutex, ObjectKind::kChannel, ObjectKind::kAtomic}) {
    if (OperationsOf(kind).Contains(operation.kind)) return kind;
  }
  return ObjectKind::kNone;
}

// Whatever the order of independent steps: which steps there are, and for every two that are dependent which one
// comes first.
uint64_t ClassOf(const StepTrace& trace) {
  uint64_t sum = 0;
  std::vector<uint64_t> names;
  std::map<uint32_t, uint64_t> counts;  // steps of each task
  for (size_t i = 0; i < trace.size(); ++i) {
    names.push_back(Mix(trace[i].Word(), ++counts[trace[i].task.value]));
    sum += Mix(names[i]);
    for (size_t j = 0; j < i; ++j) {
      if (Dependent({trace[j], KindOfObject(trace[j])}, {trace[i], KindOfObject(trace[i])},
                    ParkedSelect::kNone)) {
        sum += Mix(names[j], names[i]);
      }
    }
  }
  return sum;
}

}  // namespace

bool HasKnownClasses(const SmallWorld& world) {
  constexpr std::string_view kNames[] = {"mutexes", "unowned mutex", "channels", "atomics"};
  return std::ranges::find(kNames, world.name) != std::end(kNames);
}

EndsReached ReachAll(const SmallWorld& world, uint64_t program, const Options& options,
                     uint64_t most) {
  EndsReached reached;
  EveryDecision strategy;
  do {
    if (reached.executions == most) return reached;
    ++reached.executions;
    std::string end;
    StepTrace trace;
    ExecuteProgram(world, program, options, strategy, &end, &trace);
    reached.ends.insert(std::move(end));
    reached.has_timers |= std::ranges::any_of(
        trace, [](const Operation& step) { return step.kind == OperationKind::kFire; });
    if (HasKnownClasses(world)) reached.classes.insert(Mix(ClassOf(trace), strategy.choices));
  } while (strategy.Next());
  reached.complete = true;
  return reached;
}

EndsReached ReachBySampling(Strategy& sampler, const SmallWorld& world, uint64_t program,
                            const Options& options, uint64_t executions) {
  EndsReached reached;
  while (reached.executions++ < executions) {
    std::string end;
    StepTrace trace;
    ExecuteProgram(world, program, options, sampler, &end, &trace, reached.executions);
    reached.ends.insert(std::move(end));
  }
  return reached;
}

EndsReached ReachBySearch(Search& search, const SmallWorld& world, uint64_t program,
                          const Options& options, uint64_t most) {
  EndsReached reached;
  do {
    if (reached.executions == most) return reached;
    std::string end;
    StepTrace trace;
    const Outcome outcome = ExecuteProgram(world, program, options, search, &end, &trace);
    if (outcome.abandoned) continue;
    ++reached.executions;
    reached.ends.insert(std::move(end));
  } while (search.Next());
  reached.complete = search.coverage().exhausted;
  return reached;
}

EndsByCost ReachAllWithin(const SmallWorld& world, uint64_t program, const Options& options,
                          DecisionCost cost, uint64_t bound) {
  EndsByCost by_cost;
  EveryDecision strategy(cost, bound);
  do {
    std::string end;
    StepTrace trace;
    ExecuteProgram(world, program, options, strategy, &end, &trace);
    EndsReached& reached = by_cost[strategy.spent];
    ++reached.executions;
    reached.ends.insert(std::move(end));
    reached.complete = true;
  } while (strategy.Next());
  return by_cost;
}

EndsByCost ReachByBounds(Search& search, const SmallWorld& world, uint64_t program,
                         const Options& options, uint64_t most) {
  EndsByCost by_cost;
  uint64_t executions = 0;
  bool more = true;
  while (more && executions++ < most) {
    const auto bound = static_cast<uint64_t>(search.coverage().complete_up_to + 1);
    std::string end;
    StepTrace trace;
    ExecuteProgram(world, program, options, search, &end, &trace);
    EndsReached& reached = by_cost[bound];
    ++reached.executions;
    reached.ends.insert(std::move(end));
    more = search.Next();
    reached.complete = search.coverage().complete_up_to >= static_cast<int64_t>(bound);
  }
  std::erase_if(by_cost, [](const auto& bound) { return !bound.second.complete; });
  return by_cost;
}

namespace {

// Notes the choices made inside operations.
class NotesChoices final : public Search {
 public:
  explicit NotesChoices(Search& search) : search_(search) {}

  std::string_view name() const override { return search_.name(); }
  void Begin(uint64_t seed) override {
    choices = 0;
    search_.Begin(seed);
  }
  uint32_t ChooseTask(const Alternatives& alternatives) override {
    return search_.ChooseTask(alternatives);
  }
  uint32_t ChooseIndex(uint32_t count, Operation operation) override {
    const uint32_t choice = search_.ChooseIndex(count, operation);
    choices += Mix(operation.Word(), choice);
    return choice;
  }
  Go Step(const Alternatives& alternatives, std::span<const heddle::StandingTask> tasks,
          uint32_t slot) override {
    return search_.Step(alternatives, tasks, slot);
  }
  void Destroyed(ObjectId object) override { search_.Destroyed(object); }
  void Used(ObjectId object) override { search_.Used(object); }
  void ChangedNothing() override { search_.ChangedNothing(); }
  Go End(const Alternatives& alternatives, std::span<const heddle::StandingTask> tasks) override {
    return search_.End(alternatives, tasks);
  }
  bool Next() override { return search_.Next(); }
  Coverage coverage() const override { return search_.coverage(); }
  void Archive(internal::Archive& archive) override { search_.Archive(archive); }

  uint64_t choices = 0;  // as a hash, whatever their order

 private:
  Search& search_;
};

}  // namespace

std::vector<uint64_t> ClassesReached(const SmallWorld& world, uint64_t program,
                                     const Options& options) {
  std::vector<uint64_t> classes;
  const std::unique_ptr<Search> search = MakeExhaustive(options);
  NotesChoices noting(*search);
  do {
    std::string end;
    StepTrace trace;
    const Outcome outcome = ExecuteProgram(world, program, options, noting, &end, &trace);
    if (!outcome.abandoned) classes.push_back(Mix(ClassOf(trace), noting.choices));
  } while (search->Next());
  return classes;
}

}  // namespace heddle::testing_support
