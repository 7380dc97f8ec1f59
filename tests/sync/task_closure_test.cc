// SPDX-License-Identifier: Apache-2.0
//
// The function objects of tasks: sizes, moves, and when they are destroyed.
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

#include "heddle/sync/channel.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

std::atomic<int> living_witnesses = 0;
std::atomic<bool> twice = false;

// In a closure: counts the living copies and notices a second destruction.
class Witness {
 public:
  Witness() { ++living_witnesses; }
  Witness(const Witness&) { ++living_witnesses; }
  Witness(Witness&&) noexcept { ++living_witnesses; }
  ~Witness() {
    if (state_ != kAlive) twice = true;
    state_ = 0;
    --living_witnesses;
  }
  bool alive() const { return state_ == kAlive; }

 private:
  static constexpr uint32_t kAlive = 0xA11CE;
  volatile uint32_t state_ = kAlive;
};

Report TryWitnessed(const std::function<void()>& body, const Options& options = {}) {
  living_witnesses = 0;
  twice = false;
  Report report = Try(
      [&] {
        EXPECT_EQ(living_witnesses, 0) << "left by the execution before";
        body();
      },
      options);
  EXPECT_EQ(living_witnesses, 0);
  EXPECT_FALSE(twice);
  return report;
}

template <size_t size>
void SpawnOfSize() {
  std::array<unsigned char, size> bytes;
  bytes.fill(0x5a);
  Go([bytes, witness = Witness()] {
    Yield();
    EXPECT_TRUE(witness.alive());
    for (unsigned char byte : bytes) ASSERT_EQ(byte, 0x5a);
  }).Join();
}

TEST(ClosureTest, OfAnySize) {
  EXPECT_THAT(TryWitnessed(
                  [] {
                    Go([] {}).Join();
                    SpawnOfSize<1>();
                    SpawnOfSize<59>();  // 64 with the witness
                    SpawnOfSize<60>();
                    SpawnOfSize<61>();
                    SpawnOfSize<64>();
                    SpawnOfSize<65>();
                    SpawnOfSize<1000>();
                    SpawnOfSize<100000>();
                  },
                  {.schedules = 20}),
              Passes());
}

TEST(ClosureTest, Overaligned) {
  struct alignas(64) Aligned {
    char text[8] = "aligned";
  };
  EXPECT_THAT(Try([] {
                Go([aligned = Aligned()] {
                  EXPECT_EQ(reinterpret_cast<uintptr_t>(&aligned) % 64, 0u);
                  EXPECT_STREQ(aligned.text, "aligned");
                }).Join();
              }),
              Passes());
}

TEST(ClosureTest, MoveOnlyAndOneThatChangesItself) {
  EXPECT_THAT(Try([] {
                auto number = std::make_unique<int>(3);
                Go([number = std::move(number)] { EXPECT_EQ(*number, 3); }).Join();
                EXPECT_EQ(number, nullptr);
                Go([n = 0]() mutable { EXPECT_EQ(++n, 1); }).Join();
                std::function<void()> function = [] { Yield(); };
                Go(function).Join();
                struct Functor {
                  void operator()() const {}
                };
                const Functor functor;
                Go(functor).Join();
                Go(+[] { Yield(); }).Join();
              }),
              Passes());
}

TEST(ClosureTest, IsDestroyedOnTheTaskBeforeAJoinReturns) {
  EXPECT_THAT(TryWitnessed([] {
                Task task = Go([witness = Witness()] { Yield(); });
                task.Join();
                EXPECT_EQ(living_witnesses, 0);
              }),
              Passes());
}

TEST(ClosureTest, IsDestroyedOnceIfTheTaskNeverStarts) {
  // The body fails before the task can have started, in some schedules.
  EXPECT_THAT(TryWitnessed([] {
                Go([witness = Witness()] { Yield(); });
                Go([witness = Witness(), big = std::array<char, 200>()] { (void)big; });
                throw std::runtime_error("the end");
              }),
              Fails(Verdict::kException, "the end"));
}

TEST(ClosureTest, IsDestroyedOnceIfTheTaskIsAbandonedOrThrows) {
  EXPECT_THAT(TryWitnessed([] {
                Go({.daemon = true}, [witness = Witness()] { (void)Channel<int>().Receive(); });
                Go({.daemon = true}, [witness = Witness(), big = std::array<char, 200>()] {
                  (void)big;
                  for (;;) Yield();
                });
                for (int i = 0; i < 4; ++i) Yield();
              }),
              Passes());
  EXPECT_THAT(TryWitnessed([] { Go([witness = Witness()] { throw 1; }).Join(); }),
              Fails(Verdict::kException, "int"));
}

TEST(ClosureTest, IsDestroyedOnceWhereverTheExecutionEnds) {
  for (uint32_t steps = 1; steps < 30; ++steps) {
    TryWitnessed(
        [] {
          for (int i = 0; i < 3; ++i) {
            Go([witness = Witness(), i] {
              Go([witness] { Yield(); });
              for (int k = 0; k < i; ++k) Yield();
            });
          }
        },
        {.schedules = 30, .max_steps = steps, .drain_steps = steps, .cut_ok = true});
  }
}

// A closure that cannot be copied the `n`-th time.
struct Thrower {
  Thrower() = default;
  Thrower(const Thrower&) { throw std::runtime_error("no copy"); }
  void operator()() const {}
  Witness witness;
  char big[100] = {};
};

TEST(ClosureTest, ACopyThatThrowsSpawnsNothing) {
  EXPECT_THAT(TryWitnessed([] {
                const Thrower thrower;
                for (bool daemon : {false, true}) {
                  bool thrown = false;
                  try {
                    Go({.name = "never", .daemon = daemon}, thrower);
                  } catch (const std::runtime_error&) {
                    thrown = true;
                  }
                  EXPECT_TRUE(thrown);
                }
                Go([] { Yield(); }).Join();
              }),
              Passes());
}

// A copy that takes steps, in the middle of which the execution may end.
struct Stepper {
  Stepper() = default;
  Stepper(const Stepper& other) : witness((Yield(), other.witness)) { Yield(); }
  void operator()() const { Yield(); }
  Witness witness;
};

TEST(ClosureTest, ACopyThatTakesStepsIsDestroyedOnceWhereverTheExecutionEnds) {
  for (uint32_t steps = 1; steps < 16; ++steps) {
    TryWitnessed(
        [] {
          const Stepper stepper;
          Task one = Go(stepper);
          Task two = Go([] { Yield(); });
          one.Join();
          two.Join();
        },
        {.schedules = 30, .max_steps = steps, .cut_ok = true});
  }
}

TEST(ClosureTest, AClosureThatOperatesInItsDestructor) {
  struct Closer {
    explicit Closer(Channel<int> c) : channel(c) {}
    Closer(Closer&& other) noexcept : channel(other.channel) { other.channel = Channel<int>(); }
    ~Closer() {
      if (!channel.IsNil()) channel.Close();
    }
    Channel<int> channel;
  };
  EXPECT_THAT(Try([] {
                Channel<int> done(0);
                Go([closer = Closer(done)] { Yield(); });
                EXPECT_FALSE(done.Receive());
              }),
              Passes());
  // Also of a task that never starts: the close does nothing.
  EXPECT_THAT(Try([] { Go({.daemon = true}, [closer = Closer(Channel<int>(0))] { Yield(); }); }),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
