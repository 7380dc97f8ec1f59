// SPDX-License-Identifier: Apache-2.0
//
// Small programs of channels (support/small_programs.h).
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "heddle/sync/channel.h"
#include "heddle/sync/select.h"
#include "heddle/sync/timer.h"
#include "support/commute.h"
#include "support/small_parts.h"

namespace heddle::testing_support {
namespace {

using std::chrono::nanoseconds;

void NoteReceived(CommuteTask& me, std::optional<int> value) { me.Note(value.value_or(-1)); }
void NoteReceived(CommuteTask& me, const TryReceived<int>& received) {
  me.Note(received.value.value_or(received.closed ? -1 : -2));
}

}  // namespace

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
  switch (body.Draw(8)) {
    case 0:
    case 1: return Channel<int>(0);
    case 2: return Channel<int>(0, ChannelOptions{.fifo = true});
    case 3: return Channel<int>(1, ChannelOptions{.fifo = true});
    case 4: return Channel<int>(2, ChannelOptions{.fifo = body.Draw(2) == 0});
    case 5: return body.Draw(3) == 0 ? Channel<int>() : Channel<int>(2);
    default: return Channel<int>(1);
  }
}

void SmallChannels(CommuteRun& run) {
  const Channel<int> channels[2] = {SmallChannel(run.body()), SmallChannel(run.body())};
  RunSmall(run, 3, [&](CommuteTask& me) { UseChannel(me, channels[me.Draw(3) == 0]); });
  for (const Channel<int>& channel : channels) NoteReceived(run.body(), channel.TryReceive());
}

namespace {

SelectCase SmallCase(CommuteTask& me, const Channel<int>& channel) {
  if (me.Draw(2) == 0) return OnSend(channel, 10 * me.me + static_cast<int>(me.Draw(10)));
  return OnReceive(channel, [&me](std::optional<int> value) { NoteReceived(me, value); });
}

// The channel of a timer, of a ticker, or none.
Receiver<TimePoint> SmallClock(CommuteTask& body) {
  switch (body.Draw(6)) {
    case 0: return After(nanoseconds(1 + body.Draw(2)));
    case 1: return Ticker(nanoseconds(1 + body.Draw(2))).C();
    default: return {};
  }
}

}  // namespace

void SmallSelects(CommuteRun& run) {
  const Channel<int> channels[2] = {SmallChannel(run.body()), SmallChannel(run.body())};
  const Receiver<TimePoint> clock = SmallClock(run.body());
  RunSmall(run, 2, [&](CommuteTask& me) {
    if (me.Draw(2) == 0) return UseChannel(me, channels[me.Draw(2)]);
    std::vector<SelectCase> cases;
    cases.push_back(SmallCase(me, channels[0]));
    cases.push_back(SmallCase(me, channels[1]));
    if (!clock.IsNil() && me.Draw(3) != 0) cases.push_back(OnReceive(clock));
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

}  // namespace heddle::testing_support
