// SPDX-License-Identifier: Apache-2.0
//
// Small programs of what counts (support/small_programs.h).
#include <cstdint>
#include <optional>
#include <utility>

#include "heddle/sync/atomic.h"
#include "heddle/sync/barrier.h"
#include "heddle/sync/context.h"
#include "heddle/sync/event.h"
#include "heddle/sync/latch.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/wait_group.h"
#include "heddle/sync/weighted_semaphore.h"
#include "support/commute.h"
#include "support/small_parts.h"

namespace heddle::testing_support {

void SmallSemaphores(CommuteRun& run) {
  Semaphore permits(1, {.maximum = 3});
  RunSmall(run, 3, [&](CommuteTask& me) {
    switch (me.Draw(6)) {
      case 0: permits.acquire(); break;
      case 1: me.Note(permits.try_acquire()); break;
      case 2: me.Note(permits.try_acquire_for(SmallTime(me))); break;
      case 3: permits.release(2); break;
      default: permits.release(1);
    }
  });
}

void SmallWeighted(CommuteRun& run) {
  WeightedSemaphore permits(2);
  const CancelableContext node = WithCancel(Background());
  RunSmall(run, 2, [&](CommuteTask& me) {
    const int64_t n = 1 + me.Draw(2);
    bool took = true;
    switch (me.Draw(6)) {
      case 0: took = permits.TryAcquire(n); break;
      case 1: took = permits.AcquireFor(SmallTime(me), n); break;
      case 2: took = permits.Acquire(node.context, n); break;
      case 3:
        node.cancel();
        took = false;
        break;
      default: permits.Acquire(n);
    }
    me.Note(took);
    if (took && me.Draw(4) != 0) permits.Release(n);
  });
}

void SmallWaitGroups(CommuteRun& run) {
  WaitGroup group;
  Atomic<int> value = 0;
  group.Add(1 + run.body().Draw(2));
  RunSmall(run, 3, [&](CommuteTask& me) {
    switch (me.Draw(6)) {
      case 0: group.Wait(); break;
      case 1: group.Add(1); break;
      case 2: me.Note(value.load()); break;
      case 3: group.Go([&value] { value.fetch_add(1); }).Join(); break;
      default: group.Done();
    }
    me.Note(1);
  });
}

void SmallLatches(CommuteRun& run) {
  Latch latch(2 + run.body().Draw(2));
  RunSmall(run, 3, [&](CommuteTask& me) {
    switch (me.Draw(7)) {
      case 0: latch.wait(); break;
      case 1: me.Note(latch.try_wait()); break;
      case 2: me.Note(latch.wait_for(SmallTime(me))); break;
      case 3: latch.count_down(2); break;
      case 4: latch.arrive_and_wait(); break;
      default: latch.count_down();
    }
  });
}

namespace {

// Who arrives may wait later, and at the end does.
template <class F>
void MeetAt(CommuteRun& run, Barrier<F>& barrier) {
  std::optional<typename Barrier<F>::arrival_token> tokens[CommuteRun::kMostTasks];
  const auto await = [&](CommuteTask& me) {
    if (tokens[me.me]) barrier.wait(*std::exchange(tokens[me.me], std::nullopt));
  };
  const auto step = [&](CommuteTask& me) {
    switch (me.Draw(6)) {
      case 0: barrier.arrive_and_drop(); break;
      case 1: (void)barrier.arrive(); break;
      case 2: (void)barrier.arrive(2); break;
      case 3:
        if (tokens[me.me]) {
          await(me);
        } else {
          tokens[me.me] = barrier.arrive();
        }
        break;
      default: barrier.arrive_and_wait();
    }
    me.Note(1);
  };
  RunSmall(run, 2, step, await);
}

}  // namespace

void SmallBarriers(CommuteRun& run) {
  const int64_t tasks = 2 + run.body().Draw(2);
  Atomic<int> completed = 0;
  switch (run.body().Draw(3)) {
    case 0: {
      Barrier barrier(tasks);
      MeetAt(run, barrier);
      break;
    }
    case 1: {
      int phases = 0;
      Barrier barrier(tasks, [&phases] { ++phases; });
      MeetAt(run, barrier);
      run.body().Note(phases);
      break;
    }
    default: {
      Barrier barrier(tasks, [&completed] { completed.fetch_add(1); });
      MeetAt(run, barrier);
    }
  }
  run.body().Note(completed.load());
}

void SmallEvents(CommuteRun& run) {
  Event manual;
  Event resets(kAutoReset);
  Event& event = run.body().Draw(2) == 0 ? manual : resets;
  RunSmall(run, 3, [&](CommuteTask& me) {
    switch (me.Draw(7)) {
      case 0: event.Wait(); break;
      case 1: me.Note(event.WaitFor(SmallTime(me))); break;
      case 2: me.Note(event.TryWait()); break;
      case 3: me.Note(event.IsSet()); break;
      case 4: event.Reset(); break;
      default: event.Set();
    }
  });
}

}  // namespace heddle::testing_support
