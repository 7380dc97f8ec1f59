// SPDX-License-Identifier: Apache-2.0
//
// The life of a task: its entry, its end, and its unwinding. (Its spawn: runtime/internal/execution.h.)
#ifndef HEDDLE_RUNTIME_INTERNAL_TASKS_H_
#define HEDDLE_RUNTIME_INTERNAL_TASKS_H_

#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {

// The body: task T0.
TaskState* PrepareBody(Location where);

// First thing on a new stack.
void Entered(Transfer transfer);

// Destroys the task local that `task` created last, in the running task's identity.
void DestroyLatestLocal(TaskState* task);

// Ends every unfinished task, youngest first. All steps are over.
void UnwindTasks();

// Everything any task of this execution did happens before what the caller does next.
void AcquireFinishedTasks();

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_TASKS_H_
