// SPDX-License-Identifier: Apache-2.0
//
// What to do about tasks that never go on.
#include <algorithm>
#include <string>
#include <vector>

#include "heddle/core/names.h"
#include "heddle/detect/internal/who.h"
#include "heddle/detect/reasons.h"

namespace heddle {
namespace {

using internal::AtCase;
using internal::IsDoomed;
using internal::IsHelpedBy;

bool IsFuture(const ObjectSnapshot& object) {
  return object.kind == ObjectKind::kEvent &&
         object.label == std::string("event \"") + kFutureName + "\"";
}

std::string RemedyForWait(const ObjectSnapshot& awaited) {
  if (IsFuture(awaited)) {
    return "set the value or an exception on every path, or call the packaged_task, or let the "
           "promise "
           "go: its destructor tells who waits (broken_promise)";
  }
  switch (awaited.kind) {
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
      return "change the condition while holding the mutex, then notify, all if they wait for "
             "different things, and wait with a predicate";
    case ObjectKind::kAtomic:
      return "notify after every store that a waiting task may be waiting for";
    default: return {};
  }
}

// The case that a select is for, the first of the most telling ones: others are ways out.
const CaseSnapshot& WhatItIsFor(const std::vector<CaseSnapshot>& cases, const Snapshot& snapshot) {
  const auto telling = [&](const CaseSnapshot& one) {
    if (one.object == kNobody) return 0;
    if (one.operation == OperationKind::kAcquire) return 4;
    if (one.operation == OperationKind::kSend) return 3;
    return snapshot.objects[one.object].kind == ObjectKind::kChannel ? 2 : 1;
  };
  return *std::max_element(
      cases.begin(), cases.end(),
      [&](const CaseSnapshot& a, const CaseSnapshot& b) { return telling(a) < telling(b); });
}

// What the tasks that cannot go on wait for.
struct Needs {
  bool locks = false, sends = false, receives = false, acquires = false, nil = false, joins = false;
  bool contexts = false, once = false, doomed = false, full = false, timers = false;
  bool readers = false;
  ObjectSnapshot awaited;                // of a task at `wait`
  const TaskSnapshot* holder = nullptr;  // blocked elsewhere than at a lock, holding one

  void Add(const TaskSnapshot& task, const Snapshot& snapshot);
  void AddAt(const TaskSnapshot& task, const CaseSnapshot& at, const Snapshot& snapshot);
};

void Needs::Add(const TaskSnapshot& task, const Snapshot& snapshot) {
  if (task.operation != OperationKind::kSelect) {
    return AddAt(task, {task.object, task.operation}, snapshot);
  }
  if (!task.cases.empty()) AddAt(task, WhatItIsFor(task.cases, snapshot), snapshot);
}

void Needs::AddAt(const TaskSnapshot& task, const CaseSnapshot& at, const Snapshot& snapshot) {
  using enum OperationKind;
  const OperationKind kind = at.operation;
  const ObjectSnapshot* object = at.object != kNobody ? &snapshot.objects[at.object] : nullptr;
  const auto is = [&](ObjectKind wanted) { return object != nullptr && object->kind == wanted; };
  const bool channel = kind == kSend || kind == kReceive;
  locks |= kind == kLock || kind == kLockShared || kind == kAwaitReaders;
  readers |= kind == kAwaitReaders;
  once |= kind == kCallOnce;
  sends |= kind == kSend;
  full |= kind == kSend && object != nullptr && object->state.starts_with("full");
  receives |= kind == kReceive;
  acquires |= kind == kAcquire;
  contexts |= is(ObjectKind::kContext) && kind == kReceive;
  timers |= (is(ObjectKind::kTimer) || is(ObjectKind::kTicker)) && kind == kReceive;
  joins |= kind == kJoin;
  nil |= channel && object == nullptr;
  if (object != nullptr && kind == kWait) awaited = *object;
  doomed |= IsDoomed(AtCase(task, at), snapshot);
  const bool elsewhere = channel || kind == kAcquire || kind == kWait || kind == kJoin;
  if (elsewhere && !task.holds.empty()) holder = &task;
}

using Tasks = std::vector<const TaskSnapshot*>;

Needs NeedsOf(const Tasks& tasks, const Snapshot& snapshot) {
  Needs needs;
  for (const TaskSnapshot* task : tasks) needs.Add(*task, snapshot);
  return needs;
}

bool HasSpawned(const TaskSnapshot& ancestor, const TaskSnapshot& task) {
  return &ancestor != &task &&
         (ancestor.label == "T0" || task.label.starts_with(ancestor.label + "."));
}

// Of tasks that cannot go on those for whom no other of them is known to be of help; and of these, not
// those that spawned another one: they most likely wait for what it would have done. Empty if all wait
// for each other.
Tasks RootsOf(const Tasks& blocked, const Snapshot& snapshot) {
  Tasks alone;
  for (const TaskSnapshot* task : blocked) {
    const auto helps = [&](const TaskSnapshot* other) {
      return other != task && IsHelpedBy(*task, *other, snapshot);
    };
    if (std::none_of(blocked.begin(), blocked.end(), helps)) alone.push_back(task);
  }
  Tasks roots;
  for (const TaskSnapshot* task : alone) {
    const auto spawned = [&](const TaskSnapshot* other) { return HasSpawned(*task, *other); };
    if (std::none_of(alone.begin(), alone.end(), spawned)) roots.push_back(task);
  }
  return roots;
}

std::string RemedyForSends(bool full) {
  const std::string remedy =
      "receive until the channel is closed, or give it room for what is sent after the receiver "
      "left";
  return full ? remedy + "; where a value stands for a permit, take it back on every path" : remedy;
}

// What is held back, and would have been given back by those who have it.
std::string RemedyForHeld(const Needs& needs, const Snapshot& snapshot) {
  if (needs.locks && needs.holder != nullptr) {
    return "do not block while holding a lock that the other side needs: let " +
           needs.holder->label + " unlock " + snapshot.objects[needs.holder->holds.front()].label +
           " before " + ToString(needs.holder->at);
  }
  if (needs.locks)
    return std::string("unlock on every path out of the critical section: hold the lock by ") +
           (needs.readers ? "ReaderLock" : "MutexLock");
  if (needs.once) return "let the function that is called once come to its end on every path";
  if (needs.doomed) return "acquire no more than the size of the semaphore";
  if (needs.acquires)
    return "release the permit on every path, errors included: release it in a destructor";
  if (needs.contexts)
    return "cancel the context on every path, by a guard that calls its cancel function";
  return {};
}

// For what did not come, and would have been done by others; the likeliest first.
std::vector<std::string> RemediesForMissing(const Needs& needs) {
  std::vector<std::string> remedies;
  if (needs.timers) {
    remedies.push_back(
        "wait only for a timer or ticker that is armed: one that was stopped, or a timer whose "
        "tick was taken, never fires again without a Reset; drain it by TryReceive");
  }
  if (needs.receives && !needs.timers) {
    remedies.push_back(
        "let the sending side close the channel on every path, errors and early returns included");
  }
  if (needs.sends) remedies.push_back(RemedyForSends(needs.full));
  const std::string awaited = RemedyForWait(needs.awaited);
  if (!awaited.empty()) remedies.push_back(awaited);
  if (needs.joins && remedies.empty()) {
    remedies.push_back("let the joined task come to its end on every path");
  }
  return remedies;
}

}  // namespace

std::string RemedyFor(const std::vector<const TaskSnapshot*>& stuck, const Snapshot& snapshot) {
  Tasks blocked;
  for (const TaskSnapshot* task : stuck) {
    if (!task->runnable) blocked.push_back(task);
  }
  const Needs all = NeedsOf(blocked, snapshot);
  if (all.nil) return "construct the channel with a capacity before it is used";
  if (const std::string remedy = RemedyForHeld(all, snapshot); !remedy.empty()) return remedy;
  const Tasks roots = RootsOf(blocked, snapshot);
  std::vector<std::string> remedies = RemediesForMissing(NeedsOf(roots, snapshot));
  // Which of two roots is to blame, the other waiting for what it would have done, is not known.
  if (remedies.size() > 1) return remedies[0] + "; or " + remedies[1];
  if (roots.empty() && all.sends && !all.full) {
    return "let one side receive while it waits to send, by a select with both cases, or give a "
           "channel room for what is under way";
  }
  if (remedies.empty()) remedies = RemediesForMissing(all);
  return remedies.empty() ? "" : remedies.front();
}

}  // namespace heddle
