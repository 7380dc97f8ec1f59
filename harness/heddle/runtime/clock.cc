// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/clock.h"

#include <algorithm>

#include "heddle/runtime/internal/history.h"
#include "heddle/runtime/internal/slots.h"
#include "heddle/runtime/internal/tasks.h"

namespace heddle::internal {
namespace {

bool Later(const Timer& a, const Timer& b) {
  return a.deadline != b.deadline ? a.deadline > b.deadline : a.order > b.order;
}

Timer PopTimer() {
  std::pop_heap(x.timers.begin(), x.timers.end(), Later);
  Timer timer = x.timers.back();
  x.timers.pop_back();
  return timer;
}

void PushTimer(const Timer& timer) {
  x.timers.push_back(timer);
  std::push_heap(x.timers.begin(), x.timers.end(), Later);
}

// The earliest timer; among equals the strategy chooses (in the order of arming).
Timer TakeEarliest(TaskState* clock) {
  Timer first = PopTimer();
  if (x.timers.empty() || x.timers.front().deadline != first.deadline) return first;
  std::vector<Timer>& equals = x.equal_timers;
  equals.assign(1, first);
  while (!x.timers.empty() && x.timers.front().deadline == first.deadline) {
    equals.push_back(PopTimer());
  }
  const uint32_t choice = ChooseIndex(static_cast<uint32_t>(equals.size()), clock);
  for (uint32_t i = 0; i < equals.size(); ++i) {
    if (i != choice) PushTimer(equals[i]);
  }
  return equals[choice];
}

bool MayFireEarly() {
  return x.options.clock == ClockPolicy::kAnytime && x.early_left > 0 && !x.timers.empty();
}

void UpdateClock() {
  const uint64_t bit = uint64_t{1} << kClockSlot;
  if (MayFireEarly()) {
    Runnable().InsertLow(bit);
  } else {
    Runnable().EraseLow(bit);
  }
}

// One step of the clock.
void Fire(TaskState* clock) {
  Runnable().EraseLow(clock->bit);
  if (!Runnable().Empty()) --x.early_left;
  Timer timer = TakeEarliest(clock);
  if (x.history != nullptr) x.history->Fired(timer);
  x.now = std::max(x.now, timer.deadline);
  MakeRunnable(timer.task);
  UpdateClock();
}

// The clock's fiber is never unwound: between two executions it is suspended in this loop, at the
// point where it was last not chosen, and goes on from there when it is chosen again.
void ClockLoop(Transfer transfer) {
  Hidden hidden;
  Entered(transfer);
  for (;;) {
    TaskState* clock = &x.tasks[kClockSlot];
    Fire(clock);
    TaskState* next = Decide();
    if (next != clock) SwitchTo(clock, next);
  }
}

}  // namespace

void BeginClock() {
  x.now = 0;
  x.timers_armed = 0;
  x.early_left = x.options.early_timers;
  x.timers.clear();
  x.clock_ready = false;
  ReserveSlot(kClockSlot, ClockLoop);
}

void ArmTimer(TaskState* me, int64_t deadline) {
  if (!x.clock_ready) [[unlikely]] {
    TaskState* clock = PrepareNeededSlot(kClockSlot, ClockLoop);
    clock->id = TaskId{0x7fffff};
    clock->word = Operation{OperationKind::kFire, clock->id, ObjectId{}}.Word();
    x.clock_ready = true;
  }
  MakeBlocked(me);
  PushTimer(Timer{deadline, x.timers_armed++, me});
  UpdateClock();
}

std::string FormatNanoseconds(int64_t nanoseconds) {
  struct Unit {
    int64_t size;
    const char* name;
  };
  constexpr Unit kUnits[] = {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}, {1, "ns"}};
  for (const Unit& unit : kUnits) {
    if (nanoseconds % unit.size == 0 && (nanoseconds != 0 || unit.size == 1)) {
      return std::to_string(nanoseconds / unit.size) + unit.name;
    }
  }
  return "?";
}

}  // namespace heddle::internal
