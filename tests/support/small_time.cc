// SPDX-License-Identifier: Apache-2.0
//
// Small programs of contexts and of virtual time (support/small_programs.h).
#include <any>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "heddle/sync/atomic.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/context.h"
#include "heddle/sync/select.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "heddle/sync/timer.h"
#include "support/commute.h"
#include "support/small_parts.h"

namespace heddle::testing_support {
namespace {

using std::chrono::nanoseconds;

struct SmallNode {
  Context context;
  std::function<void()> cancel;
};

SmallNode SmallNodeOf(const CancelableContext& made) { return {made.context, made.cancel}; }

SmallNode SmallNodeBelow(CommuteTask& body, const Context& parent) {
  switch (body.Draw(5)) {
    case 0: return SmallNodeOf(WithTimeout(parent, nanoseconds(2)));
    case 1: return SmallNodeOf(WithDeadline(parent, TimePoint(nanoseconds(1))));
    case 2: {
      const CancelableCauseContext made = WithCancelCause(parent);
      return {made.context, [cancel = made.cancel] { cancel(7); }};
    }
    default: return SmallNodeOf(WithCancel(parent));
  }
}

// 0: not cancelled; 10 and more: a ContextError.
int64_t CauseOf(const Context& context) {
  const std::any cause = context.Cause();
  if (const auto* error = std::any_cast<ContextError>(&cause)) {
    return 10 + static_cast<int64_t>(*error);
  }
  return cause.has_value() ? std::any_cast<int>(cause) : 0;
}

}  // namespace

void SmallContexts(CommuteRun& run) {
  SmallNode nodes[2];
  nodes[0] = SmallNodeOf(WithCancel(Background()));
  nodes[1] = SmallNodeBelow(run.body(), nodes[0].context);
  const Channel<int> channel(1);
  RunSmall(run, 2, [&](CommuteTask& me) {
    const SmallNode& node = nodes[me.Draw(2)];
    const Receiver<Done> done = node.context.Done();
    switch (me.Draw(11)) {
      case 0:
      case 1: node.cancel(); break;
      case 2: me.Note(done.TryReceiveFor(SmallTime(me)).closed); break;
      case 3: {
        const StopFunc stop = AfterFunc(node.context, [channel] { (void)channel.TrySend(1); });
        if (me.Draw(2) == 0) me.Note(stop());
        break;
      }
      case 4:
        me.Note(
            static_cast<int64_t>(Select(OnReceive(done), OnReceive(channel), OnSend(channel, 2))));
        break;
      case 5: me.Note(static_cast<int64_t>(WithCancel(node.context).context.Err())); break;
      case 6: me.Note(done.TryReceive().closed); break;
      case 7: me.Note(static_cast<int64_t>(done.Len())); break;
      case 8: me.Note(CauseOf(node.context)); break;
      case 9: me.Note(done.Receive().has_value()); break;
      default: me.Note(static_cast<int64_t>(node.context.Err()));
    }
  });
  run.body().Note(CauseOf(nodes[1].context));
}

namespace {

// In some programs all begin late, when timers have fired.
class SmallDelay {
 public:
  explicit SmallDelay(CommuteTask& body) : until_(nanoseconds(body.Draw(3) == 0)) {}
  void Await() const {
    if (Now() < until_) SleepUntil(until_);
  }

 private:
  const TimePoint until_;
};

}  // namespace

void SmallTimers(CommuteRun& run) {
  const Timer timer(nanoseconds(1));
  const auto value = std::make_shared<Atomic<int>>(0);
  const Timer function = run.body().Draw(3) == 0
                             ? AfterFunc(nanoseconds(1), [value] { value->fetch_add(10); })
                             : timer;
  const SmallDelay delay(run.body());
  RunSmall(run, 2, [&](CommuteTask& me) {
    delay.Await();
    switch (me.Draw(9)) {
      case 0: me.Note(timer.C().TryReceiveFor(SmallTime(me)).value.has_value()); break;
      case 1: me.Note(function.Stop()); break;
      case 2: me.Note(timer.Reset(SmallTime(me))); break;
      case 3: me.Note(timer.C().TryReceive().value.has_value()); break;
      case 4: me.Note(static_cast<int64_t>(timer.C().Len())); break;
      case 5: Sleep(SmallTime(me)); break;
      case 6: me.Note((Now() - VirtualClock::time_point()).count()); break;
      case 7: me.Note(function.Reset(SmallTime(me))); break;
      default: me.Note(value->fetch_add(1));
    }
  });
  (void)function.Stop();
  (void)timer.Stop();
}

void SmallTickers(CommuteRun& run) {
  const Ticker ticker(nanoseconds(1 + run.body().Draw(2)));
  const SmallDelay delay(run.body());
  RunSmall(run, 2, [&](CommuteTask& me) {
    delay.Await();
    switch (me.Draw(8)) {
      case 0:
      case 1: me.Note(ticker.C().Receive()->time_since_epoch().count()); break;
      case 2: me.Note(ticker.C().TryReceive().value.has_value()); break;
      case 3: me.Note(static_cast<int64_t>(ticker.C().Len())); break;
      case 4: ticker.Reset(SmallTime(me)); break;
      case 5: ticker.Stop(); break;
      case 6: Sleep(SmallTime(me)); break;
      default: me.Note((Now() - VirtualClock::time_point()).count());
    }
  });
  ticker.Stop();
}

}  // namespace heddle::testing_support
