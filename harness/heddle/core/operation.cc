// SPDX-License-Identifier: Apache-2.0
#include "heddle/core/operation.h"

namespace heddle {

std::string_view ToString(OperationKind kind) {
  switch (kind) {
    case OperationKind::kNone: return "none";
    case OperationKind::kStart: return "start";
    case OperationKind::kResume: return "resume";
    case OperationKind::kSpawn: return "spawn";
    case OperationKind::kJoin: return "join";
    case OperationKind::kYield: return "yield";
    case OperationKind::kSleep: return "sleep";
    case OperationKind::kFire: return "fire";
    case OperationKind::kLock: return "lock";
    case OperationKind::kTryLock: return "try_lock";
    case OperationKind::kUnlock: return "unlock";
    case OperationKind::kAcquire: return "acquire";
    case OperationKind::kTryAcquire: return "try_acquire";
    case OperationKind::kRelease: return "release";
    case OperationKind::kSend: return "send";
    case OperationKind::kReceive: return "receive";
    case OperationKind::kTrySend: return "try-send";
    case OperationKind::kTryReceive: return "try-receive";
    case OperationKind::kClose: return "close";
    case OperationKind::kTimeout: return "timeout";
    case OperationKind::kSelect: return "select";
    case OperationKind::kTrySelect: return "try-select";
    case OperationKind::kLength: return "len";
    case OperationKind::kLockShared: return "lock_shared";
    case OperationKind::kTryLockShared: return "try_lock_shared";
    case OperationKind::kUnlockShared: return "unlock_shared";
    case OperationKind::kAwaitReaders: return "await-readers";
    case OperationKind::kAdd: return "add";
    case OperationKind::kWait: return "wait";
    case OperationKind::kTryWait: return "try_wait";
    case OperationKind::kArrive: return "arrive";
    case OperationKind::kArriveAndDrop: return "arrive_and_drop";
    case OperationKind::kSet: return "set";
    case OperationKind::kReset: return "reset";
    case OperationKind::kNotifyOne: return "notify_one";
    case OperationKind::kNotifyAll: return "notify_all";
    case OperationKind::kCallOnce: return "call_once";
    case OperationKind::kEndCallOnce: return "end-call_once";
    case OperationKind::kLoad: return "load";
    case OperationKind::kStore: return "store";
    case OperationKind::kExchange: return "exchange";
    case OperationKind::kCompareExchange: return "compare_exchange";
    case OperationKind::kFetch: return "fetch";
    case OperationKind::kCancel: return "cancel";
    case OperationKind::kErr: return "err";
    case OperationKind::kDerive: return "derive";
    case OperationKind::kAfterFunc: return "after-func";
    case OperationKind::kStop: return "stop";
    case OperationKind::kChoose: return "choose";
  }
  return "?";
}

std::string_view ToString(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kNone: return "none";
    case ObjectKind::kTask: return "task";
    case ObjectKind::kMutex: return "mutex";
    case ObjectKind::kSemaphore: return "semaphore";
    case ObjectKind::kChannel: return "channel";
    case ObjectKind::kShared: return "variable";
    case ObjectKind::kSharedMutex: return "shared mutex";
    case ObjectKind::kRecursiveMutex: return "recursive mutex";
    case ObjectKind::kCondition: return "condition variable";
    case ObjectKind::kOnce: return "once";
    case ObjectKind::kWaitGroup: return "wait group";
    case ObjectKind::kLatch: return "latch";
    case ObjectKind::kBarrier: return "barrier";
    case ObjectKind::kEvent: return "event";
    case ObjectKind::kWeightedSemaphore: return "weighted semaphore";
    case ObjectKind::kContext: return "context";
    case ObjectKind::kErrGroup: return "error group";
    case ObjectKind::kTimer: return "timer";
    case ObjectKind::kTicker: return "ticker";
    case ObjectKind::kAtomic: return "atomic";
  }
  return "?";
}

}  // namespace heddle
