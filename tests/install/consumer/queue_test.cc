// SPDX-License-Identifier: Apache-2.0
//
// Passes, and sees the deadline it was given.
#include <gtest/gtest.h>

#include <cstdlib>

#include "heddle/gtest/heddle_test.h"
#include "heddle/heddle.h"

HEDDLE_TEST(Queue, DeliversInOrder) {
  heddle::Channel<int> queue(1, "queue");
  heddle::Task producer = heddle::Go("producer", [&] {
    queue.Send(1);
    queue.Send(2);
    queue.Close();
  });
  EXPECT_EQ(queue.Receive(), 1);
  EXPECT_EQ(queue.Receive(), 2);
  EXPECT_FALSE(queue.Receive().has_value());
  producer.Join();
}

TEST(Queue, DeadlineIsHandedOver) { EXPECT_STREQ(std::getenv("HEDDLE_DEADLINE_MS"), "20000"); }
