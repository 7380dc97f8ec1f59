// SPDX-License-Identifier: Apache-2.0
//
// The only file that knows how one stack is left for another: Boost.Context's fcontext, a jump of a
// few nanoseconds that saves the callee-saved registers, MXCSR and the x87 control word.
//
// A Fiber is a suspended point of execution and what goes with it: the exceptions in flight, errno,
// and the sanitizers' view of the stack. Jump is always inlined into the primitive that switches:
// the code from the decision to the user's next statement then contains no return instruction that
// the processor would mispredict, and TSan's shadow call stack stays balanced.
//
// Boost's functions are declared here under names of our own so that no user sees a Boost header.
#ifndef HEDDLE_RUNTIME_INTERNAL_FIBER_H_
#define HEDDLE_RUNTIME_INTERNAL_FIBER_H_

#include <cstddef>
#include <cstdint>

#include "heddle/runtime/internal/sanitizer.h"

namespace heddle::internal {

using Context = void*;
struct Transfer {
  Context context;  // the point that was left
  void* data;       // what the jump carried: the fiber that was left
};
Transfer JumpContext(Context to, void* data) __asm__("jump_fcontext");
Context MakeContext(void* stack_top, size_t size, void (*entry)(Transfer)) __asm__("make_fcontext");

// The C++ runtime's record of exceptions caught and in flight, as the Itanium ABI lays it out. It
// is per OS thread, so each fiber keeps its own across a switch.
struct ExceptionGlobals {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

struct Fiber {
  Context context = nullptr;
  ExceptionGlobals exceptions;
  int saved_errno = 0;
#if HEDDLE_TSAN
  void* tsan = nullptr;
  int hidden_depth = 0;  // Hidden regions that were open when it was left; 0: never entered
#endif
#if HEDDLE_ASAN
  void* fake_stack = nullptr;
  const void* stack_bottom = nullptr;
  size_t stack_size = 0;
#endif
};

// The OS thread's places that a switch exchanges, looked up once per execution.
struct ThreadGlobals {
  ExceptionGlobals* exceptions = nullptr;
  int* error = nullptr;
#if HEDDLE_ASAN
  Fiber* running = nullptr;  // since the last jump
#endif
};

// After a jump, on the fiber jumped to: keeps where the fiber that jumped can be resumed.
HEDDLE_ALWAYS_INLINE void Landed(Transfer transfer) {
  static_cast<Fiber*>(transfer.data)->context = transfer.context;
}

#if HEDDLE_ASAN
// The first time a stack is left, ASan tells its bounds (those of the OS thread's own stack are not
// known otherwise).
HEDDLE_ALWAYS_INLINE void FinishSwitch(void* fake_stack, Fiber* previous) {
  // Not locals: every operation would need a fake frame for them.
  static const void* bottom;
  static size_t size;
  __sanitizer_finish_switch_fiber(fake_stack, &bottom, &size);
  if (previous->stack_bottom == nullptr) {
    previous->stack_bottom = bottom;
    previous->stack_size = size;
  }
}
#endif

// Suspends `from` (the running fiber) and resumes `to`. Returns when something jumps back.
HEDDLE_ALWAYS_INLINE void Jump(Fiber* from, Fiber* to, ThreadGlobals& thread) {
  from->exceptions = *thread.exceptions;
  *thread.exceptions = to->exceptions;
  from->saved_errno = *thread.error;
  *thread.error = to->saved_errno;
  Context target = to->context;
#if HEDDLE_ASAN
  thread.running = to;
  __sanitizer_start_switch_fiber(&from->fake_stack, to->stack_bottom, to->stack_size);
#endif
#if HEDDLE_TSAN
  from->hidden_depth = Hidden::depth;
  Hidden::depth = to->hidden_depth;
  __tsan_switch_to_fiber(to->tsan, /*no_sync=*/1);
#endif
  Transfer transfer = JumpContext(target, from);
  Landed(transfer);
#if HEDDLE_ASAN
  // What was suspended may be resumed as another task's fiber (SwapStacks): not `from`.
  FinishSwitch(thread.running->fake_stack, static_cast<Fiber*>(transfer.data));
#endif
}

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_FIBER_H_
