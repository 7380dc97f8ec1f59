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

}  // namespace

std::string RemedyFor(const std::vector<const TaskSnapshot*>& stuck, const Snapshot& snapshot) {
  bool locks = false, sends = false, receives = false, acquires = false, nil = false, joins = false;
  bool contexts = false, once = false, doomed = false, full = false;
  ObjectSnapshot awaited;                // of a task at `wait`
  const TaskSnapshot* holder = nullptr;  // blocked elsewhere than at a lock, holding one
  for (const TaskSnapshot* task : stuck) {
    if (task->runnable) continue;
    const OperationKind kind = task->operation;
    const bool channel = kind == OperationKind::kSend || kind == OperationKind::kReceive;
    receives |= kind == OperationKind::kSelect;
    locks |= kind == OperationKind::kLock || kind == OperationKind::kLockShared ||
             kind == OperationKind::kAwaitReaders;
    once |= kind == OperationKind::kCallOnce;
    sends |= kind == OperationKind::kSend;
    full |= kind == OperationKind::kSend && task->object != kNobody &&
            snapshot.objects[task->object].state.starts_with("full");
    receives |= kind == OperationKind::kReceive;
    acquires |= kind == OperationKind::kAcquire;
    contexts |= kind == OperationKind::kReceive && task->object != kNobody &&
                snapshot.objects[task->object].kind == ObjectKind::kContext;
    joins |= kind == OperationKind::kJoin;
    nil |= channel && task->object == kNobody;
    if (task->object != kNobody && kind == OperationKind::kWait) {
      awaited = snapshot.objects[task->object];
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
    const std::string remedy =
        "receive until the channel is closed, or give it room for what is sent after the receiver "
        "left";
    return full ? remedy + "; where a value stands for a permit, take it back on every path"
                : remedy;
  }
  if (const std::string remedy = RemedyForWait(awaited); !remedy.empty()) return remedy;
  if (joins) return "let the joined task come to its end on every path";
  return {};
}

}  // namespace heddle
