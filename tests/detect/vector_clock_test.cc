// SPDX-License-Identifier: Apache-2.0
//
// Vector clocks against a map that is grown entry by entry, within and beyond the eight near slots.
#include "heddle/detect/vector_clock.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/core/random.h"

namespace heddle {
namespace {

using Model = std::map<uint32_t, uint32_t>;

void ExpectSame(const VectorClock& clock, const Model& model, uint32_t slots) {
  for (uint32_t slot = 0; slot < slots + 20; ++slot) {
    const auto entry = model.find(slot);
    const uint32_t count = entry != model.end() ? entry->second : 0;
    ASSERT_EQ(clock.Get(slot), count) << "slot " << slot;
    ASSERT_EQ(clock.At(slot), (Epoch{slot, count}));
    ASSERT_TRUE(clock.Knows(Epoch{slot, count}));
    ASSERT_FALSE(clock.Knows(Epoch{slot, count + 1}));
    ASSERT_TRUE(clock.Knows(Epoch{slot, 0}));
  }
}

void JoinModel(Model& into, const Model& other) {
  for (const auto& [slot, count] : other) into[slot] = std::max(into[slot], count);
}

class VectorClockRandomTest : public ::testing::TestWithParam<uint32_t> {};

// Tasks that acquire and release objects, as the primitives do: Assign only over a clock that the
// releasing task has acquired, and a new epoch after every release.
TEST_P(VectorClockRandomTest, AgreesWithAMap) {
  const uint32_t slots = GetParam();
  constexpr uint32_t kObjects = 3;
  Random random(slots);
  Arena arena;
  for (int round = 0; round < 6; ++round) {
    arena.Reset();
    std::vector<VectorClock> tasks(slots), objects(kObjects);
    std::vector<Model> task_models(slots), object_models(kObjects);
    for (int i = 0; i < 300; ++i) {
      const uint32_t t = random.Below(slots);
      const uint32_t o = random.Below(kObjects);
      switch (random.Below(4)) {
        case 0:
          tasks[t].Increment(t, arena);
          ++task_models[t][t];
          break;
        case 1:
          tasks[t].Join(objects[o], arena);
          JoinModel(task_models[t], object_models[o]);
          break;
        case 2:  // released by several
          objects[o].Add(tasks[t], arena);
          JoinModel(object_models[o], task_models[t]);
          tasks[t].Increment(t, arena);
          ++task_models[t][t];
          break;
        default:  // acquired and released by one
          tasks[t].Join(objects[o], arena);
          JoinModel(task_models[t], object_models[o]);
          objects[o].Assign(tasks[t], arena);
          object_models[o] = task_models[t];
          tasks[t].Increment(t, arena);
          ++task_models[t][t];
      }
      ASSERT_NO_FATAL_FAILURE(ExpectSame(tasks[t], task_models[t], slots));
      ASSERT_NO_FATAL_FAILURE(ExpectSame(objects[o], object_models[o], slots));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, VectorClockRandomTest,
                         ::testing::Values(1u, 2u, 7u, 8u, 9u, 16u, 17u, 70u, 130u));

TEST(VectorClockTest, KnowsNothingAtFirst) {
  const VectorClock clock;
  EXPECT_EQ(clock.Get(0), 0u);
  EXPECT_EQ(clock.Get(7), 0u);
  EXPECT_EQ(clock.Get(8), 0u);
  EXPECT_EQ(clock.Get(100'000), 0u);
  EXPECT_FALSE(clock.Knows(Epoch{9, 1}));
}

TEST(VectorClockTest, AFarSlotLeavesTheOthersAlone) {
  Arena arena;
  VectorClock clock;
  clock.Increment(8, arena);
  clock.Increment(1000, arena);
  clock.Increment(1000, arena);
  clock.Increment(3, arena);
  EXPECT_EQ(clock.Get(8), 1u);
  EXPECT_EQ(clock.Get(1000), 2u);
  EXPECT_EQ(clock.Get(3), 1u);
  EXPECT_EQ(clock.Get(999), 0u);
  EXPECT_EQ(clock.Get(1001), 0u);
}

TEST(VectorClockTest, EntriesOfDistantPagesMeetInAJoin) {
  Arena arena;
  VectorClock a, b;
  const uint32_t last = VectorClock::kMaxSlots - 1;
  VectorClock other;
  other.Increment(last, arena);
  a.Join(other, arena);
  other.Increment(last, arena);
  a.Increment(31, arena);
  b.Increment(32, arena);
  b.Join(other, arena);
  VectorClock distant;
  distant.Increment(4096, arena);
  b.Join(distant, arena);
  a.Join(b, arena);
  EXPECT_EQ(a.Get(31), 1u);
  EXPECT_EQ(a.Get(32), 1u);
  EXPECT_EQ(a.Get(4096), 1u);
  EXPECT_EQ(a.Get(last), 2u);
  EXPECT_EQ(a.Get(last - 1), 0u);
  EXPECT_EQ(a.Get(33), 0u);
}

TEST(VectorClockTest, MemoryLeftFromAnEarlierExecutionIsNotRead) {
  Arena arena;
  {
    VectorClock clock;
    for (uint32_t slot = 8; slot < 40; ++slot) clock.Increment(slot, arena);
  }
  arena.Reset();  // the same memory, not cleared
  VectorClock clock;
  clock.Increment(8, arena);
  for (uint32_t slot = 9; slot < 60; ++slot) EXPECT_EQ(clock.Get(slot), 0u) << slot;
}

TEST(VectorClockTest, AnAssignedClockDoesNotShareMemory) {
  Arena arena;
  VectorClock a, b;
  a.Increment(20, arena);
  b.Assign(a, arena);
  a.Increment(20, arena);
  EXPECT_EQ(b.Get(20), 1u);
  EXPECT_EQ(a.Get(20), 2u);
}

}  // namespace
}  // namespace heddle
