// SPDX-License-Identifier: Apache-2.0
//
// Virtual time: a number of nanoseconds that moves only when the clock, a pseudo-task, fires the
// earliest timer. The clock is runnable when nothing else is, and under ClockPolicy::kAnytime as
// one more alternative, a limited number of times in an execution. Which of several timers with the
// same deadline fires first is a decision.
#ifndef HEDDLE_RUNTIME_INTERNAL_CLOCK_H_
#define HEDDLE_RUNTIME_INTERNAL_CLOCK_H_

#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {

void BeginClock();

// "5ms", "1.5s", "0ns": for reports.
std::string FormatNanoseconds(int64_t nanoseconds);

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_CLOCK_H_
