// SPDX-License-Identifier: Apache-2.0
//
// The little that a snapshot computes.
#include "heddle/core/snapshot.h"

#include "gtest/gtest.h"

namespace heddle {
namespace {

TEST(SnapshotTest, TheTitleOfATaskIsItsLabelAndName) {
  TaskSnapshot task;
  task.label = "T1.2";
  EXPECT_EQ(task.Title(), "T1.2");
  task.name = "producer";
  EXPECT_EQ(task.Title(), "T1.2 producer");
}

TEST(SnapshotTest, FindsTasksBySlotNotByPlace) {
  // Slot 63 is the clock's, so slots and indices differ beyond it.
  Snapshot snapshot;
  for (uint32_t slot : {0u, 62u, 64u}) {
    TaskSnapshot task;
    task.slot = slot;
    task.label = "T" + std::to_string(slot);
    snapshot.tasks.push_back(task);
  }
  ASSERT_NE(snapshot.Find(64), nullptr);
  EXPECT_EQ(snapshot.Find(64)->label, "T64");
  EXPECT_EQ(snapshot.Find(0)->label, "T0");
  EXPECT_EQ(snapshot.Find(63), nullptr);
  EXPECT_EQ(snapshot.Find(kNobody), nullptr);
}

TEST(SnapshotTest, AFailureIsNoneUnlessSomethingSaysSo) {
  const Failure failure;
  EXPECT_EQ(failure.verdict, Verdict::kPassed);
  EXPECT_EQ(failure.slot, kNobody);
  EXPECT_EQ(failure.object, kNobody);
  EXPECT_FALSE(failure.at_limit);
}

}  // namespace
}  // namespace heddle
