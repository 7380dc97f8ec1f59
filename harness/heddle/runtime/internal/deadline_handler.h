// SPDX-License-Identifier: Apache-2.0
//
// The handler of the deadline's signal: what it does is told in internal/deadline.h.
//
// It may interrupt anything: the allocator, the standard library, a sanitizer's runtime that holds its
// own locks. So it calls nothing but system calls, by their numbers, and functions of Heddle that are
// not instrumented: ThreadSanitizer replaces not only the functions of libc that make system calls but
// strlen, memchr and the guards of local statics, too, and waits in them for its locks.
// tests/sanitizer/handler_symbols_test.sh looks at what it is linked with.
#ifndef HEDDLE_RUNTIME_INTERNAL_DEADLINE_HANDLER_H_
#define HEDDLE_RUNTIME_INTERNAL_DEADLINE_HANDLER_H_

#include <signal.h>
#include <time.h>

#include <cstdint>

#include "heddle/runtime/internal/deadline.h"

namespace heddle::internal {

// The deadline that runs, and its timer.
inline Deadline* armed_deadline = nullptr;
inline timer_t deadline_timer;

void SetDeadlineTimer(uint32_t milliseconds);

void OnDeadlineTimer(int signal, siginfo_t* info, void* context);

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_DEADLINE_HANDLER_H_
