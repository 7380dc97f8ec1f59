// SPDX-License-Identifier: Apache-2.0
//
// What to do about tasks that never go on.
#include <string>
#include <vector>

#include "heddle/core/names.h"
#include "heddle/detect/internal/who.h"
#include "heddle/detect/reasons.h"

namespace heddle {
namespace {

using internal::AtCase;
using internal::IsDoomed;

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
      return "change the condition while holding the mutex, then notify, and wait with a predicate";
    case ObjectKind::kAtomic:
      return "notify after every store that a waiting task may be waiting for";
    default: return {};
  }
}

// What the tasks that cannot go on wait for.
struct Needs {
  bool locks = false, sends = false, receives = false, acquires = false, nil = false, joins = false;
  bool contexts = false, once = false, doomed = false, full = false;
  ObjectSnapshot awaited;                // of a task at `wait`
  const TaskSnapshot* holder = nullptr;  // blocked elsewhere than at a lock, holding one

  void Add(const TaskSnapshot& task, const Snapshot& snapshot);
  void AddAt(const TaskSnapshot& task, const CaseSnapshot& at, const Snapshot& snapshot);
};

void Needs::Add(const TaskSnapshot& task, const Snapshot& snapshot) {
  if (task.operation != OperationKind::kSelect) {
    return AddAt(task, {task.object, task.operation}, snapshot);
  }
  for (const CaseSnapshot& one : task.cases) {
    // The other cases are ways out.
    if (one.operation == OperationKind::kAcquire) return AddAt(task, one, snapshot);
  }
  receives = true;
}

void Needs::AddAt(const TaskSnapshot& task, const CaseSnapshot& at, const Snapshot& snapshot) {
  using enum OperationKind;
  const OperationKind kind = at.operation;
  const ObjectSnapshot* object = at.object != kNobody ? &snapshot.objects[at.object] : nullptr;
  const bool channel = kind == kSend || kind == kReceive;
  locks |= kind == kLock || kind == kLockShared || kind == kAwaitReaders;
  once |= kind == kCallOnce;
  sends |= kind == kSend;
  full |= kind == kSend && object != nullptr && object->state.starts_with("full");
  receives |= kind == kReceive;
  acquires |= kind == kAcquire;
  contexts |= kind == kReceive && object != nullptr && object->kind == ObjectKind::kContext;
  joins |= kind == kJoin;
  nil |= channel && object == nullptr;
  if (object != nullptr && kind == kWait) awaited = *object;
  doomed |= IsDoomed(AtCase(task, at), snapshot);
  const bool elsewhere = channel || kind == kAcquire || kind == kWait || kind == kJoin;
  if (elsewhere && !task.holds.empty()) holder = &task;
}

}  // namespace

std::string RemedyFor(const std::vector<const TaskSnapshot*>& stuck, const Snapshot& snapshot) {
  Needs needs;
  for (const TaskSnapshot* task : stuck) {
    if (!task->runnable) needs.Add(*task, snapshot);
  }
  if (needs.nil) return "construct the channel with a capacity before it is used";
  if (needs.locks && needs.holder != nullptr) {
    return "do not block while holding a lock that the other side needs: let " +
           needs.holder->label + " unlock " + snapshot.objects[needs.holder->holds.front()].label +
           " before " + ToString(needs.holder->at);
  }
  if (needs.locks)
    return "unlock on every path out of the critical section: hold the lock by MutexLock";
  if (needs.once) return "let the function that is called once come to its end on every path";
  if (needs.doomed) return "acquire no more than the size of the semaphore";
  if (needs.acquires)
    return "release the permit on every path, errors included: release it in a destructor";
  if (needs.contexts)
    return "cancel the context on every path, by a guard that calls its cancel function";
  if (needs.receives) {
    return "let the sending side close the channel on every path, errors and early returns "
           "included";
  }
  if (needs.sends) {
    const std::string remedy =
        "receive until the channel is closed, or give it room for what is sent after the receiver "
        "left";
    return needs.full ? remedy + "; where a value stands for a permit, take it back on every path"
                      : remedy;
  }
  if (const std::string remedy = RemedyForWait(needs.awaited); !remedy.empty()) return remedy;
  if (needs.joins) return "let the joined task come to its end on every path";
  return {};
}

}  // namespace heddle
