// SPDX-License-Identifier: Apache-2.0
//
// The two ends of a channel, its length, and operations with deadlines.
#include <string>
#include <type_traits>

#include "heddle/sync/channel.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;
using testing::UnorderedElementsAre;

template <class End>
concept CanSend = requires(End e) {
  e.Send(1);
};
template <class End>
concept CanReceive = requires(End e) {
  e.Receive();
};
template <class End>
concept CanClose = requires(End e) {
  e.Close();
};

static_assert(CanSend<Sender<int>> && CanClose<Sender<int>> && !CanReceive<Sender<int>>);
static_assert(!CanSend<Receiver<int>> && !CanClose<Receiver<int>> && CanReceive<Receiver<int>>);
static_assert(std::is_convertible_v<Channel<int>, Sender<int>>);
static_assert(std::is_convertible_v<Channel<int>, Receiver<int>>);
static_assert(!std::is_convertible_v<Sender<int>, Receiver<int>>);

TEST(ChannelEndsTest, EachEndDoesItsPart) {
  EXPECT_THAT(Try(
                  [] {
                    Channel<int> c(2);
                    const Sender<int> in = c;
                    const Receiver<int> out = c;
                    Task producer = Go([in] {
                      in.Send(1);
                      EXPECT_TRUE(in.TrySendFor(2, 1s));
                      while (!in.TrySend(3)) Yield();
                      in.Close();
                    });
                    int sum = 0;
                    for (int value : out) sum += value;
                    EXPECT_EQ(sum, 6);
                    EXPECT_TRUE(out.TryReceive().closed);
                    EXPECT_FALSE(out.Receive());
                    EXPECT_EQ(out.Cap(), 2u);
                    EXPECT_EQ(in.Cap(), 2u);
                    EXPECT_TRUE(Sender<int>().IsNil() && Receiver<int>().IsNil());
                    producer.Join();
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(ChannelLenTest, TellsHowManyValuesTheBufferHolds) {
  Observed seen = Observe([](Log& log) {
    Channel<int> c(2);
    EXPECT_EQ(c.Len(), 0u);
    Task sender = Go([&] {
      c.Send(1);
      c.Send(2);
    });
    log.Add(std::to_string(c.Len()));
    sender.Join();
    EXPECT_EQ(c.Len(), 2u);
    EXPECT_EQ(c.Cap(), 2u);
    EXPECT_EQ(Channel<int>().Len() + Channel<int>().Cap() + Channel<int>(0).Cap(), 0u);
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("0", "1", "2"));
}

TEST(ChannelDeadlineTest, GivesUpAtTheDeadlineAndNotBefore) {
  for (const size_t capacity : {0, 1}) {
    EXPECT_THAT(Try(
                    [capacity] {
                      Channel<int> c(capacity);
                      EXPECT_FALSE(c.TryReceiveFor(5ms));
                      EXPECT_EQ(Now().time_since_epoch(), 5ms);
                      EXPECT_FALSE(c.TryReceiveUntil(Now() + 1ms).closed);
                      EXPECT_EQ(Now().time_since_epoch(), 6ms);
                      if (capacity == 1) c.Send(1);
                      EXPECT_FALSE(c.TrySendFor(2, 5ms));
                      EXPECT_FALSE(c.TrySendUntil(2, Now() + 1ms));
                      EXPECT_EQ(Now().time_since_epoch(), 12ms);
                    },
                    kClockWhenIdle),
                Passes());
  }
}

TEST(ChannelDeadlineTest, APastDeadlineMakesItATry) {
  EXPECT_THAT(Try([] {
                Channel<int> c(1);
                EXPECT_FALSE(c.TryReceiveFor(0ns));
                EXPECT_TRUE(c.TrySendFor(1, -1ns));
                EXPECT_FALSE(c.TrySendUntil(1, Now()));
                EXPECT_EQ(*c.TryReceiveUntil(Now()), 1);
                EXPECT_EQ(Now().time_since_epoch(), 0ns);
              }),
              Passes());
}

TEST(ChannelDeadlineTest, AtANilChannelItWaitsForItsDeadline) {
  EXPECT_THAT(Try(
                  [] {
                    EXPECT_FALSE(Channel<int>().TryReceiveFor(5ms));
                    EXPECT_FALSE(Channel<int>().TrySendFor(1, 1ms));
                    EXPECT_EQ(Now().time_since_epoch(), 6ms);
                    EXPECT_FALSE(Channel<int>().TryReceiveUntil(Now()).closed);
                    EXPECT_EQ(Now().time_since_epoch(), 6ms);
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(ChannelDeadlineTest, SucceedsOrGivesUpWhenBothCome) {
  for (const size_t capacity : {0, 1}) {
    Observed seen = Observe([capacity](Log& log) {
      Channel<int> c(capacity);
      Go({.daemon = true}, [c] {
        Sleep(5ms);
        c.Send(1);
      });
      const TryReceived<int> got = c.TryReceiveFor(5ms);
      EXPECT_FALSE(got.closed);
      log.Add(got ? 'v' : 't');
    });
    EXPECT_THAT(seen.report, Passes());
    EXPECT_THAT(seen.texts, UnorderedElementsAre("v", "t"));
  }
}

TEST(ChannelDeadlineTest, NobodyMeetsWhoGaveUp) {
  EXPECT_THAT(Try(
                  [] {
                    Channel<int> c(0);
                    EXPECT_FALSE(c.TryReceiveFor(5ms));
                    EXPECT_FALSE(c.TrySend(1));
                    EXPECT_FALSE(c.TrySendFor(1, 5ms));
                    EXPECT_FALSE(c.TryReceive());
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(ChannelDeadlineTest, AnEarlyTimeoutIsAFaultThatCanBeAskedFor) {
  auto body = [](Log& log) {
    Channel<int> c(1);
    log.Add(c.TryReceiveFor(5ms) ? 'v' : 't');
    log.Add(Now().time_since_epoch() < 5ms ? 'e' : 'l');
  };
  Options options = kClockWhenIdle;
  EXPECT_THAT(Observe(body, options).texts, UnorderedElementsAre("tl"));
  options.faults.early_timeouts = 1;
  EXPECT_THAT(Observe(body, options).texts, UnorderedElementsAre("tl", "te"));
}

TEST(ChannelDeadlineTest, TheInterleavingTellsUntilWhenATaskWaits) {
  Report report = Try(
      [] {
        Channel<int> c(1, "c");
        if (!c.TryReceiveFor(5ms)) throw 1;
      },
      kClockWhenIdle);
  const std::string rows = RowsOf(report);
  EXPECT_THAT(rows, testing::HasSubstr("receive c 0/1 until 5ms !\n"));
  EXPECT_THAT(rows, testing::HasSubstr("fire T0's timer at 5ms\n"));
  EXPECT_THAT(rows, testing::HasSubstr("timeout c"));
}

}  // namespace
}  // namespace heddle::testing_support
