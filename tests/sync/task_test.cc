// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/task.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "heddle/sync/channel.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

// -- Join -------------------------------------------------------------------------------------------

TEST(TaskTest, JoinWaitsForTheEndAndMayBeRepeatedByAnyone) {
  EXPECT_THAT(Try([] {
                Stage done;
                Task task = Go([&] {
                  Yield();
                  Yield();
                  done.Set(1);
                });
                Task other = Go([&, task]() mutable {
                  task.Join();
                  EXPECT_EQ(done.Get(), 1);
                });
                Task copy = task;
                copy.Join();
                EXPECT_EQ(done.Get(), 1);
                task.Join();
                other.Join();
                other.Join();
              }),
              Passes());
}

TEST(TaskTest, JoinOfAnEmptyHandleIsMisuse) {
  std::string at;
  Report report = Try([&] {
    Task none;
    at = HEDDLE_HERE, none.Join();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "join of a Task handle that stands for no task", at,
                              "assign it the result of Go first"));
}

TEST(TaskTest, JoiningOneselfIsACycleOfLengthOne) {
  std::string at;
  Report report = Try(
      [&] {
        Task self;
        self = Go("self", [&] {
          Sleep(std::chrono::nanoseconds(1));
          at = HEDDLE_HERE, self.Join();
        });
        self.Join();
      },
      {.clock = ClockPolicy::kWhenIdle});
  EXPECT_THAT(report,
              FailsAt(Verdict::kDeadlock, "T1 joins itself", at, "join a task from another one"));
  ASSERT_EQ(report.tasks.size(), 1u);
  EXPECT_EQ(report.tasks[0].doing, "join T1");
  EXPECT_THAT(report, Because("T1 -> needs T1 to finish"));
}

TEST(TaskTest, TwoTasksThatJoinEachOtherAreACycle) {
  Report report = Try(
      [&] {
        Task tasks[2];
        for (int i = 0; i < 2; ++i) {
          tasks[i] = Go([&, i] {
            Sleep(std::chrono::nanoseconds(1));
            tasks[1 - i].Join();
          });
        }
        tasks[0].Join();
      },
      {.clock = ClockPolicy::kWhenIdle});
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other and never go on"));
  EXPECT_EQ(report.tasks.size(), 2u);
}

TEST(TaskTest, ACycleMayConsistOfAJoinAndALock) {
  Report report = Try([] {
    Mutex mu("mu");
    mu.lock();
    Go("worker", [&] { MutexLock lock(mu); }).Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other and never go on: T"));
  EXPECT_THAT(report, Because("T0 -> needs T1 to finish"));
  EXPECT_THAT(report, Because("T1 -> needs mutex \"mu\" -> held by T0"));
  EXPECT_THAT(report.remedy, HasSubstr("release the lock before joining"));
}

TEST(TaskTest, JoiningATaskThatIsBlockedForGoodIsADeadlockWithoutACycle) {
  Report report = Try([] { Go([] { (void)Channel<int>(0, "never").Receive(); }).Join(); });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 of 2 live tasks are blocked, none can run"));
  EXPECT_THAT(report, Because("T0 -> needs T1 to finish"));
  EXPECT_THAT(report, Because("needs a send on channel \"never\" or its close"));
}

// -- Go and Yield -----------------------------------------------------------------------------------

TEST(TaskTest, GoAndYieldAndStartAreStepsAndTheEndIsNone) {
  const uint64_t nothing = Try([] {}, {.schedules = 1}).total_steps;
  EXPECT_EQ(nothing, 1u);  // the body's start
  EXPECT_EQ(Try([] { Yield(); }, {.schedules = 1}).total_steps, 2u);
  EXPECT_EQ(Try([] { Go([] {}); }, {.schedules = 1}).total_steps, 3u);
  EXPECT_EQ(Try([] { Go([] {}).Join(); }, {.schedules = 1}).total_steps, 4u);
}

TEST(TaskTest, ANewTaskMayRunAtOnceOrLate) {
  Observed seen = Observe([](Log& log) {
    Task task = Go([&] { log.Add('t'); });
    Yield();
    log.Add('m');
    task.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("tm", "mt"));
}

TEST(TaskTest, NoDecisionBetweenGoAndTheNextOperation) {
  Observed seen = Observe([](Log& log) {
    Task task = Go([&] { log.Add('t'); });
    log.Add('m');
    task.Join();
  });
  EXPECT_THAT(seen.texts, UnorderedElementsAre("mt"));
}

TEST(TaskTest, AllInterleavingsOfTwoTasksAreSeen) {
  Observed seen = Observe([](Log& log) {
    auto work = [&](char name) {
      return [&log, name] {
        for (int i = 0; i < 3; ++i) {
          log.Add(name);
          Yield();
        }
      };
    };
    Task a = Go(work('a'));
    Task b = Go(work('b'));
    a.Join();
    b.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_EQ(seen.texts.size(), 20u);  // 6 choose 3
}

// -- Names and labels -------------------------------------------------------------------------------

TEST(TaskTest, LabelsArePathsOfSpawnsAndNamesAreCopied) {
  Report report = Try([] {
    std::string name = "parent";
    Task parent = Go(name.c_str(), [] {
      Go([] { (void)Channel<int>().Receive(); });
      Go({.name = "child"}, [] { Go("grandchild", [] { (void)Channel<int>().Receive(); }); });
    });
    name = "overwritten";
    Go([] {}).Join();
    parent.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kLeak, "2 tasks never finished after the body returned"));
  std::vector<std::string> labels;
  for (const TaskReport& task : report.tasks) labels.push_back(task.label);
  EXPECT_THAT(labels, UnorderedElementsAre("T1.1", "T1.2.1 grandchild"));
  EXPECT_THAT(report.columns, Contains("T0 main"));
  EXPECT_THAT(report.columns, Contains("T1 parent"));
  EXPECT_THAT(report.columns, Contains("T1.2 child"));
  EXPECT_THAT(report.columns, Contains("T2"));
}

TEST(TaskTest, TheRowsNameWhatIsSpawnedAndJoined) {
  Report report = Try([] {
    Go([] {});
    Task two = Go([] {});
    two.Join();
    Task().Join();
  });
  std::vector<std::string> rows;
  for (const StepReport& step : report.steps) rows.push_back(step.text);
  EXPECT_THAT(rows, Contains("spawn T1"));
  EXPECT_THAT(rows, Contains("spawn T2"));
  EXPECT_THAT(rows, Contains("join T2"));
}

// -- Detaching, daemons, leaks ----------------------------------------------------------------------

TEST(TaskTest, ADroppedHandleDetachesAndTheTaskStillRunsToItsEnd) {
  Observed seen = Observe([](Log& log) {
    Go([&] {
      for (int i = 0; i < 5; ++i) Yield();
      log.Add('e');
    });
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("e"));
}

TEST(TaskTest, ALeakNamesTheTaskWhereItIsBlockedAndWhereItWasSpawned) {
  std::string spawn;
  std::string blocked;
  Report report = Try([&] {
    Channel<int> never(0, "never");
    auto wait = [&, never]() mutable { blocked = HEDDLE_HERE, (void)never.Receive(); };
    spawn = HEDDLE_HERE, Go("waiter", wait);
  });
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished after the body returned"));
  ASSERT_EQ(report.tasks.size(), 1u);
  EXPECT_EQ(report.tasks[0].label, "T1 waiter");
  EXPECT_EQ(report.tasks[0].state, "blocked");
  EXPECT_EQ(report.tasks[0].at, blocked);
  EXPECT_EQ(report.tasks[0].spawned_at, spawn);
}

TEST(TaskTest, DaemonsAreNotWaitedForAndCannotLeak) {
  Observed seen = Observe([](Log& log) {
    Go({.name = "daemon", .daemon = true}, [&] {
      log.Add('d');
      for (;;) Yield();
    });
    Go({.daemon = true}, [] { (void)Channel<int>().Receive(); });
    Yield();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("", "d"));
}

TEST(TaskTest, ADaemonsChildIsNoDaemon) {
  EXPECT_THAT(
      Try([] { Go({.daemon = true}, [] { Go([] { (void)Channel<int>().Receive(); }); }).Join(); }),
      Fails(Verdict::kLeak, "1 task never finished"));
}

TEST(TaskTest, ADaemonMayBeJoined) {
  EXPECT_THAT(Try([] { Go({.daemon = true}, [] { Yield(); }).Join(); }), Passes());
}

// -- Determinism ------------------------------------------------------------------------------------

// The number of steps depends on the schedule.
void Mixture() {
  Mutex mu;
  Channel<int> c(1);
  Channel<int> u(0);
  Task senders[4];
  for (int i = 0; i < 2; ++i) {
    senders[i] = Go([&, i] {
      MutexLock lock(mu);
      c.Send(i);
    });
    senders[2 + i] = Go([&] {
      Sleep(std::chrono::milliseconds(1));
      u.Send(1);
    });
  }
  Mutex contended;
  Task holder = Go([&] {
    MutexLock lock(contended);
    Yield();
  });
  while (!contended.try_lock()) Yield();
  contended.unlock();
  holder.Join();
  for (int i = 0; i < 2; ++i) {
    (void)c.Receive();
    (void)u.Receive();
  }
  for (Task& sender : senders) sender.Join();
}

TEST(DeterminismTest, TheSameScenarioTwiceTakesTheSameSteps) {
  Report first = Try(Mixture);
  Report second = Try(Mixture);
  EXPECT_THAT(first, Passes());
  EXPECT_EQ(first.schedules_run, second.schedules_run);
  EXPECT_EQ(first.total_steps, second.total_steps);
}

TEST(DeterminismTest, AFailureIsFoundAtTheSamePlaceWithTheSameTrace) {
  auto body = [] {
    Mixture();
    Mutex a;
    Mutex b;
    Task other = Go([&] {
      MutexLock lb(b);
      MutexLock la(a);
    });
    MutexLock la(a);
    MutexLock lb(b);
    other.Join();
  };
  Report first = Try(body);
  Report second = Try(body);
  EXPECT_TRUE(first.reproduced);
  EXPECT_EQ(first.verdict, Verdict::kDeadlock);
  EXPECT_EQ(first.schedules_run, second.schedules_run);
  EXPECT_EQ(first.total_steps, second.total_steps);
  EXPECT_EQ(first.trace_hash, second.trace_hash);
  EXPECT_EQ(first.replay, second.replay);
  EXPECT_EQ(first.steps, second.steps);
  EXPECT_EQ(first.tasks, second.tasks);
}

}  // namespace
}  // namespace heddle::testing_support
