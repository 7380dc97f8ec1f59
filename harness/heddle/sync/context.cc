// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/context.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "heddle/sync/internal/context_state.h"

namespace heddle {
namespace internal {

bool ContextHandle::Get(OperationKind kind, Location where, ContextState** state) const {
  *state = state_;
  if (state_ == nullptr || serial_ == x.serial) return true;
  if (x.serial < kFirstSerial) {
    RefuseOutside(kind, where, kind == OperationKind::kCancel ? Throws::kNo : Throws::kYes);
  } else {
    Misuse(kind, nullptr, where, Throws::kNo, "a context of another execution was used",
           "create it inside the scenario's body");
  }
  return false;
}

namespace {

void FireDeadline(internal::Timer& timer) {
  CancelTree(static_cast<ContextState*>(timer.object), ContextError::kDeadlineExceeded, nullptr,
             &x.tasks[kClockSlot], {});
}

void CancelStep(const ContextHandle& handle, std::unique_ptr<std::any> cause, Location where) {
  ContextState* state;
  {
    Hidden hidden;
    if (!handle.Get(OperationKind::kCancel, where, &state) || state == nullptr) return;
    TaskState* me = Announce(OperationKind::kCancel, state, where);
    if (!Step<Throws::kNo>(me)) return;
    if (state->error != ContextError::kNone) return;
    CancelTree(state, ContextError::kCanceled, cause.release(), me, where);
    me->clock.Increment(me->slot, x.arena);
  }
  ReleaseTree(state);
}

// -- Making contexts
// ----------------------------------------------------------------------------------

// As a fault: somebody else cancels it just when a task blocks on it.
void CancelByFault(ChannelState* done) {
  auto* state = static_cast<ContextState*>(done);
  CancelTree(state, ContextError::kCanceled, nullptr, &x.tasks[kClockSlot], {});
}

ContextState* NewState(ContextState* up, Location where) {
  auto* state = x.arena.New<ContextState>();
  Register(state, nullptr, where, /*outside=*/false);
  state->up = up;
  state->canceler = up != nullptr ? up->canceler : nullptr;
  if (up != nullptr) {
    state->has_deadline = up->has_deadline;
    state->deadline = up->deadline;
  }
  return state;
}

bool RefusedOutside(Location where) {
  if (x.serial >= kFirstSerial) return false;
  RefuseOutside(OperationKind::kDerive, where, Throws::kYes);
  return true;
}

// The step that looks at the parent, and its effect: `child` is registered, or cancelled at once. False:
// the operation is to do nothing.
bool JoinTree(ContextState* parent, ContextState* child, OperationKind kind, Location where,
              bool* cancelled) {
  *cancelled = false;
  if (parent == nullptr) return true;
  TaskState* me = Announce(kind, parent, where);
  if (!Step(me)) return false;
  *cancelled = parent->error != ContextError::kNone;
  if (*cancelled) {
    AcquireClock(me, parent->closing->clock);
  } else {
    AddChild(parent, child);
  }
  return true;
}

// Null: the operation is to do nothing. `cancelled`: by the parent, whose cancellation is to be acquired.
ContextState* NewCancelable(const heddle::Context& from, Location where, ContextState** cancelled) {
  ContextState* up;
  *cancelled = nullptr;
  if (RefusedOutside(where)) return nullptr;
  if (!ContextAccess::Handle(from).Get(OperationKind::kDerive, where, &up)) return nullptr;
  ContextState* state = NewState(up, where);
  ContextState* parent = state->canceler;
  state->canceler = state;
  state->on_blocked = CancelByFault;
  bool at_once;
  if (!JoinTree(parent, state, OperationKind::kDerive, where, &at_once)) return nullptr;
  if (at_once) {
    *cancelled = parent;
    state->error = parent->error;
    state->cancelled_by = parent->cancelled_by;
    MarkClosed(state, parent->closing);
  }
  return state;
}

void ArmDeadline(ContextState* state, int64_t deadline) {
  if (state->has_deadline && state->deadline <= deadline) return;
  state->has_deadline = true;
  state->deadline = deadline;
  if (state->error != ContextError::kNone) return;
  state->timer.object = state;
  state->timer.fire = FireDeadline;
  if (deadline > x.now) {
    ArmTimer(state->timer, deadline);
  } else {
    CancelTree(state, ContextError::kDeadlineExceeded, nullptr, &x.tasks[kClockSlot], {});
  }
}

void AcquireCancelled(ContextState* parent) {
  if (parent != nullptr) TsanAcquire(&parent->closed);
}

// Of a context that may be cancelled: looks whether it is.
ContextState* ErrStep(const ContextHandle& handle, Location where) {
  ContextState* state;
  {
    Hidden hidden;
    if (!handle.Get(OperationKind::kErr, where, &state)) return nullptr;
    if (state == nullptr || state->canceler == nullptr) return nullptr;
    state = state->canceler;
    TaskState* me = Announce(OperationKind::kErr, state, where);
    if (!Step(me) || state->error == ContextError::kNone) return nullptr;
    AcquireClock(me, state->closing->clock);
  }
  TsanAcquire(&state->closed);
  return state;
}

}  // namespace

heddle::Context WithErasedValue(const heddle::Context& parent, ContextValue value, Location where) {
  struct Kept {
    ~Kept() {
      if (mine) value.destroy(value.value);
    }
    const ContextValue& value;
    bool mine = true;
  } kept{value};  // until it has a state: where the operation is refused, or throws
  Hidden hidden;
  ContextState* up = nullptr;
  if (RefusedOutside(where)) return {};
  if (!ContextAccess::Handle(parent).Get(OperationKind::kDerive, where, &up)) return {};
  ContextState* state = NewState(up, where);
  state->value = value;
  kept.mine = false;
  return ContextAccess::Of(state);
}

}  // namespace internal

using internal::ContextAccess;
using internal::ContextState;
using internal::Hidden;

std::string_view ToString(ContextError error) {
  switch (error) {
    case ContextError::kNone: return "none";
    case ContextError::kCanceled: return "context canceled";
    case ContextError::kDeadlineExceeded: return "context deadline exceeded";
  }
  return "?";
}

Receiver<Done> Context::Done(Location where) const {
  Hidden hidden;
  ContextState* state;
  if (!handle_.Get(OperationKind::kErr, where, &state)) return {};
  if (state == nullptr || state->canceler == nullptr) return {};
  return internal::ChannelAccess::Of<heddle::Done>(state->canceler);
}

ContextError Context::Err(Location where) const {
  const ContextState* state = internal::ErrStep(handle_, where);
  return state != nullptr ? state->error : ContextError::kNone;
}

std::any Context::Cause(Location where) const {
  const ContextState* state = internal::ErrStep(handle_, where);
  if (state == nullptr) return {};
  const ContextState* by = state->cancelled_by;
  return by->cause != nullptr ? *by->cause : std::any(by->error);
}

std::optional<VirtualClock::time_point> Context::Deadline() const {
  Hidden hidden;
  ContextState* state;
  if (!handle_.Get(OperationKind::kErr, {}, &state) || state == nullptr) return {};
  if (!state->has_deadline) return {};
  return VirtualClock::time_point(std::chrono::nanoseconds(state->deadline));
}

const void* Context::FindValue(const void* key) const {
  Hidden hidden;
  ContextState* state;
  if (!handle_.Get(OperationKind::kErr, {}, &state)) return nullptr;
  for (; state != nullptr; state = state->up) {
    if (state->value.key == key) return state->value.value;
  }
  return nullptr;
}

void CancelFunc::operator()(Location where) const { internal::CancelStep(handle_, nullptr, where); }

void CancelCauseFunc::operator()(std::any cause, Location where) const {
  // As in Go, no cause is that it was cancelled.
  std::unique_ptr<std::any> kept;
  if (cause.has_value()) kept = std::make_unique<std::any>(std::move(cause));
  internal::CancelStep(handle_, std::move(kept), where);
}

namespace {

template <class Made, class F>
Made Derive(const Context& parent, const int64_t* deadline, Location where) {
  ContextState* cancelled;
  ContextState* state;
  {
    Hidden hidden;
    state = internal::NewCancelable(parent, where, &cancelled);
    if (state == nullptr) return {};
    if (deadline != nullptr) internal::ArmDeadline(state, *deadline);
  }
  internal::AcquireCancelled(cancelled);
  if (cancelled != nullptr) internal::TsanRelease(&state->closed);
  Hidden hidden;
  return {ContextAccess::Of(state), ContextAccess::Function<F>(state)};
}

}  // namespace

CancelableContext WithCancel(const Context& parent, Location where) {
  return Derive<CancelableContext, CancelFunc>(parent, nullptr, where);
}

CancelableCauseContext WithCancelCause(const Context& parent, Location where) {
  return Derive<CancelableCauseContext, CancelCauseFunc>(parent, nullptr, where);
}

CancelableContext WithDeadline(const Context& parent, VirtualClock::time_point deadline,
                               Location where) {
  const int64_t at = deadline.time_since_epoch().count();
  return Derive<CancelableContext, CancelFunc>(parent, &at, where);
}

CancelableContext WithTimeout(const Context& parent, std::chrono::nanoseconds timeout,
                              Location where) {
  return WithDeadline(parent, internal::TimeIn(timeout), where);
}

Context WithoutCancel(const Context& parent, Location where) {
  Hidden hidden;
  ContextState* up;
  if (internal::RefusedOutside(where)) return {};
  if (!ContextAccess::Handle(parent).Get(OperationKind::kDerive, where, &up)) return {};
  ContextState* state = internal::NewState(up, where);
  state->canceler = nullptr;
  state->has_deadline = false;
  return ContextAccess::Of(state);
}

StopFunc AfterFunc(const Context& context, std::function<void()> function, Location where) {
  using namespace internal;
  auto kept = std::make_unique<std::function<void()>>(std::move(function));
  ContextState* registration;
  ContextState* parent = nullptr;
  bool at_once = false;
  {
    Hidden hidden;
    ContextState* up;
    if (RefusedOutside(where)) return {};
    if (!ContextAccess::Handle(context).Get(OperationKind::kAfterFunc, where, &up)) return {};
    registration = x.arena.New<ContextState>();
    Register(registration, nullptr, where, /*outside=*/false);
    registration->registered = x.arena.New<RegisteredFunction>();
    registration->registered->function = kept.release();
    parent = up != nullptr ? up->canceler : nullptr;
    if (!JoinTree(parent, registration, OperationKind::kAfterFunc, where, &at_once)) return {};
    TakeTicket(&registration->registered->ticket, where);
  }
  if (at_once) AcquireCancelled(parent);
  TsanRelease(&registration->registered->edge);
  Hidden hidden;
  if (at_once) StartFunction(registration, parent);
  return ContextAccess::Function<StopFunc>(registration);
}

bool StopFunc::operator()(Location where) const {
  using namespace internal;
  Hidden hidden;
  ContextState* registration;
  if (!handle_.Get(OperationKind::kStop, where, &registration)) return false;
  if (registration == nullptr) return false;
  TaskState* me = Announce(OperationKind::kStop, registration, where);
  if (!Step<Throws::kNo>(me) || registration->registered->started) return false;
  registration->registered->started = true;  // it never will
  RemoveChild(registration);
  return true;
}

}  // namespace heddle
