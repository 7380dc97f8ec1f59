// SPDX-License-Identifier: Apache-2.0
//
// Parked tasks: blocked where others can see it, so that getting in line was a step of its own.
//
// A waiter is in line from that step until another task's step completes it, the object lets it go on
// by itself (a closed channel), or its deadline takes it out. The order is that of parking; who is
// chosen from the line is the object's business: the strategy's choice, or the front (FIFO).
//
//   Waiter mine;
//   Park(c->receivers, &mine, me);            // the effect of the first step
//   if (!Step(me)) return;                    // ... until somebody calls Complete(&mine)
//   if (mine.completed) ...
#ifndef HEDDLE_RUNTIME_INTERNAL_LINE_H_
#define HEDDLE_RUNTIME_INTERNAL_LINE_H_

#include <cstdint>

#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {

class Line;

// Lives in the frame of the waiting operation.
struct Waiter {
  TaskState* task = nullptr;  // null: was never in line
  bool completed = false;     // another task's step did it all
  Line* line = nullptr;       // null: not in line
  Waiter* previous;           // in line only
  Waiter* next;
};

class Line {
 public:
  bool Empty() const { return count_ == 0; }
  uint32_t Count() const { return count_; }
  Waiter* Front() const { return first_; }
  // The k-th (from 0) in the order of parking. Requires k < Count(). O(k).
  Waiter* Nth(uint32_t k) const;
  void Add(Waiter* waiter);
  void Remove(Waiter* waiter);

 private:
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
  uint32_t count_ = 0;
};

// Gets `me`, which is taking a step, in line: blocked until one of the others.
void Park(Line& line, Waiter* waiter, TaskState* me);
// Takes `waiter` out of its line. Its task stands at `resume`, can run, and gives up no more. Clocks are
// the caller's business.
void Complete(Waiter* waiter);
// Everybody in line can take the next step of the operation at which they stand; the line is empty.
void ReleaseLine(Line& line);
// `task`, which is parked, acquires what was released to `address`, or releases there: as ThreadSanitizer
// sees it, part of the running task's step. (A clock is joined directly.)
void TsanAcquireFor(TaskState* task, void* address);
void TsanReleaseFor(TaskState* task, void* address);
// For GiveUpAt: takes the parked task out of its line.
void LeaveLine(TaskState* task);

#if HEDDLE_TSAN
// In this scope ThreadSanitizer takes what happens for the doing of `task`, which is suspended with one
// region open.
class AnothersIdentity {
 public:
  HEDDLE_ALWAYS_INLINE explicit AnothersIdentity(TaskState* task) {
    __tsan_switch_to_fiber(task->tsan, 1);
    __tsan_mutex_post_signal(nullptr, 0);
  }
  HEDDLE_ALWAYS_INLINE ~AnothersIdentity() {
    __tsan_mutex_pre_signal(nullptr, 0);
    __tsan_switch_to_fiber(x.current->tsan, 1);
  }
  AnothersIdentity(const AnothersIdentity&) = delete;
  AnothersIdentity& operator=(const AnothersIdentity&) = delete;
};
#endif

// Calls f() in the identity of `task`, the running one or a suspended one. Outside any Hidden region.
template <class F>
void RunAs([[maybe_unused]] TaskState* task, F f) {
#if HEDDLE_TSAN
  if (task != x.current) {
    const AnothersIdentity identity(task);
    return f();
  }
#endif
  f();
}

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_LINE_H_
