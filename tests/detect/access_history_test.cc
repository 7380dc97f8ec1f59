// SPDX-License-Identifier: Apache-2.0
//
// The race detector against the definition: it keeps a few accesses, the model keeps all of them.
#include "heddle/detect/access_history.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/core/arena.h"
#include "heddle/core/random.h"

namespace heddle {
namespace {

// Every access there ever was, each with what its task knew then.
class AllAccesses {
 public:
  // Whether an earlier access of another task, one of the two a write, is not known to `clock`.
  bool Races(uint32_t slot, const VectorClock& clock, bool write) const {
    for (const Access& access : accesses_) {
      if (access.epoch.slot != slot && (access.write || write) && !clock.Knows(access.epoch)) {
        return true;
      }
    }
    return false;
  }
  // Whether `reported` is an access that was made and races.
  bool IsRace(const Access& reported, uint32_t slot, const VectorClock& clock, bool write) const {
    for (const Access& access : accesses_) {
      if (access.epoch == reported.epoch && access.write == reported.write &&
          access.where.line == reported.where.line) {
        return access.epoch.slot != slot && (access.write || write) && !clock.Knows(access.epoch);
      }
    }
    return false;
  }
  void Add(uint32_t slot, const VectorClock& clock, bool write, Location where) {
    accesses_.push_back(Access{clock.At(slot), write, where});
  }

 private:
  std::vector<Access> accesses_;
};

struct Trace {
  uint32_t tasks;
  uint32_t percent_edges;   // operations that acquire or release
  uint32_t percent_writes;  // accesses that write
};

// Runs one random trace until the first race. True if there was one.
bool RunTrace(const Trace& trace, Random& random, Arena& arena) {
  constexpr uint32_t kObjects = 2;
  std::vector<VectorClock> clocks(trace.tasks);
  std::vector<VectorClock> objects(kObjects);
  for (uint32_t t = 0; t < trace.tasks; ++t) clocks[t].Increment(t, arena);
  AccessHistory history;
  AllAccesses all;
  for (uint32_t i = 1; i <= 60; ++i) {
    const uint32_t t = random.Below(trace.tasks);
    if (random.Below(100) < trace.percent_edges) {
      VectorClock& object = objects[random.Below(kObjects)];
      clocks[t].Join(object, arena);
      if (random.Below(2) == 0) continue;
      object.Assign(clocks[t], arena);
      clocks[t].Increment(t, arena);
      continue;
    }
    const bool write = random.Below(100) < trace.percent_writes;
    const Location where{"trace.cc", "", i};
    const bool races = all.Races(t, clocks[t], write);
    const Access* found =
        write ? history.OnWrite(t, clocks[t], where) : history.OnRead(t, clocks[t], where, arena);
    EXPECT_EQ(found != nullptr, races) << "access " << i << " by " << t << ", write " << write;
    if (found != nullptr) {
      // It names a real one. (Of several accesses in one epoch the last, which the model has too.)
      EXPECT_TRUE(all.IsRace(*found, t, clocks[t], write)) << "access " << i;
      return true;
    }
    all.Add(t, clocks[t], write, where);
    if (::testing::Test::HasFailure()) return true;
  }
  return false;
}

class AccessHistoryRandomTest : public ::testing::TestWithParam<Trace> {};

TEST_P(AccessHistoryRandomTest, AgreesWithTheDefinition) {
  Random random(GetParam().tasks * 1000 + GetParam().percent_edges * 10 +
                GetParam().percent_writes);
  Arena arena;
  int racy = 0;
  constexpr int kTraces = 2000;
  for (int i = 0; i < kTraces && !HasFailure(); ++i) {
    arena.Reset();
    racy += RunTrace(GetParam(), random, arena);
  }
  EXPECT_GT(racy, kTraces / 20) << "hardly any trace has a race";
}

INSTANTIATE_TEST_SUITE_P(Traces, AccessHistoryRandomTest,
                         ::testing::Values(Trace{2, 50, 50}, Trace{2, 90, 50}, Trace{3, 70, 10},
                                           Trace{3, 95, 40}, Trace{4, 80, 5}, Trace{4, 60, 30},
                                           Trace{5, 85, 3}, Trace{5, 97, 30}, Trace{5, 70, 1},
                                           Trace{12, 90, 5}));

class AccessHistoryTest : public ::testing::Test {
 protected:
  AccessHistoryTest() {
    for (uint32_t t = 0; t < 4; ++t) clocks_[t].Increment(t, arena_);
  }
  const Access* Read(uint32_t t, uint32_t line) {
    return history_.OnRead(t, clocks_[t], Location{"a.cc", "", line}, arena_);
  }
  const Access* Write(uint32_t t, uint32_t line) {
    return history_.OnWrite(t, clocks_[t], Location{"a.cc", "", line});
  }
  // What `from` did so far happens before what `to` does next.
  void Order(uint32_t from, uint32_t to) {
    clocks_[to].Join(clocks_[from], arena_);
    clocks_[from].Increment(from, arena_);
  }

  Arena arena_;
  VectorClock clocks_[4];
  AccessHistory history_;
};

TEST_F(AccessHistoryTest, NamesTheEarlierWrite) {
  EXPECT_EQ(Write(0, 7), nullptr);
  const Access* race = Read(1, 8);
  ASSERT_NE(race, nullptr);
  EXPECT_TRUE(race->write);
  EXPECT_EQ(race->epoch.slot, 0u);
  EXPECT_EQ(race->where.line, 7u);
}

TEST_F(AccessHistoryTest, NamesTheEarlierRead) {
  EXPECT_EQ(Read(2, 7), nullptr);
  const Access* race = Write(1, 8);
  ASSERT_NE(race, nullptr);
  EXPECT_FALSE(race->write);
  EXPECT_EQ(race->epoch.slot, 2u);
  EXPECT_EQ(race->where.line, 7u);
}

TEST_F(AccessHistoryTest, NamesTheLastOfSeveralAccessesInOneEpoch) {
  EXPECT_EQ(Write(0, 7), nullptr);
  EXPECT_EQ(Write(0, 8), nullptr);
  const Access* race = Write(1, 9);
  ASSERT_NE(race, nullptr);
  EXPECT_EQ(race->where.line, 8u);
}

TEST_F(AccessHistoryTest, ReadsDoNotRaceWithReads) {
  for (uint32_t t = 0; t < 4; ++t) EXPECT_EQ(Read(t, t), nullptr);
  for (uint32_t t = 0; t < 4; ++t) EXPECT_EQ(Read(t, t), nullptr);
}

TEST_F(AccessHistoryTest, AWriteMustKnowEveryRead) {
  for (uint32_t t = 0; t < 3; ++t) EXPECT_EQ(Read(t, t), nullptr);
  Order(2, 3);
  Order(0, 3);
  const Access* race = Write(3, 9);  // does not know the read of 1
  ASSERT_NE(race, nullptr);
  EXPECT_EQ(race->epoch.slot, 1u);
  Order(1, 3);
  EXPECT_EQ(Write(3, 10), nullptr);
}

TEST_F(AccessHistoryTest, ARepeatedReadAfterOthersIsNotForgotten) {
  EXPECT_EQ(Read(0, 1), nullptr);
  EXPECT_EQ(Read(1, 2), nullptr);
  EXPECT_EQ(Read(0, 3), nullptr);  // 0 again: 1's read must be kept
  Order(0, 2);
  const Access* race = Write(2, 4);
  ASSERT_NE(race, nullptr);
  EXPECT_EQ(race->epoch.slot, 1u);
}

TEST_F(AccessHistoryTest, OneTaskNeverRacesWithItself) {
  for (uint32_t i = 0; i < 10; ++i) {
    EXPECT_EQ(Write(1, i), nullptr);
    EXPECT_EQ(Read(1, i), nullptr);
    clocks_[1].Increment(1, arena_);
  }
}

}  // namespace
}  // namespace heddle
