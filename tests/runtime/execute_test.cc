// SPDX-License-Identifier: Apache-2.0
//
// One execution: its phases, what is known of it afterwards, and that the same seed makes it again.
#include "heddle/runtime/execute.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/heddle.h"
#include "support/execute.h"
#include "support/trace_scenarios.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::ElementsAre;

// Says when it is destroyed.
class Tracer {
 public:
  Tracer(std::vector<std::string>* log, std::string name) : log_(log), name_(std::move(name)) {}
  Tracer(Tracer&& other) noexcept : log_(other.log_), name_(std::move(other.name_)) {
    other.log_ = nullptr;
  }
  ~Tracer() {
    if (log_ != nullptr) log_->push_back(name_);
  }

 private:
  std::vector<std::string>* log_;
  std::string name_;
};

// A body that leaves tasks behind; notes what happens when. TSan sees no order between tasks and the
// log, so all but the last phases are noted by the body and the driver.
class PhasesScenario final : public Scenario {
 public:
  void Run() override {
    fixture_ = std::make_unique<Channel<Tracer>>(2);
    fixture_->Send(Tracer(&log, "value"));
    Go("elder", [this] {
      Tracer tracer(&log, "elder");
      Mutex mu;
      mu.lock();
      mu.lock();
    });
    for (int i = 0; i < 3; ++i) Yield();
    log.push_back("body");
  }
  void Finish() override {
    log.push_back("finish");
    fixture_ = nullptr;
  }

  std::vector<std::string> log;

 private:
  std::unique_ptr<Channel<Tracer>> fixture_;
};

TEST(ExecuteTest, PhasesComeInOrder) {
  PhasesScenario scenario;
  Scripted strategy = NeverPreempt();  // the body first
  const Outcome outcome = Execute(scenario, {}, strategy, 0, Recording::kOff);
  EXPECT_EQ(outcome.verdict, Verdict::kDeadlock);  // a cycle of length one, while draining
  EXPECT_THAT(scenario.log, ElementsAre("body", "elder", "value", "finish"));
}

TEST(ExecuteTest, AbandonedTasksAreUnwoundYoungestFirst) {
  std::vector<std::string> log;
  ExecuteOnce([&] {
    Semaphore never(0);
    Tracer body(&log, "T0");
    Semaphore ready(0);
    Go([&] {
      Tracer first(&log, "T1");
      Go([&] {
        Tracer nested(&log, "T1.1");
        ready.release();
        never.acquire();
      });
      never.acquire();
    });
    ready.acquire();
    Go([&] {
      Tracer last(&log, "T2");
      never.acquire();
    });
    never.acquire();
  });
  EXPECT_THAT(log, ElementsAre("T2", "T1.1", "T1", "T0"));
}

TEST(ExecuteTest, OutcomeOfAnExecutionThatPassed) {
  auto body = [] {
    Task task = Go([] { Yield(); });
    task.Join();
  };
  Scripted strategy = NeverPreempt();
  const Outcome unrecorded = ExecuteBy(strategy, body, {}, 0, Recording::kOff);
  EXPECT_EQ(unrecorded.verdict, Verdict::kPassed);
  EXPECT_EQ(unrecorded.steps, 5u);      // start, spawn, start, yield, join
  EXPECT_EQ(unrecorded.decisions, 0u);  // the body is blocked at once
  EXPECT_NE(unrecorded.trace_hash, 0u);
  EXPECT_FALSE(unrecorded.cut);
  EXPECT_EQ(unrecorded.evidence, nullptr);

  const Outcome recorded = ExecuteBy(strategy, body);
  ASSERT_NE(recorded.evidence, nullptr);
  EXPECT_EQ(recorded.evidence->failure.verdict, Verdict::kPassed);
  EXPECT_TRUE(recorded.evidence->snapshot.body_returned);
  ASSERT_EQ(recorded.evidence->snapshot.tasks.size(), 2u);
  for (const TaskSnapshot& task : recorded.evidence->snapshot.tasks) EXPECT_TRUE(task.finished);
  EXPECT_THAT(Rows(recorded), ElementsAre("1 T0 start", "2 T0 spawn T1", "- T0 join T1",
                                          "3 T1 start", "4 T1 yield", "5 T0 join T1"));
}

TEST(ExecuteTest, EvidenceOfAnUnrecordedFailure) {
  const Outcome outcome = ExecuteOnce(
      [] {
        Channel<int> jobs(1, "jobs");
        Go("worker", [&] { Yield(); });
        (void)jobs.Receive();
      },
      {}, 1, Recording::kOff);
  EXPECT_EQ(outcome.verdict, Verdict::kDeadlock);
  ASSERT_NE(outcome.evidence, nullptr);
  const Snapshot& snapshot = outcome.evidence->snapshot;
  EXPECT_EQ(outcome.evidence->decisions.size(), outcome.decisions);
  EXPECT_TRUE(snapshot.history.empty());
  EXPECT_FALSE(snapshot.body_returned);
  ASSERT_EQ(snapshot.tasks.size(), 2u);
  const TaskSnapshot& body = snapshot.tasks[0];
  EXPECT_EQ(body.Title(), "T0 main");
  EXPECT_EQ(body.operation, OperationKind::kReceive);
  EXPECT_EQ(body.waits, "receive from channel \"jobs\" (empty, 0/1)");
  EXPECT_TRUE(body.started);
  EXPECT_FALSE(body.finished);
  EXPECT_FALSE(body.runnable);
  EXPECT_EQ(body.spawned_at.line, 0u);
  EXPECT_EQ(snapshot.tasks[1].Title(), "T1 worker");
  EXPECT_TRUE(snapshot.tasks[1].finished);
  ASSERT_EQ(snapshot.objects.size(), 1u);
  EXPECT_EQ(snapshot.objects[body.object].label, "channel \"jobs\"");
}

TEST(ExecuteTest, HoldersAndHolds) {
  const Outcome outcome = ExecuteOnce([] {
    Mutex mu("mu"), loose(kUnowned, "loose");
    Semaphore never(0);
    loose.lock();
    Task holder = Go([&] {
      mu.lock();
      never.acquire();
    });
    Go([&] { loose.lock(); });
    while (mu.try_lock()) {
      mu.unlock();
      Yield();
    }
    Go([&] { holder.Join(); });
    mu.lock();
  });
  ASSERT_EQ(outcome.verdict, Verdict::kDeadlock);
  const Snapshot& snapshot = outcome.evidence->snapshot;
  EXPECT_THAT(snapshot.Find(0)->holders, ElementsAre(1));
  EXPECT_THAT(snapshot.Find(0)->holds, ElementsAre(1));  // 'loose', though nobody owns it
  EXPECT_THAT(snapshot.Find(1)->holds, ElementsAre(0));
  EXPECT_THAT(snapshot.Find(2)->holders, ElementsAre());
  EXPECT_THAT(snapshot.Find(3)->holders, ElementsAre(1));
}

class ExecuteTraceTest : public ::testing::TestWithParam<TraceScenario> {};

TEST_P(ExecuteTraceTest, TheSameSeedMakesTheSameExecution) {
  const auto& [name, body, options] = GetParam();
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const Outcome first = ExecuteOnce(body, options, seed, Recording::kOff);
    const Outcome second = ExecuteOnce(body, options, seed, Recording::kOff);
    ASSERT_EQ(first.trace_hash, second.trace_hash) << "seed " << seed;
    ASSERT_EQ(first.steps, second.steps);
    ASSERT_EQ(first.decisions, second.decisions);
    ASSERT_EQ(first.verdict, second.verdict);
  }
}

TEST_P(ExecuteTraceTest, DifferentSeedsMakeDifferentExecutions) {
  const auto& [name, body, options] = GetParam();
  std::set<uint64_t> hashes;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    hashes.insert(ExecuteOnce(body, options, seed, Recording::kOff).trace_hash);
  }
  EXPECT_GT(hashes.size(), 4u);
}

TEST_P(ExecuteTraceTest, RecordingChangesNothing) {
  const auto& [name, body, options] = GetParam();
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const Outcome plain = ExecuteOnce(body, options, seed, Recording::kOff);
    const Outcome recorded = ExecuteOnce(body, options, seed, Recording::kOn);
    ASSERT_EQ(plain.trace_hash, recorded.trace_hash) << "seed " << seed;
    ASSERT_EQ(plain.steps, recorded.steps);
    ASSERT_EQ(plain.decisions, recorded.decisions);
    ASSERT_EQ(plain.verdict, recorded.verdict);
    ASSERT_EQ(recorded.evidence->decisions.size(), recorded.decisions);
    if (plain.evidence != nullptr) {
      ASSERT_EQ(plain.evidence->decisions, recorded.evidence->decisions);
    }
  }
}

TEST_P(ExecuteTraceTest, EveryStepIsARowAndEveryRowAStep) {
  const auto& [name, body, options] = GetParam();
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const Outcome outcome = ExecuteOnce(body, options, seed);
    uint64_t steps = 0;
    uint64_t preemptions = 0;
    for (const StepSnapshot& row : outcome.evidence->snapshot.history) {
      if (row.step == 0) continue;
      ASSERT_EQ(row.step, ++steps) << "seed " << seed;
      preemptions += row.preempts;
    }
    EXPECT_EQ(steps, outcome.steps) << "seed " << seed;
    EXPECT_EQ(preemptions, outcome.evidence->preemptions);
  }
}

TEST_P(ExecuteTraceTest, BothFormsOfAScheduleReplayIt) {
  const auto& [name, body, options] = GetParam();
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const Outcome recorded = ExecuteOnce(body, options, seed);
    Replay token;
    token.decisions = recorded.decisions;
    token.deviations = recorded.evidence->deviations;
    for (const Recording recording : {Recording::kOn, Recording::kOff}) {
      const Outcome all = ExecuteAgain(body, options, recorded.evidence->decisions, recording);
      const Outcome deviating = ExecuteAgain(body, options, token, recording);
      for (const Outcome* again : {&all, &deviating}) {
        ASSERT_EQ(again->trace_hash, recorded.trace_hash) << "seed " << seed;
        ASSERT_EQ(again->steps, recorded.steps);
        ASSERT_EQ(again->decisions, recorded.decisions);
        ASSERT_EQ(again->verdict, recorded.verdict);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Traces, ExecuteTraceTest, ::testing::ValuesIn(TraceScenarios()),
                         [](const auto& trace) { return std::string(trace.param.name); });

}  // namespace
}  // namespace heddle
