// SPDX-License-Identifier: Apache-2.0
//
// The queue of timers against a model: a sorted list.
#include "heddle/runtime/internal/timer.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/random.h"

namespace heddle::internal {
namespace {

using ::testing::ElementsAre;

TEST(TimerQueueTest, GivesTheEarliestFirst) {
  TimerQueue queue;
  Timer a, b, c;
  EXPECT_TRUE(queue.Empty());
  queue.Push(&a, 30);
  queue.Push(&b, 10);
  queue.Push(&c, 20);
  EXPECT_EQ(queue.FindEarliest().front(), &b);
  EXPECT_TRUE(b.armed());
  queue.Remove(&b);
  EXPECT_FALSE(b.armed());
  EXPECT_EQ(queue.FindEarliest().front(), &c);
  queue.Remove(&c);
  queue.Remove(&a);
  EXPECT_TRUE(queue.Empty());
}

TEST(TimerQueueTest, RemovingWhatIsNotArmedDoesNothing) {
  TimerQueue queue;
  Timer a, b;
  queue.Push(&a, 1);
  queue.Remove(&b);
  queue.Remove(&a);
  queue.Remove(&a);
  EXPECT_TRUE(queue.Empty());
}

TEST(TimerQueueTest, ATimerArmedAnewHasItsNewDeadlineOnly) {
  TimerQueue queue;
  Timer a, b;
  queue.Push(&a, 1);
  queue.Remove(&a);
  queue.Push(&b, 2);
  queue.Push(&a, 3);
  EXPECT_EQ(queue.FindEarliest().front(), &b);
  queue.Remove(&b);
  EXPECT_EQ(queue.FindEarliest().front()->deadline, 3);
  queue.Remove(&a);
  EXPECT_TRUE(queue.Empty());
}

TEST(TimerQueueTest, EqualDeadlinesComeInTheOrderOfArming) {
  TimerQueue queue;
  Timer timers[6];
  for (Timer& timer : timers) queue.Push(&timer, &timer == &timers[2] ? 6 : 5);
  queue.Remove(&timers[1]);
  EXPECT_THAT(queue.FindEarliest(), ElementsAre(&timers[0], &timers[3], &timers[4], &timers[5]));
  EXPECT_TRUE(timers[0].armed());
}

TEST(TimerQueueTest, WhatIsArmedMeanwhileJoinsItsEqualsOrGoesBefore) {
  TimerQueue queue;
  Timer a, b, c, d;
  queue.Push(&a, 5);
  queue.Push(&b, 5);
  EXPECT_THAT(queue.FindEarliest(), ElementsAre(&a, &b));
  queue.Push(&c, 5);
  EXPECT_THAT(queue.FindEarliest(), ElementsAre(&a, &b, &c));
  queue.Push(&d, 4);
  EXPECT_THAT(queue.FindEarliest(), ElementsAre(&d));
  queue.Remove(&b);
  queue.Remove(&d);
  EXPECT_THAT(queue.FindEarliest(), ElementsAre(&a, &c));
  queue.Remove(&a);
  queue.Remove(&c);
  EXPECT_TRUE(queue.Empty());
}

TEST(TimerQueueTest, ClearForgetsAll) {
  TimerQueue queue;
  Timer a;
  queue.Push(&a, 1);
  (void)queue.FindEarliest();
  queue.Clear();
  EXPECT_TRUE(queue.Empty());
  Timer b;
  EXPECT_FALSE(queue.WereArmed());
  queue.Push(&b, 1);
  EXPECT_TRUE(queue.WereArmed());
  EXPECT_THAT(queue.FindEarliest(), ElementsAre(&b));
}

TEST(TimerQueueTest, AgreesWithASortedList) {
  constexpr uint32_t kTimers = 300;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random draw(seed);
    TimerQueue queue;
    std::vector<Timer> timers(kTimers);
    std::vector<Timer*> model;  // armed, by deadline and order
    auto forget = [&](Timer* timer) { std::erase(model, timer); };
    for (int step = 0; step < 4000; ++step) {
      Timer* timer = &timers[draw.Below(kTimers)];
      if (timer->armed() && draw.Below(3) != 0) {
        queue.Remove(timer);
        forget(timer);
      } else if (!timer->armed()) {
        queue.Push(timer, draw.Below(50));
        const auto later = [](const Timer* a, const Timer* b) { return a->deadline < b->deadline; };
        model.insert(std::upper_bound(model.begin(), model.end(), timer, later), timer);
      }
      ASSERT_EQ(queue.Empty(), model.empty());
      if (model.empty()) continue;
      ASSERT_EQ(queue.FindEarliest().front(), model.front());
      const auto end = std::find_if(model.begin(), model.end(), [&](const Timer* t) {
        return t->deadline != model.front()->deadline;
      });
      ASSERT_EQ(queue.FindEarliest(), std::vector<Timer*>(model.begin(), end));
    }
  }
}

}  // namespace
}  // namespace heddle::internal
