// SPDX-License-Identifier: Apache-2.0
//
// Slots: the places of tasks, numbered, each with a stack and a fiber that outlive the task in it and serve the
// next one.
#ifndef HEDDLE_RUNTIME_INTERNAL_SLOTS_H_
#define HEDDLE_RUNTIME_INTERNAL_SLOTS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {

// Makes the array of slots; once per process.
void PrepareSlots();
// Stacks mapped from now on, and those reused, have at least this size.
void UseStacks(size_t bytes);

// The task in `slot` with a fresh state and a fiber that is suspended before or in `entry`. Null, with
// errno set, if the system refuses memory for its stack.
TaskState* PrepareSlot(uint32_t slot, void (*entry)(Transfer));
// The same for a slot without which no execution is possible: ends the process instead.
TaskState* PrepareNeededSlot(uint32_t slot, void (*entry)(Transfer));
// From now on that cannot fail.
void ReserveSlot(uint32_t slot, void (*entry)(Transfer));
// The refusal of PrepareSlot as a sentence. Reads errno: at once.
std::string WhyNoStack();

// The frames on the stack of `task`, which is suspended with one Hidden region open, will never
// return: its fiber starts afresh.
void RenewFiber(TaskState* task, void (*entry)(Transfer));

// Between executions: gives the stacks back that the one before did not use, and what any took from the heap. (A
// process that once had 10,000 tasks or a million timers forks slowly.)
void GiveBackIdleMemory();

// The tasks of the execution before exchange their stacks: where a task's locals lie changes, and which
// task's lie lower. The first gets the last one's and so on: enough where stacks lie in the order of
// their tasks.
void ReverseStacks();
// Each gets the stack of any other, at random.
void ShuffleStacks(uint64_t seed);

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_SLOTS_H_
