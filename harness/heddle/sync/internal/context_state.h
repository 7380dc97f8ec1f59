// SPDX-License-Identifier: Apache-2.0
//
// The tree of contexts, and what cancelling does to it.
#ifndef HEDDLE_SYNC_INTERNAL_CONTEXT_STATE_H_
#define HEDDLE_SYNC_INTERNAL_CONTEXT_STATE_H_

#include <any>
#include <functional>
#include <string>

#include "heddle/runtime/internal/clock.h"
#include "heddle/sync/context.h"

namespace heddle::internal {

// A function registered by AfterFunc.
struct RegisteredFunction {
  std::function<void()>* function = nullptr;
  bool started = false;
  SpawnTicket ticket;
  char edge = 0;                 // stands for AfterFunc's in ThreadSanitizer
  ContextState* next = nullptr;  // of those that a cancellation starts: where it is registered
};

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
    if (registered != nullptr) delete registered->function;
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
  RegisteredFunction* registered = nullptr;  // of an AfterFunc, which is all that this state is for
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

void AddChild(ContextState* parent, ContextState* child);
// Does nothing for one that is in no list.
void RemoveChild(ContextState* child);

// The next two are part of the running step.

// Starts the task of a registered function; `cancelled` is the context that was cancelled.
void StartFunction(ContextState* registration, ContextState* cancelled);
// Cancels `root` and all below it, and starts the functions registered there. `me` took the step; the clock
// orders nothing. `cause` may be null and belongs to `root` from now on.
void CancelTree(ContextState* root, ContextError error, std::any* cause, TaskState* me,
                Location where);
// The edges of that for ThreadSanitizer, outside any Hidden region.
void ReleaseTree(ContextState* root);

}  // namespace heddle::internal

#endif  // HEDDLE_SYNC_INTERNAL_CONTEXT_STATE_H_
