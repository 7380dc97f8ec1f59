// SPDX-License-Identifier: Apache-2.0
//
// What LeakSanitizer, which looks for pointers in the stacks of threads only, must be told of tasks.
// Empty in builds without AddressSanitizer.
//
// The stacks are no root regions: at every exit it would look through all that were ever mapped, for
// each of them through the map of the process, which takes minutes with thousands.
#ifndef HEDDLE_RUNTIME_INTERNAL_LEAKS_H_
#define HEDDLE_RUNTIME_INTERNAL_LEAKS_H_

#include "heddle/runtime/internal/task.h"

namespace heddle::internal {

// The frames of `task`, which is suspended, will never return: what they own is lost knowingly and no
// leak. O(size of the frames).
void ForgiveLeaks(const TaskState& task);
// The same for what lies in the execution's memory, such as large function objects. O(its size).
void ForgiveArena();

// From now on, an exit in the middle of an execution does the same for every task. Once per process.
void ForgiveLeaksAtExit();

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_LEAKS_H_
