// SPDX-License-Identifier: Apache-2.0
//
// The dependence relation of contexts, timers, tasks and the clock, by brute force (support/commute.h).
#include <chrono>
#include <functional>
#include <optional>
#include <system_error>
#include <type_traits>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/sync/context.h"
#include "heddle/sync/err_group.h"
#include "heddle/sync/select.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "heddle/sync/timer.h"
#include "support/commute.h"

namespace heddle::testing_support {
namespace {

using K = OperationKind;
using O = ObjectKind;
using std::chrono::nanoseconds;

constexpr Options kCommuteAnytime = {
    .max_steps = 2'000, .clock = ClockPolicy::kAnytime, .tickers_must_stop = false};

// -- Context
// -----------------------------------------------------------------------------------------------

void CommuteLook(CommuteTask& me, const Context& context) {
  switch (me.Draw(8)) {
    case 0: (void)context.Done().Receive(); break;
    case 1:
    case 5: me.Note(context.Done().TryReceive().closed); break;
    case 2: me.Note(context.Done().TryReceiveFor(nanoseconds(me.Draw(3))).closed); break;
    case 3:
    case 4: me.Note(static_cast<int64_t>(context.Done().Len())); break;
    default: me.Note(static_cast<int64_t>(context.Err()));
  }
}

// A tree of three, and one apart.
void CommuteContexts(CommuteRun& run) {
  CancelableContext nodes[4];
  nodes[0] = WithCancel(Background());
  nodes[1] = WithCancel(nodes[0].context);
  nodes[2] = run.body().Draw(2) == 0 ? WithCancel(nodes[1].context)
                                     : WithTimeout(nodes[1].context, nanoseconds(2));
  nodes[3] = WithCancel(Background());
  run.Tasks(3 + static_cast<int>(run.body().Draw(2)), 3, [&](CommuteTask& me) {
    const CancelableContext& node = nodes[me.Draw(4)];
    switch (me.Draw(10)) {
      case 0:
      case 1: node.cancel(); break;
      case 2:
      case 9: {
        const CancelableContext child = WithCancel(node.context);
        CommuteLook(me, child.context);
        break;
      }
      case 3:
      case 4: {
        const StopFunc stop = AfterFunc(node.context, [] { Yield(); });
        if (me.Draw(2) == 0) me.Note(stop());
        break;
      }
      case 5: {
        const Context& other = nodes[me.Draw(4)].context;
        me.Note(
            static_cast<int64_t>(Select(OnReceive(node.context.Done()), OnReceive(other.Done()))));
        break;
      }
      default: CommuteLook(me, node.context);
    }
  });
  for (CancelableContext& node : nodes) {
    run.body().Note(static_cast<int64_t>(node.context.Err()));
  }
}

// A registration that several tasks may stop.
void CommuteStops(CommuteRun& run) {
  const CancelableContext node = WithCancel(Background());
  const StopFunc stops[2] = {AfterFunc(node.context, [] {}), AfterFunc(node.context, [] {})};
  run.Tasks(3, 3, [&](CommuteTask& me) {
    switch (me.Draw(5)) {
      case 0: node.cancel(); break;
      case 1: CommuteLook(me, node.context); break;
      default: me.Note(stops[me.Draw(2)]());
    }
  });
}

constexpr char kOwnRegistration[] = "what is stopped is a function's registration, no context";

TEST(TimeDependenceTest, Context) {
  const Commutation seen = TryWorlds({{"contexts", CommuteContexts}, {"stops", CommuteStops}});
  ExpectCommutes(seen, {O::kContext},
                 {{O::kContext, K::kStop, K::kCancel, kOwnRegistration},
                  {O::kContext, K::kStop, K::kErr, kOwnRegistration},
                  {O::kContext, K::kStop, K::kDerive, kOwnRegistration},
                  {O::kContext, K::kStop, K::kAfterFunc, kOwnRegistration},
                  {O::kContext, K::kStop, K::kReceive, kOwnRegistration},
                  {O::kContext, K::kStop, K::kTryReceive, kOwnRegistration},
                  {O::kContext, K::kStop, K::kLength, kOwnRegistration}});
  ExpectDependentElsewhere(seen, Group::kCancels, Group::kCancels);
  ExpectDependentElsewhere(seen, Group::kCancels, Group::kLooks);
  ExpectDependentElsewhere(seen, Group::kCancels, Group::kSelects);
}

// -- Timer, Ticker
// -----------------------------------------------------------------------------------------

template <class T>
void CommuteTick(CommuteTask& me, const T& timer) {
  const nanoseconds time(1 + me.Draw(3));
  switch (me.Draw(9)) {
    case 0: me.Note(timer.C().Receive().has_value()); break;
    case 1:
    case 2: me.Note(timer.C().TryReceive().value.has_value()); break;
    case 3: me.Note(timer.C().TryReceiveFor(nanoseconds(me.Draw(3))).value.has_value()); break;
    case 4: me.Note(static_cast<int64_t>(timer.C().Len())); break;
    case 5:
      if constexpr (std::is_same_v<T, Timer>) {
        me.Note(timer.Stop());
      } else {
        timer.Stop();
      }
      break;
    case 6:
      if constexpr (std::is_same_v<T, Timer>) {
        me.Note(timer.Reset(time));
      } else {
        timer.Reset(time);
      }
      break;
    default: Sleep(nanoseconds(me.Draw(3)));
  }
}

void CommuteTimers(CommuteRun& run) {
  const Timer timers[2] = {Timer(nanoseconds(1)), Timer(nanoseconds(2))};
  run.Tasks(3, 4, [&](CommuteTask& me) { CommuteTick(me, timers[me.Draw(3) == 0]); });
}

void CommuteTickers(CommuteRun& run) {
  const Ticker tickers[2] = {Ticker(nanoseconds(1)), Ticker(nanoseconds(3))};
  run.Tasks(3, 4, [&](CommuteTask& me) { CommuteTick(me, tickers[me.Draw(3) == 0]); });
  for (const Ticker& ticker : tickers) ticker.Stop();
}

TEST(TimeDependenceTest, Timer) {
  ExpectCommutes(
      TryWorlds({{"timers", CommuteTimers}, {"early timers", CommuteTimers, kCommuteAnytime}}),
      {O::kTimer}, {});
}

TEST(TimeDependenceTest, Ticker) {
  ExpectCommutes(
      TryWorlds({{"tickers", CommuteTickers}, {"early tickers", CommuteTickers, kCommuteAnytime}}),
      {O::kTicker}, {});
}

// -- Select among channels of every sort
// --------------------------------------------------------------------

void CommuteMixed(CommuteRun& run) {
  const Channel<int> channel(0);
  const CancelableContext node = WithCancel(Background());
  const Timer timer(nanoseconds(1));
  run.Tasks(4, 3, [&](CommuteTask& me) {
    switch (me.Draw(9)) {
      case 0: node.cancel(); break;
      case 1: me.Note(channel.TrySend(me.me)); break;
      case 2: channel.Send(me.me); break;
      case 3: me.Note(timer.Stop()); break;
      case 4: me.Note(timer.Reset(nanoseconds(1))); break;
      case 5: me.Note(timer.C().TryReceive().value.has_value()); break;
      case 6: Sleep(nanoseconds(1)); break;
      default:
        me.Note(static_cast<int64_t>(
            Select(OnReceive(node.context.Done()), OnReceive(channel), OnReceive(timer.C()))));
    }
  });
}

TEST(TimeDependenceTest, SelectsAmongAll) {
  const Commutation seen =
      TryWorlds({{"mixed", CommuteMixed}, {"mixed, early", CommuteMixed, kCommuteAnytime}});
  ExpectCommutes(seen, {}, {});
  ExpectDependentElsewhere(seen, Group::kMoves, Group::kCancels);
  ExpectDependentElsewhere(seen, Group::kMoves, Group::kMoves);
  ExpectDependentElsewhere(seen, Group::kSelects, Group::kCancels);
}

// -- Tasks and the clock
// -----------------------------------------------------------------------------------

void CommuteFamily(CommuteTask& me, uint32_t depth) {
  switch (me.Draw(5)) {
    case 0: Sleep(nanoseconds(me.Draw(3))); break;
    case 1: Yield(); break;
    case 2: (void)AfterFunc(nanoseconds(me.Draw(2)), [] { Yield(); }); break;
    default: {
      if (depth == 0) return Yield();
      const uint64_t seed = me.Draw(1'000);
      Task child = Go([seed, depth] {
        std::vector<int64_t> notes;
        CommuteTask it(0, seed, &notes);
        CommuteFamily(it, depth - 1);
      });
      if (me.Draw(2) == 0) child.Join();
    }
  }
}

void CommuteTasks(CommuteRun& run) {
  run.Tasks(3, 3, [&](CommuteTask& me) { CommuteFamily(me, 2); });
}

void CommuteErrGroup(CommuteRun& run) {
  ErrGroup<> group(Background());
  if (run.body().Draw(2) == 0) group.SetLimit(2);
  for (int i = 0; i < 3; ++i) {
    const bool fails = run.body().Draw(3) == 0;
    const bool waits = run.body().Draw(3) == 0;
    group.Go([&group, fails, waits] {
      if (waits) (void)group.context().Done().TryReceiveFor(nanoseconds(1));
      return fails ? std::make_error_code(std::errc::io_error) : std::error_code();
    });
  }
  run.body().Note(group.Wait().value());
}

TEST(TimeDependenceTest, TasksAndTheClock) {
  const Commutation seen = TryWorlds({{"tasks", CommuteTasks},
                                      {"tasks and early timers", CommuteTasks, kCommuteAnytime},
                                      {"error groups", CommuteErrGroup}});
  ExpectCommutes(seen, {}, {});
}

}  // namespace
}  // namespace heddle::testing_support
