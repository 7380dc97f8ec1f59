// SPDX-License-Identifier: Apache-2.0
//
// Explorations: how many executions with which seeds, what is counted, and when nothing was explored.
#include "heddle/explore/explore.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/random.h"
#include "heddle/explore/knobs.h"
#include "heddle/heddle.h"
#include "heddle/runtime/internal/tsan.h"
#include "support/environment.h"
#include "support/execute.h"
#include "support/scenario.h"
#include "support/trace_scenarios.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Fails under about one schedule in 60: the third task must overtake both others.
void Rare() {
  Channel<int> order(3);
  Task tasks[3];
  for (int t = 0; t < 3; ++t) {
    tasks[t] = Go([&, t] {
      for (int i = 0; i < t; ++i) Yield();
      order.Send(t);
    });
  }
  for (Task& task : tasks) task.Join();
  if (order.Receive() == 2 && order.Receive() == 1) (void)Channel<int>(1).Receive();
}

void Twin() {
  Task task = Go([] { Yield(); });
  Yield();
  task.Join();
}

void Spin() {
  for (;;) Yield();
}

void Abandoned() { (void)Channel<int>(1).Receive(); }

class ExploreTest : public ::testing::Test {
 private:
  CleanEnvironment clean_;
};

TEST_F(ExploreTest, ExecutionIHasTheSeedOfBaseNameAndI) {
  const Options options{
      .name = "Suite.Rare", .schedules = 3000, .strategy = StrategyKind::kRandom, .seed = 77};
  const Report report = Explore(Rare, options);
  ASSERT_EQ(report.verdict, Verdict::kDeadlock);
  ASSERT_GT(report.schedules_run, 1u);
  const auto failing = static_cast<uint32_t>(report.schedules_run - 1);
  EXPECT_EQ(report.seed, "0x4d:" + std::to_string(failing));
  uint64_t steps = 0;
  for (uint32_t i = 0; i <= failing; ++i) {
    const Outcome outcome =
        ExecuteOnce(Rare, options, Mix(77, HashName("Suite.Rare"), i), Recording::kOff);
    EXPECT_EQ(outcome.verdict, i < failing ? Verdict::kPassed : Verdict::kDeadlock);
    steps += outcome.steps;
    if (i == failing) {
      EXPECT_EQ(outcome.trace_hash, report.trace_hash);
    }
  }
  EXPECT_EQ(report.total_steps, steps);
  EXPECT_TRUE(report.reproduced);
}

TEST_F(ExploreTest, AnotherNameOrBaseIsAnotherExploration) {
  const Report a = Explore(Rare, {.name = "a", .schedules = 3000});
  const Report b = Explore(Rare, {.name = "b", .schedules = 3000});
  const Report c = Explore(Rare, {.name = "a", .schedules = 3000, .seed = 1});
  EXPECT_FALSE(a.schedules_run == b.schedules_run && a.trace_hash == b.trace_hash);
  EXPECT_FALSE(a.schedules_run == c.schedules_run && a.trace_hash == c.trace_hash);
  const Report again = Explore(Rare, {.name = "a", .schedules = 3000});
  EXPECT_EQ(a.schedules_run, again.schedules_run);
  EXPECT_EQ(a.trace_hash, again.trace_hash);
}

TEST_F(ExploreTest, CountsAnExplorationThatPassed) {
  const Report report = Explore(Twin, {.name = "twin", .schedules = 50});
  EXPECT_EQ(report.verdict, Verdict::kPassed);
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.schedules_planned, 50u);
  EXPECT_EQ(report.schedules_run, 50u);
  EXPECT_EQ(report.total_steps, 50u * 6);
  EXPECT_EQ(report.cut, 0u);
  EXPECT_EQ(report.scenario, "twin");
  EXPECT_EQ(report.strategy, "portfolio");
  EXPECT_EQ(report.seed, "");
  EXPECT_EQ(report.replay, "");
}

// Two tasks that lock one mutex each, or the same one: one partial order, or two.
void LockTwice(bool same) {
  Mutex mu[2];
  Task task = Go([&] { std::lock_guard lock(mu[0]); });
  { std::lock_guard lock(mu[same ? 0 : 1]); }
  task.Join();
}

TEST_F(ExploreTest, TellsHowMuchItSaw) {
  const Options options{.name = "seen", .schedules = 400, .coverage = true};
  const Report two = Explore([] { LockTwice(true); }, options);
  EXPECT_THAT(two.seen,
              StartsWith("400 schedules, 2 of them different up to equivalence, 0 of the last 100 "
                         "new; about 0 % of further ones would be (estimate); 40 by pct, with 2 "
                         "tasks and at most "));
  EXPECT_EQ(two.coverage, "");
  EXPECT_THAT(::testing::PrintToString(two), HasSubstr("400 schedules, 2 of them"));
  const Report one = Explore([] { LockTwice(false); }, options);
  EXPECT_THAT(one.seen, StartsWith("400 schedules, 1 of them "));
}

TEST_F(ExploreTest, TellsHowMuchItSawOnlyWhenAsked) {
  const auto seen = [](const Options& options) {
    return Explore([] { LockTwice(true); }, options).seen;
  };
  EXPECT_EQ(seen({.name = "seen", .schedules = 40}), "");
  EXPECT_EQ(seen({.name = "seen", .strategy = StrategyKind::kExhaustive, .coverage = true}), "");
  const std::string by_one = seen({.name = "seen", .schedules = 400, .coverage = true});
  EXPECT_NE(by_one, "");
  EXPECT_EQ(seen({.name = "seen", .schedules = 400, .jobs = 2, .coverage = true}), by_one);
  const Report failing = Explore(Rare, {.name = "seen", .schedules = 3000, .coverage = true});
  EXPECT_FALSE(failing.passed());
  EXPECT_EQ(failing.seen, "");
}

TEST_F(ExploreTest, SeedVariableSetsTheBase) {
  const Report by_option = Explore(Rare, {.name = "r", .schedules = 3000, .seed = 0xabc});
  ScopedVariable seed("HEDDLE_SEED", "0xabc");
  const Report by_variable = Explore(Rare, {.name = "r", .schedules = 3000, .seed = 5});
  EXPECT_EQ(by_variable.seed, by_option.seed);
  EXPECT_EQ(by_variable.trace_hash, by_option.trace_hash);
}

TEST_F(ExploreTest, SeedVariableRunsOneExecution) {
  const Options options{.name = "r", .schedules = 3000};
  const Report found = Explore(Rare, options);
  ASSERT_EQ(found.verdict, Verdict::kDeadlock);
  {
    ScopedVariable seed("HEDDLE_SEED", found.seed);
    const Report alone = Explore(Rare, options);
    EXPECT_EQ(alone.verdict, found.verdict);
    EXPECT_EQ(alone.trace_hash, found.trace_hash);
    EXPECT_EQ(alone.replay, found.replay);
    EXPECT_EQ(alone.seed, found.seed);
    EXPECT_EQ(alone.schedules_planned, 1u);
    EXPECT_EQ(alone.schedules_run, 1u);
  }
  ScopedVariable seed(
      "HEDDLE_SEED",
      internal::FormatSeed(kDefaultSeed, static_cast<uint32_t>(found.schedules_run - 2)));
  EXPECT_EQ(Explore(Rare, options).verdict, Verdict::kPassed);
}

TEST_F(ExploreTest, TheLastExecutionThereIsCanBeAskedFor) {
  ScopedVariable seed("HEDDLE_SEED", "0x5eed:4294967295");
  const Report report = Explore(Twin, {.name = "twin"});
  EXPECT_EQ(report.verdict, Verdict::kPassed);
  EXPECT_EQ(report.schedules_run, 1u);
}

TEST_F(ExploreTest, SchedulesVariableSetsTheirNumber) {
  ScopedVariable schedules("HEDDLE_SCHEDULES", "7");
  EXPECT_EQ(Explore(Twin, {.name = "twin", .schedules = 50}).schedules_run, 7u);
}

TEST_F(ExploreTest, MaxStepsVariableEndsExecutionsThere) {
  ScopedVariable steps("HEDDLE_MAX_STEPS", "60");
  const Report report = Explore(Spin, {.name = "spin", .max_steps = 90});
  EXPECT_EQ(report.verdict, Verdict::kLivelock);
  EXPECT_EQ(report.step_count, 60u);
}

TEST_F(ExploreTest, DrainStepsVariableEndsTheDrain) {
  const auto steps = [] {
    return Explore([] { Go(Spin); }, {.name = "spin", .schedules = 1, .drain_steps = 90})
        .step_count;
  };
  const uint64_t by_option = steps();
  ScopedVariable drain("HEDDLE_DRAIN_STEPS", "60");
  EXPECT_EQ(steps(), by_option - 30);
}

TEST_F(ExploreTest, ClockAndEarlyTimersVariablesHoldTimersBack) {
  const auto overtakes = [] {
    const Report report = Explore(
        [] {
          Stage stage;
          Task late = Go([&] {
            Sleep(std::chrono::seconds(1));
            stage.Set(1);
          });
          for (int i = 0; i < 5; ++i) Yield();
          if (stage.Get() == 1) throw 1;
          late.Join();
        },
        {.name = "late"});
    return report.verdict == Verdict::kException;
  };
  EXPECT_TRUE(overtakes());
  {
    ScopedVariable clock("HEDDLE_CLOCK", "when_idle");
    EXPECT_FALSE(overtakes());
  }
  ScopedVariable early("HEDDLE_EARLY_TIMERS", "0");
  EXPECT_FALSE(overtakes());
}

TEST_F(ExploreTest, VariablesThatShapeTheFailureAreRepeated) {
  EXPECT_EQ(Explore(Abandoned, {.name = "quiet"}).variables, "");
  ScopedVariable steps("HEDDLE_MAX_STEPS", "60");
  ScopedVariable schedules("HEDDLE_SCHEDULES", "9");
  const Report report = Explore(Spin, {.name = "spin"});
  EXPECT_EQ(report.variables, "HEDDLE_MAX_STEPS=60");
  EXPECT_THAT(::testing::PrintToString(report), HasSubstr("\n    HEDDLE_MAX_STEPS=60 HEDDLE_"));
}

// -- The time budget ------------------------------------------------------------------------------

void Slow() {
  Twin();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));  // a budget is real time
}

TEST_F(ExploreTest, TimeBudgetEndsTheExplorationAndPasses) {
  const Report report = Explore(Slow, {.name = "slow", .schedules = 100'000, .time_budget_ms = 20});
  EXPECT_EQ(report.verdict, Verdict::kPassed);
  EXPECT_EQ(report.time_budget_ms, 20u);
  EXPECT_EQ(report.schedules_planned, 100'000u);
  EXPECT_GE(report.schedules_run, 1u);
  EXPECT_LE(report.schedules_run, 10u);
  EXPECT_THAT(::testing::PrintToString(report),
              HasSubstr("; the time budget of 20 ms left out 99"));
}

TEST_F(ExploreTest, TimeBudgetLetsOneExecutionRun) {
  ScopedVariable budget("HEDDLE_TIME_BUDGET_MS", "1");
  const Report report = Explore(Slow, {.name = "slow", .schedules = 9});
  EXPECT_EQ(report.schedules_run, 1u);
  EXPECT_EQ(report.time_budget_ms, 1u);
}

TEST_F(ExploreTest, TimeBudgetThatIsNotSpentSaysNothing) {
  EXPECT_EQ(
      Explore(Twin, {.name = "twin", .schedules = 3, .time_budget_ms = 50'000}).time_budget_ms, 0u);
  // The last execution there is ends the exploration, not the budget.
  EXPECT_EQ(Explore(Slow, {.name = "slow", .schedules = 1, .time_budget_ms = 1}).time_budget_ms,
            0u);
}

TEST_F(ExploreTest, TimeBudgetDoesNotHideAFailure) {
  const Report report = Explore(
      [] {
        Slow();
        Abandoned();
      },
      {.name = "slow", .time_budget_ms = 1});
  EXPECT_EQ(report.verdict, Verdict::kDeadlock);
  EXPECT_EQ(report.time_budget_ms, 0u);
}

// -- Nothing explored -----------------------------------------------------------------------------

TEST_F(ExploreTest, AVariableThatCannotBeUsedIsVacuous) {
  for (const char* name : {"HEDDLE_SEED", "HEDDLE_SCHEDULES", "HEDDLE_REPLAY", "HEDDLE_UNKNOWN"}) {
    ScopedVariable variable(name, "what?");
    bool ran = false;
    const Report report = Explore([&] { ran = true; }, {.name = "twin"});
    EXPECT_EQ(report.verdict, Verdict::kVacuous) << name;
    EXPECT_THAT(report.headline, StartsWith(name));
    if (report.headline.find("is no knob") == std::string::npos) {
      EXPECT_THAT(report.headline, HasSubstr("what?"));
    }
    EXPECT_EQ(report.remedy, "correct the variable or unset it; nothing was executed");
    EXPECT_EQ(report.schedules_run, 0u);
    EXPECT_FALSE(ran);
  }
}

TEST_F(ExploreTest, NoScheduleIsVacuous) {
  EXPECT_EQ(Explore(Twin, {.name = "twin", .schedules = 0}).verdict, Verdict::kVacuous);
}

TEST_F(ExploreTest, AllExecutionsCutIsVacuous) {
  const Report report = Explore(
      [] {
        for (;;) Yield();
      },
      {.name = "endless", .schedules = 20, .max_steps = 50, .cut_ok = true});
  EXPECT_EQ(report.verdict, Verdict::kVacuous);
  EXPECT_EQ(report.cut, 20u);
  EXPECT_EQ(report.total_steps, 20u * 50);
  EXPECT_EQ(report.headline, "all 20 executions were cut at .max_steps = 50");
  EXPECT_EQ(report.remedy, "raise .max_steps, or make the scenario finite");
}

TEST_F(ExploreTest, SomeExecutionsCutPasses) {
  Stage stage;
  const Report report = Explore(
      [&] {
        stage.Set(0);
        Task task = Go([&] { stage.Set(1); });
        Yield();
        while (stage.Get() == 1) Yield();
        task.Join();
      },
      {.name = "sometimes", .schedules = 100, .max_steps = 50, .cut_ok = true});
  EXPECT_EQ(report.verdict, Verdict::kPassed);
  EXPECT_EQ(report.schedules_run, 100u);
  EXPECT_GT(report.cut, 10u);
  EXPECT_LT(report.cut, 90u);
}

TEST_F(ExploreTest, ReportsFromTheSecondRun) {
  // Twice as many executions as were counted: the failing one ran once more, with its history.
  int executions = 0;
  const Report report = Explore(
      [&] {
        ++executions;
        Semaphore(0, "never").acquire();
      },
      {.name = "stuck"});
  EXPECT_EQ(report.schedules_run, 1u);
  EXPECT_EQ(executions, 2);
  EXPECT_TRUE(report.reproduced);
  EXPECT_EQ(report.not_reproduced, "");
  ASSERT_EQ(report.steps.size(), 2u);
  EXPECT_EQ(report.steps[1].text, "acquire never (0)");
  EXPECT_TRUE(report.steps[1].blocked);
  EXPECT_EQ(report.step_count, 1u);
}

TEST_F(ExploreTest, EveryKindOfEndIsReproduced) {
  for (const TraceScenario& scenario : TraceScenarios()) {
    Options options = scenario.options;
    options.name = scenario.name;
    options.schedules = 300;
    const Report report = Explore(scenario.body, options);
    if (report.passed()) continue;
    EXPECT_TRUE(report.reproduced) << scenario.name;
    EXPECT_EQ(report.not_reproduced, "");
    EXPECT_NE(report.headline, "");
    EXPECT_THAT(report.replay, StartsWith("HEDDLE_")) << scenario.name;
  }
}

TEST_F(ExploreTest, AScenarioThatDoesNotRepeatItselfDiverges) {
  int executions = 0;
  const Report report = Explore(
      [&] {
        ++executions;
        Task task = Go([] { Yield(); });
        for (int i = 2; i < executions; ++i) Yield();  // the first is run twice (recheck)
        task.Join();
        if (executions == 7) Semaphore(0).acquire();
      },
      {.name = "counter"});
  EXPECT_EQ(report.verdict, Verdict::kDiverged);
  EXPECT_FALSE(report.reproduced);
  EXPECT_EQ(report.headline,
            "the scenario does not repeat itself: the same schedule took other steps");
  ASSERT_FALSE(report.details.empty());
  EXPECT_THAT(report.details[0], StartsWith("first run: deadlock after "));
  EXPECT_EQ(report.remedy,
            "make the scenario depend on nothing but the schedule, then explore again");
  EXPECT_THAT(report.why, ElementsAre(StartsWith("usual causes: ")));
  EXPECT_EQ(report.replay, "HEDDLE_SEED=0x5eed:5");
}

TEST_F(ExploreTest, TheSameStepsWithAnotherEndAreNotReproduced) {
  int executions = 0;
  const Report report = Explore(
      [&] {
        Yield();
        if (++executions == 1) throw 1;
      },
      {.name = "once"});
  EXPECT_EQ(report.verdict, Verdict::kException);
  EXPECT_FALSE(report.reproduced);
  EXPECT_EQ(report.not_reproduced,
            "the second run took the same steps but ended otherwise: passed");
  EXPECT_EQ(report.replay, "HEDDLE_SEED=0x5eed:0");
}

TEST_F(ExploreTest, TheGeneralFormKeepsTheCommand) {
  const std::function<void()> body = Twin;
  BodyScenario scenario(body);
  const Report report = Explore(scenario, {.name = "twin", .schedules = 3}, "./cart_test --x");
  EXPECT_EQ(report.command, "./cart_test --x");
  EXPECT_EQ(report.schedules_run, 3u);
}

}  // namespace
}  // namespace heddle
