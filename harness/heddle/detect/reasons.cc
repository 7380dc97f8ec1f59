// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/reasons.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include "heddle/detect/internal/who.h"

namespace heddle {
namespace {

using internal::AcquireReason;
using internal::AtCase;
using internal::Helpers;
using internal::Join;
using internal::Kinds;
using internal::LastStep;
using internal::Place;
using internal::WaitReason;

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

// The sends whose values a full channel holds, the oldest first; none where the history does not tell.
std::vector<const StepSnapshot*> ValuesIn(uint32_t object, const Snapshot& snapshot) {
  const std::string& state = snapshot.objects[object].state;  // "full, 2/2"
  const auto capacity = std::strtoull(state.c_str() + state.find('/') + 1, nullptr, 10);
  std::deque<const StepSnapshot*> values;
  for (const StepSnapshot& step : snapshot.history) {
    const bool selects = step.taken.object == object;
    if (step.step == 0 || (!selects && step.object != object)) continue;
    switch (selects ? step.taken.operation : step.operation) {
      case OperationKind::kSend:
      case OperationKind::kTrySend:
        if (values.size() < capacity) values.push_back(&step);
        break;
      case OperationKind::kReceive:
      case OperationKind::kTryReceive:
        if (!values.empty()) values.pop_front();
        break;
      default: break;
    }
  }
  if (values.size() != capacity) return {};
  return {values.begin(), values.end()};
}

// '; it is full of values of T1 (step 5, cart.cc:44), T2 (step 7, cart.cc:44), which have finished', if others
// than `task` sent some of them.
std::string FilledBy(const TaskSnapshot& task, uint32_t object, const Snapshot& snapshot) {
  if (!snapshot.objects[object].state.starts_with("full")) return {};
  std::vector<std::string> senders;
  bool others = false, finished = true;
  std::vector<const StepSnapshot*> values = ValuesIn(object, snapshot);
  for (const StepSnapshot* value : values) {
    const auto again = std::find_if(values.begin(), values.end(),
                                    [&](const StepSnapshot* v) { return v->slot == value->slot; });
    if (*again != value) continue;
    const TaskSnapshot* sender = snapshot.Find(value->slot);
    others |= value->slot != task.slot;
    finished &= sender->finished;
    senders.push_back(sender->label + " (" + Place(*value) + ")");
  }
  if (!others) return {};
  const char* ends = !finished             ? ""
                     : senders.size() == 1 ? ", which has finished"
                                           : ", which have finished";
  return "; it is full of values of " + Join(senders) + ends;
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
    // It has no name to know it by.
    return label + " (made at " + ToString(channel.made_at) +
           ") to be cancelled -> nobody cancelled it";
  }
  if (kind == kSend) {
    return "a receive on " + label + " -> " +
           Helpers(task, object, snapshot, {kReceive, kTryReceive}, {"receives", "receive"}) +
           FilledBy(task, object, snapshot);
  }
  return "a send on " + label + " or its close -> " +
         Helpers(task, object, snapshot, {kSend, kTrySend, kClose},
                 {"sends or closes", "send or close"});
}

std::string CaseReason(const TaskSnapshot& task, const CaseSnapshot& one,
                       const Snapshot& snapshot) {
  if (one.operation != OperationKind::kAcquire) {
    return ChannelReason(task, one.object, one.operation, snapshot);
  }
  return AcquireReason(AtCase(task, one), snapshot);
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
      // Those that can be ready come first.
      std::vector<CaseSnapshot> cases = task.cases;
      std::stable_partition(cases.begin(), cases.end(),
                            [](const CaseSnapshot& c) { return c.object != kNobody; });
      std::string text;
      for (const CaseSnapshot& c : cases) {
        text += (text.empty() ? "" : "; or ") + CaseReason(task, c, snapshot);
      }
      return task.cases.empty() ? task.label + " -> waits in a select without cases: for good"
                                : start + text;
    }
    default: break;
  }
  return task.label + " -> stands at " + task.waits;
}

}  // namespace heddle
