// SPDX-License-Identifier: Apache-2.0
//
// Unbuffered channels between tasks: meeting, parking, and who is met.
#include <chrono>
#include <string>
#include <vector>

#include "heddle/sync/channel.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::Contains;
using testing::UnorderedElementsAre;

TEST(UnbufferedChannelTest, SenderAndReceiverMeetWhoeverComesFirst) {
  Observed seen = Observe([](Log& log) {
    Channel<int> c(0);
    Task sender = Go([&] {
      log.Add('s');
      c.Send(7);
    });
    Yield();
    log.Add('r');
    EXPECT_EQ(*c.Receive(), 7);
    sender.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("sr", "rs"));
}

TEST(UnbufferedChannelTest, NeitherReturnsBeforeTheOtherCame) {
  Stage sent;
  Stage received;
  EXPECT_THAT(Try([&] {
                sent.Set(0);
                received.Set(0);
                Channel<int> c(0);
                Task sender = Go([&] {
                  for (int i = 1; i <= 3; ++i) {
                    sent.Set(i);
                    c.Send(i);
                    EXPECT_GE(received.Get(), i);
                  }
                });
                for (int i = 1; i <= 3; ++i) {
                  received.Set(i);
                  EXPECT_EQ(*c.Receive(), i);
                  EXPECT_GE(sent.Get(), i);
                }
                sender.Join();
              }),
              Passes());
}

TEST(UnbufferedChannelTest, TrySendSucceedsOnlyWithAParkedReceiver) {
  // Both outcomes exist, and the receiver gets the value exactly if it was sent.
  Observed seen = Observe([](Log& log) {
    Channel<int> c(0);
    Task receiver = Go([&] { log.Add(c.Receive() ? 'v' : '-'); });
    const bool sent = c.TrySend(1);
    c.Close();
    receiver.Join();
    log.Add(sent ? 'y' : 'n');
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("vy", "-n"));
}

TEST(UnbufferedChannelTest, TryReceiveSucceedsOnlyWithAParkedSender) {
  Observed seen = Observe([](Log& log) {
    Channel<int> c(0);
    Task sender = Go([&] { c.Send(1); });
    TryReceived<int> got = c.TryReceive();
    log.Add(got ? 'y' : 'n');
    EXPECT_FALSE(got.closed);
    if (!got) {
      EXPECT_EQ(*c.Receive(), 1);
    }
    sender.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("y", "n"));
}

TEST(UnbufferedChannelTest, TwoTryOperationsNeverMeet) {
  Observed seen = Observe([](Log& log) {
    Channel<int> c(0);
    Task sender = Go([&] {
      for (int i = 0; i < 3; ++i) log.Add(c.TrySend(1) ? 'S' : 's');
    });
    for (int i = 0; i < 3; ++i) log.Add(c.TryReceive() ? 'R' : 'r');
    sender.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  for (const std::string& text : seen.texts) EXPECT_EQ(text.find_first_of("SR"), std::string::npos);
}

TEST(UnbufferedChannelTest, EveryParkedPartnerIsMetInSomeSchedule) {
  Observed receivers = Observe(
      [](Log& log) {
        Channel<int> c(0);
        for (char name : {'a', 'b', 'c'}) {
          Go({.daemon = true}, [c, name, &log]() mutable {
            if (c.Receive()) log.Add(name);
          });
        }
        Sleep(kMoment);
        c.Send(1);
        Sleep(kMoment);
      },
      {.clock = ClockPolicy::kWhenIdle});
  EXPECT_THAT(receivers.report, Passes());
  EXPECT_THAT(receivers.texts, UnorderedElementsAre("a", "b", "c"));
  Observed senders = Observe(
      [](Log& log) {
        Channel<char> c(0);
        for (char name : {'a', 'b', 'c'}) {
          Go([c, name]() mutable { c.Send(name); });
        }
        Sleep(kMoment);
        for (int i = 0; i < 3; ++i) log.Add(*c.Receive());
      },
      {.clock = ClockPolicy::kWhenIdle});
  EXPECT_THAT(senders.report, Passes());
  EXPECT_EQ(senders.texts.size(), 6u);
}

TEST(UnbufferedChannelTest, ACompletedTaskTakesAStepToResume) {
  // After the hand-over either side may be the first to go on.
  Observed seen = Observe([](Log& log) {
    Channel<int> c(0);
    Task receiver = Go([&] {
      (void)c.Receive();
      log.Add('r');
    });
    c.Send(1);
    log.Add('s');
    receiver.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("rs", "sr"));
}

TEST(UnbufferedChannelTest, CloseAfterAHandOverDoesNotTakeItBack) {
  // Close may come between the hand-over and the receiver's resume.
  EXPECT_THAT(Try([] {
                Channel<int> c(0);
                Task receiver = Go([&] {
                  EXPECT_EQ(c.Receive().value_or(-1), 5);
                  EXPECT_FALSE(c.Receive());
                });
                c.Send(5);
                c.Close();
                receiver.Join();
              }),
              Passes());
}

TEST(UnbufferedChannelTest, CloseReleasesAllParkedReceivers) {
  EXPECT_THAT(Try(
                  [] {
                    Channel<int> c(0);
                    Task tasks[3];
                    for (Task& task : tasks) task = Go([&] { EXPECT_FALSE(c.Receive()); });
                    Sleep(kMoment);
                    c.Close();
                    for (Task& task : tasks) task.Join();
                    EXPECT_TRUE(c.TryReceive().closed);
                  },
                  {.clock = ClockPolicy::kWhenIdle}),
              Passes());
}

TEST(UnbufferedChannelTest, CloseWithSeveralParkedSendersIsMisuseOfOneOfThem) {
  Report report = Try(
      [] {
        Channel<int> c(0, "c");
        Task a = Go("a", [&] { c.Send(1); });
        Task b = Go("b", [&] { c.Send(2); });
        Sleep(kMoment);
        c.Close();
        a.Join();
        b.Join();
      },
      {.clock = ClockPolicy::kWhenIdle});
  EXPECT_THAT(report, Fails(Verdict::kMisuse, "send on closed channel \"c\"; T0 closed it at"));
}

TEST(UnbufferedChannelTest, ManyPartnersOnBothSidesLoseNothing) {
  EXPECT_THAT(Try([] {
                Channel<int> c(0);
                Channel<int> sums(3);
                for (int s = 0; s < 3; ++s) {
                  Go([&, s] {
                    c.Send(1 << (2 * s));
                    c.Send(2 << (2 * s));
                  });
                  Go([&] {
                    int sum = 0;
                    for (int i = 0; i < 2; ++i) sum += *c.Receive();
                    sums.Send(sum);
                  });
                }
                int sum = 0;
                for (int i = 0; i < 3; ++i) sum += *sums.Receive();
                EXPECT_EQ(sum, 63);
              }),
              Passes());
}

TEST(UnbufferedChannelTest, ATaskIsNeverItsOwnPartner) {
  Report report = Try([] {
    Channel<int> c(0, "c");
    EXPECT_FALSE(c.TrySend(1));
    c.Send(1);
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked, none can run"));
  std::vector<std::string> rows;
  for (const StepReport& step : report.steps) rows.push_back(step.text);
  EXPECT_THAT(rows, Contains("send c (parks)"));
  EXPECT_THAT(rows, Contains("try-send c -> false"));
}

}  // namespace
}  // namespace heddle::testing_support
