// SPDX-License-Identifier: Apache-2.0
//
// Races that ThreadSanitizer sees, tied to the execution in which they happened. Empty in builds
// without it.
#ifndef HEDDLE_RUNTIME_INTERNAL_TSAN_H_
#define HEDDLE_RUNTIME_INTERNAL_TSAN_H_

#include <cstdint>

#include "heddle/core/sanitize.h"
#include "heddle/core/snapshot.h"

namespace heddle::internal {

// Reports so far that belong to no execution; they were printed as usual.
int TsanReportsOutside();

// errno is the tasks' own (a switch exchanges it), but TSan sees one address, x.thread.error.
void TolerateRacesOnErrno();

// An execution begins: what was seen before is none of its business, but the same race is seen again.
void ForgetTsanRace();

// Whether TSan reported a race since then; if so describes it.
bool TakeTsanRace(Failure* failure);

// ThreadSanitizer remembers four accesses to each 8 bytes. Which of them the next one replaces hangs on
// how many events the fiber has had since it was made, not on the schedule: a race that one execution
// shows may be missed in its repetition. So a schedule that should show one is run up to so often,
#if HEDDLE_TSAN
inline constexpr int kMostTries = 16;
#else
inline constexpr int kMostTries = 1;
#endif
// each time without the accesses of earlier executions,
void ForgetAccesses();
// and in watched executions each task begins with 0 to 3 events more, in each other ones.
void AddTsanEvents(uint32_t slot);

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_TSAN_H_
