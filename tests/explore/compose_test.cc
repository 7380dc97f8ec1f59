// SPDX-License-Identifier: Apache-2.0
//
// What of an outcome gets into the report, by verdict.
#include "heddle/explore/compose.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/strategy/runnable_set.h"
#include "support/snapshots.h"

namespace heddle::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing_support::CartLine;
using testing_support::HandMade;
using Kind = OperationKind;

class ComposeTest : public ::testing::Test {
 protected:
  Outcome Ended(Verdict verdict, std::string message = "") {
    Outcome outcome;
    outcome.verdict = verdict;
    outcome.steps = 12;
    outcome.trace_hash = 0xabc;
    outcome.evidence = std::make_unique<Evidence>();
    outcome.evidence->failure.verdict = verdict;
    outcome.evidence->failure.message = std::move(message);
    outcome.evidence->snapshot = made_.snapshot;
    outcome.evidence->preemptions = 3;
    return outcome;
  }
  static Report Composed(const Outcome& outcome) {
    Report report;
    ComposeFailure(outcome, &report);
    return report;
  }
  static std::vector<std::string> Labels(const Report& report) {
    std::vector<std::string> labels;
    for (const TaskReport& task : report.tasks) labels.push_back(task.label);
    return labels;
  }

  // Tasks in all states; T1 and T2 hold what the other wants.
  void FiveTasks() {
    const uint32_t a = made_.Object(ObjectKind::kMutex, "mutex \"a\"");
    const uint32_t b = made_.Object(ObjectKind::kMutex, "mutex \"b\"");
    made_.Task(0, "T0").Named("main").At(Kind::kJoin, kNobody, 3, "join T1").WaitsFor(1);
    made_.Task(1, "T1")
        .At(Kind::kLock, b, 11, "lock mutex \"b\" (held by T2)")
        .Holds(a)
        .WaitsFor(2);
    made_.Task(2, "T2")
        .At(Kind::kLock, a, 21, "lock mutex \"a\" (held by T1)")
        .Holds(b)
        .WaitsFor(1);
    made_.Task(3, "T3").At(Kind::kYield, kNobody, 31, "yield").Runnable().Daemon();
    made_.Task(4, "T4").NotStarted();
    made_.Task(5, "T5").Finished();
    made_.Step(1, Kind::kLock, a, 10);
    made_.Step(2, Kind::kTryLock, b, 20);
    made_.Blocked(1, Kind::kLock, b, 11);
  }

  HandMade made_;
};

TEST_F(ComposeTest, NumbersAndTrace) {
  FiveTasks();
  const Report report = Composed(Ended(Verdict::kDeadlock));
  EXPECT_EQ(report.verdict, Verdict::kDeadlock);
  EXPECT_EQ(report.step_count, 12u);
  EXPECT_EQ(report.trace_hash, 0xabcu);
  EXPECT_EQ(report.preemptions, 3u);
}

TEST_F(ComposeTest, TheTableOfTasks) {
  FiveTasks();
  const Report report = Composed(Ended(Verdict::kDeadlock));
  EXPECT_THAT(Labels(report), ElementsAre("T0 main", "T1", "T2", "T3", "T4"));
  std::vector<std::string> states;
  for (const TaskReport& task : report.tasks) states.push_back(task.state);
  EXPECT_THAT(states, ElementsAre("blocked", "blocked", "blocked", "runnable", "not started"));
  const TaskReport& first = report.tasks[1];
  EXPECT_EQ(first.doing, "lock mutex \"b\" (held by T2, step 2)");
  EXPECT_EQ(first.at, "cart.cc:11");
  EXPECT_EQ(first.holds, "mutex \"a\"");
  EXPECT_EQ(first.spawned_at, "cart.cc:1");
  EXPECT_EQ(report.tasks[2].doing, "lock mutex \"a\" (held by T1, step 1)");
  EXPECT_TRUE(report.tasks[3].daemon);
}

TEST_F(ComposeTest, ACycleShowsItsTasksOnly) {
  FiveTasks();
  Outcome outcome = Ended(Verdict::kDeadlock);
  outcome.evidence->failure.cycle = {2, 1};
  EXPECT_THAT(Labels(Composed(outcome)), ElementsAre("T1", "T2"));
}

TEST_F(ComposeTest, ALeakLeavesOutDaemons) {
  FiveTasks();
  EXPECT_THAT(Labels(Composed(Ended(Verdict::kLeak))), ElementsAre("T0 main", "T1", "T2", "T4"));
  EXPECT_THAT(Labels(Composed(Ended(Verdict::kLivelock))),
              ElementsAre("T0 main", "T1", "T2", "T3", "T4"));
}

TEST_F(ComposeTest, OtherVerdictsHaveNoTable) {
  FiveTasks();
  for (Verdict verdict : {Verdict::kRace, Verdict::kMisuse, Verdict::kAssertion,
                          Verdict::kException, Verdict::kDiverged}) {
    EXPECT_THAT(Labels(Composed(Ended(verdict))), IsEmpty()) << ToString(verdict);
  }
}

TEST_F(ComposeTest, TheInterleaving) {
  made_.Task(0, "T0").Named("main");
  made_.Task(62, "T62");
  made_.Task(64, "T63");
  made_.Step(0, Kind::kYield, kNobody, 3, "yield");
  made_.Blocked(64, Kind::kLock, kNobody, 9);
  made_.Step(kClockSlot, Kind::kFire, kNobody, 0, "fire T63's timer at 1ms");
  made_.Step(64, Kind::kSleep, kNobody, 10, "sleep");
  made_.Step(64, Kind::kYield, kNobody, 11, "yield");
  made_.snapshot.history[2].early = true;
  const Report report = Composed(Ended(Verdict::kMisuse));
  EXPECT_THAT(report.columns, ElementsAre("T0 main", "T62", "T63", "clock"));
  ASSERT_EQ(report.steps.size(), 5u);
  std::vector<uint32_t> columns;
  std::vector<bool> switched;
  for (const StepReport& step : report.steps) {
    columns.push_back(step.column);
    switched.push_back(step.switched);
  }
  EXPECT_THAT(columns, ElementsAre(0, 2, 3, 2, 2));
  EXPECT_THAT(switched, ElementsAre(false, true, true, true, false));
  EXPECT_TRUE(report.steps[1].blocked);
  EXPECT_FALSE(report.steps[3].blocked);
  EXPECT_TRUE(report.steps[2].early);
  EXPECT_EQ(report.steps[2].at, "");
  EXPECT_EQ(report.steps[3].at, "cart.cc:10");
  EXPECT_EQ(report.steps[3].line, 10u);
  EXPECT_EQ(report.steps[3].text, "sleep");
}

TEST_F(ComposeTest, WithoutAFiringThereIsNoClockColumn) {
  made_.Task(0, "T0");
  made_.Step(0, Kind::kYield, kNobody, 3);
  EXPECT_THAT(Composed(Ended(Verdict::kMisuse)).columns, ElementsAre("T0"));
}

TEST_F(ComposeTest, ThePlaceOfTheFailure) {
  made_.Task(0, "T0");
  Outcome outcome = Ended(Verdict::kMisuse, "closed twice");
  EXPECT_EQ(Composed(outcome).at, "");
  outcome.evidence->failure.at = CartLine(7);
  EXPECT_EQ(Composed(outcome).at, "cart.cc:7");
  EXPECT_EQ(Composed(outcome).headline, "closed twice");
}

TEST_F(ComposeTest, AnAssertionsTextIsItsDetails) {
  made_.Task(0, "T0");
  EXPECT_THAT(Composed(Ended(Verdict::kAssertion, "a.cc:1: Failure\nExpected: x")).details,
              ElementsAre("a.cc:1: Failure", "Expected: x"));
  EXPECT_THAT(Composed(Ended(Verdict::kException, "int")).details, IsEmpty());
}

TEST_F(ComposeTest, MisuseNamesTheTask) {
  made_.Task(0, "T0").Named("main");
  made_.snapshot.tasks[0].spawned_at = Location{};
  made_.Task(1, "T1").Named("buyer");
  Outcome outcome = Ended(Verdict::kMisuse, "closed twice");
  EXPECT_THAT(Composed(outcome).details, IsEmpty());
  outcome.evidence->failure.slot = 1;
  EXPECT_THAT(Composed(outcome).details, IsEmpty());
  outcome.evidence->failure.at = CartLine(7);
  EXPECT_THAT(Composed(outcome).details,
              ElementsAre("at cart.cc:7 by T1 buyer, spawned at cart.cc:1"));
  outcome.evidence->failure.slot = 0;
  EXPECT_THAT(Composed(outcome).details, ElementsAre("at cart.cc:7 by T0 main"));
}

TEST_F(ComposeTest, TheAccessesOfARace) {
  made_.Task(1, "T1").Named("writer");
  Outcome outcome = Ended(Verdict::kRace, "a race");
  outcome.evidence->failure.accesses = {
      AccessSnapshot{1, "write of variable \"n\"", CartLine(5), {}},
      AccessSnapshot{kNobody, "read of 4 bytes", {}, {"Get() counter.cc:8", "main a.cc:1"}}};
  const Report report = Composed(outcome);
  ASSERT_EQ(report.accesses.size(), 2u);
  EXPECT_EQ(report.accesses[0].task, "T1 writer");
  EXPECT_EQ(report.accesses[0].what, "write of variable \"n\"");
  EXPECT_EQ(report.accesses[0].at, "cart.cc:5");
  EXPECT_EQ(report.accesses[1].task, "a thread outside the execution");
  EXPECT_EQ(report.accesses[1].at, "counter.cc:8");
  EXPECT_EQ(report.accesses[1].stack.size(), 2u);
}

TEST_F(ComposeTest, DivergenceOfTheSecondRun) {
  const Outcome first = Ended(Verdict::kDeadlock, "the message");
  Outcome second = Ended(Verdict::kPassed);
  second.steps = 9;
  Report report;
  ComposeDivergence(first, second, "decision 3 of 4: other", &report);
  EXPECT_EQ(report.verdict, Verdict::kDiverged);
  EXPECT_THAT(report.details,
              ElementsAre("first run: deadlock after 12 steps; second run: passed after 9 steps",
                          "decision 3 of 4: other", "the first run's message: the message"));
  EXPECT_EQ(report.not_reproduced, "the second run took other steps");
}

TEST_F(ComposeTest, DivergenceOfAReplay) {
  Replay recorded;
  recorded.decisions = 8;
  Outcome outcome = Ended(Verdict::kDiverged);
  outcome.decisions = 2;
  Report report;
  report.tasks.push_back({});
  ComposeReplayDivergence(recorded, outcome, "decision 3 of 8: other", &report);
  EXPECT_EQ(report.verdict, Verdict::kDiverged);
  EXPECT_THAT(report.details, ElementsAre("recorded: 8 decisions; here: 2 decisions, 12 steps",
                                          "decision 3 of 8: other"));
  EXPECT_THAT(report.tasks, IsEmpty());
}

// -- Schedule files ----------------------------------------------------------------------------------

TEST(WriteScheduleFileTest, WritesBelowTheDirectoryUnderTheScenariosName) {
  const std::string dir = ::testing::TempDir() + "/heddle_compose_test/deeper";
  const std::string path = WriteScheduleFile(dir, "Suite/Cart.Drains/0", "contents\n");
  EXPECT_EQ(path, dir + "/Suite_Cart.Drains_0.schedule");
  std::ifstream file(path, std::ios::binary);
  const std::string contents{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(contents, "contents\n");
  EXPECT_EQ(WriteScheduleFile(dir, "", "x"), dir + "/scenario.schedule");
  std::filesystem::remove_all(::testing::TempDir() + "/heddle_compose_test");
}

TEST(WriteScheduleFileTest, SaysThatItCouldNot) {
  EXPECT_EQ(WriteScheduleFile("/dev/null/nowhere", "a", "x"), "");
}

}  // namespace
}  // namespace heddle::internal
