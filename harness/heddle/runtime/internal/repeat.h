// SPDX-License-Identifier: Apache-2.0
//
// Whether an execution repeats another one, step by step.
#ifndef HEDDLE_RUNTIME_INTERNAL_REPEAT_H_
#define HEDDLE_RUNTIME_INTERNAL_REPEAT_H_

#include <cstdint>

#include "heddle/runtime/internal/task.h"

namespace heddle::internal {

// Whether step `step` (from 1), which `next` is about to take, is that of the execution to be
// repeated (x.expected); if not, that is the failure.
bool RepeatsStep(uint64_t step, const TaskState& next);

// The execution is over after `steps` steps: fails it if the other one went on.
void RepeatsEnd(uint64_t steps);

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_REPEAT_H_
