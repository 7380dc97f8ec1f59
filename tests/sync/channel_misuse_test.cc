// SPDX-License-Identifier: Apache-2.0
//
// What a channel says when it is misused or blocks for good.
#include <string>

#include "heddle/sync/channel.h"
#include "heddle/sync/select.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;

TEST(ChannelMisuseTest, SendOnClosedNamesTheCloserAndItsPlace) {
  for (size_t capacity : {0, 1}) {
    for (bool attempt : {false, true}) {
      std::string send;
      std::string close;
      Report report = Try([&] {
        Channel<int> orders(capacity, "orders");
        Go("closer", [&] { close = HEDDLE_HERE, orders.Close(); }).Join();
        if (attempt) {
          send = HEDDLE_HERE, (void)orders.TrySend(1);
        } else {
          send = HEDDLE_HERE, orders.Send(1);
        }
      });
      EXPECT_THAT(
          report,
          FailsAt(Verdict::kMisuse, "send on closed channel \"orders\"; T1 closed it at " + close,
                  send, "let the sending side close the channel, after its last send"));
      EXPECT_EQ(LastActor(report), "T0 main");
    }
  }
}

TEST(ChannelMisuseTest, ASenderBlockedOnAFullChannelThatIsClosedIsMisuse) {
  std::string send;
  Report report = Try([&] {
    Channel<int> orders(1, "orders");
    orders.Send(1);
    Task sender = Go("sender", [&] { send = HEDDLE_HERE, orders.Send(2); });
    orders.Close();
    sender.Join();
  });
  EXPECT_THAT(report,
              FailsAt(Verdict::kMisuse, "send on closed channel \"orders\"; T0 closed it at", send,
                      "after its last send"));
}

TEST(ChannelMisuseTest, ClosingTwiceNamesTheFirstCloser) {
  std::string first;
  std::string second;
  Report report = Try([&] {
    Channel<int> orders(1, "orders");
    Task one = Go("one", [&] { first = HEDDLE_HERE, orders.Close(); });
    one.Join();
    Task two = Go("two", [&] { second = HEDDLE_HERE, orders.Close(); });
    two.Join();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "channel \"orders\" is closed twice; T1 closed it at " + first,
                              second, "let one task own the channel's end and close it once"));
  EXPECT_EQ(LastActor(report), "T2 two");
}

TEST(ChannelMisuseTest, ClosingNilIsMisuse) {
  std::string at;
  Report report = Try([&] {
    Channel<int> nil;
    at = HEDDLE_HERE, nil.Close();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "a nil channel is closed", at,
                              "close only a channel that was constructed with a capacity"));
}

TEST(ChannelMisuseTest, ANilChannelBlocksForGood) {
  Report report = Try([] {
    Channel<int> nil;
    EXPECT_TRUE(nil.IsNil());
    nil.Send(1);
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
  EXPECT_THAT(report, Because("T0 -> needs a nil channel to be ready -> it never is"));
  EXPECT_THAT(report.remedy, HasSubstr("construct the channel with a capacity"));
  EXPECT_EQ(report.tasks.at(0).doing, "send");

  report = Try([] {
    Channel<int> nil;
    Go("other", [nil]() mutable { (void)nil.Receive(); });
  });
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished after the body returned"));
  EXPECT_THAT(report, Because("T1 -> needs a nil channel to be ready"));
}

TEST(ChannelMisuseTest, AnUnnamedChannelIsCalledByItsNumber) {
  Report report = Try([] {
    Channel<int> first(1);
    Channel<int> second(1);
    second.Close();
    second.Close();
  });
  EXPECT_THAT(report, Fails(Verdict::kMisuse, "channel #2 is closed twice"));
  report = Try([] {
    Go([] {
      Channel<int> inner(1);
      inner.Close();
      inner.Close();
    });
  });
  EXPECT_THAT(report, Fails(Verdict::kMisuse, "channel T1#1 is closed twice"));
}

TEST(ChannelMisuseTest, AReceiverThatWaitsForGoodSaysWhoCouldHelp) {
  Report report = Try([] {
    Channel<int> orders(1, "orders");
    Task sender = Go("sender", [&] { orders.Send(1); });
    for (int order : orders) (void)order;
    sender.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked, none can run"));
  EXPECT_EQ(report.tasks.at(0).doing, "receive from channel \"orders\" (empty, 0/1)");
  EXPECT_THAT(report, Because("needs a send on channel \"orders\" or its close -> only T1"));
  EXPECT_THAT(report, Because("T1 has finished"));
  EXPECT_THAT(report.remedy, HasSubstr("let the sending side close the channel on every path"));
}

TEST(ChannelMisuseTest, ASenderThatWaitsForGoodIsALeak) {
  Report report = Try([] {
    Channel<int> done(0, "done");
    Go("worker", [done]() mutable { done.Send(1); });
  });
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished after the body returned"));
  EXPECT_EQ(report.tasks.at(0).label, "T1 worker");
  EXPECT_EQ(report.tasks.at(0).doing, "send to channel \"done\" (unbuffered)");
  EXPECT_THAT(report, Because("no other task receives there"));
  EXPECT_THAT(report.remedy, HasSubstr("receive until the channel is closed"));
}

// A buffered channel as a semaphore: a value is a permit.
TEST(ChannelMisuseTest, ASenderAtAFullChannelIsToldWhoFilledIt) {
  Report report = Try([] {
    Channel<int> tokens(2, "tokens"), never;
    Go("honest", [=] {
      tokens.Send(1);
      (void)tokens.Receive();
    }).Join();
    Go("careless", [=] { Select(OnReceive(never), OnSend(tokens, 1)); }).Join();
    Go("hasty", [=] { (void)(tokens.TrySend(1) && tokens.TrySend(1)); }).Join();
    tokens.Send(1);
  });
  EXPECT_THAT(report, Because("only T1 receives there: T1 has finished; it is full of values of T2 "
                              "(step "));
  EXPECT_THAT(report, Because("), which have finished"));
  EXPECT_THAT(report.remedy,
              HasSubstr("where a value stands for a permit, take it back on every path"));
}

TEST(ChannelMisuseTest, DaemonsMayWaitForGood) {
  EXPECT_THAT(Try([] {
                Channel<int> never(0);
                Go({.daemon = true}, [never]() mutable { never.Send(1); });
                Go({.daemon = true},
                   [never = Channel<int>(1)]() mutable { (void)never.Receive(); });
              }),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
