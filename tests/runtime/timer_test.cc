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
  EXPECT_EQ(&queue.Earliest(), &b);
  EXPECT_TRUE(b.armed());
  queue.Remove(&b);
  EXPECT_FALSE(b.armed());
  EXPECT_EQ(&queue.Earliest(), &c);
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
  EXPECT_EQ(&queue.Earliest(), &b);
  queue.Remove(&b);
  EXPECT_EQ(queue.Earliest().deadline, 3);
  queue.Remove(&a);
  EXPECT_TRUE(queue.Empty());
}

TEST(TimerQueueTest, EqualDeadlinesComeInTheOrderOfArming) {
  TimerQueue queue;
  Timer timers[6];
  for (Timer& timer : timers) queue.Push(&timer, &timer == &timers[2] ? 6 : 5);
  queue.Remove(&timers[1]);
  std::vector<Timer*> equal;
  queue.FindEarliest(&equal);
  EXPECT_THAT(equal, ElementsAre(&timers[0], &timers[3], &timers[4], &timers[5]));
  EXPECT_TRUE(timers[0].armed());
}

TEST(TimerQueueTest, ClearForgetsAll) {
  TimerQueue queue;
  Timer a;
  queue.Push(&a, 1);
  queue.Clear();
  EXPECT_TRUE(queue.Empty());
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
      ASSERT_EQ(&queue.Earliest(), model.front());
      std::vector<Timer*> equal;
      queue.FindEarliest(&equal);
      const auto end = std::find_if(model.begin(), model.end(), [&](const Timer* t) {
        return t->deadline != model.front()->deadline;
      });
      ASSERT_EQ(equal, std::vector<Timer*>(model.begin(), end));
    }
  }
}

}  // namespace
}  // namespace heddle::internal
