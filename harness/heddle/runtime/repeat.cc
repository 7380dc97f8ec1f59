// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/repeat.h"

#include <memory>
#include <string>
#include <utility>

#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {
namespace {

std::string NameOfTask(TaskId id) {
  if (id == x.tasks[kClockSlot].id && x.clock_ready) return "clock";
  for (uint32_t slot = 0; slot < x.next_slot; ++slot) {
    const TaskState& task = x.tasks[slot];
    if (slot != kClockSlot && task.id == id) {
      return task.name != nullptr ? task.Label() + " " + task.name : task.Label();
    }
  }
  return "a task that this run does not have";
}

std::string NameOfObject(ObjectId id) {
  for (const ObjectState* object = x.objects; object != nullptr; object = object->next) {
    if (object->id == id) return LabelOf(*object);
  }
  return "an object that this run does not have";
}

// 'T1 producer: lock mutex "cart.mu"'. The operation may be another execution's.
std::string Describe(const Operation& operation) {
  std::string text = NameOfTask(operation.task) + ": " + std::string(ToString(operation.kind));
  if (operation.object == ObjectId{}) return text;
  if (operation.kind == OperationKind::kJoin) {
    return text + " " + NameOfTask(TaskId{operation.object.value});
  }
  return text + " " + NameOfObject(operation.object);
}

void FailAt(uint64_t step, std::string here, Location at) {
  Failure failure;
  failure.verdict = Verdict::kDiverged;
  failure.at = at;
  const std::string there =
      step <= x.expected->size() ? Describe((*x.expected)[step - 1]) : "it was over";
  failure.message = "step " + std::to_string(step) + ", first run:  " + there + "\nstep " +
                    std::to_string(step) + ", second run: " + std::move(here);
  x.failure = std::make_unique<Failure>(std::move(failure));
}

const TaskState* FindTask(TaskId id) {
  for (uint32_t slot = 0; slot < x.next_slot; ++slot) {
    if (x.tasks[slot].id == id) return &x.tasks[slot];
  }
  return nullptr;
}

std::string RunnableTasks() {
  std::string text;
  for (uint32_t slot = 0; slot < x.next_slot; ++slot) {
    if (!Runnable().Contains(slot)) continue;
    text += (text.empty() ? "" : "; ") + Describe(Operation::FromWord(x.tasks[slot].word));
  }
  return text;
}

// A recorded decision does not fit: the task that took step `step` in the first run cannot, or stands
// at another operation, or there was no decision here.
void FailAtDecision(uint64_t step) {
  if (step > x.expected->size()) return FailAt(step, RunnableTasks() + " can go on", Location{});
  const Operation& expected = (*x.expected)[step - 1];
  const TaskState* task = FindTask(expected.task);
  if (task == nullptr || task->finished) {
    return FailAt(step, task == nullptr ? "there is no such task" : "it has finished", Location{});
  }
  const Operation here = Operation::FromWord(task->word);
  if (here == expected && IsRunnable(task)) {
    return FailAt(step, "another task can go on as well: " + RunnableTasks(), Location{});
  }
  const std::string blocked = IsRunnable(task) ? "" : ", which it cannot yet";
  FailAt(step, Describe(here) + " at " + ToString(task->where) + blocked, task->where);
}

}  // namespace

bool RepeatsStep(uint64_t step, const TaskState& next) {
  if (step <= x.expected->size() && (*x.expected)[step - 1].Word() == next.word) {
    return true;
  }
  std::string here = Describe(Operation::FromWord(next.word));
  if (next.where.line != 0) here += " at " + ToString(next.where);
  FailAt(step, std::move(here), next.where);
  return false;
}

void RepeatsEnd(uint64_t steps) {
  if (x.failure == nullptr) {
    if (steps < x.expected->size()) FailAt(steps + 1, "it is over", Location{});
  } else if (x.failure->verdict == Verdict::kDiverged && x.failure->message.empty()) {
    FailAtDecision(steps + 1);
  }
}

}  // namespace heddle::internal
