// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/line.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heddle::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Waiter*> Members(const Line& line) {
  std::vector<Waiter*> members;
  for (Waiter* waiter = line.Front(); waiter != nullptr; waiter = waiter->next) {
    EXPECT_EQ(line.Nth(static_cast<uint32_t>(members.size())), waiter);
    EXPECT_EQ(waiter->line, &line);
    members.push_back(waiter);
  }
  EXPECT_EQ(line.Count(), members.size());
  EXPECT_EQ(line.Empty(), members.empty());
  return members;
}

TEST(LineTest, KeepsTheOrderWhoeverLeaves) {
  Line line;
  Waiter a, b, c, d;
  EXPECT_THAT(Members(line), IsEmpty());
  for (Waiter* waiter : {&a, &b, &c, &d}) line.Add(waiter);
  EXPECT_THAT(Members(line), ElementsAre(&a, &b, &c, &d));
  line.Remove(&b);
  EXPECT_EQ(b.line, nullptr);
  EXPECT_THAT(Members(line), ElementsAre(&a, &c, &d));
  line.Remove(&a);
  EXPECT_THAT(Members(line), ElementsAre(&c, &d));
  line.Remove(&d);
  EXPECT_THAT(Members(line), ElementsAre(&c));
  line.Add(&a);
  EXPECT_THAT(Members(line), ElementsAre(&c, &a));
  line.Remove(&c);
  line.Remove(&a);
  EXPECT_THAT(Members(line), IsEmpty());
  line.Add(&b);
  EXPECT_THAT(Members(line), ElementsAre(&b));
}

}  // namespace
}  // namespace heddle::internal
