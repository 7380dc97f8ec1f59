// SPDX-License-Identifier: Apache-2.0
//
// Races that ThreadSanitizer sees, tied to the execution in which they happened. Empty in builds
// without it.
#ifndef HEDDLE_RUNTIME_INTERNAL_TSAN_H_
#define HEDDLE_RUNTIME_INTERNAL_TSAN_H_

#include "heddle/core/snapshot.h"

namespace heddle::internal {

// Reports so far that belong to no execution; they were printed as usual.
int TsanReportsOutside();

// An execution begins: what was seen before is none of its business.
void ForgetTsanRace();

// Whether TSan reported a race since then; if so describes it, and prepares the shadow memory so
// that the same race is seen again in the next execution.
bool TakeTsanRace(Failure* failure);

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_TSAN_H_
