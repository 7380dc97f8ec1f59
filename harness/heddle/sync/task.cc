// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/task.h"

namespace heddle {

void Task::JoinMisused(Location where) const {
  using namespace internal;
  if (x.serial < kFirstSerial) return RefuseOutside(OperationKind::kJoin, where, Throws::kYes);
  if (task_ == nullptr) {
    return Misuse(OperationKind::kJoin, nullptr, where, Throws::kYes,
                  "join of a Task handle that stands for no task",
                  "assign it the result of Go first");
  }
  Misuse(OperationKind::kJoin, nullptr, where, Throws::kYes, "join of a task of another execution",
         "keep Task handles inside the scenario's body");
}

}  // namespace heddle
