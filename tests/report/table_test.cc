// SPDX-License-Identifier: Apache-2.0
#include "heddle/report/table.h"

#include <gtest/gtest.h>

namespace heddle::internal {
namespace {

TEST(TableTest, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(RenderTable({{"task", "at"}, {"T0 main", "a.cc:1"}, {"T1", ""}}, 0, 2, 100),
            "  task     at\n"
            "  T0 main  a.cc:1\n"
            "  T1\n");
}

TEST(TableTest, WidestColumnWraps) {
  EXPECT_EQ(
      RenderTable({{"task", "doing", "at"}, {"T0", "lock mutex held by T1", "a.cc:1"}}, 0, 2, 28),
      "  task  doing         at\n"
      "  T0    lock mutex    a.cc:1\n"
      "        held by T1\n");
}

TEST(TableTest, WholeColumnsAreBrokenLast) {
  EXPECT_EQ(RenderTable({{"task", "doing"}, {"T1 the first task", "lock mutex \"m\""}}, 1, 0, 26),
            "task               doing\n"
            "T1 the first task  lock\n"
            "                   mutex\n"
            "                   \"m\"\n");
}

TEST(TableTest, WordsAreCutWhereNothingElseHelps) {
  EXPECT_EQ(RenderTable({{"a", "b"}, {"xxxxxxxx", "yyyy"}}, 1, 0, 8),
            "a    b\n"
            "xxx  yyy\n"
            "xxx  y\n"
            "xx\n");
}

TEST(TableTest, NothingToRender) {
  EXPECT_EQ(RenderTable({}, 0, 2, 100), "");
  EXPECT_EQ(RenderTable({{}}, 0, 2, 100), "");
}

}  // namespace
}  // namespace heddle::internal
