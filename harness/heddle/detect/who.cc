// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/internal/who.h"

#include <algorithm>

namespace heddle::internal {

bool Contains(Kinds kinds, OperationKind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

std::string Place(const StepSnapshot& step) {
  return "step " + std::to_string(step.step) + ", " + ToString(step.at);
}

const StepSnapshot* LastStep(const Snapshot& snapshot, uint32_t slot, uint32_t object,
                             Kinds kinds) {
  const StepSnapshot* last = nullptr;
  for (const StepSnapshot& step : snapshot.history) {
    if (step.step != 0 && step.slot == slot && step.object == object &&
        Contains(kinds, step.operation)) {
      last = &step;
    }
  }
  return last;
}

namespace {

// Whether a step on a wait group is a Done or a negative Add: "add wg -1 -> 0".
bool CountsDown(const StepSnapshot& step) {
  const size_t arrow = step.text.rfind(" -> ");
  if (arrow == std::string::npos || arrow == 0) return false;
  const size_t space = step.text.rfind(' ', arrow - 1);
  return space != std::string::npos && step.text[space + 1] == '-';
}

bool IsOfNoHelp(const StepSnapshot& step) {
  return step.step == 0 || (step.operation == OperationKind::kAdd && !CountsDown(step));
}

// Whether an operation, or one of the cases of a select, is one of these at `object`.
template <class Operations>
bool IsOne(const Operations& of, uint32_t object, Kinds kinds) {
  return (of.object == object && Contains(kinds, of.operation)) ||
         std::any_of(of.cases.begin(), of.cases.end(), [&](const CaseSnapshot& c) {
           return c.object == object && Contains(kinds, c.operation);
         });
}

// Whether a task did one of these, in a select that was ready for another, too, or stands at it.
bool DidOrStands(const TaskSnapshot& task, uint32_t object, const Snapshot& snapshot, Kinds kinds) {
  const bool did =
      std::any_of(snapshot.history.begin(), snapshot.history.end(), [&](const auto& step) {
        return !IsOfNoHelp(step) && step.slot == task.slot && IsOne(step, object, kinds);
      });
  return did || (!task.finished && IsOne(task, object, kinds));
}

std::vector<const TaskSnapshot*> WhoDid(const Snapshot& snapshot, uint32_t except, uint32_t object,
                                        Kinds kinds) {
  std::vector<const TaskSnapshot*> tasks;
  for (const TaskSnapshot& task : snapshot.tasks) {
    if (task.slot != except && DidOrStands(task, object, snapshot, kinds)) tasks.push_back(&task);
  }
  return tasks;
}

// What keeps a task from being the helper: "T2 has finished", "T2 is blocked too", ...
std::string StateOf(const TaskSnapshot& task) {
  if (task.finished) return task.label + " has finished";
  if (!task.started) return task.label + " has not started";
  return task.label + (task.runnable ? " goes on elsewhere" : " is blocked, too");
}

bool HaveFinished(const std::vector<const TaskSnapshot*>& tasks) {
  return std::all_of(tasks.begin(), tasks.end(), [](const auto* task) { return task->finished; });
}

}  // namespace

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : ", ") + parts[i];
  return text;
}

std::string Helpers(const TaskSnapshot& task, uint32_t object, const Snapshot& snapshot,
                    Kinds kinds, Verb verb) {
  const auto helpers = WhoDid(snapshot, task.slot, object, kinds);
  if (helpers.empty()) return "no other task " + std::string(verb.one) + " there in this execution";
  std::vector<std::string> names;
  std::vector<std::string> states;
  for (const TaskSnapshot* helper : helpers) {
    names.push_back(helper->label);
    states.push_back(StateOf(*helper));
  }
  const bool one = helpers.size() == 1;
  return "only " + Join(names) + " " + std::string(one ? verb.one : verb.many) +
         " there: " + (one || !HaveFinished(helpers) ? Join(states) : "they have finished");
}

std::string Helpers(const TaskSnapshot& task, const Snapshot& snapshot, Kinds kinds, Verb verb) {
  return Helpers(task, task.object, snapshot, kinds, verb);
}

bool IsHelpedBy(const TaskSnapshot& task, const TaskSnapshot& helper, const Snapshot& snapshot) {
  using enum OperationKind;
  const auto at = [&](uint32_t object, OperationKind operation) {
    if (object == kNobody) return false;
    switch (operation) {
      case kSend: return DidOrStands(helper, object, snapshot, {kReceive, kTryReceive});
      case kReceive: return DidOrStands(helper, object, snapshot, {kSend, kTrySend, kClose});
      case kWait:
        // A notify that is past was lost and promises no other.
        return DidOrStands(helper, object, snapshot, {kAdd, kArrive, kArriveAndDrop, kSet}) ||
               (!helper.finished && IsOne(helper, object, {kNotifyOne, kNotifyAll}));
      default: return false;
    }
  };
  return at(task.object, task.operation) ||
         std::find(task.holders.begin(), task.holders.end(), helper.slot) != task.holders.end() ||
         std::any_of(task.cases.begin(), task.cases.end(),
                     [&](const CaseSnapshot& c) { return at(c.object, c.operation); });
}

TaskSnapshot AtCase(const TaskSnapshot& task, const CaseSnapshot& one) {
  TaskSnapshot at = task;
  at.operation = one.operation;
  at.object = one.object;
  return at;
}

}  // namespace heddle::internal
