// SPDX-License-Identifier: Apache-2.0
//
// The life of a task: its slot and fiber, its entry, its end, and its unwinding.
#ifndef HEDDLE_RUNTIME_INTERNAL_TASKS_H_
#define HEDDLE_RUNTIME_INTERNAL_TASKS_H_

#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {

// Makes the task array; once per process.
void PrepareTasks();
// Stacks mapped from now on, and those reused, have at least this size.
void UseStacks(size_t bytes);

// The task in `slot` with a fresh state and a fiber that is suspended before or in `entry`. Null, with
// errno set, if the system refuses memory for its stack.
TaskState* PrepareSlot(uint32_t slot, void (*entry)(Transfer));
// The same for a slot without which no execution is possible: ends the process instead.
TaskState* PrepareNeededSlot(uint32_t slot, void (*entry)(Transfer));
// From now on that cannot fail.
void ReserveSlot(uint32_t slot, void (*entry)(Transfer));

// The body: task T0.
TaskState* PrepareBody(Location where);

// The tasks of the execution before exchange their stacks: where a task's locals lie changes, and which
// task's lie lower. The first gets the last one's and so on, which suffices where stacks lie in the
// order of their tasks;
void ReverseStacks();
// or each gets any other's, at random.
void ShuffleStacks(uint64_t seed);

// First thing on a new stack.
void Entered(Transfer transfer);

// Ends every unfinished task, youngest first. All steps are over.
void UnwindTasks();

// Everything any task of this execution did happens before what the caller does next.
void AcquireFinishedTasks();

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_TASKS_H_
