// SPDX-License-Identifier: Apache-2.0
//
// The dependence relation among primitives of all kinds, by brute force (support/commute.h).
#include <algorithm>
#include <chrono>
#include <memory>

#include "gtest/gtest.h"
#include "heddle/sync/atomic.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/condition_variable.h"
#include "heddle/sync/context.h"
#include "heddle/sync/event.h"
#include "heddle/sync/latch.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/once.h"
#include "heddle/sync/recursive_mutex.h"
#include "heddle/sync/select.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/shared_mutex.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "heddle/sync/timer.h"
#include "heddle/sync/wait_group.h"
#include "heddle/sync/weighted_semaphore.h"
#include "support/commute.h"

namespace heddle::testing_support {
namespace {

using std::chrono::nanoseconds;

struct CommuteAll {
  Mutex mu;
  ConditionVariable cv;
  RecursiveMutex recursive;
  SharedMutex shared;
  Once once;
  Semaphore permits{2};
  WeightedSemaphore memory{3};
  WaitGroup group;
  Latch latch{3};
  Event event{kAutoReset};
  Atomic<int> value{0};
  Channel<int> meet{0};
  Channel<int> buffer{1};
  CancelableContext node = WithCancel(Background());
  Timer timer{nanoseconds(2)};

  void Lock(CommuteTask& me) {
    switch (me.Draw(5)) {
      case 0: {
        MutexLock lock(mu);
        me.Note(cv.wait_for(lock, nanoseconds(me.Draw(3))) == std::cv_status::timeout);
        break;
      }
      case 1: me.Draw(2) == 0 ? cv.notify_one() : cv.notify_all(); break;
      case 2: {
        RecursiveMutexLock lock(recursive);
        break;
      }
      case 3:
        if (me.Draw(2) == 0) {
          ReaderLock lock(shared);
        } else {
          WriterLock lock(shared);
        }
        break;
      default: once.Do([] { Yield(); });
    }
  }
  void Count(CommuteTask& me) {
    switch (me.Draw(6)) {
      case 0:
        permits.acquire();
        permits.release();
        break;
      case 1:
        memory.Acquire(2);
        memory.Release(2);
        break;
      case 2:
        group.Add(1);
        group.Done();
        break;
      case 3: latch.count_down(me.Draw(2)); break;
      case 4: me.Note(latch.try_wait()); break;
      default: me.Draw(2) == 0 ? event.Set() : me.Note(event.WaitFor(nanoseconds(2)));
    }
  }
  void Send(CommuteTask& me) {
    switch (me.Draw(7)) {
      case 0: me.Note(meet.TrySendFor(me.me, nanoseconds(1))); break;
      case 1: me.Note(meet.TryReceive().value.value_or(-1)); break;
      case 2: me.Note(buffer.TrySend(me.me)); break;
      case 3: me.Note(buffer.TryReceive().value.value_or(-1)); break;
      case 4: me.Note(timer.Stop()); break;
      case 5:
        me.Draw(2) == 0 ? node.cancel() : me.Note(node.context.Err() == ContextError::kNone);
        break;
      default:
        me.Note(static_cast<int64_t>(Select(OnReceive(meet), OnReceive(node.context.Done()),
                                            OnSend(buffer, 7), OnReceive(timer.C()))));
    }
  }
  void Step(CommuteTask& me) {
    switch (me.Draw(8)) {
      case 0:
      case 1: Lock(me); break;
      case 2:
      case 3: Count(me); break;
      case 4: Sleep(nanoseconds(me.Draw(3))); break;
      case 5: me.Draw(2) == 0 ? value.notify_all() : me.Note(value.fetch_add(1)); break;
      default: Send(me);
    }
  }
};

void CommuteMixture(CommuteRun& run) {
  CommuteAll all;
  run.Tasks(4, 4, [&](CommuteTask& me) { all.Step(me); });
}

TEST(MixedDependenceTest, AllKinds) {
  const Options anytime = {.max_steps = 2'000, .clock = ClockPolicy::kAnytime};
  const Commutation seen =
      TryWorlds({{"all kinds", CommuteMixture}, {"all kinds, early", CommuteMixture, anytime}});
  ExpectCommutes(seen, {}, {});
  // The rarest pairs are tried first, so there are not many states of any.
  const auto tried = std::count_if(seen.independent.begin(), seen.independent.end(),
                                   [](const auto& entry) { return entry.second.states >= 5; });
  EXPECT_GE(tried, HEDDLE_TSAN || HEDDLE_ASAN ? 20 : 500) << "of " << seen.independent.size();
}

}  // namespace
}  // namespace heddle::testing_support
