// SPDX-License-Identifier: Apache-2.0
//
// Buffered channels between tasks: order, wrap-around, closing, who goes next.
#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "heddle/sync/channel.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::UnorderedElementsAre;

TEST(BufferedChannelTest, ValuesArriveInTheOrderOfSendingForEveryCapacity) {
  for (size_t capacity : {1, 2, 3, 7}) {
    SCOPED_TRACE(capacity);
    EXPECT_THAT(Try(
                    [&] {
                      Channel<int> numbers(capacity);
                      Task sender = Go([&] {
                        for (int i = 0; i < 10; ++i) numbers.Send(i);
                        numbers.Close();
                      });
                      int next = 0;
                      for (int number : numbers) EXPECT_EQ(number, next++);
                      EXPECT_EQ(next, 10);
                      EXPECT_FALSE(numbers.Receive());
                      sender.Join();
                    },
                    {.schedules = 300}),
                Passes());
  }
}

TEST(BufferedChannelTest, TheRingWrapsAtEveryOffset) {
  for (size_t capacity : {1, 2, 3}) {
    EXPECT_THAT(Try(
                    [&] {
                      Channel<size_t> ring(capacity);
                      size_t in = 0;
                      size_t out = 0;
                      for (int round = 0; round < 8; ++round) {
                        while (ring.TrySend(in)) ++in;
                        EXPECT_EQ(in - out, capacity);
                        EXPECT_EQ(*ring.TryReceive(), out++);
                        ring.Send(in++);
                        while (auto value = ring.TryReceive()) EXPECT_EQ(*value, out++);
                        EXPECT_EQ(in, out);
                        ring.Send(in++);  // the next round starts one place on
                        EXPECT_EQ(*ring.Receive(), out++);
                      }
                    },
                    {.schedules = 3}),
                Passes());
  }
}

TEST(BufferedChannelTest, ASenderNeverGetsAheadByMoreThanTheCapacity) {
  for (int capacity : {1, 2, 3}) {
    Stage ahead;
    int most = 0;
    EXPECT_THAT(Try(
                    [&] {
                      ahead.Set(0);
                      Channel<int> numbers(static_cast<size_t>(capacity));
                      Task sender = Go([&] {
                        for (int i = 0; i < 6; ++i) {
                          numbers.Send(i);
                          ahead.Add();
                        }
                        numbers.Close();
                      });
                      while (numbers.Receive()) {
                        most = std::max(most, ahead.Get());
                        ahead.Add(-1);
                      }
                      sender.Join();
                    },
                    {.schedules = 500}),
                Passes());
    EXPECT_EQ(most, capacity);
  }
}

TEST(BufferedChannelTest, SeveralSendersAndReceiversLoseNothing) {
  EXPECT_THAT(Try(
                  [] {
                    Channel<int> jobs(2);
                    Channel<int> results(6);
                    Task senders[2];
                    Task receivers[2];
                    for (int s = 0; s < 2; ++s) {
                      senders[s] = Go([&, s] {
                        for (int i = 0; i < 3; ++i) jobs.Send(s * 3 + i);
                      });
                      receivers[s] = Go([&] {
                        for (int job : jobs) results.Send(job);
                      });
                    }
                    for (Task& sender : senders) sender.Join();
                    jobs.Close();
                    for (Task& receiver : receivers) receiver.Join();
                    results.Close();
                    std::vector<int> all;
                    for (int result : results) all.push_back(result);
                    std::sort(all.begin(), all.end());
                    EXPECT_EQ(all, (std::vector<int>{0, 1, 2, 3, 4, 5}));
                  },
                  {.schedules = 500}),
              Passes());
}

TEST(BufferedChannelTest, WhichBlockedReceiverOrSenderIsNextIsTheStrategysChoice) {
  Observed receivers = Observe([](Log& log) {
    Channel<int> c(3);
    for (char name : {'a', 'b', 'c'}) {
      Go([c, name, &log]() mutable {
        if (c.Receive()) log.Add(name);
      });
    }
    for (int i = 0; i < 3; ++i) c.Send(i);
  });
  EXPECT_THAT(receivers.report, Passes());
  EXPECT_EQ(receivers.texts.size(), 6u);
  Observed senders = Observe([](Log& log) {
    Channel<char> c(1);
    c.Send('-');
    for (char name : {'a', 'b', 'c'}) {
      Go([c, name]() mutable { c.Send(name); });
    }
    for (int i = 0; i < 4; ++i) log.Add(*c.Receive());
  });
  EXPECT_THAT(senders.report, Passes());
  EXPECT_EQ(senders.texts.size(), 6u);
}

TEST(BufferedChannelTest, CloseWakesEveryBlockedReceiver) {
  EXPECT_THAT(Try([] {
                Channel<int> c(1);
                Task tasks[3];
                for (Task& task : tasks) task = Go([&] { EXPECT_FALSE(c.Receive()); });
                c.Close();
                for (Task& task : tasks) task.Join();
              }),
              Passes());
}

TEST(BufferedChannelTest, TryOperationsSeeBothStatesOverTheSchedules) {
  Observed seen = Observe([](Log& log) {
    Channel<int> c(1);
    Task other = Go([&] {
      c.Send(1);
      (void)c.TryReceive();
    });
    log.Add(c.TrySend(2) ? 'S' : 's');
    TryReceived<int> got = c.TryReceive();
    log.Add(got ? static_cast<char>('0' + *got) : '-');
    Go({.daemon = true}, [c]() mutable {
      for (;;) (void)c.Receive();
    });
    other.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("S2", "s1", "s-"));
}

TEST(BufferedChannelTest, CopiesAreTheSameChannelAndChannelsOfChannelsWork) {
  EXPECT_THAT(Try([] {
                Channel<Channel<int>> replies(1);
                Task server = Go([&] {
                  for (Channel<int> reply : replies) reply.Send(42);
                });
                Channel<int> mine(1);
                Channel<int> copy = mine;
                EXPECT_TRUE(copy == mine);
                EXPECT_FALSE(copy == Channel<int>());
                EXPECT_FALSE(copy.IsNil());
                replies.Send(copy);
                EXPECT_EQ(*mine.Receive(), 42);
                replies.Close();
                server.Join();
              }),
              Passes());
}

TEST(BufferedChannelTest, RangeForOverAClosedChannelDrainsItAndAnEmptyOneEnds) {
  EXPECT_THAT(Try([] {
                Channel<std::string> words(3);
                words.Send("a");
                words.Send("b");
                words.Close();
                std::string text;
                for (std::string& word : words) text += word;
                EXPECT_EQ(text, "ab");
                for (std::string& word : words) text += word;
                EXPECT_EQ(text, "ab");
              }),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
