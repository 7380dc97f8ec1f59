// SPDX-License-Identifier: Apache-2.0
//
// Ids are part of trace hashes and replay tokens: the golden values here never change.
#include "heddle/core/ids.h"

#include <cstdint>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace heddle {
namespace {

constexpr TaskId kBody;

TEST(TaskIdTest, TheBodyIsZero) { EXPECT_EQ(kBody.value, 0u); }

TEST(TaskIdTest, ChildrenOfTheBodyAreNumberedExactly) {
  EXPECT_EQ(TaskId::Spawned(kBody, 1).value, 1u);
  EXPECT_EQ(TaskId::Spawned(kBody, 2).value, 2u);
  EXPECT_EQ(TaskId::Spawned(kBody, 10'000).value, 10'000u);
  EXPECT_EQ(TaskId::Spawned(kBody, (1u << 23) - 1).value, (1u << 23) - 1);
}

TEST(TaskIdTest, GoldenForDeeperTasks) {
  const TaskId t1 = TaskId::Spawned(kBody, 1);
  EXPECT_EQ(TaskId::Spawned(t1, 1).value, 0xe958c9u);
  EXPECT_EQ(TaskId::Spawned(t1, 2).value, 0x856b73u);
  EXPECT_EQ(TaskId::Spawned(TaskId::Spawned(kBody, 2), 1).value, 0xbe9e57u);
  EXPECT_EQ(TaskId::Spawned(TaskId::Spawned(t1, 1), 1).value, 0xd112ecu);
  EXPECT_EQ(TaskId::Spawned(kBody, 1u << 23).value, 0xaa3e80u);
}

TEST(TaskIdTest, DeeperTasksHaveARangeOfTheirOwnWithin24Bits) {
  for (uint32_t parent = 1; parent < 100; ++parent) {
    for (uint32_t n = 1; n < 100; ++n) {
      const TaskId child = TaskId::Spawned(TaskId::Spawned(kBody, parent), n);
      ASSERT_GE(child.value, 1u << 23);
      ASSERT_LT(child.value, 1u << 24);
    }
  }
}

TEST(TaskIdTest, NoCollisionsInATreeOfRealisticSize) {
  // The body, 20 children, 5 grandchildren each, one great-grandchild each.
  std::set<uint32_t> seen = {kBody.value};
  for (uint32_t i = 1; i <= 20; ++i) {
    const TaskId child = TaskId::Spawned(kBody, i);
    seen.insert(child.value);
    for (uint32_t j = 1; j <= 5; ++j) {
      const TaskId grandchild = TaskId::Spawned(child, j);
      seen.insert(grandchild.value);
      seen.insert(TaskId::Spawned(grandchild, 1).value);
    }
  }
  EXPECT_EQ(seen.size(), 1u + 20 + 100 + 100);
}

TEST(ObjectIdTest, ObjectsOfTheBodyAndItsChildrenAreNumberedExactly) {
  EXPECT_EQ(ObjectId{}.value, 0u);
  EXPECT_EQ(ObjectId::Created(kBody, 1).value, 1u);
  EXPECT_EQ(ObjectId::Created(kBody, 65'535).value, 65'535u);
  EXPECT_EQ(ObjectId::Created(TaskId::Spawned(kBody, 3), 2).value, 0x0003'0002u);
  EXPECT_EQ(ObjectId::Created(TaskId::Spawned(kBody, 0x7ffe), 1).value, 0x7ffe'0001u);
}

TEST(ObjectIdTest, ObjectsOutsideAreNumberedExactly) {
  EXPECT_EQ(ObjectId::Outside(1).value, 0x7fff'0001u);
  EXPECT_EQ(ObjectId::Outside(65'535).value, 0x7fff'ffffu);
}

TEST(ObjectIdTest, GoldenForHashedObjects) {
  const TaskId deep = TaskId::Spawned(TaskId::Spawned(kBody, 1), 1);
  EXPECT_EQ(ObjectId::Created(deep, 1).value, 0xc8d112ecu);
  EXPECT_EQ(ObjectId::Created(kBody, 65'536).value, 0xbee85f66u);
  EXPECT_EQ(ObjectId::Created(TaskId::Spawned(kBody, 0x7fff), 1).value, 0xee522130u);
  EXPECT_EQ(ObjectId::Outside(65'536).value, 0x96a196e7u);
}

TEST(ObjectIdTest, HashedObjectsHaveARangeOfTheirOwn) {
  const TaskId deep = TaskId::Spawned(TaskId::Spawned(kBody, 1), 1);
  for (uint32_t n = 1; n < 1000; ++n) {
    ASSERT_GE(ObjectId::Created(deep, n).value, 1u << 31);
    ASSERT_GE(ObjectId::Created(kBody, 65'535 + n).value, 1u << 31);
    ASSERT_GE(ObjectId::Outside(65'535 + n).value, 1u << 31);
  }
}

TEST(ObjectIdTest, NoCollisionsFor10000FlatTasksAndTheirObjects) {
  std::set<uint32_t> tasks = {kBody.value};
  std::vector<uint32_t> objects;
  for (uint32_t i = 1; i <= 10'000; ++i) {
    const TaskId task = TaskId::Spawned(kBody, i);
    tasks.insert(task.value);
    for (uint32_t n = 1; n <= 10; ++n) objects.push_back(ObjectId::Created(task, n).value);
    objects.push_back(ObjectId::Created(kBody, i).value);
    objects.push_back(ObjectId::Outside(i).value);
  }
  EXPECT_EQ(tasks.size(), 10'001u);
  const std::set<uint32_t> distinct(objects.begin(), objects.end());
  EXPECT_EQ(distinct.size(), objects.size());
  EXPECT_FALSE(distinct.contains(0)) << "0 is 'no object'";
}

TEST(ObjectIdTest, ObjectsOutsideBeyond65535DoNotWrapAround) {
  std::set<uint32_t> seen;
  for (uint32_t n = 1; n <= 66'000; ++n) seen.insert(ObjectId::Outside(n).value);
  EXPECT_EQ(seen.size(), 66'000u);
}

TEST(IdsTest, AreConstantExpressionsAndCompare) {
  static_assert(TaskId::Spawned(TaskId{}, 4) == TaskId{4});
  static_assert(TaskId{4} != TaskId{5});
  static_assert(ObjectId::Created(TaskId{1}, 2) == ObjectId{0x10002});
  static_assert(ObjectId::Created(TaskId{1}, 2) != ObjectId::Created(TaskId{2}, 1));
}

}  // namespace
}  // namespace heddle
