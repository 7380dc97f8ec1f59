// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/timer.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "heddle/runtime/internal/clock.h"

namespace heddle {
namespace internal {

// A timer is a channel on which the clock sends.
class TimerState final : public ChannelState {
 public:
  TimerState(ObjectKind what, int64_t every)
      : ChannelState(ChannelAccess::Type<TimePoint>(), ChannelShape{.capacity = 1, .ticks = true},
                     what),
        period(every) {}

  std::string Describe() const override {
    if (timer.armed()) return "armed for " + FormatNanoseconds(timer.deadline);
    if (length > 0) return "fired";
    return stopped ? "stopped" : "fired, its tick received";
  }
  std::string DescribeStep(const TaskState&) const override { return {}; }
  std::string LeftOver() const override {
    if (creator != nullptr && creator->daemon) return {};  // it may tick for ever
    const bool counts = kind == ObjectKind::kTicker ? x.options.tickers_must_stop && !stopped
                                                    : x.options.timers_must_stop && timer.armed();
    return counts ? LabelOf(*this) + " was never stopped" : "";
  }
  void DestroyValues() override { delete function; }

  internal::Timer timer;
  int64_t period;  // ns; 0: fires once
  bool stopped = false;
  std::function<void()>* function = nullptr;  // AfterFunc
  // Of the last arming of an AfterFunc. The address stands for the edge in ThreadSanitizer.
  SpawnTicket ticket;
  char* edge = nullptr;
};

namespace {

// -- Firing: effects of the clock's step
// ---------------------------------------------------------

void FireTick(internal::Timer& timer) {
  auto* state = static_cast<TimerState*>(timer.object);
  auto* slot = static_cast<ChannelSlot<TimePoint>*>(state->buffer);
  new (slot->storage) TimePoint(std::chrono::nanoseconds(timer.deadline));
  ++state->sent;
  state->length = 1;
  RefreshWaiters(state);
}

// A ticker whose tick waits would drop the next ones: it sleeps until that one is taken.
void ArmNextTick(ChannelState* channel) {
  auto* state = static_cast<TimerState*>(channel);
  if (state->stopped || state->period == 0) return;
  const int64_t last = state->timer.deadline;
  const int64_t missed = std::max<int64_t>(x.now - last - 1, 0) / state->period;
  int64_t next;
  if (__builtin_add_overflow(last + missed * state->period, state->period, &next)) return;
  ArmTimer(state->timer, next);
}

struct TimedCall {
  std::function<void()>* function;
  char* edge;
};

void RunTimedFunction(TaskState* task, ClosureAction action) {
  if (action != ClosureAction::kRun) return;
  TimedCall call;
  {
    Hidden hidden;
    call = *static_cast<TimedCall*>(task->closure);
  }
  TsanAcquire(call.edge);
  (*call.function)();
}

void FireFunction(internal::Timer& timer) {
  auto* state = static_cast<TimerState*>(timer.object);
  TaskState* task = NewTask(state->ticket, state->name != nullptr ? state->name : "", false);
  if (task == nullptr) return;
  task->closure = x.arena.New<TimedCall>(TimedCall{state->function, state->edge});
  task->closure_action = RunTimedFunction;
  Launch(task);
}

// -- Arming
// -----------------------------------------------------------------------------------------

// False for an AfterFunc of another execution, say; `state` is that of a timer made now.
TimerState* MakeTimer(ObjectKind kind, OperationKind operation, int64_t period, const char* name,
                      Location where) {
  if (x.serial < kFirstSerial) {
    RefuseOutside(operation, where, Throws::kYes);
    return nullptr;
  }
  auto* state = x.arena.New<TimerState>(kind, period);
  Register(state, name, where, /*outside=*/false);
  state->buffer = x.arena.Allocate(state->type.slot_size, state->type.slot_align);
  new (state->buffer) ChannelSlot<TimePoint>;
  state->on_taken = ArmNextTick;
  state->timer.object = state;
  state->timer.fire = FireTick;
  return state;
}

// Arms; for an AfterFunc outside the Hidden region the edge is to be released after it.
void Arm(TimerState* state, int64_t duration, Location where) {
  state->stopped = false;
  if (state->function != nullptr) {
    TakeTicket(&state->ticket, where);
    state->edge = x.arena.New<char>();
  }
  ArmTimer(state->timer, DeadlineIn(std::max<int64_t>(duration, 0)));
}

bool RefusePeriod(const TimerState* state, OperationKind operation, int64_t period,
                  Location where) {
  if (period > 0) return false;
  Misuse(operation, const_cast<TimerState*>(state), where, Throws::kYes,
         LabelOf(*state) + " is given a period of " + FormatNanoseconds(period),
         "give it a period of at least a nanosecond");
  return true;
}

// Whether that took something back.
bool Disarm(TimerState* state) {
  const bool pending = state->timer.armed() || state->length > 0;
  DisarmTimer(state->timer);
  state->length = 0;
  state->stopped = true;
  return pending;
}

bool StopStep(const TimerHandle& handle, Location where) {
  Hidden hidden;
  TimerState* state = handle.Get(OperationKind::kStop, where);
  if (state == nullptr) return false;
  TaskState* me = Announce(OperationKind::kStop, state, where);
  if (!Step<Throws::kNo>(me)) return false;
  const bool pending = Disarm(state);
  RefreshWaiters(state);
  return pending;
}

bool ResetStep(const TimerHandle& handle, int64_t duration, bool ticks, Location where) {
  TimerState* state;
  bool pending;
  {
    Hidden hidden;
    state = handle.Get(OperationKind::kReset, where);
    if (state == nullptr) return false;
    if (ticks && RefusePeriod(state, OperationKind::kReset, duration, where)) return false;
    TaskState* me = Announce(OperationKind::kReset, state, where);
    if (!Step(me)) return false;
    pending = Disarm(state);
    RefreshWaiters(state);
    if (ticks) state->period = duration;
    Arm(state, duration, where);
  }
  if (state->edge != nullptr) TsanRelease(state->edge);
  return pending;
}

}  // namespace

TimerState* TimerHandle::Get(OperationKind kind, Location where) const {
  if (serial_ == x.serial && state_ != nullptr) return state_;
  if (x.serial < kFirstSerial) {
    RefuseOutside(kind, where, kind == OperationKind::kStop ? Throws::kNo : Throws::kYes);
  } else if (state_ == nullptr) {
    Misuse(kind, nullptr, where, Throws::kNo, "a Timer that stands for no timer was used",
           "construct it with a duration first");
  } else {
    Misuse(kind, nullptr, where, Throws::kNo, "a timer of another execution was used",
           "create it inside the scenario's body");
  }
  return nullptr;
}

Receiver<TimePoint> TimerHandle::C() const {
  Hidden hidden;
  if (state_ == nullptr) return {};
  TimerState* state = Get(OperationKind::kReceive, {});
  return state != nullptr ? ChannelAccess::Of<TimePoint>(state) : Receiver<TimePoint>();
}

}  // namespace internal

using internal::Hidden;
using internal::TimerHandle;

Timer::Timer(std::chrono::nanoseconds duration, const char* name, Location where) {
  Hidden hidden;
  auto* state = internal::MakeTimer(ObjectKind::kTimer, OperationKind::kReset, 0, name, where);
  if (state == nullptr) return;
  internal::Arm(state, duration.count(), where);
  handle_ = TimerHandle(state);
}

Receiver<TimePoint> Timer::C() const { return has_channel_ ? handle_.C() : Receiver<TimePoint>(); }

bool Timer::Stop(Location where) const { return internal::StopStep(handle_, where); }

bool Timer::Reset(std::chrono::nanoseconds duration, Location where) const {
  return internal::ResetStep(handle_, duration.count(), /*ticks=*/false, where);
}

Ticker::Ticker(std::chrono::nanoseconds period, const char* name, Location where) {
  Hidden hidden;
  auto* state =
      internal::MakeTimer(ObjectKind::kTicker, OperationKind::kReset, period.count(), name, where);
  if (state == nullptr) return;
  if (internal::RefusePeriod(state, OperationKind::kReset, period.count(), where)) return;
  internal::Arm(state, period.count(), where);
  handle_ = TimerHandle(state);
}

Receiver<TimePoint> Ticker::C() const { return handle_.C(); }

void Ticker::Stop(Location where) const { internal::StopStep(handle_, where); }

void Ticker::Reset(std::chrono::nanoseconds period, Location where) const {
  internal::ResetStep(handle_, period.count(), /*ticks=*/true, where);
}

Receiver<TimePoint> After(std::chrono::nanoseconds duration, Location where) {
  return Timer(duration, nullptr, where).C();
}

Timer AfterFunc(std::chrono::nanoseconds duration, std::function<void()> function, Location where) {
  auto* kept = new std::function<void()>(std::move(function));
  internal::TimerState* state;
  {
    Hidden hidden;
    state = internal::MakeTimer(ObjectKind::kTimer, OperationKind::kAfterFunc, 0, nullptr, where);
    if (state == nullptr) {
      delete kept;
      return {};
    }
    state->function = kept;
    state->timer.fire = internal::FireFunction;
    internal::Arm(state, duration.count(), where);
  }
  internal::TsanRelease(state->edge);
  Hidden hidden;
  return Timer(TimerHandle(state), /*has_channel=*/false);
}

}  // namespace heddle
