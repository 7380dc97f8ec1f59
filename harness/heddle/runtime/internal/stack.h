// SPDX-License-Identifier: Apache-2.0
//
// Stacks for tasks: mapped once per slot, reused for ever, with a guard region below.
//
// A task that runs into its guard ends the process, as any stack overflow does; the handler first
// names the task and the knob that gives it more room, then lets the fault take its usual course.
#ifndef HEDDLE_RUNTIME_INTERNAL_STACK_H_
#define HEDDLE_RUNTIME_INTERNAL_STACK_H_

#include <cstddef>

namespace heddle::internal {

// Address space only; large, so that the frame of a function with a big local array does not reach
// over it.
inline constexpr size_t kGuardBytes = 1024 * 1024;

// Maps `bytes` (a multiple of the page size) above a guard. Returns the lowest usable address;
// null, with errno set, if the system refuses.
char* MapStack(size_t bytes);
void UnmapStack(char* stack, size_t bytes);

// Gives the calling OS thread a stack for signal handlers, unless it has one.
void UseSignalStack();

// Installs the handler that names a task on overflow.
void WatchStackOverflow();

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_STACK_H_
