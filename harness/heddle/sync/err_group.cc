// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/err_group.h"

#include <string>

namespace heddle::internal {

void RefuseLimit(size_t running, Location where) {
  Hidden hidden;
  Misuse(OperationKind::kNone, nullptr, where, Throws::kYes,
         "the limit of an error group is changed while " + std::to_string(running) +
             (running == 1 ? " task of it runs" : " tasks of it run"),
         "set the limit before the first Go, or after Wait");
}

}  // namespace heddle::internal
