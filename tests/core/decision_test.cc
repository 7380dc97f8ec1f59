// SPDX-License-Identifier: Apache-2.0
//
// Checks are part of every stored token: their width and values never change.
#include "heddle/core/decision.h"

#include <cstdint>
#include <set>

#include "gtest/gtest.h"
#include "heddle/core/operation.h"
#include "heddle/core/random.h"

namespace heddle {
namespace {

uint16_t CheckOf(OperationKind kind, uint32_t task, uint32_t object) {
  return DecisionCheck(Operation{kind, TaskId{task}, ObjectId{object}}.Word());
}

TEST(DecisionTest, GoldenChecks) {
  EXPECT_EQ(kDecisionCheckBits, 8);
  EXPECT_EQ(DecisionCheck(0), 0);
  EXPECT_EQ(CheckOf(OperationKind::kStart, 1, 0), 0x51);
  EXPECT_EQ(CheckOf(OperationKind::kLock, 1, 1), 0xce);
  EXPECT_EQ(CheckOf(OperationKind::kUnlock, 1, 1), 0x0d);
  EXPECT_EQ(CheckOf(OperationKind::kSend, 2, 0x10001), 0x1d);
  EXPECT_EQ(DecisionCheck(~0ull), 0x60);
}

TEST(DecisionTest, ChecksKeepToTheirWidthAndUseAllOfIt) {
  std::set<uint16_t> seen;
  Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    const uint16_t check =
        DecisionCheck(static_cast<uint64_t>(random.Next()) << 32 | random.Next());
    ASSERT_LT(check, 1 << kDecisionCheckBits);
    seen.insert(check);
  }
  EXPECT_EQ(seen.size(), 1u << kDecisionCheckBits);
}

TEST(DecisionTest, NeighbouringOperationsDiffer) {
  // What a replay that goes astray most likely meets: another kind at the same object, another task
  // at the same operation, the object next to it.
  std::set<uint16_t> kinds, tasks, objects, creators;
  for (int kind = 0; kind <= 18; ++kind) {
    kinds.insert(CheckOf(static_cast<OperationKind>(kind), 1, 1));
  }
  for (uint32_t i = 0; i < 16; ++i) {
    tasks.insert(CheckOf(OperationKind::kLock, i, 1));
    objects.insert(CheckOf(OperationKind::kLock, 1, i));
    creators.insert(CheckOf(OperationKind::kLock, 1, i << 16 | 1));
  }
  EXPECT_EQ(kinds.size(), 19u);
  EXPECT_EQ(tasks.size(), 16u);
  EXPECT_EQ(objects.size(), 16u);
  EXPECT_EQ(creators.size(), 16u);
}

TEST(DecisionTest, FewPairsOfOperationsAreMistakenForEachOther) {
  // All pairs of operations of a program with 8 tasks and 8 objects: not much more than the one in
  // 256 that the width allows.
  std::multiset<uint16_t> checks;
  double total = 0, mistaken = 0;
  for (int kind = 1; kind <= 18; ++kind) {
    for (uint32_t task = 0; task < 8; ++task) {
      for (uint32_t object = 1; object <= 8; ++object) {
        const uint16_t check = CheckOf(static_cast<OperationKind>(kind), task, object);
        mistaken += static_cast<double>(checks.count(check));
        total += static_cast<double>(checks.size());
        checks.insert(check);
      }
    }
  }
  EXPECT_LT(mistaken / total, 1.1 / 256);
}

TEST(DecisionTest, IsAValueOfFourBytes) {
  static_assert(sizeof(Decision) == 4, "the step loop records one for every decision");
  static_assert(Decision{} == Decision{0, 0});
  static_assert(Decision{1, 2} != Decision{1, 3});
  static_assert(Decision{1, 2} != Decision{2, 2});
}

}  // namespace
}  // namespace heddle
