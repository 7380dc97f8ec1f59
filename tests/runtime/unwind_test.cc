// SPDX-License-Identifier: Apache-2.0
//
// How abandoned tasks end: in whatever state they are, their destructors run once, nothing leaks
// (LSan) and nothing races (TSan), and the next execution is none the worse for it.
#include "heddle/runtime/internal/unwind.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/heddle.h"
#include "support/execute.h"
#include "support/scenario.h"

namespace heddle {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;

std::atomic<int> alive = 0;

// Counts itself, and holds memory that LSan would miss.
class Witness {
 public:
  Witness() { alive.fetch_add(1, std::memory_order_relaxed); }
  Witness(const Witness& other) : text_(other.text_) {
    alive.fetch_add(1, std::memory_order_relaxed);
  }
  ~Witness() { alive.fetch_sub(1, std::memory_order_relaxed); }

 private:
  std::string text_ = std::string(100, 'w');
};

class UnwindTest : public ::testing::Test {
 protected:
  void SetUp() override { alive.store(0); }
  void TearDown() override { EXPECT_EQ(alive.load(), 0) << "objects are left or died twice"; }
};

struct Objects {
  Mutex mu{"mu"};
  Channel<Witness> full{1}, meet{0}, empty{1};
  Semaphore none{0}, end{0};
};

// Every state that a task can be in when the execution ends, each task with objects of its own.
void SpawnInEveryState(const std::shared_ptr<Objects>& o) {
  Task locked = Go([o, w = Witness()] { o->mu.lock(); });
  Go([o, w = Witness()] { o->full.Send(w); });
  Go([o, w = Witness()] { o->meet.Send(w); });
  Go([o, w = Witness()] {
    Witness own;
    (void)o->empty.Receive();
  });
  Go([o, w = Witness()] {
    auto boxed = std::make_unique<Witness>();
    o->none.acquire();
  });
  Go([locked, w = Witness()]() mutable { locked.Join(); });
  Go([w = Witness()] {
    Witness own;
    for (;;) Sleep(1s);
  });
  Go([w = Witness()] {
    Go([w] {
      for (;;) Yield();
    });
    Channel<Witness>().Send(w);  // nil
  });
  Go([o, w = Witness()] {
    for (int i = 0; i < 8; ++i) Yield();
    o->end.release();
    Channel<Witness> mine(0);
    (void)mine.Receive();
  });
}

TEST_F(UnwindTest, TasksAbandonedInEveryState) {
  int blocked = 0, runnable = 0, not_started = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Outcome outcome = ExecuteOnce(
        [] {
          Witness local;
          auto o = std::make_shared<Objects>();
          o->mu.lock();
          o->full.Send(local);
          SpawnInEveryState(o);
          o->end.acquire();
          for (int i = 0; i < 3; ++i) Go([w = Witness()] { Yield(); });
          throw std::runtime_error("the end");
        },
        {}, seed, seed % 2 == 0 ? Recording::kOn : Recording::kOff);
    ASSERT_EQ(outcome.verdict, Verdict::kException) << "seed " << seed;
    ASSERT_EQ(alive.load(), 0) << "seed " << seed;
    for (const TaskSnapshot& task : outcome.evidence->snapshot.tasks) {
      if (task.finished) continue;
      blocked += task.started && !task.runnable;
      runnable += task.started && task.runnable;
      not_started += !task.started;
    }
  }
  EXPECT_GT(blocked, 300);
  EXPECT_GT(runnable, 300);
  EXPECT_GT(not_started, 30);
}

TEST_F(UnwindTest, ValuesLeftInChannelsAreDestroyed) {
  const Outcome outcome = ExecuteOnce([] {
    Channel<Witness> jobs(5);
    for (int i = 0; i < 5; ++i) jobs.Send(Witness());
    (void)jobs.Receive();
    jobs.Send(Witness());  // around the end of the buffer
  });
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
}

TEST_F(UnwindTest, ATaskThatSwallowsTheUnwindingMeetsItAgain) {
  Stage caught;
  const Outcome outcome = ExecuteOnce([&] {
    caught.Set(0);
    Semaphore never(0);
    Task task = Go([&] {
      Witness own;
      for (int i = 0; i < 4; ++i) {
        try {
          never.acquire();
        } catch (...) {
          caught.Add();
        }
      }
    });
    task.Join();
  });
  EXPECT_EQ(outcome.verdict, Verdict::kDeadlock);
  EXPECT_EQ(caught.Get(), 4);
}

// Operations of every kind, in a destructor.
struct Busy {
  Mutex& mu;
  Channel<int> jobs;
  Semaphore& permits;
  Witness witness = {};
  ~Busy() {
    mu.lock();
    mu.unlock();
    jobs.Send(1);
    (void)jobs.Receive();
    jobs.Close();
    permits.acquire();
    permits.release();
    Sleep(1s);
    Yield();
    Task task = Go([w = Witness()] {});
    task.Join();
    Mutex own;
    own.lock();
    Shared<int> variable(0);
    variable.Set(1);
  }
};

TEST_F(UnwindTest, OperationsInDestructorsDoNothing) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Outcome outcome = ExecuteOnce(
        [] {
          Mutex mu;
          Semaphore never(0);
          Channel<int> jobs(0);
          Task task = Go([&] {
            Busy busy{mu, jobs, never};
            never.acquire();
          });
          MutexLock lock(mu);
          task.Join();
        },
        {}, seed);
    ASSERT_EQ(outcome.verdict, Verdict::kDeadlock);
    ASSERT_EQ(alive.load(), 0);
  }
}

TEST_F(UnwindTest, ClosuresThatNeverRanAreDestroyed) {
  Scripted strategy = NeverPreempt();
  const Outcome outcome = ExecuteBy(strategy, [] {
    struct Large {
      Witness witness;
      char bytes[400] = {};
    };
    for (int i = 0; i < 3; ++i) Go({.daemon = true}, [w = Witness()] {});
    for (int i = 0; i < 3; ++i) Go({.daemon = true}, [large = Large()] {});
  });
  EXPECT_EQ(outcome.verdict, Verdict::kPassed);
}

TEST_F(UnwindTest, AnExceptionInFlightWhenTheTaskBlocksSurvives) {
  // Blocked in a catch block, and in a destructor that runs because of an exception.
  struct BlocksInDestructor {
    Semaphore& never;
    Witness witness = {};
    ~BlocksInDestructor() { never.acquire(); }
  };
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Outcome outcome = ExecuteOnce(
        [] {
          Semaphore never(0);
          Task in_catch = Go([&] {
            try {
              throw std::runtime_error("caught");
            } catch (const std::runtime_error&) {
              Witness own;
              never.acquire();
            }
          });
          Task in_destructor = Go([&] {
            try {
              BlocksInDestructor blocks{never};
              throw std::logic_error("in flight");
            } catch (const std::logic_error&) {
            }
          });
          in_catch.Join();
          in_destructor.Join();
        },
        {}, seed);
    ASSERT_EQ(outcome.verdict, Verdict::kDeadlock);
    ASSERT_EQ(std::uncaught_exceptions(), 0);
    ASSERT_EQ(std::current_exception(), nullptr);
    ASSERT_EQ(alive.load(), 0);
  }
}

void LockNoexcept(Mutex& mu) noexcept { mu.lock(); }
void AcquireNoexcept(Semaphore& semaphore) noexcept { semaphore.acquire(); }

TEST_F(UnwindTest, NoexceptCodeIsLeftBehindAndTheProcessGoesOn) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Outcome outcome = ExecuteOnce(
        [] {
          Mutex mu(kUnowned, "mu");
          mu.lock();
          Task stuck = Go([&] { LockNoexcept(mu); });
          Go([&, w = Witness()] { mu.lock(); });
          stuck.Join();
        },
        {}, seed);
    ASSERT_EQ(outcome.verdict, Verdict::kDeadlock);
    ASSERT_EQ(alive.load(), 0);
    // The same slots work.
    const Outcome next = ExecuteOnce(
        [] {
          Channel<int> meet(0);
          Task task = Go([&, w = Witness()] { meet.Send(3); });
          EXPECT_EQ(meet.Receive(), 3);
          task.Join();
        },
        {}, seed);
    ASSERT_EQ(next.verdict, Verdict::kPassed);
  }
}

TEST_F(UnwindTest, AbandonedStacksRunNoDestructors) {
  static int ran;
  ran = 0;
  struct Counts {
    ~Counts() { ++ran; }
  };
  for (int i = 0; i < 10; ++i) {
    const Outcome outcome = ExecuteOnce(
        [] {
          Semaphore never(0);
          Go([&] {
            Counts counts;
            AcquireNoexcept(never);
          });
          Counts counts;
          never.acquire();
        },
        {.abandon_stacks = true});
    EXPECT_EQ(outcome.verdict, Verdict::kDeadlock);
  }
  EXPECT_EQ(ran, 0);
}

// LeakSanitizer looks when the process ends.
TEST_F(UnwindTest, WhatAbandonedTasksOwnIsNoLeakOfMemory) {
  for (int i = 0; i < 10; ++i) {
    const Outcome outcome = ExecuteOnce(
        [] {
          Semaphore never(0);
          const auto mine = std::make_unique<std::string>(100, 'x');
          Go([&never, owned = std::make_unique<std::string>(100, 'x')] { AcquireNoexcept(never); });
          Go([&never, owned = std::make_unique<std::string>(100, 'x'),
              large = std::array<int, 99>{}] {
            (void)large;
            AcquireNoexcept(never);
          });
          Go([&never] {
            try {
              throw std::string(100, 'x');
            } catch (const std::string&) {
              const std::vector<std::string> owned(3, std::string(100, 'x'));
              AcquireNoexcept(never);
            }
          });
          never.acquire();
        },
        {.abandon_stacks = true});
    EXPECT_EQ(outcome.verdict, Verdict::kDeadlock);
  }
}

[[noreturn]] void ExitInATask() {
  ExecuteOnce([] {
    const auto mine = std::make_unique<std::string>(100, 'x');
    Channel<int> never(0);
    Channel<std::string> full(1);
    full.Send(std::string(100, 'x'));
    Go([&, owned = std::make_unique<std::string>(100, 'x')] { (void)never.Receive(); });
    Go([&never, owned = std::make_unique<std::string>(100, 'x'), large = std::array<int, 99>{}] {
      (void)large;
      (void)never.Receive();
    });
    Task last = Go([] {
      const std::vector<std::string> owned(3, std::string(100, 'x'));
      Yield();
      std::exit(7);
    });
    last.Join();
  });
  std::abort();
}

TEST_F(UnwindTest, WhatTasksOwnWhenTheProcessExitsIsNoLeakOfMemory) {
  // In a process without the tasks of tests before: ThreadSanitizer is half blind in a fork of one.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(ExitInATask(), testing::ExitedWithCode(7), "^$");
}

TEST_F(UnwindTest, TheUsersTerminateHandlerIsPutBack) {
  auto mine = [] { std::abort(); };
  const std::terminate_handler before = std::set_terminate(mine);
  ExecuteOnce([] { Semaphore(0).acquire(); });
  EXPECT_EQ(std::set_terminate(before), static_cast<std::terminate_handler>(mine));
}

TEST_F(UnwindTest, TerminateNamesTheTask) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto terminate = [] {
    ExecuteOnce([] {
      Go("worker", [] {
        Yield();
        std::terminate();
      }).Join();
    });
  };
  EXPECT_DEATH(terminate(),
               "CRASH  std::terminate in T1 worker\n +\\(step 4\\)\n\n"
               "  its last step: yield at unwind_test.cc:");
}

TEST_F(UnwindTest, ParkedOperationsAreForgotten) {
  // A parked sender's value lives in its frame: nobody may touch it once that is unwound.
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Outcome outcome = ExecuteOnce(
        [] {
          auto meet = std::make_shared<Channel<Witness>>(0);
          for (int t = 0; t < 3; ++t) Go([meet] { meet->Send(Witness()); });
          Go([meet] { (void)meet->Receive(); });
        },
        {}, seed);
    ASSERT_EQ(outcome.verdict, Verdict::kLeak);
    ASSERT_EQ(alive.load(), 0);
  }
}

}  // namespace
}  // namespace heddle
