// SPDX-License-Identifier: Apache-2.0
//
// The programs of support/small_programs.h. Many wait for ever or break a rule in some of their schedules: that is
// an end like any other.
#include "support/small_programs.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "heddle/sync/atomic.h"
#include "heddle/sync/barrier.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/choice.h"
#include "heddle/sync/condition_variable.h"
#include "heddle/sync/context.h"
#include "heddle/sync/event.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/recursive_mutex.h"
#include "heddle/sync/select.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/shared_mutex.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "heddle/sync/timer.h"
#include "heddle/sync/wait_group.h"
#include "support/commute.h"
#include "support/small_parts.h"

namespace heddle::testing_support {
namespace {

using std::chrono::nanoseconds;

// -- Memory, tasks, values
// ------------------------------------------------------------------------------

void SmallAtomics(CommuteRun& run) {
  Atomic<int> values[2] = {0, 0};
  RunSmall(run, 3, [&](CommuteTask& me) {
    Atomic<int>& value = values[me.Draw(3) == 0];
    switch (me.Draw(8)) {
      case 0: value.wait(0); break;
      case 1: value.notify_one(); break;
      case 2: value.notify_all(); break;
      case 3: me.Note(value.fetch_add(1)); break;
      case 4: {
        int expected = 0;
        me.Note(value.compare_exchange_strong(expected, 2));
        break;
      }
      case 5: value.store(1 + me.me); break;
      default: me.Note(value.load());
    }
  });
}

// Tasks that start tasks, some of them daemons and some that outlive the body; and values drawn.
void SmallSpawns(CommuteRun& run) {
  const auto value = std::make_shared<Atomic<int>>(0);
  RunSmall(run, 2, [&](CommuteTask& me) {
    if (me.Draw(2) == 0) {
      const int drawn = static_cast<int>(Choose(2));
      Task child = Go({.daemon = me.Draw(3) == 0}, [value, drawn] { value->fetch_add(1 + drawn); });
      if (me.Draw(2) == 0) Yield();
      if (me.Draw(2) == 0) child.Join();
    }
    me.Note(value->load());
  });
}

// -- Channels
// -------------------------------------------------------------------------------------------

void NoteReceived(CommuteTask& me, std::optional<int> value) { me.Note(value.value_or(-1)); }
void NoteReceived(CommuteTask& me, const TryReceived<int>& received) {
  me.Note(received.value.value_or(received.closed ? -1 : -2));
}

void UseChannel(CommuteTask& me, const Channel<int>& channel) {
  const int value = 10 * me.me + static_cast<int>(me.Draw(10));
  switch (me.Draw(13)) {
    case 0:
    case 1:
    case 2: channel.Send(value); break;
    case 3:
    case 4:
    case 5: NoteReceived(me, channel.Receive()); break;
    case 6: me.Note(channel.TrySend(value)); break;
    case 7: NoteReceived(me, channel.TryReceive()); break;
    case 8: me.Note(channel.TrySendFor(value, SmallTime(me))); break;
    case 9: NoteReceived(me, channel.TryReceiveFor(SmallTime(me))); break;
    case 10: channel.Close(); break;
    default: me.Note(static_cast<int64_t>(channel.Len()));
  }
}

Channel<int> SmallChannel(CommuteTask& body) {
  switch (body.Draw(5)) {
    case 0:
    case 1: return Channel<int>(0);
    case 2: return Channel<int>(0, ChannelOptions{.fifo = true});
    case 3: return Channel<int>(1, ChannelOptions{.fifo = true});
    default: return Channel<int>(1);
  }
}

void SmallChannels(CommuteRun& run) {
  const Channel<int> channels[2] = {SmallChannel(run.body()), SmallChannel(run.body())};
  RunSmall(run, 3, [&](CommuteTask& me) { UseChannel(me, channels[me.Draw(3) == 0]); });
  for (const Channel<int>& channel : channels) NoteReceived(run.body(), channel.TryReceive());
}

SelectCase SmallCase(CommuteTask& me, const Channel<int>& channel) {
  if (me.Draw(2) == 0) return OnSend(channel, 10 * me.me + static_cast<int>(me.Draw(10)));
  return OnReceive(channel, [&me](std::optional<int> value) { NoteReceived(me, value); });
}

void SmallSelects(CommuteRun& run) {
  const Channel<int> channels[2] = {SmallChannel(run.body()), SmallChannel(run.body())};
  RunSmall(run, 2, [&](CommuteTask& me) {
    if (me.Draw(2) == 0) return UseChannel(me, channels[me.Draw(2)]);
    std::vector<SelectCase> cases;
    cases.push_back(SmallCase(me, channels[0]));
    cases.push_back(SmallCase(me, channels[1]));
    switch (me.Draw(4)) {
      case 0:
        cases.push_back(Default());
        me.Note(static_cast<int64_t>(Select(cases)));
        break;
      case 1: me.Note(static_cast<int64_t>(SelectFor(SmallTime(me), cases))); break;
      default: me.Note(static_cast<int64_t>(Select(cases)));
    }
  });
}

// -- Contexts, time
// -------------------------------------------------------------------------------------

void SmallContexts(CommuteRun& run) {
  CancelableContext nodes[2];
  nodes[0] = WithCancel(Background());
  nodes[1] = run.body().Draw(2) == 0 ? WithCancel(nodes[0].context)
                                     : WithTimeout(nodes[0].context, nanoseconds(2));
  const Channel<int> channel(1);
  RunSmall(run, 2, [&](CommuteTask& me) {
    const CancelableContext& node = nodes[me.Draw(2)];
    switch (me.Draw(7)) {
      case 0:
      case 1: node.cancel(); break;
      case 2: me.Note(node.context.Done().TryReceiveFor(SmallTime(me)).closed); break;
      case 3: {
        const StopFunc stop = AfterFunc(node.context, [channel] { (void)channel.TrySend(1); });
        if (me.Draw(2) == 0) me.Note(stop());
        break;
      }
      case 4:
        me.Note(static_cast<int64_t>(
            Select(OnReceive(node.context.Done()), OnReceive(channel), OnSend(channel, 2))));
        break;
      case 5: me.Note(static_cast<int64_t>(WithCancel(node.context).context.Err())); break;
      default: me.Note(static_cast<int64_t>(node.context.Err()));
    }
  });
}

void SmallTimers(CommuteRun& run) {
  const Timer timer(nanoseconds(1));
  const Ticker ticker(nanoseconds(2));
  Atomic<int> value = 0;
  RunSmall(run, 2, [&](CommuteTask& me) {
    switch (me.Draw(8)) {
      case 0: me.Note(timer.C().TryReceiveFor(SmallTime(me)).value.has_value()); break;
      case 1: me.Note(timer.Stop()); break;
      case 2: me.Note(timer.Reset(SmallTime(me))); break;
      case 3: me.Note(ticker.C().TryReceive().value.has_value()); break;
      case 4: me.Note(static_cast<int64_t>(timer.C().Len())); break;
      case 5: Sleep(SmallTime(me)); break;
      case 6: me.Note((Now() - VirtualClock::time_point()).count()); break;
      default: me.Note(value.fetch_add(1));
    }
  });
  ticker.Stop();
  (void)timer.Stop();
}

// -- All kinds in one
// -----------------------------------------------------------------------------------

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
    {"condition variable", SmallConditions},
    {"once", SmallOnce},
    {"semaphore", SmallSemaphores},
    {"weighted semaphore", SmallWeighted},
    {"wait group", SmallWaitGroups},
    {"latch", SmallLatches},
    {"barrier", SmallBarriers},
    {"event", SmallEvents},
    {"atomics", SmallAtomics},
    {"spawns", SmallSpawns},
    {"channels", SmallChannels},
    {"selects", SmallSelects},
    {"contexts", SmallContexts},
    {"timers", SmallTimers},
    {"mixture", SmallMixture},
};

}  // namespace

std::span<const SmallWorld> SmallWorlds() { return kWorlds; }

}  // namespace heddle::testing_support
