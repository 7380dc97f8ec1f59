// SPDX-License-Identifier: Apache-2.0
//
// Slots: their numbers, their state from one execution to the next, and the exchange of their stacks.
#include "heddle/runtime/internal/slots.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/heddle.h"
#include "support/execute.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::Contains;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

TEST(SlotsTest, LeaveOutTheClock) {
  const Outcome outcome = ExecuteOnce([] {
    std::vector<Task> tasks;
    for (int t = 0; t < 66; ++t) tasks.push_back(Go([] {}));
    for (Task& task : tasks) task.Join();
  });
  const std::vector<TaskSnapshot>& tasks = outcome.evidence->snapshot.tasks;
  ASSERT_EQ(tasks.size(), 67u);
  EXPECT_EQ(tasks[62].slot, 62u);
  EXPECT_EQ(tasks[62].label, "T62");
  EXPECT_EQ(tasks[63].slot, 64u);
  EXPECT_EQ(tasks[63].label, "T63");
}

TEST(SlotsTest, AreAsNewInTheNextExecution) {
  ExecuteOnce([] {
    Semaphore never(0);
    Task task = Go("old", [&] {
      Mutex mu("old");
      mu.lock();
      never.acquire();
    });
    task.Join();
  });
  const Outcome outcome = ExecuteOnce([] {
    Go({.daemon = true}, [] {
      Mutex mu;
      mu.lock();
    });
    for (int i = 0; i < 30; ++i) Yield();
  });
  const TaskSnapshot* task = outcome.evidence->snapshot.Find(1);
  EXPECT_EQ(task->Title(), "T1");
  EXPECT_EQ(outcome.evidence->snapshot.objects[0].label, "mutex T1#1");
}

// The stack in each slot, the clock's left out, in an execution that goes beyond it.
std::vector<const void*> Stacks() {
  constexpr uint32_t kSlots = kClockSlot + 9;
  std::vector<const void*> stacks(kSlots);
  ExecuteOnce([&] {
    std::vector<Task> tasks;
    const auto note = [&stacks] { stacks[internal::x.current->slot] = internal::x.current->stack; };
    note();
    Sleep(std::chrono::nanoseconds(1));  // the clock has a stack, too
    for (uint32_t t = 2; t < kSlots; ++t) tasks.push_back(Go(note));
    for (Task& task : tasks) task.Join();
  });
  return stacks;
}

TEST(SlotsTest, KeepTheirStacksFromOneExecutionToTheNext) {
  const std::vector<const void*> before = Stacks();
  EXPECT_EQ(Stacks(), before);
}

TEST(SlotsTest, ReversedStacksServeTheTasksInReverse) {
  std::vector<const void*> expected = Stacks();
  const size_t opposite = expected.size() - 1 - kClockSlot;  // which keeps its own
  std::swap(expected[opposite], expected[kClockSlot]);
  std::reverse(expected.begin(), expected.end());
  internal::ReverseStacks();
  EXPECT_EQ(Stacks(), expected);
}

TEST(SlotsTest, ShuffledStacksAreTheSameOnesInAnotherOrder) {
  std::vector<std::vector<const void*>> seen = {Stacks()};
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    internal::ShuffleStacks(seed);
    const std::vector<const void*> stacks = Stacks();
    EXPECT_THAT(stacks, UnorderedElementsAreArray(seen[0]));
    size_t kept = 0;
    for (size_t slot = 0; slot < stacks.size(); ++slot) kept += stacks[slot] == seen.back()[slot];
    EXPECT_LE(kept, 3u);  // the clock's slot, and where it was in the way
    EXPECT_THAT(seen, Not(Contains(stacks)));
    seen.push_back(stacks);
  }
}

// Whoever needs them later gets others.
TEST(SlotsTest, IdleMemoryCanBeGivenBack) {
  Stacks();
  ExecuteOnce([] { Go([] {}).Join(); });
  const char* const used = internal::x.tasks[1].stack;
  internal::GiveBackIdleMemory();
  EXPECT_NE(internal::x.tasks[0].stack, nullptr);
  EXPECT_EQ(internal::x.tasks[1].stack, used);
  EXPECT_EQ(internal::x.tasks[2].stack, nullptr);
  EXPECT_EQ(internal::x.tasks[kClockSlot + 8].stack, nullptr);
  EXPECT_NE(internal::x.tasks[kClockSlot].stack, nullptr);
  EXPECT_NE(Stacks()[kClockSlot + 8], nullptr);
  internal::GiveBackIdleMemory();
  internal::GiveBackIdleMemory();
}

}  // namespace
}  // namespace heddle
