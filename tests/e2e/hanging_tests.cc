// SPDX-License-Identifier: Apache-2.0
//
// Tests that never end, one for each way not to: run by deadline_test, with a deadline of a fraction of
// a second, and under a tracer. The line numbers below are part of golden texts: add at the end only.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "heddle/gtest/heddle_test.h"
#include "heddle/heddle.h"

using namespace heddle;

namespace {

volatile bool go_on = true;

void Spin() {
  while (go_on) {
  }
}

// Two tasks, so that there is something to explore.
void WithTwin(const std::function<void()>& body) {
  Task twin = Go("twin", [] { Yield(); });
  Yield();
  body();
  twin.Join();
}

}  // namespace

// clang-format off

HEDDLE_TEST(Hanging, Loop) {
  Mutex mu("mu");
  Task spinner = Go("spinner", [&] { MutexLock lock(mu); Spin(); });
  Task twin = Go("twin", [] { Yield(); });
  spinner.Join();
  twin.Join();
}

HEDDLE_TEST(Hanging, LoopWithCalls) {
  WithTwin([] { while (go_on) (void)std::string(100, 'x'); });
}

HEDDLE_TEST(Hanging, BlockingRead) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Task reader = Go("reader", [&] { char byte; (void)!read(ends[0], &byte, 1); });
  reader.Join();
}

HEDDLE_TEST(Hanging, RealMutexOverStep) {
  std::mutex real;
  Task first = Go("first", [&] { std::lock_guard lock(real); Yield(); });
  Task second = Go("second", [&] { std::lock_guard lock(real); Yield(); });
  first.Join();
  second.Join();
}

HEDDLE_TEST(Hanging, Destructor) {
  struct Endless { ~Endless() { Spin(); } };
  Go("abandoned", [] { Endless endless; (void)Channel<int>(0).Receive(); });
  Yield();
}

HEDDLE_TEST(Hanging, SecondRun) {
  Channel<int> nothing(0, "nothing");
  static int runs = 0;
  if (++runs == 2) Spin();
  (void)nothing.Receive();
}

HEDDLE_TEST(Endless, Steps, .max_steps = 4'000'000'000) {
  WithTwin([] { while (go_on) Yield(); });
}

HEDDLE_TEST(Endless, SlowSteps, .max_steps = 4'000'000'000) {
  WithTwin([] {
    for (; go_on; Yield()) {
      for (int i = 0; i < 100'000; ++i) asm volatile("" : : "r"(i));
    }
  });
}

HEDDLE_TEST(Endless, Schedules, .schedules = 4'000'000'000) {
  WithTwin([] { Yield(); });
}

// Steps that take 20 ms each.
HEDDLE_TEST(Endless, SleepySteps, .max_steps = 4'000'000'000) {
  WithTwin([] { for (; go_on; Yield()) usleep(20'000); });
}

// Passes only if no deadline of 300 ms ends it.
HEDDLE_TEST(Traced, Outlives, .schedules = 2) {
  WithTwin([] {
    const clock_t start = clock();  // determinism: decides nothing that is a step
    while (clock() - start < CLOCKS_PER_SEC / 2) {}
  });
}

namespace {
// As programs do that leave signals to a thread of their own.
struct BlocksSignals : testing::Environment {
  void SetUp() override {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
  }
};
[[maybe_unused]] const auto* blocks_signals = std::getenv("HANGING_BLOCKS_SIGNALS") != nullptr ? testing::AddGlobalTestEnvironment(new BlocksSignals) : nullptr;
}  // namespace

HEDDLE_TEST(Hanging, LoopWithSignalsBlocked) {
  WithTwin([] { Spin(); });
}
TEST(AfterABug, Fails) { ADD_FAILURE() << "a bug"; }
HEDDLE_TEST(AfterABug, Loop) { WithTwin(Spin); }
HEDDLE_TEST(Hanging, Late) {
  static int executions = 0;
  WithTwin([] { if (++executions > 60) Spin(); });
}
