// SPDX-License-Identifier: Apache-2.0
//
// A race on plain memory, which only the thread sanitizer sees, and its repaired twin.
#include "heddle/gtest/heddle_test.h"
#include "heddle/heddle.h"

HEDDLE_TEST(Counter, Unlocked) {
  int counter = 0;
  heddle::Task a = heddle::Go("a", [&] { ++counter; });
  heddle::Task b = heddle::Go("b", [&] { ++counter; });
  a.Join();
  b.Join();
}

HEDDLE_TEST(Counter, Locked) {
  heddle::Mutex mu("mu");
  int counter = 0;
  auto count = [&] {
    heddle::MutexLock lock(mu);
    ++counter;
  };
  heddle::Task a = heddle::Go("a", count);
  heddle::Task b = heddle::Go("b", count);
  a.Join();
  b.Join();
  EXPECT_EQ(counter, 2);
}
