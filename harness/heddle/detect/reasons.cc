// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/reasons.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace heddle {
namespace {

using Kinds = std::initializer_list<OperationKind>;

bool Contains(Kinds kinds, OperationKind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// "step 6, cart.cc:44"
std::string Place(const StepSnapshot& step) {
  return "step " + std::to_string(step.step) + ", " + ToString(step.at);
}

// The last step of `slot` on `object` of one of these kinds.
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

// Tasks other than `except` that did one of these, or stand at it.
std::vector<const TaskSnapshot*> WhoDid(const Snapshot& snapshot, uint32_t except, uint32_t object,
                                        Kinds kinds) {
  std::vector<const TaskSnapshot*> tasks;
  for (const TaskSnapshot& task : snapshot.tasks) {
    if (task.slot == except) continue;
    const bool stands_there =
        !task.finished && task.object == object && Contains(kinds, task.operation);
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

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : ", ") + parts[i];
  return text;
}

// 'nobody else ever receives there', 'only T2 receives there: T2 is blocked, too'
std::string Helpers(const TaskSnapshot& task, const Snapshot& snapshot, Kinds kinds,
                    std::string_view verb) {
  const auto helpers = WhoDid(snapshot, task.slot, task.object, kinds);
  if (helpers.empty()) return "no other task " + std::string(verb) + " there in this execution";
  std::vector<std::string> names;
  std::vector<std::string> states;
  for (const TaskSnapshot* helper : helpers) {
    names.push_back(helper->label);
    states.push_back(StateOf(*helper));
  }
  return "only " + Join(names) + " " + std::string(verb) + " there: " + Join(states);
}

// Permits which each task took and did not give back.
std::string PermitHolders(const TaskSnapshot& waiter, const Snapshot& snapshot) {
  std::vector<std::string> parts;
  for (const TaskSnapshot& task : snapshot.tasks) {
    int balance = 0;
    const StepSnapshot* last = nullptr;
    for (const StepSnapshot& step : snapshot.history) {
      if (step.step == 0 || step.slot != task.slot || step.object != waiter.object) continue;
      const bool took = step.operation == OperationKind::kAcquire ||
                        (step.operation == OperationKind::kTryAcquire &&
                         step.text.find("-> true") != std::string::npos);
      if (took) {
        ++balance;
        last = &step;
      } else if (step.operation == OperationKind::kRelease) {
        --balance;
      }
    }
    if (balance > 0 && last != nullptr) {
      parts.push_back(task.label + " took a permit (" + Place(*last) + ") and " +
                      (task.finished ? "finished without releasing it" : "has not released it"));
    }
  }
  return parts.empty() ? "no task holds one" : Join(parts);
}

std::string HolderOf(const TaskSnapshot& task, const Snapshot& snapshot) {
  for (const TaskSnapshot& other : snapshot.tasks) {
    if (std::find(other.holds.begin(), other.holds.end(), task.object) == other.holds.end())
      continue;
    std::string text = "held by " + other.label;
    if (const StepSnapshot* step = LastStep(snapshot, other.slot, task.object,
                                            {OperationKind::kLock, OperationKind::kTryLock})) {
      text += " (since " + Place(*step) + ")";
    }
    return other.finished ? text + ", which has finished" : text;
  }
  return "held by nobody";
}

bool IsAtomicWait(const TaskSnapshot& task, const Snapshot& snapshot) {
  return task.operation == OperationKind::kWait && task.object != kNobody &&
         snapshot.objects[task.object].kind == ObjectKind::kAtomic;
}

}  // namespace

std::string ReasonOf(const TaskSnapshot& task, const Snapshot& snapshot) {
  const std::string start = task.label + " -> needs ";
  const std::string object =
      task.object != kNobody ? snapshot.objects[task.object].label : "a nil channel";
  if (task.object != kNobody && snapshot.objects[task.object].state == "destroyed") {
    return start + object + " -> destroyed while " + task.label + " waited";
  }
  switch (task.operation) {
    case OperationKind::kJoin: {
      const TaskSnapshot* other =
          task.holders.empty() ? nullptr : snapshot.Find(task.holders.front());
      return start + (other != nullptr ? other->label : "a task") + " to finish";
    }
    case OperationKind::kLock: return start + object + " -> " + HolderOf(task, snapshot);
    case OperationKind::kAcquire:
      return start + "a permit of " + object + " -> " + PermitHolders(task, snapshot);
    case OperationKind::kSend:
      if (task.object == kNobody) return start + object + " to be ready -> it never is";
      return start + "a receive on " + object + " -> " +
             Helpers(task, snapshot, {OperationKind::kReceive, OperationKind::kTryReceive},
                     "receives");
    case OperationKind::kReceive:
      if (task.object == kNobody) return start + object + " to be ready -> it never is";
      return start + "a send on " + object + " or its close -> " +
             Helpers(task, snapshot,
                     {OperationKind::kSend, OperationKind::kTrySend, OperationKind::kClose},
                     "sends or closes");
    case OperationKind::kWait:
      if (IsAtomicWait(task, snapshot)) {
        return start + "a change of " + object + " and a notify -> " +
               Helpers(task, snapshot, {OperationKind::kNotifyOne, OperationKind::kNotifyAll},
                       "notifies");
      }
      break;
    default: break;
  }
  return task.label + " -> stands at " + task.waits;
}

std::string RemedyFor(const std::vector<const TaskSnapshot*>& stuck, const Snapshot& snapshot) {
  bool locks = false, sends = false, receives = false, acquires = false, nil = false, joins = false;
  bool atomics = false;
  const TaskSnapshot* holder = nullptr;  // blocked elsewhere than at a lock, holding one
  for (const TaskSnapshot* task : stuck) {
    if (task->runnable) continue;
    const OperationKind kind = task->operation;
    const bool channel = kind == OperationKind::kSend || kind == OperationKind::kReceive;
    locks |= kind == OperationKind::kLock;
    sends |= kind == OperationKind::kSend;
    receives |= kind == OperationKind::kReceive;
    acquires |= kind == OperationKind::kAcquire;
    atomics |= IsAtomicWait(*task, snapshot);
    joins |= kind == OperationKind::kJoin;
    nil |= channel && task->object == kNobody;
    if ((channel || kind == OperationKind::kAcquire || kind == OperationKind::kJoin) &&
        !task->holds.empty()) {
      holder = task;
    }
  }
  if (nil) return "construct the channel with a capacity before it is used";
  if (locks && holder != nullptr) {
    return "do not block while holding a lock that the other side needs: let " + holder->label +
           " unlock " + snapshot.objects[holder->holds.front()].label + " before " +
           ToString(holder->at);
  }
  if (locks) return "unlock on every path out of the critical section: hold the lock by MutexLock";
  if (acquires)
    return "release the permit on every path, errors included: release it in a destructor";
  if (receives) {
    return "let the sending side close the channel on every path, errors and early returns "
           "included";
  }
  if (sends) {
    return "receive until the channel is closed, or give it room for what is sent after the "
           "receiver "
           "left";
  }
  if (atomics) return "notify after every store that a waiting task may be waiting for";
  if (joins) return "let the joined task come to its end on every path";
  return {};
}

}  // namespace heddle
