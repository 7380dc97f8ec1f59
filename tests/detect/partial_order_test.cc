// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/internal/partial_order.h"

#include <algorithm>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace heddle {
namespace {

using K = OperationKind;

Operation At(K kind, uint32_t task, uint32_t object = 0) {
  return {kind, TaskId{task}, ObjectId{object}};
}

uint64_t HashOf(const std::vector<Operation>& steps) { return PartialOrder().Of(steps); }

TEST(PartialOrderTest, OfIndependentStepsTheOrderDoesNotCount) {
  EXPECT_EQ(HashOf({At(K::kLock, 1, 7), At(K::kLock, 2, 8)}),
            HashOf({At(K::kLock, 2, 8), At(K::kLock, 1, 7)}));
  EXPECT_EQ(HashOf({At(K::kLoad, 1, 7), At(K::kLoad, 2, 7)}),
            HashOf({At(K::kLoad, 2, 7), At(K::kLoad, 1, 7)}));
  EXPECT_EQ(HashOf({At(K::kYield, 1), At(K::kStore, 2, 7), At(K::kSpawn, 2)}),
            HashOf({At(K::kStore, 2, 7), At(K::kYield, 1), At(K::kSpawn, 2)}));
}

TEST(PartialOrderTest, OfDependentOnesItDoes) {
  EXPECT_NE(HashOf({At(K::kLock, 1, 7), At(K::kLock, 2, 7)}),
            HashOf({At(K::kLock, 2, 7), At(K::kLock, 1, 7)}));
  EXPECT_NE(HashOf({At(K::kLoad, 1, 7), At(K::kStore, 2, 7)}),
            HashOf({At(K::kStore, 2, 7), At(K::kLoad, 1, 7)}));
  EXPECT_NE(HashOf({At(K::kFire, 9), At(K::kYield, 2)}),
            HashOf({At(K::kYield, 2), At(K::kFire, 9)}));
  // At different objects.
  EXPECT_NE(HashOf({At(K::kCancel, 1, 7), At(K::kErr, 2, 8)}),
            HashOf({At(K::kErr, 2, 8), At(K::kCancel, 1, 7)}));
}

TEST(PartialOrderTest, StepsAreToldApart) {
  EXPECT_NE(HashOf({At(K::kStore, 1, 7)}), HashOf({At(K::kStore, 1, 8)}));
  EXPECT_NE(HashOf({At(K::kStore, 1, 7)}), HashOf({At(K::kStore, 2, 7)}));
  EXPECT_NE(HashOf({At(K::kStore, 1, 7)}), HashOf({At(K::kStore, 1, 7), At(K::kStore, 1, 7)}));
  EXPECT_NE(HashOf({}), HashOf({At(K::kStore, 1, 7)}));
}

// What is kept between two does not show.
TEST(PartialOrderTest, IsTheSameWhateverCameBefore) {
  const std::vector<Operation> steps = {At(K::kLock, 1, 7), At(K::kLock, 2, 7), At(K::kJoin, 0, 2)};
  PartialOrder order;
  order.Of(std::vector<Operation>{At(K::kLock, 3, 7), At(K::kCancel, 1, 9)});
  EXPECT_EQ(order.Of(steps), HashOf(steps));
}

// Three tasks that store twice each to one object have as many partial orders as orders; at one object each, one.
TEST(PartialOrderTest, CountsOrders) {
  for (const bool shared : {true, false}) {
    std::vector<uint32_t> order = {1, 1, 2, 2, 3, 3};
    std::set<uint64_t> hashes;
    do {
      std::vector<Operation> steps;
      for (const uint32_t task : order)
        steps.push_back(At(K::kStore, task, shared ? 7 : 10 + task));
      hashes.insert(HashOf(steps));
    } while (std::ranges::next_permutation(order).found);
    EXPECT_EQ(hashes.size(), shared ? 90u : 1u);
  }
}

}  // namespace
}  // namespace heddle
