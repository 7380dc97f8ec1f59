// SPDX-License-Identifier: Apache-2.0
//
// The state tables of sync/channel.h, a row per cell: what an operation returns or does in each state.
#include "heddle/sync/channel.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using IntChannel = Channel<int>;

// -- Buffered ---------------------------------------------------------------------------------------

enum class State { kRoom, kFull, kEmpty, kClosedEmpty, kClosed, kNil };

// Room: 1 of 2. Full: 2 of 2. Closed: 2 of 2. The values are 10, 11.
IntChannel InState(State state) {
  if (state == State::kNil) return IntChannel();
  IntChannel channel(2, "c");
  const int values = state == State::kRoom                              ? 1
                     : state == State::kFull || state == State::kClosed ? 2
                                                                        : 0;
  for (int i = 0; i < values; ++i) channel.Send(10 + i);
  if (state == State::kClosed || state == State::kClosedEmpty) channel.Close();
  return channel;
}

std::string Text(std::optional<int> value) { return value ? std::to_string(*value) : "nullopt"; }

// What is left in the channel, if it can be told without blocking: "10,11,".
std::string Rest(IntChannel channel) {
  std::string text;
  while (auto value = channel.TryReceive()) text += std::to_string(*value) + ",";
  return text;
}

struct Call {
  const char* name;
  std::function<std::string(IntChannel)> run;
};

const Call kSend = {"Send", [](IntChannel c) {
                      c.Send(20);
                      return std::string("sent");
                    }};
const Call kTrySend = {"TrySend",
                       [](IntChannel c) { return std::string(c.TrySend(20) ? "true" : "false"); }};
const Call kReceive = {"Receive", [](IntChannel c) { return Text(c.Receive()); }};
const Call kTryReceive = {"TryReceive", [](IntChannel c) {
                            TryReceived<int> got = c.TryReceive();
                            EXPECT_FALSE(got && got.closed);
                            return got.closed ? "closed" : Text(got.value);
                          }};
const Call kClose = {"Close", [](IntChannel c) {
                       c.Close();
                       return std::string("closed");
                     }};

struct Cell {
  const Call* operation;
  State state;
  const char* result;  // or "blocks" or a part of the misuse's headline
  const char* rest = "";
  Verdict verdict = Verdict::kPassed;
};

constexpr Verdict kBlocks = Verdict::kDeadlock;
constexpr Verdict kMisuse = Verdict::kMisuse;

const Cell kBufferedTable[] = {
    {&kSend, State::kRoom, "sent", "10,20,"},
    {&kSend, State::kFull, "blocks", "", kBlocks},
    {&kSend, State::kEmpty, "sent", "20,"},
    {&kSend, State::kClosedEmpty, "send on closed channel \"c\"", "", kMisuse},
    {&kSend, State::kClosed, "send on closed channel \"c\"", "", kMisuse},
    {&kSend, State::kNil, "blocks", "", kBlocks},
    {&kTrySend, State::kRoom, "true", "10,20,"},
    {&kTrySend, State::kFull, "false", "10,11,"},
    {&kTrySend, State::kEmpty, "true", "20,"},
    {&kTrySend, State::kClosedEmpty, "send on closed channel \"c\"", "", kMisuse},
    {&kTrySend, State::kClosed, "send on closed channel \"c\"", "", kMisuse},
    {&kTrySend, State::kNil, "false"},
    {&kReceive, State::kRoom, "10"},
    {&kReceive, State::kFull, "10", "11,"},
    {&kReceive, State::kEmpty, "blocks", "", kBlocks},
    {&kReceive, State::kClosedEmpty, "nullopt"},
    {&kReceive, State::kClosed, "10", "11,"},
    {&kReceive, State::kNil, "blocks", "", kBlocks},
    {&kTryReceive, State::kRoom, "10"},
    {&kTryReceive, State::kFull, "10", "11,"},
    {&kTryReceive, State::kEmpty, "nullopt"},
    {&kTryReceive, State::kClosedEmpty, "closed"},
    {&kTryReceive, State::kClosed, "10", "11,"},
    {&kTryReceive, State::kNil, "nullopt"},
    {&kClose, State::kRoom, "closed", "10,"},
    {&kClose, State::kFull, "closed", "10,11,"},
    {&kClose, State::kEmpty, "closed"},
    {&kClose, State::kClosedEmpty, "channel \"c\" is closed twice", "", kMisuse},
    {&kClose, State::kClosed, "channel \"c\" is closed twice", "", kMisuse},
    {&kClose, State::kNil, "a nil channel is closed", "", kMisuse},
};

TEST(ChannelTableTest, EveryCellOfTheBufferedChannel) {
  for (const Cell& cell : kBufferedTable) {
    SCOPED_TRACE(std::string(cell.operation->name) + " in state " +
                 std::to_string(static_cast<int>(cell.state)));
    std::string result;
    std::string rest;
    Report report = Try(
        [&] {
          IntChannel channel = InState(cell.state);
          result = cell.operation->run(channel);
          rest = Rest(channel);
        },
        {.schedules = 3});
    if (cell.verdict == Verdict::kPassed) {
      EXPECT_THAT(report, Passes());
      EXPECT_EQ(result, cell.result);
      EXPECT_EQ(rest, cell.rest);
    } else if (cell.verdict == kBlocks) {
      EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked, none can run"));
    } else {
      EXPECT_THAT(report, Fails(cell.verdict, cell.result));
    }
  }
}

// -- Unbuffered -------------------------------------------------------------------------------------

// Who is opposite: a parked task that does the opposite operation, none, or the channel is closed.
enum class Partner { kParked, kNone, kClosed };

struct UnbufferedCell {
  const Call* operation;
  Partner partner;
  const char* result;
  const char* others = "";  // what the parked partner saw
  Verdict verdict = Verdict::kPassed;
};

const UnbufferedCell kUnbufferedTable[] = {
    {&kSend, Partner::kParked, "sent", "20"},
    {&kSend, Partner::kNone, "blocks", "", kBlocks},
    {&kSend, Partner::kClosed, "send on closed channel \"c\"", "", kMisuse},
    {&kTrySend, Partner::kParked, "true", "20"},
    {&kTrySend, Partner::kNone, "false"},
    {&kTrySend, Partner::kClosed, "send on closed channel \"c\"", "", kMisuse},
    {&kReceive, Partner::kParked, "30", "sent"},
    {&kReceive, Partner::kNone, "blocks", "", kBlocks},
    {&kReceive, Partner::kClosed, "nullopt"},
    {&kTryReceive, Partner::kParked, "30", "sent"},
    {&kTryReceive, Partner::kNone, "nullopt"},
    {&kTryReceive, Partner::kClosed, "closed"},
    {&kClose, Partner::kNone, "closed"},
    {&kClose, Partner::kClosed, "channel \"c\" is closed twice", "", kMisuse},
};

bool IsSend(const Call* operation) { return operation == &kSend || operation == &kTrySend; }

TEST(ChannelTableTest, EveryCellOfTheUnbufferedChannel) {
  for (const UnbufferedCell& cell : kUnbufferedTable) {
    SCOPED_TRACE(std::string(cell.operation->name) + " with partner " +
                 std::to_string(static_cast<int>(cell.partner)));
    std::string result;
    std::string others;
    Report report = Try(
        [&] {
          IntChannel channel(0, "c");
          Task other;
          if (cell.partner == Partner::kClosed) channel.Close();
          if (cell.partner == Partner::kParked) {
            other = Go([&] {
              if (IsSend(cell.operation)) {
                others = Text(channel.Receive());
              } else {
                channel.Send(30);
                others = "sent";
              }
            });
            // By now it is parked: nothing else keeps virtual time from moving.
            Sleep(std::chrono::nanoseconds(1));
          }
          result = cell.operation->run(channel);
          if (cell.partner == Partner::kParked) other.Join();
        },
        {.schedules = 20, .clock = ClockPolicy::kWhenIdle});
    if (cell.verdict == Verdict::kPassed) {
      EXPECT_THAT(report, Passes());
      EXPECT_EQ(result, cell.result);
      EXPECT_EQ(others, cell.others);
    } else if (cell.verdict == kBlocks) {
      EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked, none can run"));
    } else {
      EXPECT_THAT(report, Fails(cell.verdict, cell.result));
    }
  }
}

TEST(ChannelTableTest, CloseGivesParkedReceiversNullopt) {
  std::string got;
  EXPECT_THAT(Try(
                  [&] {
                    IntChannel channel(0, "c");
                    Task other = Go([&] { got = Text(channel.Receive()); });
                    Sleep(std::chrono::nanoseconds(1));
                    channel.Close();
                    other.Join();
                  },
                  {.clock = ClockPolicy::kWhenIdle}),
              Passes());
  EXPECT_EQ(got, "nullopt");
}

TEST(ChannelTableTest, CloseMakesAParkedSendersStepMisuseAtItsOwnLine) {
  std::string send;
  std::string close;
  Report report = Try(
      [&] {
        IntChannel channel(0, "c");
        Task other = Go("sender", [&] { send = HEDDLE_HERE, channel.Send(1); });
        Sleep(std::chrono::nanoseconds(1));
        close = HEDDLE_HERE, channel.Close();
        other.Join();
      },
      {.clock = ClockPolicy::kWhenIdle});
  EXPECT_THAT(report,
              FailsAt(Verdict::kMisuse, "send on closed channel \"c\"; T0 closed it at " + close,
                      send, "let the sending side close the channel"));
  EXPECT_EQ(LastActor(report), "T1 sender");
}

}  // namespace
}  // namespace heddle::testing_support
