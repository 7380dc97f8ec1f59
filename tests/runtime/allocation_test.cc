// SPDX-License-Identifier: Apache-2.0
//
// A warm exploration allocates nothing: operator new is counted over thousands of executions.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>

#include "gtest/gtest.h"
#include "heddle/heddle.h"
#include "heddle/runtime/internal/sanitizer.h"
#include "heddle/strategy/random_walk.h"
#include "support/execute.h"

namespace {
std::atomic<uint64_t> allocations = 0;
}

#if !HEDDLE_TSAN && !HEDDLE_ASAN
// The others of the standard library call these. Not inlined: gcc would see free() beside a new elsewhere.
[[gnu::noinline]] void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(size_t size, std::align_val_t align) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const auto alignment = static_cast<size_t>(align);
  const size_t rounded = (size + alignment - 1) & ~(alignment - 1);
  if (void* memory = std::aligned_alloc(alignment, rounded)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}
#endif

namespace heddle {
namespace {

using namespace std::chrono_literals;
using testing_support::BodyScenario;

// How often `executions` warm executions allocate.
uint64_t AllocationsOf(const std::function<void()>& body, const Options& options = {},
                       int executions = 10'000) {
  BodyScenario scenario(body);
  const std::unique_ptr<Strategy> walk = MakeRandomWalk();
  constexpr uint64_t kWarm = 300;
  uint64_t before = 0;
  for (uint64_t i = 0; i < kWarm + static_cast<uint64_t>(executions); ++i) {
    if (i == kWarm) before = allocations.load();
    const Outcome outcome = Execute(scenario, options, *walk, i, Recording::kOff);
    EXPECT_EQ(outcome.verdict, Verdict::kPassed) << "seed " << i;
    if (outcome.verdict != Verdict::kPassed) break;
  }
  return allocations.load() - before;
}

class AllocationTest : public ::testing::Test {
 protected:
  void SetUp() override {
#if HEDDLE_TSAN || HEDDLE_ASAN
    GTEST_SKIP() << "the sanitizer's own operator new counts";
#endif
  }
};

TEST_F(AllocationTest, TheCounterCounts) {
  const uint64_t before = allocations.load();
  ::operator delete(::operator new(8));
  EXPECT_EQ(allocations.load() - before, 1u);
}

TEST_F(AllocationTest, EveryPrimitive) {
  EXPECT_EQ(AllocationsOf([] {
              Mutex mu("mu"), plain;
              Channel<int> jobs(2, "jobs"), meet(0);
              Semaphore permits(1, "permits");
              Shared<int> hits(0, "hits");
              Task worker = Go("worker", [&] {
                for (int job : jobs) {
                  MutexLock lock(mu);
                  hits.Update([job](int& n) { n += job; });
                }
                meet.Send(1);
              });
              Task other = Go([&] {
                permits.acquire();
                if (plain.try_lock()) plain.unlock();
                Sleep(3ms);
                permits.release();
              });
              for (int i = 0; i < 3; ++i) jobs.Send(i);
              jobs.Close();
              (void)meet.Receive();
              permits.acquire();
              permits.release();
              worker.Join();
              other.Join();
            }),
            0u);
}

TEST_F(AllocationTest, ManyTasksAndFarClocks) {
  EXPECT_EQ(AllocationsOf(
                [] {
                  Mutex mu;
                  Task tasks[70];
                  for (Task& task : tasks) task = Go([&] { MutexLock lock(mu); });
                  for (Task& task : tasks) task.Join();
                },
                {}, 1000),
            0u);
}

TEST_F(AllocationTest, AtomicsWithFencesChoicesAndTaskLocals) {
  static TaskLocal<int> local(3);
  EXPECT_EQ(AllocationsOf([] {
              Atomic<int> ready(0, "ready");
              Task worker = Go([&] {
                *local += static_cast<int>(Choose(7));
                heddle::atomic_thread_fence(std::memory_order_release);
                ready.store(static_cast<int>(ChooseInt(1, 1'000'000)), std::memory_order_relaxed);
                ready.notify_all();
              });
              if (Flip()) {
                ready.wait(0);
              } else {
                while (ready.load(std::memory_order_relaxed) == 0) Yield();
                heddle::atomic_thread_fence(std::memory_order_acquire);
              }
              *local += DataStream().Flip();
              worker.Join();
            }),
            0u);
}

TEST_F(AllocationTest, LocksOfEveryKind) {
  EXPECT_EQ(AllocationsOf([] {
              SharedMutex shared;
              RecursiveMutex recursive;
              Mutex mu;
              ConditionVariable changed;
              Once once;
              int ready = 0;
              const auto work = [&] {
                {
                  ReaderLock read(shared);
                  RecursiveMutexLock outer(recursive), inner(recursive);
                }
                if (shared.try_lock_for(1ms)) shared.unlock();
                once.Do([] { Yield(); });
                MutexLock lock(mu);
                ++ready;
                changed.notify_all();
                while (ready < 2) (void)changed.wait_for(lock, 1ms);
              };
              Task other = Go(work);
              work();
              other.Join();
            }),
            0u);
}

TEST_F(AllocationTest, CountersOfEveryKind) {
  EXPECT_EQ(AllocationsOf([] {
              WaitGroup group;
              Latch latch(2);
              Barrier barrier(2);
              Event event(kAutoReset);
              WeightedSemaphore memory(2);
              CancelableContext c = WithTimeout(Background(), 1ms);
              const auto work = [&] {
                memory.Acquire(2);
                memory.Release(2);
                if (memory.Acquire(c.context, 2)) memory.Release(2);
                latch.arrive_and_wait();
                barrier.arrive_and_wait();
                event.Set();
                (void)event.WaitFor(1ms);
                group.Done();
              };
              group.Add(2);
              Task other = Go(work);
              work();
              group.Wait();
              other.Join();
            }),
            0u);
}

TEST_F(AllocationTest, SelectsContextsAndTimers) {
  EXPECT_EQ(AllocationsOf([] {
              Channel<int> a(1), b(1), meet(0), line(1, {.fifo = true});
              CancelableContext c = WithCancel(Background());
              Timer timer(1ms);
              Ticker ticker(1ms);
              Task other = Go([&] {
                Select(OnSend(a, 1), OnSend(b, 2));
                Select(OnSend(meet, 3), OnReceive(c.context.Done()));
                Select(OnSend(line, 4), OnReceive(ticker.C()));
                c.cancel();
              });
              Select(OnReceive(a), OnReceive(b));
              Select(OnReceive(meet), OnReceive(timer.C()), OnReceive(c.context.Done()));
              (void)line.TryReceiveFor(1ms);
              (void)c.context.Err();
              c.cancel();
              other.Join();
              ticker.Stop();
              timer.Stop();
            }),
            0u);
}

TEST_F(AllocationTest, FunctionObjectsLargerThanTheirPlaceInTheTask) {
  struct Large {
    char bytes[500] = {};
  };
  EXPECT_EQ(AllocationsOf([] {
              Large large;
              Task task = Go([large] { (void)large; });
              task.Join();
            }),
            0u);
}

TEST_F(AllocationTest, TimersWithEqualDeadlines) {
  EXPECT_EQ(AllocationsOf([] {
              Task tasks[4];
              for (Task& task : tasks) task = Go([] { Sleep(1ms); });
              for (Task& task : tasks) task.Join();
            }),
            0u);
}

TEST_F(AllocationTest, DaemonsThatAreUnwound) {
  EXPECT_EQ(AllocationsOf(
                [] {
                  Semaphore* never = nullptr;
                  Go({.daemon = true}, [never] {
                    (void)never;
                    for (;;) Yield();
                  });
                  Yield();
                },
                {.abandon_stacks = true}, 1000),
            0u);
}

TEST_F(AllocationTest, DecisionsBeyondTheFirstLook) {
  EXPECT_EQ(AllocationsOf(
                [] {
                  Task task = Go([] {
                    for (int i = 0; i < 3000; ++i) Yield();
                  });
                  for (int i = 0; i < 3000; ++i) Yield();
                  task.Join();
                },
                {}, 200),
            0u);
}

}  // namespace
}  // namespace heddle
