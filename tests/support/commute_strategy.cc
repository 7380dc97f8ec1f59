// SPDX-License-Identifier: Apache-2.0
#include "support/commute_strategy.h"

#include <algorithm>

#include "heddle/runtime/internal/execution.h"
#include "heddle/sync/atomic.h"
#include "heddle/sync/condition_variable.h"
#include "heddle/sync/event.h"
#include "support/execute.h"

namespace heddle::testing_support {
namespace {

// All tasks by id.
std::vector<StandingTask> Standing() {
  std::vector<StandingTask> tasks;
  for (uint32_t slot = 0; slot < internal::x.next_slot; ++slot) {
    const internal::TaskState& task = internal::x.tasks[slot];
    if (slot == kClockSlot) continue;
    const ObjectKind object = task.object != nullptr ? task.object->kind : ObjectKind::kNone;
    const Operation operation = Operation::FromWord(task.word);
    const bool local = LocalOperations().Contains(operation.kind);
    tasks.push_back({slot,
                     {operation, local ? ObjectKind::kNone : object},
                     task.finished,
                     !task.finished && internal::IsRunnable(&task)});
  }
  if (internal::Runnable().Contains(kClockSlot)) {
    const Operation fire = Operation::FromWord(internal::x.tasks[kClockSlot].word);
    tasks.push_back({kClockSlot, {fire, ObjectKind::kNone}, false, true});
  }
  std::sort(tasks.begin(), tasks.end(), [](const StandingTask& a, const StandingTask& b) {
    return a.at.operation.task.value < b.at.operation.task.value;
  });
  return tasks;
}

// In words: the time and the next deadline; for each task what it stands at, and what its clock knows of each task.
void AppendState(const std::vector<StandingTask>& tasks, std::vector<uint64_t>* words) {
  words->push_back(static_cast<uint64_t>(internal::x.now));
  internal::TimerQueue& timers = internal::x.timers;
  words->push_back(timers.Empty() ? 0
                                  : static_cast<uint64_t>(timers.FindEarliest().front()->deadline));
  for (const StandingTask& task : tasks) {
    words->push_back(task.finished
                         ? Operation{OperationKind::kNone, task.at.operation.task, {}}.Word()
                         : task.at.operation.Word());
    words->push_back(task.runnable);
    if (task.Clock()) continue;
    for (const StandingTask& other : tasks) {
      if (!other.Clock()) words->push_back(internal::x.tasks[task.slot].clock.Get(other.slot));
    }
  }
}

uint64_t Fold(const std::vector<uint64_t>& words) {
  uint64_t hash = words.size();
  for (uint64_t word : words) hash = Mix(hash, word);
  return hash;
}

}  // namespace

std::string Describe(const Operation& operation) {
  return "T" + std::to_string(operation.task.value) + " " + std::string(ToString(operation.kind)) +
         (operation.object.value == 0 ? "" : " #" + std::to_string(operation.object.value));
}

namespace {

std::string DescribeState(const std::vector<StandingTask>& tasks) {
  std::string text;
  for (const StandingTask& task : tasks) {
    if (task.finished) continue;
    text += "  " + Describe(task.at.operation) + (task.runnable ? "" : "!");
    if (task.Clock()) continue;
    text += " [";
    for (const StandingTask& other : tasks) {
      if (other.Clock()) continue;
      text += " " + std::to_string(internal::x.tasks[task.slot].clock.Get(other.slot));
    }
    text += " ]";
  }
  return text;
}

// Whom the k-th alternative of a choice is about, so far as that can change with the order of a line.
uint64_t IdentityOf(uint32_t k, const Operation& operation) {
  if (operation.kind == OperationKind::kFire) {
    const internal::Timer& timer = *internal::x.timers.FindEarliest()[k];
    return timer.task != nullptr ? timer.task->id.value : uint64_t{timer.object->id.value} << 32;
  }
  const internal::ObjectState* object = internal::x.current->object;
  if (object == nullptr) return k;
  const internal::Line* line = nullptr;
  switch (object->kind) {
    case ObjectKind::kAtomic:
      line = &static_cast<const internal::AtomicState*>(object)->waiting;
      break;
    case ObjectKind::kCondition:
      line = &static_cast<const internal::ConditionState*>(object)->parked;
      break;
    case ObjectKind::kEvent: line = &static_cast<const internal::EventState*>(object)->line; break;
    default: return k;
  }
  return line->Nth(k)->task->id.value;
}

}  // namespace

void CommuteStrategy::Begin(uint64_t seed) {
  random_ = Random(seed);
  seed_ = seed;
  index_ = 0;
  stage_ = pair_ ? Stage::kPrefix : Stage::kWalk;
}

uint32_t CommuteStrategy::ChooseTask(const Alternatives& alternatives) {
  if (stage_ == Stage::kWalk) return Walk(alternatives);
  if (stage_ == Stage::kPrefix) {
    if (index_ < pair_->decided) return decisions[index_++];
    stage_ = Stage::kSecond;
    random_ = Random(Mix(seed_, 1));
    return pair_->first;
  }
  if (stage_ == Stage::kSecond) {
    stage_ = Stage::kAfter;
    // Later, if it was the only one that could go on.
    if (internal::x.trace->size() == pair_->steps + 1) {
      if (alternatives.runnable().Contains(pair_->second)) return pair_->second;
      ended->disabled = true;
    }
  }
  return GoOn();
}

uint32_t CommuteStrategy::ChooseIndex(uint32_t count, Operation operation) {
  if (stage_ == Stage::kPrefix) return decisions[index_++];
  if (stage_ == Stage::kWalk) {
    decisions.push_back(random_.Below(count));
    return decisions.back();
  }
  const auto rank = [&](uint32_t k) { return Mix(seed_, IdentityOf(k, operation)); };
  uint32_t best = 0;
  for (uint32_t k = 1; k < count; ++k) {
    if (rank(k) > rank(best)) best = k;
  }
  return best;
}

uint32_t CommuteStrategy::Walk(const Alternatives& alternatives) {
  Asked& ask = asked.emplace_back();
  ask.decided = decisions.size();
  ask.steps = internal::x.trace->size();
  ask.tasks = Standing();
  ask.chosen = alternatives.runnable().Nth(random_.Below(alternatives.runnable().Count()));
  decisions.push_back(ask.chosen);
  return ask.chosen;
}

uint32_t CommuteStrategy::GoOn() {
  const std::vector<StandingTask> tasks = Standing();
  std::vector<uint64_t> words;
  AppendState(tasks, &words);
  ended->states.push_back(Fold(words));
  if (tell_) ended->told.push_back(DescribeState(tasks));
  std::vector<uint32_t> runnable;
  for (const StandingTask& task : tasks) {
    if (task.runnable) runnable.push_back(task.slot);
  }
  return runnable[random_.Below(static_cast<uint32_t>(runnable.size()))];
}

void ExecuteWorld(const CommuteWorld& world, uint64_t program, CommuteStrategy& strategy,
                  Ended* ended) {
  CommuteRun run(program);
  auto body = [&] { world.body(run); };
  BodyScenario scenario{body};
  strategy.ended = ended;
  const Outcome outcome =
      ExecuteTraced(scenario, world.options, strategy, Mix(program, 7), &ended->trace);
  ended->verdict = outcome.verdict;
  if (outcome.evidence != nullptr) {
    for (const TaskSnapshot& task : outcome.evidence->snapshot.tasks) {
      if (task.runnable) ended->runnable.push_back(task.slot);
    }
  }
  ended->notes.assign(run.notes(), run.notes() + CommuteRun::kMostTasks + 1);
}

}  // namespace heddle::testing_support
