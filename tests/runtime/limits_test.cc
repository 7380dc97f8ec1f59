// SPDX-License-Identifier: Apache-2.0
//
// How long executions go on: exactly .max_steps, then exactly .drain_steps, fairly in either half.
#include "heddle/runtime/internal/limits.h"

#include <cstdint>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "heddle/heddle.h"
#include "support/execute.h"
#include "support/scenario.h"

namespace heddle {
namespace {

using namespace testing_support;

void Spin() {
  for (;;) Yield();
}

// Around the points at which the step loop looks at what is rare.
class StepLimitTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(StepLimitTest, MaxStepsIsExact) {
  const uint32_t limit = GetParam();
  const Options options{.max_steps = limit};
  auto body = [] {
    Go(Spin);
    Spin();
  };
  const Outcome plain = ExecuteOnce(body, options, 3, Recording::kOff);
  const Outcome recorded = ExecuteOnce(body, options, 3, Recording::kOn);
  EXPECT_EQ(plain.steps, limit);
  EXPECT_EQ(plain.verdict, Verdict::kLivelock);
  EXPECT_EQ(recorded.steps, limit);
  EXPECT_EQ(recorded.trace_hash, plain.trace_hash);
  EXPECT_EQ(recorded.decisions, plain.decisions);
  EXPECT_EQ(recorded.evidence->snapshot.history.size(), limit);
  const Outcome again = ExecuteAgain(body, options, recorded.evidence->decisions);
  EXPECT_EQ(again.trace_hash, plain.trace_hash);
  EXPECT_EQ(again.steps, limit);
}

TEST_P(StepLimitTest, AnExecutionOfExactlyMaxStepsPasses) {
  const uint32_t steps = GetParam();
  if (steps == 0) return;
  auto body = [steps] {
    for (uint32_t i = 1; i < steps; ++i) Yield();  // the first step is `start`
  };
  for (const Recording recording : {Recording::kOff, Recording::kOn}) {
    const Outcome enough = ExecuteOnce(body, {.max_steps = steps}, 1, recording);
    EXPECT_EQ(enough.verdict, Verdict::kPassed);
    EXPECT_EQ(enough.steps, steps);
    const Outcome short_by_one = ExecuteOnce(body, {.max_steps = steps - 1}, 1, recording);
    EXPECT_TRUE(IsFailure(short_by_one.verdict));
    EXPECT_EQ(short_by_one.steps, steps - 1);
  }
}

TEST_P(StepLimitTest, DrainStepsAreExact) {
  const uint32_t limit = GetParam();
  const Options options{.drain_steps = limit};
  auto body = [] {
    Go("spinner", Spin);
    for (int i = 0; i < 5; ++i) Yield();
  };
  Scripted strategy = NeverPreempt();  // the body takes 7 steps, then the other begins
  for (const Recording recording : {Recording::kOff, Recording::kOn}) {
    const Outcome outcome = ExecuteBy(strategy, body, options, 1, recording);
    EXPECT_EQ(outcome.verdict, Verdict::kLeak);
    EXPECT_EQ(outcome.steps, 7u + limit);
    EXPECT_TRUE(outcome.evidence->failure.at_limit);
  }
}

INSTANTIATE_TEST_SUITE_P(Steps, StepLimitTest,
                         ::testing::Values(0u, 1u, 2u, 3u, 4u, 5u, 10u, 11u, 1022u, 1023u, 1024u,
                                           1025u, 1026u, 2047u, 2048u, 2049u, 2050u, 5000u));

TEST(LimitsTest, TheSecondHalfIsFair) {
  // Under LowestFirst the body spins for ever; only a fair walk lets the other task go.
  Stage stage;
  auto body = [&] {
    stage.Set(0);
    Task other = Go([&] { stage.Set(1); });
    stage.Await(1);
    other.Join();
  };
  Scripted strategy = LowestFirst();
  for (const Recording recording : {Recording::kOff, Recording::kOn}) {
    const Outcome outcome = ExecuteBy(strategy, body, {.max_steps = 3000}, 1, recording);
    EXPECT_EQ(outcome.verdict, Verdict::kPassed);
    EXPECT_GT(outcome.steps, 1500u);
    EXPECT_LT(outcome.steps, 1600u);
    // Alone in the second half: steps 3 to 1500 are decisions.
    EXPECT_EQ(strategy.task_choices, 1498u);
  }
}

TEST(LimitsTest, AReplayFollowsTheFairHalf) {
  Stage stage;
  auto body = [&] {
    stage.Set(0);
    Go([&] { stage.Set(1); });
    stage.Await(1);
  };
  Scripted strategy = LowestFirst();
  const Options options{.max_steps = 3000};
  const Outcome outcome = ExecuteBy(strategy, body, options, 1);
  const Outcome again = ExecuteAgain(body, options, outcome.evidence->decisions);
  EXPECT_EQ(again.trace_hash, outcome.trace_hash);
  EXPECT_EQ(again.verdict, Verdict::kPassed);
}

TEST(LimitsTest, TheSecondHalfOfTheDrainIsFair) {
  auto stage = std::make_shared<Stage>();
  auto body = [stage] {
    stage->Set(0);
    Go([stage] { stage->Await(1); });
    Go([stage] { stage->Set(1); });
  };
  Scripted strategy = LowestFirst();
  for (const Recording recording : {Recording::kOff, Recording::kOn}) {
    const Outcome outcome = ExecuteBy(strategy, body, {.drain_steps = 2000}, 1, recording);
    EXPECT_EQ(outcome.verdict, Verdict::kPassed);
    EXPECT_GT(outcome.steps, 1000u);
    EXPECT_LT(outcome.steps, 1100u);
  }
}

TEST(LimitsTest, TheDrainBeginsUnderTheStrategyThatWasAskedFor) {
  // The body ends in its fair half; then the strategy is asked again.
  auto stage = std::make_shared<Stage>();
  auto body = [stage] {
    stage->Set(0);
    Go([stage] { stage->Set(1); });
    stage->Await(1);
    Go([stage] { stage->Await(2); });
    Go([stage] { stage->Set(2); });
  };
  Scripted strategy = LowestFirst();
  const Outcome outcome =
      ExecuteBy(strategy, body, {.max_steps = 200, .drain_steps = 1000}, 1, Recording::kOff);
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
  EXPECT_GT(strategy.task_choices, 500u);
  EXPECT_LT(strategy.task_choices, 700u);
}

TEST(LimitsTest, ABodyThatGoesOnIsALivelock) {
  const Outcome outcome = ExecuteOnce(Spin, {.max_steps = 100});
  EXPECT_EQ(outcome.verdict, Verdict::kLivelock);
  EXPECT_FALSE(outcome.evidence->failure.body_blocked);
  EXPECT_EQ(outcome.evidence->failure.message,
            "no end after .max_steps = 100 steps, the second half scheduled fairly");
}

TEST(LimitsTest, ABodyThatIsBlockedThroughoutIsADeadlock) {
  const Outcome outcome = ExecuteOnce(
      [] {
        Semaphore never(0);
        Go({.daemon = true}, Spin);
        never.acquire();
      },
      {.max_steps = 100});
  EXPECT_EQ(outcome.verdict, Verdict::kDeadlock);
  EXPECT_TRUE(outcome.evidence->failure.at_limit);
  EXPECT_TRUE(outcome.evidence->failure.body_blocked);
  EXPECT_EQ(outcome.evidence->failure.message,
            "the body is blocked for good while other tasks go on (.max_steps = 100)");
}

TEST(LimitsTest, ABodyThatCouldGoOnOnceInTheFairHalfIsALivelock) {
  Stage stage;
  const Outcome outcome = ExecuteOnce(
      [&] {
        stage.Set(0);
        Semaphore gate(0), never(0);
        Go({.daemon = true}, [&] {
          for (int i = 0; i < 150; ++i) Yield();
          gate.release();
          Spin();
        });
        gate.acquire();
        never.acquire();
      },
      {.max_steps = 200});
  EXPECT_EQ(outcome.verdict, Verdict::kLivelock);
}

TEST(LimitsTest, CutOkCountsInsteadOfFailing) {
  for (const Recording recording : {Recording::kOff, Recording::kOn}) {
    const Outcome outcome = ExecuteOnce(Spin, {.max_steps = 100, .cut_ok = true}, 1, recording);
    EXPECT_EQ(outcome.verdict, Verdict::kPassed);
    EXPECT_TRUE(outcome.cut);
    EXPECT_EQ(outcome.steps, 100u);
  }
}

TEST(LimitsTest, CutOkExcusesNoLeakAndNoDeadlock) {
  const Outcome leak = ExecuteOnce([] { Go(Spin); }, {.drain_steps = 50, .cut_ok = true});
  EXPECT_EQ(leak.verdict, Verdict::kLeak);
  EXPECT_FALSE(leak.cut);
  const Outcome deadlock = ExecuteOnce([] { Semaphore(0).acquire(); }, {.cut_ok = true});
  EXPECT_EQ(deadlock.verdict, Verdict::kDeadlock);
  EXPECT_FALSE(deadlock.cut);
}

TEST(LimitsTest, DaemonsDoNotKeepAnExecutionAlive) {
  const Outcome outcome = ExecuteOnce([] {
    Go({.daemon = true}, Spin);
    Yield();
  });
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
  EXPECT_LT(outcome.steps, 100u);
}

TEST(LimitsTest, ABlockedLeakIsNotSaidToBeAtTheLimit) {
  const Outcome outcome = ExecuteOnce([] {
    auto never = std::make_shared<Semaphore>(0);
    Go([never] { never->acquire(); });
  });
  EXPECT_EQ(outcome.verdict, Verdict::kLeak);
  EXPECT_FALSE(outcome.evidence->failure.at_limit);
}

}  // namespace
}  // namespace heddle
