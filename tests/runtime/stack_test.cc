// SPDX-License-Identifier: Apache-2.0
//
// Stacks: what they hold, how they grow between executions, and what is said when one overflows.
#include "heddle/runtime/internal/stack.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/heddle.h"
#include "support/execute.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint32_t kSmallKib = kDefaultStackKib;

// Uses about a KiB of stack per level. `levels` is volatile to keep the compiler from counting.
[[gnu::noinline]] int Descend(volatile int* levels) {
  volatile char frame[1024];
  frame[0] = 1;
  if (*levels == 0) return frame[0];
  *levels = *levels - 1;
  return Descend(levels) + frame[0];
}
void UseKib(int kib) {
  volatile int levels = kib;
  levels = Descend(&levels);
}

class StackDeathTest : public ::testing::Test {
 protected:
  // A process of its own: there the stack has the size that the scenario asks for.
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(StackDeathTest, TheOverflowOfATaskIsNamed) {
  EXPECT_DEATH(
      ExecuteOnce(
          [] {
            Task deep = Go("deep", [] { UseKib(1'000'000); });
            deep.Join();
          },
          {.stack_kib = 128}),
      "heddle: task T1 deep overflowed its stack of 128 KiB \\(spawned at "
      ".*runtime/stack_test.cc:[0-9]+\\). Give every task of the scenario more with .stack_kib = "
      "512.");
}

TEST_F(StackDeathTest, TheOverflowOfANestedUnnamedTaskIsNamed) {
  EXPECT_DEATH(ExecuteOnce([] {
                 Task outer = Go([] {
                   Task inner = Go([] { UseKib(1'000'000); });
                   inner.Join();
                 });
                 outer.Join();
               }),
               "heddle: task T1.1 overflowed its stack of [0-9]+ KiB \\(spawned at ");
}

TEST_F(StackDeathTest, TheOverflowOfTheBodyIsNamed) {
  EXPECT_DEATH(ExecuteOnce([] { UseKib(1'000'000); }),
               "heddle: task T0 main overflowed its stack of [0-9]+ KiB");
}

TEST_F(StackDeathTest, AnotherFaultIsNotCalledAnOverflow) {
  EXPECT_DEATH(ExecuteOnce([] {
                 volatile int* volatile nowhere = reinterpret_cast<int*>(8);
                 std::fputs("here\n", stderr);
                 *nowhere = 1;
               }),
               AllOf(HasSubstr("here"), Not(HasSubstr("overflowed its stack of"))));
}

TEST(StackTest, AMappedStackIsUsableToItsLastByte) {
  for (const size_t bytes : {size_t{4096}, size_t{64 * 1024}, size_t{1 << 20}}) {
    char* stack = internal::MapStack(bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(stack) % 4096, 0u);
    std::memset(stack, 1, bytes);
    internal::UnmapStack(stack, bytes);
  }
}

TEST(StackDeathTestOfGuard, TheGuardLiesBelow) {
  char* stack = internal::MapStack(4096);
  for (const size_t below : {size_t{1}, internal::kGuardBytes}) {
    volatile char* guard = stack - below;
    EXPECT_DEATH(*guard = 1, "");
  }
  internal::UnmapStack(stack, 4096);
}

TEST(StackTest, AScenarioUsesWhatItAskedFor) {
  for (const uint32_t kib : {kSmallKib, 2 * kSmallKib, 4 * kSmallKib}) {
    const Outcome outcome = ExecuteOnce(
        [kib] {
          // Sanitizers make frames larger.
          Task deep = Go([kib] { UseKib(static_cast<int>(kib / 4)); });
          UseKib(static_cast<int>(kib / 4));
          deep.Join();
        },
        {.stack_kib = kib});
    EXPECT_EQ(outcome.verdict, Verdict::kPassed);
  }
}

TEST(StackTest, ASizeThatIsNoMultipleOfAPage) {
  const Outcome outcome = ExecuteOnce([] { UseKib(10); }, {.stack_kib = 8 * kSmallKib + 1});
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
}

// Between two executions with other stack sizes the pooled fibers are made anew, in whatever state
// the first left them.
class StackGrowthTest : public ::testing::Test {
 protected:
  // Executes under a larger stack than anything before; also tasks that the first did not have.
  static void Grow() {
    static uint32_t kib = 16 * kSmallKib;
    kib += 64;
    for (uint64_t seed = 0; seed < 3; ++seed) {
      const Outcome outcome = ExecuteOnce(
          [] {
            Channel<int> jobs(0);
            std::vector<Task> tasks;
            for (int t = 0; t < 6; ++t) {
              tasks.push_back(Go([&jobs] {
                Sleep(std::chrono::milliseconds(1));
                UseKib(static_cast<int>(4 * kSmallKib));
                jobs.Send(1);
              }));
            }
            for (int t = 0; t < 6; ++t) EXPECT_EQ(jobs.Receive(), 1);
            for (Task& task : tasks) task.Join();
          },
          {.stack_kib = kib}, seed, Recording::kOff);
      EXPECT_EQ(outcome.verdict, Verdict::kPassed);
    }
  }
};

TEST_F(StackGrowthTest, AfterTasksThatFinished) {
  ExecuteOnce([] {
    Task tasks[4];
    for (Task& task : tasks) task = Go([] { Yield(); });
    for (Task& task : tasks) task.Join();
  });
  Grow();
}

TEST_F(StackGrowthTest, AfterTheClock) {
  ExecuteOnce([] { Sleep(std::chrono::milliseconds(1)); });
  Grow();
}

TEST_F(StackGrowthTest, AfterTasksThatWereUnwound) {
  const Outcome outcome = ExecuteOnce([] {
    Semaphore never(0);
    for (int t = 0; t < 4; ++t) Go([&] { never.acquire(); });
    never.acquire();
  });
  EXPECT_EQ(outcome.verdict, Verdict::kDeadlock);
  Grow();
}

TEST_F(StackGrowthTest, AfterTasksThatNeverStarted) {
  Grow();  // so that the fibers below are fresh or not, whatever ran before
  Scripted strategy = NeverPreempt();
  const Outcome outcome = ExecuteBy(strategy, [] {
    for (int t = 0; t < 12; ++t) Go({.daemon = true}, [] { Yield(); });
  });
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
  EXPECT_FALSE(outcome.evidence->snapshot.Find(12)->started);
  Grow();
}

TEST_F(StackGrowthTest, AfterStacksThatWereAbandoned) {
  const Outcome outcome = ExecuteOnce(
      [] {
        Semaphore never(0);
        for (int t = 0; t < 4; ++t) Go([&] { never.acquire(); });
        never.acquire();
      },
      {.abandon_stacks = true});
  EXPECT_EQ(outcome.verdict, Verdict::kDeadlock);
  Grow();
}

TEST_F(StackGrowthTest, AfterNoexceptCodeThatCouldNotBeUnwound) {
  const Outcome outcome = ExecuteOnce([] {
    Semaphore never(0);
    Task task = Go([&]() noexcept { never.acquire(); });
    task.Join();
  });
  EXPECT_EQ(outcome.verdict, Verdict::kDeadlock);
  Grow();
}

TEST_F(StackGrowthTest, ASmallerSizeAfterwardsKeepsTheLargerStacks) {
  Grow();
  const Outcome outcome =
      ExecuteOnce([] { UseKib(static_cast<int>(4 * kSmallKib)); }, {.stack_kib = kSmallKib});
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
}

}  // namespace
}  // namespace heddle
