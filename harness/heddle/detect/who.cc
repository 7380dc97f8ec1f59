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

// Tasks other than `except` that did one of these, or stand at it.
std::vector<const TaskSnapshot*> WhoDid(const Snapshot& snapshot, uint32_t except, uint32_t object,
                                        Kinds kinds) {
  std::vector<const TaskSnapshot*> tasks;
  for (const TaskSnapshot& task : snapshot.tasks) {
    if (task.slot == except) continue;
    bool stands_there = !task.finished && task.object == object && Contains(kinds, task.operation);
    for (const CaseSnapshot& c : task.cases) {
      stands_there = stands_there || (c.object == object && Contains(kinds, c.operation));
    }
    if (stands_there || LastStep(snapshot, task.slot, object, kinds) != nullptr) {
      tasks.push_back(&task);
    }
  }
  return tasks;
}

// What keeps a task from being the helper: "T2 has finished", "T2 is blocked too", ...
std::string StateOf(const TaskSnapshot& task) {
  if (task.finished) return task.label + " has finished";
  if (!task.started) return task.label + " has not started";
  return task.label + (task.runnable ? " goes on elsewhere" : " is blocked, too");
}

}  // namespace

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : ", ") + parts[i];
  return text;
}

std::string Helpers(const TaskSnapshot& task, uint32_t object, const Snapshot& snapshot,
                    Kinds kinds, std::string_view verb) {
  const auto helpers = WhoDid(snapshot, task.slot, object, kinds);
  if (helpers.empty()) return "no other task " + std::string(verb) + " there in this execution";
  std::vector<std::string> names;
  std::vector<std::string> states;
  for (const TaskSnapshot* helper : helpers) {
    names.push_back(helper->label);
    states.push_back(StateOf(*helper));
  }
  return "only " + Join(names) + " " + std::string(verb) + " there: " + Join(states);
}

std::string Helpers(const TaskSnapshot& task, const Snapshot& snapshot, Kinds kinds,
                    std::string_view verb) {
  return Helpers(task, task.object, snapshot, kinds, verb);
}

}  // namespace heddle::internal
