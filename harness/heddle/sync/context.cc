// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/context.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "heddle/runtime/internal/clock.h"

namespace heddle {
namespace internal {

// A node of the tree of contexts, or a function registered with one (AfterFunc), which is a leaf.
// As a channel it is its own Done.
class ContextState final : public ChannelState {
 public:
  ContextState()
      : ChannelState(ChannelAccess::Type<Done>(), ChannelShape{.capacity = 1, .closes_only = true},
                     ObjectKind::kContext) {}

  std::string Describe() const override {
    if (error != ContextError::kNone) return std::string(ToString(error));
    return timer.armed() ? "not cancelled, until " + FormatNanoseconds(timer.deadline)
                         : "not cancelled";
  }
  std::string DescribeStep(const TaskState& task) const override {
    const bool asks = Operation::FromWord(task.word).kind == OperationKind::kErr;
    return !asks ? "" : error != ContextError::kNone ? "-> cancelled" : "-> none";
  }
  void DestroyValues() override {
    if (value.destroy != nullptr) value.destroy(value.value);
    delete cause;
    delete function;
  }

  ContextState* up = nullptr;        // where values and deadlines are looked up next
  ContextState* canceler = nullptr;  // this one or the nearest above it that can be cancelled
  // Of one that can be cancelled, which is its own canceler:
  ContextState* parent = nullptr;  // in whose list of children it is
  ContextState* first = nullptr;   // children, in the order of registration
  ContextState* last = nullptr;
  ContextState* previous = nullptr;
  ContextState* following = nullptr;
  ContextError error = ContextError::kNone;
  std::any* cause = nullptr;             // given to the cancellation
  ContextState* cancelled_by = nullptr;  // where the cause is: this one or one above
  bool has_deadline = false;
  int64_t deadline = 0;
  internal::Timer timer;
  ContextValue value;
  std::function<void()>* function = nullptr;  // of an AfterFunc
  bool started = false;
  SpawnTicket ticket;
  char edge = 0;  // stands for AfterFunc's in ThreadSanitizer
};

struct ContextAccess {
  static heddle::Context Of(ContextState* state) { return heddle::Context(ContextHandle(state)); }
  static const ContextHandle& Handle(const heddle::Context& context) { return context.handle_; }
  template <class F>
  static F Function(ContextState* state) {
    F function;
    function.handle_ = ContextHandle(state);
    return function;
  }
};

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

// -- The tree
// ---------------------------------------------------------------------------------------

void AddChild(ContextState* parent, ContextState* child) {
  child->parent = parent;
  child->previous = parent->last;
  (parent->last != nullptr ? parent->last->following : parent->first) = child;
  parent->last = child;
}

void RemoveChild(ContextState* child) {
  ContextState* parent = child->parent;
  if (parent == nullptr) return;
  (child->previous != nullptr ? child->previous->following : parent->first) = child->following;
  (child->following != nullptr ? child->following->previous : parent->last) = child->previous;
  child->parent = child->previous = child->following = nullptr;
}

// The next node of the tree under `root`, parents before children; null at the end.
ContextState* NextBelow(ContextState* root, ContextState* node) {
  if (node->first != nullptr) return node->first;
  for (; node != root; node = node->parent) {
    if (node->following != nullptr) return node->following;
  }
  return nullptr;
}

// -- Cancelling: part of the running step
// ---------------------------------------------------------

struct FunctionCall {
  ContextState* registration;
  char* cancelled;  // the address of the cancellation's edge
};

void RunFunction(TaskState* task, ClosureAction action) {
  if (action != ClosureAction::kRun) return;
  FunctionCall call;
  {
    Hidden hidden;
    call = *static_cast<FunctionCall*>(task->closure);
  }
  TsanAcquire(&call.registration->edge);
  TsanAcquire(call.cancelled);
  (*call.registration->function)();
}

void StartFunction(ContextState* registration, ContextState* cancelled) {
  registration->started = true;
  TaskState* task = NewTask(registration->ticket, "", false);
  if (task == nullptr) return;
  task->clock.Join(cancelled->close_clock, x.arena);
  task->closure = x.arena.New<FunctionCall>(
      FunctionCall{registration, reinterpret_cast<char*>(&cancelled->closed)});
  task->closure_action = RunFunction;
  Launch(task);
}

// `me` took the step; the clock orders nothing.
void CancelOne(ContextState* node, ContextState* root, ContextError error, TaskState* me,
               Location where) {
  node->error = error;
  node->cancelled_by = root->cancelled_by;
  DisarmTimer(node->timer);
  if (me->slot != kClockSlot) node->close_clock.Assign(me->clock, x.arena);
  MarkClosed(node, me, where);
}

void CancelTree(ContextState* root, ContextError error, std::any* cause, TaskState* me,
                Location where) {
  root->cause = cause;
  root->cancelled_by = root;
  for (ContextState* node = root; node != nullptr; node = NextBelow(root, node)) {
    if (node->function == nullptr && node->error == ContextError::kNone) {
      CancelOne(node, root, error, me, where);
    }
  }
  // Tasks after all is closed; starting one takes a place in the list of tasks only.
  for (ContextState* node = root; node != nullptr; node = NextBelow(root, node)) {
    if (node->function != nullptr && !node->started) StartFunction(node, node->parent);
  }
  RemoveChild(root);
}

// The same for ThreadSanitizer, outside any Hidden region.
void ReleaseTree([[maybe_unused]] ContextState* root) {
#if HEDDLE_TSAN
  for (ContextState* node = root; node != nullptr; node = NextBelow(root, node)) {
    TsanRelease(&node->closed);
  }
#endif
}

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
    AcquireClock(me, parent->close_clock);
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
    state->close_clock.Join(parent->close_clock, x.arena);
    MarkClosed(state, x.current, where);
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
    AcquireClock(me, state->close_clock);
  }
  TsanAcquire(&state->closed);
  return state;
}

}  // namespace

heddle::Context WithErasedValue(const heddle::Context& parent, ContextValue value, Location where) {
  Hidden hidden;
  ContextState* up = nullptr;
  if (RefusedOutside(where) ||
      !ContextAccess::Handle(parent).Get(OperationKind::kDerive, where, &up)) {
    value.destroy(value.value);
    return {};
  }
  ContextState* state = NewState(up, where);
  state->value = value;
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
  auto* kept = new std::function<void()>(std::move(function));
  ContextState* registration;
  ContextState* parent = nullptr;
  bool at_once = false;
  {
    Hidden hidden;
    ContextState* up;
    if (RefusedOutside(where) ||
        !ContextAccess::Handle(context).Get(OperationKind::kAfterFunc, where, &up)) {
      delete kept;
      return {};
    }
    registration = x.arena.New<ContextState>();
    Register(registration, nullptr, where, /*outside=*/false);
    registration->function = kept;
    parent = up != nullptr ? up->canceler : nullptr;
    if (!JoinTree(parent, registration, OperationKind::kAfterFunc, where, &at_once)) return {};
    TakeTicket(&registration->ticket, where);
  }
  if (at_once) AcquireCancelled(parent);
  TsanRelease(&registration->edge);
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
  if (!Step<Throws::kNo>(me) || registration->started) return false;
  registration->started = true;  // it never will
  RemoveChild(registration);
  return true;
}

}  // namespace heddle
