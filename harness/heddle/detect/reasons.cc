// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/reasons.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
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

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : ", ") + parts[i];
  return text;
}

// 'nobody else ever receives there', 'only T2 receives there: T2 is blocked, too'
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

// "took a permit", "took 2 permits"
std::string Permits(int64_t count) {
  return count == 1 ? "a permit" : std::to_string(count) + " permits";
}

// How many a step asks for: "acquire db (2, parks)". A plain semaphore tells its permits there.
int64_t WeightOf(const StepSnapshot& step, const Snapshot& snapshot) {
  if (snapshot.objects[step.object].kind != ObjectKind::kWeightedSemaphore) return 1;
  const size_t at = step.text.rfind('(');
  return at == std::string::npos ? 0 : std::strtoll(step.text.c_str() + at + 1, nullptr, 10);
}

// What a task took and did not give back, by its steps.
struct Balance {
  int64_t permits = 0;
  int64_t parked = 0;  // asked for in line
  const StepSnapshot* last = nullptr;
};

void Count(const StepSnapshot& step, const Snapshot& snapshot, Balance* balance) {
  int64_t taken = 0;
  switch (step.operation) {
    case OperationKind::kAcquire:
      taken = WeightOf(step, snapshot);
      if (step.text.find(", parks)") == std::string::npos) break;
      balance->parked = taken;
      return;
    case OperationKind::kTryAcquire:
      if (step.text.find("-> true") == std::string::npos) return;
      taken = WeightOf(step, snapshot);
      break;
    case OperationKind::kResume: taken = balance->parked; break;
    // A plain release may be one of several permits: its number is not told.
    case OperationKind::kRelease: balance->permits -= WeightOf(step, snapshot); return;
    default: return;
  }
  balance->permits += taken;
  balance->last = &step;
}

// Permits which each task took and did not give back.
std::string PermitHolders(const TaskSnapshot& waiter, const Snapshot& snapshot) {
  std::vector<std::string> parts;
  for (const TaskSnapshot& task : snapshot.tasks) {
    Balance balance;
    for (const StepSnapshot& step : snapshot.history) {
      if (step.step == 0 || step.slot != task.slot || step.object != waiter.object) continue;
      Count(step, snapshot, &balance);
    }
    if (balance.permits > 0 && balance.last != nullptr) {
      const std::string it = balance.permits == 1 ? "it" : "them";
      parts.push_back(task.label + " took " + Permits(balance.permits) + " (" +
                      Place(*balance.last) + ") and " +
                      (task.finished ? "finished without releasing " : "has not released ") + it);
    }
  }
  return parts.empty() ? "no task holds one" : Join(parts);
}

// Whether it waits for more permits than there are.
bool IsDoomed(const TaskSnapshot& task, const Snapshot& snapshot) {
  if (task.operation != OperationKind::kAcquire || task.object == kNobody) return false;
  const std::string& state = snapshot.objects[task.object].state;
  const size_t at = state.find(", " + task.label + " waits for ");
  if (at == std::string::npos) return false;
  const size_t comma = state.find(", ", at + 2);
  return comma != std::string::npos && state.compare(comma, 11, ", more than") == 0;
}

// For tasks at `acquire`.
std::string AcquireReason(const TaskSnapshot& task, const Snapshot& snapshot) {
  const ObjectSnapshot& object = snapshot.objects[task.object];
  if (object.kind != ObjectKind::kWeightedSemaphore) {
    return "a permit of " + object.label + " -> " + PermitHolders(task, snapshot);
  }
  return "permits of " + object.label + " (" + object.state + ") -> " +
         (IsDoomed(task, snapshot) ? "it never has so many" : PermitHolders(task, snapshot));
}

// Whether a step on a wait group is a Done or a negative Add: "add wg -1 -> 0".
bool CountsDown(const StepSnapshot& step) {
  const size_t arrow = step.text.rfind(" -> ");
  if (arrow == std::string::npos || arrow == 0) return false;
  const size_t space = step.text.rfind(' ', arrow - 1);
  return space != std::string::npos && step.text[space + 1] == '-';
}

// The snapshot without the steps that count up: those of no help.
Snapshot WithoutCountingUp(const Snapshot& snapshot) {
  Snapshot less = snapshot;
  std::erase_if(less.history, [](const StepSnapshot& step) {
    return step.operation == OperationKind::kAdd && !CountsDown(step);
  });
  return less;
}

constexpr Kinds kNotifies = {OperationKind::kNotifyOne, OperationKind::kNotifyAll};

// What became of the notifies of a condition variable at which `task` is parked.
std::string LostNotify(const TaskSnapshot& task, const Snapshot& snapshot) {
  const StepSnapshot* waited = LastStep(snapshot, task.slot, task.object, {OperationKind::kWait});
  const StepSnapshot* notified = nullptr;
  for (const StepSnapshot& step : snapshot.history) {
    if (step.step != 0 && step.object == task.object && Contains(kNotifies, step.operation)) {
      notified = &step;
    }
  }
  if (waited == nullptr || notified == nullptr) {
    return Helpers(task, snapshot, kNotifies, "notifies");
  }
  const TaskSnapshot* who = snapshot.Find(notified->slot);
  const std::string text = who->label + " notified (" + Place(*notified) + ")";
  if (notified->step > waited->step) return text + " and woke another task; nobody does again";
  return text + " before " + task.label + " waited (" + Place(*waited) + ")";
}

// For tasks at `wait`.
std::string WaitReason(const TaskSnapshot& task, const Snapshot& snapshot) {
  const ObjectSnapshot& object = snapshot.objects[task.object];
  const std::string what = object.label + " (" + object.state + ")";
  switch (object.kind) {
    case ObjectKind::kWaitGroup:
      return what + " to reach 0 -> " +
             Helpers(task, WithoutCountingUp(snapshot), {OperationKind::kAdd}, "calls Done");
    case ObjectKind::kLatch:
      return what + " to reach 0 -> " +
             Helpers(task, snapshot, {OperationKind::kArrive}, "counts down");
    case ObjectKind::kBarrier:
      return "more arrivals at " + what + " -> " +
             Helpers(task, snapshot, {OperationKind::kArrive, OperationKind::kArriveAndDrop},
                     "arrives");
    case ObjectKind::kEvent:
      return object.label + " to be set -> " +
             Helpers(task, snapshot, {OperationKind::kSet}, "sets it");
    case ObjectKind::kCondition:
      return "a notify on " + object.label + " -> " + LostNotify(task, snapshot);
    case ObjectKind::kAtomic:
      return "a change of " + object.label + " and a notify -> " +
             Helpers(task, snapshot, kNotifies, "notifies");
    default: return what;
  }
}

std::string RemedyForWait(ObjectKind awaited) {
  switch (awaited) {
    case ObjectKind::kWaitGroup:
      return "call Done on every path, errors included: spawn with WaitGroup::Go, or call it in a "
             "destructor";
    case ObjectKind::kLatch:
      return "count down on every path, errors included, as often as the latch was made for";
    case ObjectKind::kBarrier:
      return "make the barrier for as many tasks as arrive in each phase, and arrive_and_drop on "
             "every path that leaves early";
    case ObjectKind::kEvent:
      return "set the event on every path, errors included, and after its last Reset; one made "
             "with "
             "kAutoReset once for each wait";
    case ObjectKind::kCondition:
      return "change the condition while holding the mutex, then notify, and wait with a predicate";
    case ObjectKind::kAtomic:
      return "notify after every store that a waiting task may be waiting for";
    default: return {};
  }
}

// "T1 (since step 6, cart.cc:44)", for a lock taken by one of these.
std::string Since(const TaskSnapshot& holder, const Snapshot& snapshot, uint32_t object,
                  Kinds kinds) {
  const StepSnapshot* step = LastStep(snapshot, holder.slot, object, kinds);
  std::string text = holder.label;
  if (step != nullptr) text += " (since " + Place(*step) + ")";
  return holder.finished ? text + ", which has finished" : text;
}

std::vector<const TaskSnapshot*> HoldersOf(uint32_t object, const Snapshot& snapshot) {
  std::vector<const TaskSnapshot*> holders;
  for (const TaskSnapshot& task : snapshot.tasks) {
    if (std::find(task.holds.begin(), task.holds.end(), object) != task.holds.end()) {
      holders.push_back(&task);
    }
  }
  return holders;
}

// Why a lock cannot be had: who holds it, or which writer keeps others out while it waits itself.
std::string HolderOf(const TaskSnapshot& task, const Snapshot& snapshot) {
  for (const TaskSnapshot& other : snapshot.tasks) {
    if (!other.finished && other.object == task.object &&
        other.operation == OperationKind::kAwaitReaders) {
      return "the writer " + Since(other, snapshot, task.object, {OperationKind::kLock}) +
             " is next and awaits its readers";
    }
  }
  const auto holders = HoldersOf(task.object, snapshot);
  if (holders.empty()) return "held by nobody";
  return "held by " +
         Since(*holders.front(), snapshot, task.object,
               {OperationKind::kLock, OperationKind::kTryLock, OperationKind::kAwaitReaders});
}

std::string ReadersOf(const TaskSnapshot& writer, const Snapshot& snapshot) {
  std::vector<std::string> parts;
  for (const TaskSnapshot* reader : HoldersOf(writer.object, snapshot)) {
    parts.push_back(Since(*reader, snapshot, writer.object,
                          {OperationKind::kLockShared, OperationKind::kTryLockShared}));
  }
  return parts.empty() ? "nobody reads" : "read by " + Join(parts);
}

std::string CallerOf(const TaskSnapshot& task, const Snapshot& snapshot) {
  const auto callers = HoldersOf(task.object, snapshot);
  if (callers.empty()) return "nobody calls it";
  return "in the middle of it is " +
         Since(*callers.front(), snapshot, task.object, {OperationKind::kCallOnce});
}

// 'a receive on channel "orders" -> only T2 receives there: T2 has finished'
std::string ChannelReason(const TaskSnapshot& task, uint32_t object, OperationKind kind,
                          const Snapshot& snapshot) {
  using enum OperationKind;
  if (object == kNobody) return "a nil channel to be ready -> it never is";
  const ObjectSnapshot& channel = snapshot.objects[object];
  const std::string& label = channel.label;
  if (channel.kind == ObjectKind::kTimer || channel.kind == ObjectKind::kTicker) {
    return label + " to fire -> it is " + channel.state;
  }
  if (channel.kind == ObjectKind::kContext) {
    return label + " to be cancelled -> nobody cancelled it";
  }
  if (kind == kSend) {
    return "a receive on " + label + " -> " +
           Helpers(task, object, snapshot, {kReceive, kTryReceive}, "receives");
  }
  return "a send on " + label + " or its close -> " +
         Helpers(task, object, snapshot, {kSend, kTrySend, kClose}, "sends or closes");
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
    case OperationKind::kLock:
    case OperationKind::kLockShared: return start + object + " -> " + HolderOf(task, snapshot);
    case OperationKind::kAwaitReaders:
      return start + "the readers of " + object + " to leave -> " + ReadersOf(task, snapshot);
    case OperationKind::kCallOnce:
      return start + object + " to be done -> " + CallerOf(task, snapshot);
    case OperationKind::kAcquire: return start + AcquireReason(task, snapshot);
    case OperationKind::kWait:
      if (task.object != kNobody) return start + WaitReason(task, snapshot);
      break;
    case OperationKind::kSend:
    case OperationKind::kReceive:
      return start + ChannelReason(task, task.object, task.operation, snapshot);
    case OperationKind::kSelect: {
      std::string text;
      for (const CaseSnapshot& c : task.cases) {
        text +=
            (text.empty() ? "" : "; or ") + ChannelReason(task, c.object, c.operation, snapshot);
      }
      return task.cases.empty() ? task.label + " -> waits in a select without cases: for good"
                                : start + text;
    }
    default: break;
  }
  return task.label + " -> stands at " + task.waits;
}

std::string RemedyFor(const std::vector<const TaskSnapshot*>& stuck, const Snapshot& snapshot) {
  bool locks = false, sends = false, receives = false, acquires = false, nil = false, joins = false;
  bool contexts = false, once = false, doomed = false;
  ObjectKind awaited = ObjectKind::kNone;  // of a task at `wait`
  const TaskSnapshot* holder = nullptr;    // blocked elsewhere than at a lock, holding one
  for (const TaskSnapshot* task : stuck) {
    if (task->runnable) continue;
    const OperationKind kind = task->operation;
    const bool channel = kind == OperationKind::kSend || kind == OperationKind::kReceive;
    receives |= kind == OperationKind::kSelect;
    locks |= kind == OperationKind::kLock || kind == OperationKind::kLockShared ||
             kind == OperationKind::kAwaitReaders;
    once |= kind == OperationKind::kCallOnce;
    sends |= kind == OperationKind::kSend;
    receives |= kind == OperationKind::kReceive;
    acquires |= kind == OperationKind::kAcquire;
    contexts |= kind == OperationKind::kReceive && task->object != kNobody &&
                snapshot.objects[task->object].kind == ObjectKind::kContext;
    joins |= kind == OperationKind::kJoin;
    nil |= channel && task->object == kNobody;
    if (task->object != kNobody && kind == OperationKind::kWait) {
      awaited = snapshot.objects[task->object].kind;
    }
    doomed |= IsDoomed(*task, snapshot);
    if ((channel || kind == OperationKind::kAcquire || kind == OperationKind::kWait ||
         kind == OperationKind::kJoin) &&
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
  if (once) return "let the function that is called once come to its end on every path";
  if (doomed) return "acquire no more than the size of the semaphore";
  if (acquires)
    return "release the permit on every path, errors included: release it in a destructor";
  if (contexts)
    return "cancel the context on every path, by a guard that calls its cancel function";
  if (receives) {
    return "let the sending side close the channel on every path, errors and early returns "
           "included";
  }
  if (sends) {
    return "receive until the channel is closed, or give it room for what is sent after the "
           "receiver "
           "left";
  }
  if (const std::string remedy = RemedyForWait(awaited); !remedy.empty()) return remedy;
  if (joins) return "let the joined task come to its end on every path";
  return {};
}

}  // namespace heddle
