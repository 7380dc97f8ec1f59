// SPDX-License-Identifier: Apache-2.0
//
// The programs of support/small_programs.h. Many wait for ever or break a rule in some of their schedules: that is
// an end like any other.
#include "support/small_programs.h"

#include <condition_variable>
#include <cstdint>
#include <span>

#include "heddle/sync/atomic.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/condition_variable.h"
#include "heddle/sync/context.h"
#include "heddle/sync/event.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/recursive_mutex.h"
#include "heddle/sync/select.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/shared_mutex.h"
#include "heddle/sync/task.h"
#include "heddle/sync/wait_group.h"
#include "support/commute.h"
#include "support/small_parts.h"

namespace heddle::testing_support {
namespace {

void SmallMixture(CommuteRun& run) {
  Mutex mu;
  ConditionVariable cv;
  SharedMutex shared;
  Semaphore permits(1);
  Event event(kAutoReset);
  Atomic<int> value = 0;
  WaitGroup group;
  group.Add(1);
  const Channel<int> channels[2] = {Channel<int>(0), Channel<int>(1)};
  const CancelableContext node = WithCancel(Background());
  const uint32_t of = run.body().Draw(6);
  RunSmall(run, 2, [&](CommuteTask& me) {
    // Three kinds of six, so that they meet.
    switch ((me.Draw(3) + of) % 6) {
      case 0: {
        MutexLock lock(mu);
        if (me.Draw(2) == 0) me.Note(cv.wait_for(lock, SmallTime(me)) == std::cv_status::timeout);
        me.Note(value.fetch_add(1));
        break;
      }
      case 1: me.Draw(2) == 0 ? cv.notify_one() : event.Set(); break;
      case 2:
        if (me.Draw(2) == 0) {
          group.Done();
        } else {
          permits.acquire();
          me.Note(event.IsSet());
          permits.release();
        }
        break;
      case 3:
        me.Note(static_cast<int64_t>(Select(OnReceive(channels[0]), OnSend(channels[1], me.me),
                                            OnReceive(node.context.Done()))));
        break;
      case 4: UseChannel(me, channels[me.Draw(2)]); break;
      default:
        if (me.Draw(2) == 0) return node.cancel();
        shared.lock_shared();
        me.Note(value.load());
        shared.unlock_shared();
    }
  });
}

constexpr SmallWorld kWorlds[] = {
    {"mutexes", SmallMutexes<Mutex>},
    {"recursive mutexes", SmallMutexes<RecursiveMutex>},
    {"unowned mutex", SmallUnowned},
    {"shared mutex", SmallShared},
    {"unowned shared mutex", SmallUnownedShared},
    {"condition variable", SmallConditions},
    {"once", SmallOnce},
    {"semaphore", SmallSemaphores},
    {"weighted semaphore", SmallWeighted},
    {"wait group", SmallWaitGroups},
    {"latch", SmallLatches},
    {"barrier", SmallBarriers},
    {"event", SmallEvents},
    {"atomics", SmallAtomics},
    {"flag", SmallFlags},
    {"shared variable", SmallVariables},
    {"spawns", SmallSpawns},
    {"failures", SmallFailures},
    {"err group", SmallErrGroups},
    {"channels", SmallChannels},
    {"selects", SmallSelects},
    {"contexts", SmallContexts},
    {"timers", SmallTimers},
    {"tickers", SmallTickers},
    {"std futures", SmallFutures},
    {"std stops", SmallStops},
    {"std threads", SmallThreads},
    {"mixture", SmallMixture},
};

}  // namespace

std::span<const SmallWorld> SmallWorlds() { return kWorlds; }

}  // namespace heddle::testing_support
