// SPDX-License-Identifier: Apache-2.0
//
// The dependence relation of channels and select, by brute force (support/commute.h).
#include <chrono>
#include <optional>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/select.h"
#include "heddle/sync/task.h"
#include "support/commute.h"

namespace heddle::testing_support {
namespace {

using K = OperationKind;
using O = ObjectKind;
using std::chrono::nanoseconds;

const std::vector<ConservativePair> kNeverWitnessed = {
    {O::kChannel, K::kClose, K::kClose, "the second is misuse, whoever it is"}};

void CommuteReceived(CommuteTask& me, std::optional<int> value) { me.Note(value.value_or(-1)); }
void CommuteReceived(CommuteTask& me, const TryReceived<int>& received) {
  me.Note(received.value.value_or(received.closed ? -1 : -2));
}

// One operation on one channel; it may wait for ever.
void CommuteAt(CommuteTask& me, const Channel<int>& channel) {
  const int value = 10 * me.me + static_cast<int>(me.Draw(10));
  switch (me.Draw(16)) {
    case 0:
    case 1:
    case 2:
    case 3: channel.Send(value); break;
    case 4:
    case 5:
    case 6:
    case 7: CommuteReceived(me, channel.Receive()); break;
    case 8: me.Note(channel.TrySend(value)); break;
    case 9: CommuteReceived(me, channel.TryReceive()); break;
    case 10: me.Note(channel.TrySendFor(value, nanoseconds(me.Draw(3)))); break;
    case 11: CommuteReceived(me, channel.TryReceiveFor(nanoseconds(me.Draw(3)))); break;
    case 12: channel.Close(); break;
    default: me.Note(static_cast<int64_t>(channel.Len()));
  }
}

void CommuteProbe(CommuteTask& body, const Channel<int>& channel) {
  for (int i = 0; i < 3; ++i) CommuteReceived(body, channel.TryReceive());
}

// Two channels of every sort.
std::vector<Channel<int>> CommuteSorts(CommuteRun& run) {
  std::vector<Channel<int>> channels;
  for (int i = 0; i < 2; ++i) {
    switch (run.body().Draw(5)) {
      case 0: channels.emplace_back(0); break;
      case 1: channels.emplace_back(1); break;
      case 2: channels.emplace_back(2); break;
      case 3: channels.emplace_back(0, ChannelOptions{.fifo = true}); break;
      default: channels.emplace_back(1, ChannelOptions{.fifo = true});
    }
  }
  return channels;
}

void CommuteChannels(CommuteRun& run) {
  const std::vector<Channel<int>> channels = CommuteSorts(run);
  run.Tasks(3 + static_cast<int>(run.body().Draw(2)), 4,
            [&](CommuteTask& me) { CommuteAt(me, channels[me.Draw(3) == 0]); });
  for (const Channel<int>& channel : channels) CommuteProbe(run.body(), channel);
}

TEST(ChannelsDependenceTest, Channel) {
  ExpectCommutes(TryWorlds({{"channels", CommuteChannels}}), {O::kChannel}, kNeverWitnessed);
}

// -- Select
// ------------------------------------------------------------------------------------------------

SelectCase CommuteCase(CommuteTask& me, const Channel<int>& channel) {
  if (me.Draw(2) == 0) {
    return OnSend(channel, 10 * me.me + static_cast<int>(me.Draw(10)));
  }
  return OnReceive(channel, [&me](std::optional<int> value) { CommuteReceived(me, value); });
}

void CommuteSelect(CommuteTask& me, const std::vector<Channel<int>>& channels) {
  std::vector<SelectCase> cases;
  cases.push_back(CommuteCase(me, channels[0]));
  cases.push_back(CommuteCase(me, channels[1]));
  switch (me.Draw(4)) {
    case 0:
      cases.push_back(Default());
      me.Note(static_cast<int64_t>(Select(cases)));
      break;
    case 1: me.Note(static_cast<int64_t>(SelectFor(nanoseconds(me.Draw(3)), cases))); break;
    default: me.Note(static_cast<int64_t>(Select(cases)));
  }
}

// A third channel is no select's.
void CommuteSelects(CommuteRun& run) {
  const std::vector<Channel<int>> channels = CommuteSorts(run);
  const Channel<int> apart(1);
  run.Tasks(3 + static_cast<int>(run.body().Draw(2)), 4, [&](CommuteTask& me) {
    switch (me.Draw(8)) {
      case 0: CommuteAt(me, apart); break;
      case 1: Yield(); break;
      case 2:
      case 3:
      case 4: CommuteAt(me, channels[me.Draw(2)]); break;
      default: CommuteSelect(me, channels);
    }
  });
  for (const Channel<int>& channel : channels) CommuteProbe(run.body(), channel);
}

TEST(ChannelsDependenceTest, Select) {
  const Commutation seen = TryWorlds({{"selects", CommuteSelects}});
  ExpectCommutes(seen, {}, {});
  ExpectDependentElsewhere(seen, Group::kSelects, Group::kSelects);
  ExpectDependentElsewhere(seen, Group::kSelects, Group::kMoves);
  ExpectDependentElsewhere(seen, Group::kSelects, Group::kCounts);
  ExpectDependentElsewhere(seen, Group::kMoves, Group::kMoves);
}

}  // namespace
}  // namespace heddle::testing_support
