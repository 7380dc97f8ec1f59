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
  }
  return "?";
}

}  // namespace heddle
