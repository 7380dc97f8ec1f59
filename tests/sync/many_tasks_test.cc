// SPDX-License-Identifier: Apache-2.0
//
// More tasks than a word has bits: slots from 64 on take other paths everywhere.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "heddle/sync/channel.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

constexpr int kMany = 200;
constexpr Options kFew = {.schedules = 20};

template <class F>
std::vector<Task> Spawn(int count, F function) {
  std::vector<Task> tasks;
  for (int i = 0; i < count; ++i) tasks.push_back(Go([function, i]() mutable { function(i); }));
  return tasks;
}

void JoinAll(std::vector<Task>& tasks) {
  for (Task& task : tasks) task.Join();
}

TEST(ManyTasksTest, ContendOnAMutexAndAreJoined) {
  EXPECT_THAT(Try(
                  [] {
                    Mutex mu;
                    Shared<int> count;
                    std::vector<Task> tasks = Spawn(kMany, [&](int i) {
                      if (i % 3 == 0) {
                        while (!mu.try_lock()) Yield();
                      } else {
                        mu.lock();
                      }
                      count.Set(count.Get() + 1);
                      mu.unlock();
                    });
                    JoinAll(tasks);
                    EXPECT_EQ(count.Get(), kMany);
                  },
                  kFew),
              Passes());
}

TEST(ManyTasksTest, ShareASemaphore) {
  EXPECT_THAT(Try(
                  [] {
                    Semaphore permits(3);
                    Stage inside;
                    std::vector<Task> tasks = Spawn(kMany, [&](int) {
                      permits.acquire();
                      inside.Add();
                      EXPECT_LE(inside.Get(), 3);
                      Yield();
                      inside.Add(-1);
                      permits.release();
                    });
                    JoinAll(tasks);
                  },
                  kFew),
              Passes());
}

TEST(ManyTasksTest, SendAndReceiveOnOneChannel) {
  for (size_t capacity : {0, 1, 3}) {
    EXPECT_THAT(Try(
                    [&] {
                      Channel<int> c(capacity);
                      Channel<int> sums(kMany);
                      std::vector<Task> senders =
                          Spawn(kMany / 2, [c](int i) mutable { c.Send(i); });
                      std::vector<Task> receivers =
                          Spawn(kMany / 2, [c, sums](int) mutable { sums.Send(*c.Receive()); });
                      JoinAll(senders);
                      JoinAll(receivers);
                      std::vector<bool> seen(kMany / 2);
                      for (int i = 0; i < kMany / 2; ++i)
                        seen[static_cast<size_t>(*sums.Receive())] = true;
                      for (bool value : seen) EXPECT_TRUE(value);
                    },
                    kFew),
                Passes());
  }
}

TEST(ManyTasksTest, AreAllWokenByAClose) {
  for (size_t capacity : {0, 1}) {
    EXPECT_THAT(Try(
                    [&] {
                      Channel<int> c(capacity);
                      std::vector<Task> tasks =
                          Spawn(kMany, [c](int) mutable { EXPECT_FALSE(c.Receive()); });
                      for (int i = 0; i < 50; ++i) Yield();
                      c.Close();
                      JoinAll(tasks);
                    },
                    kFew),
                Passes());
  }
}

TEST(ManyTasksTest, JoinOneTaskAndAreJoinedInAChain) {
  EXPECT_THAT(Try(
                  [] {
                    Channel<int> go(0);
                    Task first = Go([&] { (void)go.Receive(); });
                    std::vector<Task> tasks = Spawn(kMany, [first](int) mutable { first.Join(); });
                    Task last = first;
                    for (int i = 0; i < 100; ++i) {
                      last = Go([last]() mutable { last.Join(); });
                    }
                    go.Close();
                    last.Join();
                    JoinAll(tasks);
                  },
                  kFew),
              Passes());
}

TEST(ManyTasksTest, RunInAnyOrder) {
  // The first to run is now one of the low slots, now one of the high ones.
  Stage first;
  bool low = false;
  bool high = false;
  EXPECT_THAT(Try(
                  [&] {
                    first.Set(-1);
                    Semaphore start(0);
                    std::vector<Task> tasks = Spawn(kMany, [&](int i) {
                      start.acquire();
                      if (first.Get() < 0) {
                        first.Set(i);
                        (i < 62 ? low : high) = true;
                      }
                    });
                    for (int i = 0; i < 5 * kMany; ++i) Yield();
                    start.release(kMany);
                    JoinAll(tasks);
                  },
                  {.schedules = 40}),
              Passes());
  EXPECT_TRUE(low);
  EXPECT_TRUE(high);
}

TEST(ManyTasksTest, ARaceBetweenHighTasksNamesThem) {
  Report report = Try(
      [] {
        Shared<int> value(0, "value");
        std::vector<Task> tasks = Spawn(kMany, [&](int i) {
          if (i == 150 || i == 180) value.Set(i);
        });
        JoinAll(tasks);
      },
      kFew);
  EXPECT_THAT(report, Fails(Verdict::kRace, "\"value\""));
  ASSERT_EQ(report.accesses.size(), 2u);
  const bool forward = report.accesses[0].task == "T151";
  EXPECT_EQ(report.accesses[0].task, forward ? "T151" : "T181");
  EXPECT_EQ(report.accesses[1].task, forward ? "T181" : "T151");
}

TEST(ManyTasksTest, ACycleBetweenHighTasksIsFound) {
  Report report = Try(
      [] {
        Mutex a("a");
        Mutex b("b");
        std::vector<Task> idle = Spawn(100, [](int) { Yield(); });
        std::vector<Task> tasks = Spawn(2, [&](int i) {
          MutexLock first(i == 0 ? a : b);
          MutexLock second(i == 0 ? b : a);
        });
        JoinAll(tasks);
        JoinAll(idle);
      },
      {.schedules = 2000});
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other"));
  EXPECT_THAT(report, Because("T101 -> needs mutex \"b\""));
  EXPECT_THAT(report, Because("T102 -> needs mutex \"a\""));
}

TEST(ManyTasksTest, LeaksOfHighTasksAreAllNamed) {
  Report report = Try(
      [] {
        for (int i = 0; i < kMany; ++i) {
          Go({.daemon = i != 170}, [] { (void)Channel<int>().Receive(); });
        }
      },
      {.schedules = 1});
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished"));
  EXPECT_EQ(report.tasks.at(0).label, "T171");
}

TEST(ManyTasksTest, SleepAndTimeWorkNextToTheClocksSlot) {
  // The clock has slot 63: the tasks around it are T62 to T65.
  EXPECT_THAT(Try(
                  [] {
                    std::vector<Task> tasks = Spawn(70, [](int i) {
                      Sleep(std::chrono::nanoseconds(1 + i % 3));
                      EXPECT_GE(Now().time_since_epoch().count(), 1 + i % 3);
                    });
                    JoinAll(tasks);
                  },
                  {.schedules = 50}),
              Passes());
}

TEST(ManyTasksTest, AnExecutionOfFewTasksAfterOneOfManyIsClean) {
  for (int round = 0; round < 10; ++round) {
    for (int count : {kMany, 2}) {
      EXPECT_THAT(Try(
                      [count] {
                        Mutex mu;
                        std::vector<Task> tasks = Spawn(count, [&](int) { MutexLock lock(mu); });
                        JoinAll(tasks);
                      },
                      {.schedules = 2}),
                  Passes());
    }
  }
}

#if HEDDLE_TSAN && !defined(__clang__) && __GNUC__ < 13
TEST(ManyTasksTest, MoreThanGccsThreadSanitizerCanTakeAreRefused) {
  // Spawned one by one: what else they do takes this runtime minutes.
  const auto spawn = [] {
    for (int i = 0; i < 8'100; ++i) Go([] {});
  };
  EXPECT_THAT(Try(spawn, {.schedules = 1, .deadline_ms = 240'000}),
              Fails(Verdict::kMisuse,
                    "more than 8000 tasks in one execution: the ThreadSanitizer "
                    "runtime of gcc 12 dies at about 8,100"));
}
#else
// As many as contend for the mutex.
Report Contend(int count) {
  return Try(
      [count] {
        Mutex mu;
        int sum = 0;
        std::vector<Task> tasks = Spawn(count, [&](int) {
          MutexLock lock(mu);
          ++sum;
        });
        JoinAll(tasks);
        EXPECT_EQ(sum, count);
      },
      {.schedules = 2});
}

TEST(ManyTasksTest, TenThousandContend) { EXPECT_THAT(Contend(10'000), Passes()); }

#if HEDDLE_TSAN
TEST(ManyTasksTest, MoreThanThreadSanitizerCanTakeAreRefused) {
  EXPECT_THAT(Contend(17'000), Fails(Verdict::kMisuse,
                                     "more than 11000 tasks in one execution: the ThreadSanitizer "
                                     "runtime dies at about 13,000"));
}
#else
TEST(ManyTasksTest, MoreThanASlotHasBitsAreRefused) {
  EXPECT_THAT(Contend(17'000), Fails(Verdict::kMisuse, "more than 16383 tasks in one execution"));
}
#endif
#endif

#if !HEDDLE_TSAN && !HEDDLE_ASAN
// In a process of its own: what it allows itself, it never gets back.
[[noreturn]] void SpawnInLittleMemory() {
  constexpr rlim_t kEnoughForTheRest = rlim_t{1} << 30;
  const rlimit limit = {kEnoughForTheRest, kEnoughForTheRest};
  setrlimit(RLIMIT_AS, &limit);
  const Report report = Try(
      [] {
        std::vector<Task> tasks = Spawn(20, [](int) {});
        JoinAll(tasks);
      },
      {.stack_kib = 64 * 1024});
  std::fputs(report.headline.c_str(), stderr);
  std::exit(report.verdict == Verdict::kMisuse ? 0 : 1);
}

TEST(ManyTasksTest, WithoutMemoryForAStackTheSpawnIsAtFault) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // without the stacks of the tests before
  EXPECT_EXIT(
      SpawnInLittleMemory(), testing::ExitedWithCode(0),
      "the system gives no memory for the stack of a task, 65536 KiB: Cannot allocate memory, "
      "beside [0-9]+ tasks");
}
#endif

}  // namespace
}  // namespace heddle::testing_support
