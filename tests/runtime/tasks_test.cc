// SPDX-License-Identifier: Apache-2.0
//
// The life of tasks: their names, what each keeps for itself across switches, and how it ends.
#include "heddle/runtime/internal/tasks.h"

#include <cerrno>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/heddle.h"
#include "support/execute.h"
#include "support/scenario.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::ElementsAre;

TEST(TasksTest, LabelsAreThePathOfSpawns) {
  const Outcome outcome = ExecuteOnce([] {
    Go([] {
      Go("leaf", [] {}).Join();
      Go([] { Go([] {}).Join(); }).Join();
    }).Join();
    Go([] {}).Join();
  });
  std::vector<std::string> titles;
  for (const TaskSnapshot& task : outcome.evidence->snapshot.tasks) titles.push_back(task.Title());
  EXPECT_THAT(titles, ElementsAre("T0 main", "T1", "T1.1 leaf", "T1.2", "T1.2.1", "T2"));
}

TEST(TasksTest, NamesAreCopied) {
  const Outcome outcome = ExecuteOnce([] {
    char name[] = "first";
    Task task = Go(name, [] {});
    std::copy_n("other", 5, name);
    task.Join();
  });
  EXPECT_EQ(outcome.evidence->snapshot.Find(1)->Title(), "T1 first");
}

TEST(TasksTest, TheSnapshotKnowsWhereATaskWasSpawned) {
  const uint32_t line = __LINE__ + 1;
  const Outcome outcome = ExecuteOnce([] { Go({.daemon = true}, [] {}); });
  const TaskSnapshot* task = outcome.evidence->snapshot.Find(1);
  EXPECT_EQ(ToString(task->spawned_at), "tasks_test.cc:" + std::to_string(line));
  EXPECT_TRUE(task->daemon);
}

TEST(TasksTest, ExceptionsBelongToTheirTask) {
  // Many tasks in catch blocks at once: `throw;` must throw each its own again.
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Outcome outcome = ExecuteOnce(
        [] {
          EXPECT_EQ(std::uncaught_exceptions(), 0);
          std::vector<Task> tasks;
          for (int t = 0; t < 5; ++t) {
            tasks.push_back(Go([t] {
              Yield();
              EXPECT_EQ(std::current_exception(), nullptr);
              try {
                try {
                  throw t;
                } catch (int) {
                  Yield();
                  EXPECT_NE(std::current_exception(), nullptr);
                  EXPECT_EQ(std::uncaught_exceptions(), 0);
                  throw;
                }
              } catch (int again) {
                EXPECT_EQ(again, t);
                Yield();
              }
              EXPECT_EQ(std::current_exception(), nullptr);
            }));
          }
          for (Task& task : tasks) task.Join();
        },
        {}, seed, Recording::kOff);
    EXPECT_EQ(outcome.verdict, Verdict::kPassed);
  }
  EXPECT_EQ(std::current_exception(), nullptr);
}

TEST(TasksTest, UncaughtExceptionsBelongToTheirTask) {
  struct Yields {
    int expected;
    ~Yields() {
      EXPECT_EQ(std::uncaught_exceptions(), expected);
      Yield();
      EXPECT_EQ(std::uncaught_exceptions(), expected);
    }
  };
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Outcome outcome = ExecuteOnce(
        [] {
          Task throws = Go([] {
            try {
              Yields yields{1};
              throw 1;
            } catch (int) {
            }
          });
          Task calm = Go([] { Yields yields{0}; });
          throws.Join();
          calm.Join();
        },
        {}, seed, Recording::kOff);
    EXPECT_EQ(outcome.verdict, Verdict::kPassed);
  }
}

TEST(TasksTest, ErrnoBelongsToItsTask) {
  errno = 11;
  const Outcome outcome = ExecuteOnce([] {
    EXPECT_EQ(errno, 0);
    std::vector<Task> tasks;
    for (int t = 1; t <= 4; ++t) {
      tasks.push_back(Go([t] {
        EXPECT_EQ(errno, 0);
        errno = t;
        for (int i = 0; i < 5; ++i) {
          Yield();
          EXPECT_EQ(errno, t);
        }
      }));
    }
    errno = 77;
    for (Task& task : tasks) task.Join();
    EXPECT_EQ(errno, 77);
  });
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
  EXPECT_EQ(errno, 11);
}

// -- Exceptions that leave a task --------------------------------------------------------------------

struct Strange {};

Failure FailureOf(const std::function<void()>& throws) {
  const Outcome outcome = ExecuteOnce([&] {
    Task task = Go("thrower", [&] {
      Yield();
      throws();
    });
    task.Join();
  });
  EXPECT_EQ(outcome.verdict, Verdict::kException);
  return outcome.evidence->failure;
}

TEST(TasksTest, AnExceptionIsDescribedByTypeAndText) {
  EXPECT_EQ(FailureOf([] { throw std::runtime_error("disk full"); }).message,
            "std::runtime_error: disk full");
  EXPECT_EQ(FailureOf([] { throw std::bad_alloc(); }).message, "std::bad_alloc: std::bad_alloc");
  EXPECT_EQ(FailureOf([] { throw "text"; }).message, "char const*: text");
  EXPECT_EQ(FailureOf([] { throw 7; }).message, "int");
  EXPECT_EQ(FailureOf([] { throw Strange(); }).message, "heddle::(anonymous namespace)::Strange");
  const std::string of_string = FailureOf([] { throw std::string("why"); }).message;
  EXPECT_TRUE(of_string.ends_with(": why")) << of_string;
}

TEST(TasksTest, AnExceptionKnowsItsTaskAndItsLastOperation) {
  const Failure failure = FailureOf([] { throw 1; });
  EXPECT_EQ(failure.slot, 1u);
  EXPECT_GT(failure.at.line, 0u);
}

TEST(TasksTest, AnExceptionInTheBody) {
  const Outcome outcome = ExecuteOnce([] { throw std::logic_error("body"); });
  EXPECT_EQ(outcome.verdict, Verdict::kException);
  EXPECT_EQ(outcome.evidence->failure.slot, 0u);
}

TEST(TasksTest, TheFirstOfTwoExceptionsCounts) {
  // The execution ends with the first; the other task is unwound.
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Outcome outcome = ExecuteOnce(
        [] {
          Go("one", [] { throw 1; });
          Go("two", [] { throw 1L; });
        },
        {}, seed);
    ASSERT_EQ(outcome.verdict, Verdict::kException);
    ASSERT_EQ(outcome.evidence->failure.message,
              outcome.evidence->failure.slot == 1 ? "int" : "long");
  }
}

TEST(TasksTest, AnExceptionInAnExecutionLeavesTheNextAlone) {
  for (int i = 0; i < 3; ++i) {
    ExecuteOnce([] { throw 1; });
    EXPECT_EQ(ExecuteOnce([] { Yield(); }).verdict, Verdict::kPassed);
  }
}

// -- Ends --------------------------------------------------------------------------------------------

TEST(TasksTest, TheExecutionWaitsForDetachedTasksButNotForDaemons) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    auto steps = std::make_shared<Stage>();
    const Outcome outcome = ExecuteOnce(
        [steps] {
          Go({.daemon = true}, [] {
            for (;;) Yield();
          });
          Go([steps] {
            for (int i = 0; i < 10; ++i) {
              Yield();
              steps->Add();
            }
          });
        },
        {}, seed);
    ASSERT_EQ(outcome.verdict, Verdict::kPassed);
    ASSERT_EQ(steps->Get(), 10);
  }
}

TEST(TasksTest, ADaemonThatBlocksTheBodyIsADeadlockAllTheSame) {
  const Outcome outcome = ExecuteOnce([] {
    Semaphore never(0);
    Go({.daemon = true}, [&] { never.acquire(); });
    never.acquire();
  });
  EXPECT_EQ(outcome.verdict, Verdict::kDeadlock);
}

TEST(TasksTest, JoinersOnBothSidesOfSlot64AreWokenTogether) {
  const Outcome outcome = ExecuteOnce([] {
    Semaphore gate(0);
    Task target = Go([&] { gate.acquire(); });
    std::vector<Task> joiners;
    for (int t = 0; t < 80; ++t) joiners.push_back(Go([target]() mutable { target.Join(); }));
    for (int i = 0; i < 200; ++i) Yield();
    gate.release();
    for (Task& joiner : joiners) joiner.Join();
  });
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
}

}  // namespace
}  // namespace heddle
