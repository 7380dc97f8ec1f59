// SPDX-License-Identifier: Apache-2.0
//
// Who is asked what, and what is kept of the answers.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/heddle.h"
#include "heddle/strategy/random_walk.h"
#include "support/execute.h"
#include "support/scenario.h"
#include "support/trace_scenarios.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::ElementsAre;

TEST(DecideTest, OneTaskAloneIsNoDecision) {
  Scripted strategy([](const Alternatives&) -> uint32_t {
    ADD_FAILURE() << "asked without a choice";
    return 0;
  });
  auto body = [] {
    Mutex mu;
    Channel<int> jobs(1);
    MutexLock lock(mu);
    jobs.Send(1);
    (void)jobs.Receive();
    Sleep(std::chrono::milliseconds(1));
    Yield();
  };
  for (const Recording recording : {Recording::kOff, Recording::kOn}) {
    const Outcome outcome =
        ExecuteBy(strategy, body, {.clock = ClockPolicy::kWhenIdle}, 1, recording);
    EXPECT_EQ(outcome.verdict, Verdict::kPassed);
    EXPECT_EQ(outcome.decisions, 0u);
    EXPECT_EQ(strategy.task_choices + strategy.index_choices, 0u);
  }
}

TEST(DecideTest, AStrategySeesTheRunnableTasksAndWhereTheyStand) {
  std::vector<std::string> seen;
  Scripted strategy([&](const Alternatives& alternatives) {
    std::string text = "last " + std::to_string(alternatives.last());
    for (uint32_t k = 0; k < alternatives.runnable().Count(); ++k) {
      const uint32_t slot = alternatives.runnable().Nth(k);
      text += ", " + std::to_string(slot) + " " +
              std::string(ToString(alternatives.Announced(slot).kind));
    }
    seen.push_back(text);
    return alternatives.Default();
  });
  const Outcome outcome = ExecuteBy(strategy, [] {
    Semaphore permits(1);
    Task worker = Go([&] {
      permits.acquire();
      permits.release();
    });
    permits.acquire();  // the worker starts only when the body is blocked
    Yield();
    permits.acquire();
    worker.Join();
  });
  EXPECT_EQ(outcome.verdict, Verdict::kDeadlock);
  EXPECT_THAT(seen, ElementsAre("last 0, 0 acquire, 1 start", "last 0, 0 yield, 1 start"));
  EXPECT_EQ(outcome.decisions, 2u);
}

class DecideTraceTest : public ::testing::TestWithParam<TraceScenario> {};

// Whether executions reach a fair half, where the strategy is not asked.
bool IsLong(const TraceScenario& scenario) {
  const std::string name = scenario.name;
  return name == "livelock" || name == "leak";
}

// What a strategy is asked and answers, as it goes.
class Onlooker final : public Strategy {
 public:
  std::string_view name() const override { return "onlooker"; }
  void Begin(uint64_t seed) override {
    walk_->Begin(seed);
    decisions.clear();
    deviations.clear();
  }
  uint32_t ChooseTask(const Alternatives& alternatives) override {
    EXPECT_GE(alternatives.runnable().Count(), 2u);
    const uint32_t chosen = walk_->ChooseTask(alternatives);
    Note(chosen, alternatives.Default(), alternatives.Word(chosen));
    return chosen;
  }
  uint32_t ChooseIndex(uint32_t count, Operation operation) override {
    EXPECT_GE(count, 2u);
    const uint32_t chosen = walk_->ChooseIndex(count, operation);
    Note(chosen, 0, operation.Word());
    return chosen;
  }

  std::vector<Decision> decisions;
  std::vector<Deviation> deviations;

 private:
  void Note(uint32_t chosen, uint32_t standard, uint64_t word) {
    const Decision decision{static_cast<uint16_t>(chosen), DecisionCheck(word)};
    if (chosen != standard) {
      deviations.push_back({static_cast<uint32_t>(decisions.size()), decision});
    }
    decisions.push_back(decision);
  }

  std::unique_ptr<Strategy> walk_ = MakeRandomWalk();
};

TEST_P(DecideTraceTest, RecordsWhatTheStrategyAnswered) {
  const auto& [name, body, options] = GetParam();
  if (IsLong(GetParam())) return;
  for (uint64_t seed = 0; seed < 12; ++seed) {
    Onlooker onlooker;
    const Outcome outcome = ExecuteBy(onlooker, body, options, seed);
    EXPECT_EQ(outcome.evidence->decisions, onlooker.decisions) << "seed " << seed;
    EXPECT_EQ(outcome.evidence->deviations, onlooker.deviations) << "seed " << seed;
  }
}

TEST_P(DecideTraceTest, TheDefaultScheduleHasNoDeviation) {
  const auto& [name, body, options] = GetParam();
  // Where the body polls, only the fair half lets others go.
  if (IsLong(GetParam()) || std::string(name) == "partners") return;
  Scripted strategy = NeverPreempt();
  const Outcome outcome = ExecuteBy(strategy, body, options);
  EXPECT_EQ(outcome.evidence->deviations, std::vector<Deviation>());
  EXPECT_EQ(outcome.evidence->preemptions, 0u);
  Replay nothing;
  nothing.decisions = outcome.decisions;
  EXPECT_EQ(ExecuteAgain(body, options, nothing).trace_hash, outcome.trace_hash);
}

INSTANTIATE_TEST_SUITE_P(Traces, DecideTraceTest, ::testing::ValuesIn(TraceScenarios()),
                         [](const auto& trace) { return std::string(trace.param.name); });

TEST(DecideTest, SwitchingAwayFromARunnableTaskIsAPreemption) {
  auto body = [] {
    Atomic<int> n = 0;
    Task other = Go([&] { n.load(); });
    n.load();
    Yield();
    other.Join();
  };
  Scripted alternate([](const Alternatives& alternatives) { return 1 - alternatives.last(); });
  const Outcome outcome = ExecuteBy(alternate, body);
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
  // T0 after spawn, T1 after start; T0 then stands at its yield, and T1 ends: no preemption.
  EXPECT_THAT(Rows(outcome),
              ElementsAre("1 T0 start", "2 T0 spawn T1", "3 T1 start ^", "4 T0 load #1 -> 0 ^",
                          "5 T1 load #1 -> 0", "6 T0 yield", "7 T0 join T1"));
  EXPECT_EQ(outcome.evidence->preemptions, 2u);
}

TEST(DecideTest, AStrategyThatGivesUpEndsTheExecution) {
  int left = 5;
  Scripted strategy([&](const Alternatives& alternatives) {
    return left-- > 0 ? alternatives.Default() : Strategy::kDiverged;
  });
  for (const Recording recording : {Recording::kOff, Recording::kOn}) {
    left = 5;
    const Outcome outcome = ExecuteBy(
        strategy,
        [] {
          Go([] { Yield(); });
          for (;;) Yield();
        },
        {}, 1, recording);
    EXPECT_EQ(outcome.verdict, Verdict::kDiverged);
    EXPECT_EQ(outcome.decisions, 5u);
    EXPECT_EQ(outcome.steps, 7u);
  }
}

TEST(DecideTest, EveryPartnerCanBeChosen) {
  for (uint32_t index = 0; index < 3; ++index) {
    Scripted strategy(
        [](const Alternatives& a) { return a.runnable().Nth(a.runnable().Count() - 1); }, index);
    std::optional<int> got;
    const Outcome outcome = ExecuteBy(strategy, [&] {
      Channel<int> line(0);
      for (int i = 0; i < 3; ++i) Go({.daemon = true}, [&line, i] { line.Send(i); });
      got = line.Receive();
    });
    EXPECT_EQ(outcome.verdict, Verdict::kPassed);
    EXPECT_EQ(got, static_cast<int>(index));  // in the order of parking
    EXPECT_EQ(strategy.index_choices, 1u);
  }
}

}  // namespace
}  // namespace heddle
