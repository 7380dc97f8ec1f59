// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/internal/picked_objects.h"

#include <cstdint>
#include <set>

#include "gtest/gtest.h"
#include "heddle/core/ids.h"
#include "heddle/core/random.h"

namespace heddle {
namespace {

TEST(PickedObjectsTest, ContainsWhatWasAddedAndNothingElse) {
  Random random(7);
  PickedObjects picked;
  for (uint32_t count = 0; count < 40; ++count) {
    picked.Begin(random);
    EXPECT_TRUE(picked.Empty());
    std::set<uint32_t> added;
    for (uint32_t i = 0; i < count; ++i) {
      const ObjectId object = ObjectId::Created(TaskId{random.Below(3)}, 1 + random.Below(30));
      if (!added.contains(object.value) && picked.Add(object)) added.insert(object.value);
    }
    EXPECT_EQ(picked.Empty(), added.empty());
    EXPECT_FALSE(picked.Contains(ObjectId{}));
    for (uint32_t task = 0; task < 3; ++task) {
      for (uint32_t n = 1; n <= 30; ++n) {
        const ObjectId object = ObjectId::Created(TaskId{task}, n);
        EXPECT_EQ(picked.Contains(object), added.contains(object.value)) << task << ' ' << n;
      }
    }
  }
}

// ... in some executions: no two objects exclude each other for good.
TEST(PickedObjectsTest, AnyTwoFindTheirPlaces) {
  Random random(7);
  PickedObjects picked;
  for (uint32_t n = 2; n < 600; ++n) {
    bool both = false;
    for (int tries = 0; tries < 8 && !both; ++tries) {
      picked.Begin(random);
      EXPECT_TRUE(picked.Add(ObjectId::Created(TaskId{}, 1)));
      both = picked.Add(ObjectId::Created(TaskId{}, n));
    }
    EXPECT_TRUE(both) << n;
  }
}

}  // namespace
}  // namespace heddle
