// SPDX-License-Identifier: Apache-2.0
//
// Channels that serve waiting tasks in the order in which they came.
#include <memory>
#include <string>

#include "heddle/sync/channel.h"
#include "heddle/sync/select.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;
using testing::UnorderedElementsAre;

constexpr ChannelOptions kFifo = {.fifo = true};

TEST(FifoChannelTest, ReceiversAreServedInTheOrderOfParking) {
  for (const size_t capacity : {0, 1, 2}) {
    Observed seen = Observe(
        [capacity](Log& log) {
          Channel<int> c(capacity, kFifo);
          for (const char name : {'a', 'b', 'c'}) {
            Go({.daemon = true}, [&log, c, name] {
              log.Add(name);
              if (c.Receive()) log.Add(static_cast<char>(name + ('A' - 'a')));
            });
            Sleep(kMoment);
          }
          for (int i = 0; i < 3; ++i) {
            c.Send(i);
            Sleep(kMoment);
          }
        },
        kClockWhenIdle);
    EXPECT_THAT(seen.report, Passes());
    EXPECT_THAT(seen.texts, UnorderedElementsAre("abcABC"));
  }
}

TEST(FifoChannelTest, ValuesComeInTheOrderInWhichTheirSendersParked) {
  for (const size_t capacity : {0, 1, 2}) {
    Observed seen = Observe(
        [capacity](Log& log) {
          Channel<char> c(capacity, kFifo);
          for (const char value : {'a', 'b', 'c', 'd'}) {
            Go([c, value] { c.Send(value); });
            Sleep(kMoment);
          }
          for (int i = 0; i < 4; ++i) log.Add(*c.Receive());
        },
        kClockWhenIdle);
    EXPECT_THAT(seen.report, Passes());
    EXPECT_THAT(seen.texts, UnorderedElementsAre("abcd"));
  }
}

TEST(FifoChannelTest, TheStepThatMakesRoomServesTheSenderInLine) {
  // After one receive the buffer is full again: nobody gets in between.
  EXPECT_THAT(Try(
                  [] {
                    Channel<int> c(1, kFifo);
                    c.Send(1);
                    Task sender = Go([c] { c.Send(2); });
                    Sleep(kMoment);
                    EXPECT_EQ(*c.Receive(), 1);
                    EXPECT_EQ(c.Len(), 1u);
                    EXPECT_FALSE(c.TrySend(3));
                    EXPECT_EQ(*c.Receive(), 2);
                    sender.Join();
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(FifoChannelTest, ASendServesTheReceiverInLine) {
  EXPECT_THAT(Try(
                  [] {
                    Channel<int> c(1, kFifo);
                    int got = 0;
                    Task receiver = Go([&] { got = *c.Receive(); });
                    Sleep(kMoment);
                    c.Send(7);
                    EXPECT_EQ(c.Len(), 0u);
                    EXPECT_FALSE(c.TryReceive());
                    receiver.Join();
                    EXPECT_EQ(got, 7);
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(FifoChannelTest, WhoGivesUpLeavesTheLine) {
  Observed seen = Observe(
      [](Log& log) {
        Channel<int> c(0, kFifo);
        Task first = Go([&] { log.Add(c.TryReceiveFor(5ms) ? 'F' : 'f'); });
        Sleep(1ms);
        Task second = Go([&] { log.Add(c.Receive() ? 'S' : 's'); });
        Sleep(10ms);
        c.Send(1);
        first.Join();
        second.Join();
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("fS"));
}

TEST(FifoChannelTest, ASelectInLineIsServedUnlessItCanGoOnElsewhere) {
  Observed seen = Observe(
      [](Log& log) {
        Channel<int> c(1, kFifo), own(1);
        Task selects = Go([&] {
          Select(OnReceive(c, [&] { log.Add('s'); }), OnReceive(own, [&] { log.Add('o'); }));
        });
        Sleep(kMoment);
        Task plain = Go([&] {
          if (c.Receive()) log.Add('p');
        });
        Sleep(kMoment);
        own.Send(1);
        c.Send(1);  // the select is out of line unless it has gone on
        selects.Join();
        plain.Join();
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("op", "po"));
}

TEST(FifoChannelTest, CloseLetsParkedReceiversGoOnAndMakesAParkedSendMisuse) {
  EXPECT_THAT(Try(
                  [] {
                    Channel<int> c(1, kFifo);
                    Task receiver = Go([&] { EXPECT_FALSE(c.Receive()); });
                    Sleep(kMoment);
                    c.Close();
                    receiver.Join();
                  },
                  kClockWhenIdle),
              Passes());
  EXPECT_THAT(Try(
                  [] {
                    Channel<int> c(1, {.name = "orders", .fifo = true});
                    c.Send(1);
                    Task sender = Go([&] { c.Send(2); });
                    Sleep(kMoment);
                    c.Close();
                    sender.Join();
                  },
                  kClockWhenIdle),
              Fails(Verdict::kMisuse, "send on closed channel \"orders\""));
}

TEST(FifoChannelTest, ParkingIsAStepOfItsOwn) {
  // With and without somebody in line when the value comes.
  Observed seen = Observe([](Log& log) {
    Channel<int> c(1, kFifo);
    Task receiver = Go([&] { (void)c.Receive(); });
    c.Send(1);
    log.Add(c.Len() == 0 ? 'e' : 'f');
    receiver.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("e", "f"));
}

TEST(FifoChannelTest, ValuesLeftInItAreDestroyed) {
  auto value = std::make_shared<int>(1);
  EXPECT_THAT(Try([&] {
                Channel<std::shared_ptr<int>> c(2, kFifo);
                c.Send(value);
                c.Send(value);
              }),
              Passes());
  EXPECT_EQ(value.use_count(), 1);
}

}  // namespace
}  // namespace heddle::testing_support
