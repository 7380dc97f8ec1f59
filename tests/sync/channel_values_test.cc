// SPDX-License-Identifier: Apache-2.0
//
// What happens to the values: moves, exceptions, destruction.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "heddle/sync/channel.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

// Counts the living.
std::atomic<int> living_values = 0;
std::atomic<bool> dead_destroyed = false;

class Counted {
 public:
  explicit Counted(int value = 0) : value_(value) { living_values.fetch_add(1); }
  Counted(const Counted& other) : value_(other.value_) { living_values.fetch_add(1); }
  Counted(Counted&& other) noexcept : value_(std::exchange(other.value_, -1)) {
    living_values.fetch_add(1);
  }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&& other) noexcept {
    value_ = std::exchange(other.value_, -1);
    return *this;
  }
  ~Counted() {
    if (!alive_) dead_destroyed = true;
    alive_ = false;
    living_values.fetch_sub(1);
  }
  int value() const { return value_; }

 private:
  int value_;
  bool alive_ = true;
};

// Runs the body and checks after each execution that every value was destroyed, exactly once.
Report TryCounted(const std::function<void()>& body, const Options& options = {}) {
  living_values = 0;
  dead_destroyed = false;
  Report report = Try(
      [&] {
        EXPECT_EQ(living_values, 0) << "left by the execution before";
        body();
      },
      options);
  EXPECT_EQ(living_values, 0);
  EXPECT_FALSE(dead_destroyed);
  return report;
}

TEST(ChannelValuesTest, MoveOnlyValuesPassBufferedAndUnbuffered) {
  for (size_t capacity : {0, 1, 2}) {
    EXPECT_THAT(Try([&] {
                  Channel<std::unique_ptr<int>> c(capacity);
                  Task sender = Go([&] {
                    for (int i = 0; i < 3; ++i) c.Send(std::make_unique<int>(i));
                    c.Close();
                  });
                  int next = 0;
                  for (std::unique_ptr<int>& value : c) EXPECT_EQ(*value, next++);
                  EXPECT_EQ(next, 3);
                  sender.Join();
                }),
                Passes());
  }
}

TEST(ChannelValuesTest, TrySendLeavesTheValueAloneUnlessItWasSent) {
  EXPECT_THAT(Try([] {
                Channel<std::unique_ptr<int>> c(1);
                auto first = std::make_unique<int>(1);
                auto second = std::make_unique<int>(2);
                EXPECT_TRUE(c.TrySend(std::move(first)));
                EXPECT_FALSE(c.TrySend(std::move(second)));
                EXPECT_EQ(first, nullptr);
                EXPECT_NE(second, nullptr);
                Channel<std::unique_ptr<int>> unbuffered(0);
                EXPECT_FALSE(unbuffered.TrySend(std::move(second)));
                Channel<std::unique_ptr<int>> nil;
                EXPECT_FALSE(nil.TrySend(std::move(second)));
                EXPECT_NE(second, nullptr);
              }),
              Passes());
}

TEST(ChannelValuesTest, TrySendOfAConstantCopies) {
  EXPECT_THAT(Try(
                  [] {
                    const std::string word = "a word that is too long for the string itself";
                    Channel<std::string> buffered(1);
                    EXPECT_TRUE(buffered.TrySend(word));
                    EXPECT_FALSE(buffered.TrySend(word));
                    EXPECT_EQ(*buffered.Receive(), word);
                    Channel<std::string> c(0);
                    EXPECT_FALSE(c.TrySend(word));
                    Task receiver = Go([&] { EXPECT_EQ(*c.Receive(), word); });
                    Sleep(std::chrono::nanoseconds(1));
                    EXPECT_TRUE(c.TrySend(word));
                    receiver.Join();
                  },
                  {.clock = ClockPolicy::kWhenIdle}),
              Passes());
}

TEST(ChannelValuesTest, ValuesThatWereReceivedAreDestroyedOnce) {
  for (size_t capacity : {0, 1, 3}) {
    EXPECT_THAT(TryCounted([&] {
                  Channel<Counted> c(capacity);
                  Task sender = Go([&] {
                    for (int i = 0; i < 5; ++i) c.Send(Counted(i));
                    c.Close();
                  });
                  int next = 0;
                  for (Counted& value : c) EXPECT_EQ(value.value(), next++);
                  sender.Join();
                }),
                Passes());
  }
}

TEST(ChannelValuesTest, ValuesLeftInTheBufferAreDestroyedOnceAtTheEnd) {
  EXPECT_THAT(TryCounted([] {
                Channel<Counted> full(2);
                full.Send(Counted(1));
                full.Send(Counted(2));
                Channel<Counted> wrapped(3);
                for (int i = 0; i < 3; ++i) wrapped.Send(Counted(i));
                (void)wrapped.Receive();
                (void)wrapped.Receive();
                wrapped.Send(Counted(3));
                Channel<Counted> closed(1);
                closed.Send(Counted(4));
                closed.Close();
                // A channel in a channel, which is destroyed at the end, too.
                Channel<Channel<Counted>> outer(1);
                Channel<Counted> inner(1);
                inner.Send(Counted(5));
                outer.Send(inner);
                EXPECT_GE(living_values, 6);
              }),
              Passes());
}

TEST(ChannelValuesTest, ValuesOfAbandonedSendersAreDestroyedOnce) {
  EXPECT_THAT(TryCounted([] {
                Channel<Counted> c(0);
                Channel<Counted> full(1);
                full.Send(Counted(0));
                Go({.daemon = true}, [c]() mutable { c.Send(Counted(1)); });
                Go({.daemon = true}, [full]() mutable { full.Send(Counted(2)); });
                Go({.daemon = true}, [full]() mutable {
                  full.Close();
                  (void)Channel<Counted>(0).Receive();
                });
              }).verdict,
              testing::AnyOf(Verdict::kPassed, Verdict::kMisuse));
}

TEST(ChannelValuesTest, AnExecutionThatEndsAnywhereDestroysEachValueOnce) {
  for (uint32_t steps = 1; steps < 40; ++steps) {
    Report report = TryCounted(
        [] {
          Channel<Counted> buffered(2);
          Channel<Counted> unbuffered(0);
          Task pump = Go([&] {
            for (Counted& value : buffered) unbuffered.Send(std::move(value));
          });
          Task source = Go([&] {
            for (int i = 0; i < 4; ++i) buffered.Send(Counted(i));
          });
          for (int i = 0; i < 4; ++i) EXPECT_EQ(unbuffered.Receive()->value(), i);
          buffered.Close();
          pump.Join();
          source.Join();
        },
        {.schedules = 50, .max_steps = steps, .cut_ok = true});
    EXPECT_TRUE(report.passed() || report.verdict == Verdict::kVacuous) << steps;
  }
}

// -- Exceptions -------------------------------------------------------------------------------------

// Throws at the n-th move or copy from now on (1: the next).
thread_local int throw_at = 0;

class Throwing {
 public:
  explicit Throwing(int number = 0) : value(number) {}
  Throwing(const Throwing& other) : value(other.value) { Count(); }
  Throwing(Throwing&& other) : value(other.value) { Count(); }

  int value;

 private:
  static void Count() {
    if (throw_at > 0 && --throw_at == 0) throw std::runtime_error("no move");
  }
};

template <class F>
bool Throws(int at, F&& operation) {
  throw_at = at;
  try {
    operation();
  } catch (const std::runtime_error&) {
    throw_at = 0;
    return true;
  }
  throw_at = 0;
  return false;
}

TEST(ChannelValuesTest, AThrowingMoveLeavesABufferedChannelAsItWas) {
  EXPECT_THAT(Try([] {
                Channel<Throwing> c(1);
                EXPECT_TRUE(Throws(1, [&] { c.Send(Throwing(1)); }));
                EXPECT_FALSE(c.TryReceive());
                EXPECT_TRUE(Throws(1, [&] { (void)c.TrySend(Throwing(2)); }));
                const Throwing constant(3);
                EXPECT_TRUE(Throws(1, [&] { (void)c.TrySend(constant); }));
                EXPECT_TRUE(c.TrySend(constant));
                EXPECT_TRUE(Throws(1, [&] { (void)c.Receive(); }));
                EXPECT_TRUE(Throws(1, [&] { (void)c.TryReceive(); }));
                EXPECT_EQ(c.Receive()->value, 3);
              }),
              Passes());
}

TEST(ChannelValuesTest, AThrowingMoveLetsTheOtherWaitersGoOn) {
  EXPECT_THAT(Try([] {
                Channel<Throwing> c(1);
                Task first = Go([&] { EXPECT_EQ(c.Receive()->value, 7); });
                EXPECT_TRUE(Throws(1, [&] { c.Send(Throwing(6)); }));
                c.Send(Throwing(7));
                first.Join();
              }),
              Passes());
}

TEST(ChannelValuesTest, AThrowingMoveLeavesTheParkedPartnerInLine) {
  EXPECT_THAT(Try(
                  [] {
                    Channel<Throwing> c(0);
                    Task receiver = Go([&] { EXPECT_EQ(c.Receive()->value, 2); });
                    Sleep(std::chrono::nanoseconds(1));
                    EXPECT_TRUE(Throws(1, [&] { c.Send(Throwing(1)); }));
                    EXPECT_TRUE(Throws(1, [&] { (void)c.TrySend(Throwing(1)); }));
                    EXPECT_TRUE(c.TrySend(Throwing(2)));
                    receiver.Join();
                    Task sender = Go([&] { c.Send(Throwing(3)); });
                    Sleep(std::chrono::nanoseconds(1));
                    EXPECT_TRUE(Throws(1, [&] { (void)c.Receive(); }));
                    EXPECT_TRUE(Throws(1, [&] { (void)c.TryReceive(); }));
                    EXPECT_EQ(c.TryReceive()->value, 3);
                    sender.Join();
                  },
                  {.clock = ClockPolicy::kWhenIdle}),
              Passes());
}

TEST(ChannelValuesTest, OveralignedAndLargeValuesAreStoredWell) {
  struct alignas(64) Wide {
    int value = 0;
    char rest[200] = {};
  };
  EXPECT_THAT(Try([] {
                Channel<Wide> c(3);
                for (int i = 0; i < 3; ++i) c.Send(Wide{.value = i});
                for (int i = 0; i < 3; ++i) {
                  std::optional<Wide> value = c.Receive();
                  EXPECT_EQ(value->value, i);
                }
              }),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
