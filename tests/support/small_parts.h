// SPDX-License-Identifier: Apache-2.0
//
// What the programs of support/small_programs.h are made of.
#ifndef HEDDLE_TESTS_SUPPORT_SMALL_PARTS_H_
#define HEDDLE_TESTS_SUPPORT_SMALL_PARTS_H_

#include <chrono>
#include <cstdint>
#include <functional>

#include "heddle/sync/channel.h"
#include "support/commute.h"

namespace heddle::testing_support {

// Two or three tasks that do one to `most` things each, and then `end` what they have begun.
template <class F>
void RunSmall(CommuteRun& run, int most, const F& step,
              const std::function<void(CommuteTask&)>& end = {}) {
  const int tasks = 2 + static_cast<int>(run.body().Draw(2));
  const int steps = 1 + static_cast<int>(run.body().Draw(static_cast<uint32_t>(most)));
  run.Tasks(tasks, steps, step, end);
}

inline std::chrono::nanoseconds SmallTime(CommuteTask& me) {
  return std::chrono::nanoseconds(1 + me.Draw(2));
}

// small_locks.cc: of Mutex and RecursiveMutex.
template <class M>
void SmallMutexes(CommuteRun& run);
void SmallUnowned(CommuteRun& run);
void SmallShared(CommuteRun& run);
void SmallUnownedShared(CommuteRun& run);
void SmallConditions(CommuteRun& run);
void SmallOnce(CommuteRun& run);

// small_counting.cc
void SmallSemaphores(CommuteRun& run);
void SmallWeighted(CommuteRun& run);
void SmallWaitGroups(CommuteRun& run);
void SmallLatches(CommuteRun& run);
void SmallBarriers(CommuteRun& run);
void SmallEvents(CommuteRun& run);

// small_memory.cc
void SmallAtomics(CommuteRun& run);
void SmallFlags(CommuteRun& run);
void SmallVariables(CommuteRun& run);

// small_tasks.cc
void SmallSpawns(CommuteRun& run);
void SmallFailures(CommuteRun& run);
void SmallErrGroups(CommuteRun& run);

// small_channels.cc
Channel<int> SmallChannel(CommuteTask& body);
void UseChannel(CommuteTask& me, const Channel<int>& channel);
void SmallChannels(CommuteRun& run);
void SmallSelects(CommuteRun& run);

// small_time.cc
void SmallContexts(CommuteRun& run);
void SmallTimers(CommuteRun& run);
void SmallTickers(CommuteRun& run);

// small_std.cc
void SmallFutures(CommuteRun& run);
void SmallStops(CommuteRun& run);
void SmallThreads(CommuteRun& run);

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_SMALL_PARTS_H_
