// SPDX-License-Identifier: Apache-2.0
//
// What is to happen at a point of virtual time, and the queue of these, earliest first.
//
// A Timer lives in a task (a sleep, a wait with a deadline) or in the state of an object (heddle::Timer,
// a ticker, a context), as long as the execution. Whether it is armed can change any number of times:
//
//   operation | unarmed | armed
//   Push      | arms    | (not allowed)
//   Remove    | -       | disarms; its place in the queue is dropped later, when it is met
//
// Cost: Push O(1) on average, Remove O(1), taking the earliest O(log timers); of n with the earliest deadline
// taking or removing one moves up to n words. A heap of order four: its entries carry their deadlines, so that
// timers themselves are only touched when they fire.
#ifndef HEDDLE_RUNTIME_INTERNAL_TIMER_H_
#define HEDDLE_RUNTIME_INTERNAL_TIMER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace heddle::internal {

struct TaskState;
class ObjectState;

struct Timer {
  int64_t deadline = 0;  // virtual nanoseconds
  uint64_t order = 0;    // of arming, from 1; 0: not armed
  // The effect, in the clock's step. The timer is unarmed by then and may be armed again.
  void (*fire)(Timer& timer) = nullptr;
  TaskState* task = nullptr;      // whose wait it ends, or
  ObjectState* object = nullptr;  // whose timer it is

  bool armed() const { return order != 0; }
};

class TimerQueue {
 public:
  // Whether no timer is armed.
  bool Empty() const { return live_ == 0; }
  // Whether one was, ever since Clear.
  bool WereArmed() const { return armed_ != 0; }
  // All armed timers with the earliest deadline, in the order of arming, until the next change. Requires that
  // one is armed.
  const std::vector<Timer*>& FindEarliest();
  void Push(Timer* timer, int64_t deadline);
  void Remove(Timer* timer);
  void Clear();

 private:
  struct Entry {
    int64_t deadline = 0;
    uint64_t order = 0;
    Timer* timer = nullptr;

    bool Before(const Entry& other) const {
      return deadline != other.deadline ? deadline < other.deadline : order < other.order;
    }
    bool IsLive() const { return timer->order == order; }
  };

  void Insert(Timer* timer);
  void DropFront();
  void DropDead();
  void SiftDown(size_t hole, const Entry& entry);

  std::vector<Entry> heap_;
  // What FindEarliest found, out of the heap: who fires one of many equal timers does not look for them again.
  std::vector<Timer*> equals_;
  size_t live_ = 0;
  uint64_t armed_ = 0;  // so far
};

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_TIMER_H_
