// SPDX-License-Identifier: Apache-2.0
//
// What a search (strategy/search.h) is shown of an execution.
#ifndef HEDDLE_RUNTIME_INTERNAL_SHOW_H_
#define HEDDLE_RUNTIME_INTERNAL_SHOW_H_

#include <cstdint>

#include "heddle/strategy/search.h"

namespace heddle::internal {

// The task in `slot` is about to take its step.
Search::Go ShowStep(uint32_t slot);

// The execution ended; its tasks were not unwound yet.
void ShowEnd();

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_SHOW_H_
