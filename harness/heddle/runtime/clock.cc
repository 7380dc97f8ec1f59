// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/clock.h"

#include <algorithm>

#include "heddle/runtime/internal/history.h"
#include "heddle/runtime/internal/slots.h"
#include "heddle/runtime/internal/tasks.h"

namespace heddle::internal {
namespace {

// A decision has that many alternatives at most (Decision::choice).
constexpr size_t kMostChoices = size_t{1} << 16;

// The earliest timer; among equals the strategy chooses (in the order of arming).
Timer& ChooseEarliest(TaskState* clock) {
  const std::vector<Timer*>& equals = x.timers.FindEarliest();
  const size_t count = std::min(equals.size(), kMostChoices);
  return *equals[ChooseIndex(static_cast<uint32_t>(count), clock)];
}

bool MayFireEarly() {
  return x.options.clock != ClockPolicy::kWhenIdle && x.early_left > 0 && !x.timers.Empty();
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
  Timer& timer = ChooseEarliest(clock);
  if (x.history != nullptr) x.history->Fired(timer);
  x.now = std::max(x.now, timer.deadline);
  x.timers.Remove(&timer);
  timer.fire(timer);
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
  x.early_left = x.options.early_timers;
  x.timers.Clear();
  x.clock_ready = false;
  ReserveSlot(kClockSlot, ClockLoop);
}

void ArmTimer(Timer& timer, int64_t deadline) {
  if (!x.clock_ready) [[unlikely]] {
    TaskState* clock = PrepareNeededSlot(kClockSlot, ClockLoop);
    clock->id = TaskId{0x7fffff};
    clock->word = Operation{OperationKind::kFire, clock->id, ObjectId{}}.Word();
    x.clock_ready = true;
  }
  x.timers.Push(&timer, deadline);
  UpdateClock();
}

void CancelTimer(Timer& timer) {
  x.timers.Remove(&timer);
  UpdateClock();
}

namespace {

void GiveUp(Timer& timer) {
  TaskState* task = timer.task;
  task->leave(task);
  const ObjectId object = task->object != nullptr ? task->object->id : ObjectId{};
  task->word = Operation{OperationKind::kTimeout, task->id, object}.Word();
  MakeRunnable(task);
}

void LeaveSet(TaskState* task) { Unpend(*static_cast<TaskSet*>(task->leave_from), task); }

}  // namespace

void GiveUpAt(TaskState* me, int64_t deadline, void (*leave)(TaskState*)) {
  me->leave = leave;
  me->timer.task = me;
  me->timer.fire = GiveUp;
  if (!IsRunnable(me) && InjectFault(x.faults_left.early_timeouts, me)) {
    GiveUp(me->timer);
  } else {
    ArmTimer(me->timer, deadline);
  }
}

void GiveUpAt(TaskState* me, int64_t deadline, TaskSet& set) {
  me->leave_from = &set;
  GiveUpAt(me, deadline, LeaveSet);
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
