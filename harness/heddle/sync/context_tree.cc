// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/internal/context_state.h"

namespace heddle::internal {

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

namespace {

// The next node of the tree under `root`, parents before children; null at the end.
ContextState* NextBelow(ContextState* root, ContextState* node) {
  if (node->first != nullptr) return node->first;
  for (; node != root; node = node->parent) {
    if (node->following != nullptr) return node->following;
  }
  return nullptr;
}

struct FunctionCall {
  RegisteredFunction* registered;
  char* cancelled;  // the address of the cancellation's edge
};

void RunFunction(TaskState* task, ClosureAction action) {
  if (action != ClosureAction::kRun) return;
  FunctionCall call;
  {
    Hidden hidden;
    call = *static_cast<FunctionCall*>(task->closure);
  }
  TsanAcquire(&call.registered->edge);
  TsanAcquire(call.cancelled);
  (*call.registered->function)();
}

}  // namespace

void StartFunction(ContextState* registration, ContextState* cancelled) {
  RegisteredFunction* registered = registration->registered;
  registered->started = true;
  TaskState* task = NewTask(registered->ticket, "", false);
  if (task == nullptr) return;
  task->clock.Join(cancelled->closing->clock, x.arena);
  task->closure = x.arena.New<FunctionCall>(
      FunctionCall{registered, reinterpret_cast<char*>(&cancelled->closed)});
  task->closure_action = RunFunction;
  Launch(task);
}

namespace {

void CancelOne(ContextState* node, ContextState* root, ContextError error, const Closing* closing) {
  node->error = error;
  node->cancelled_by = root;
  DisarmTimer(node->timer);
  MarkClosed(node, closing);
}

}  // namespace

void CancelTree(ContextState* root, ContextError error, std::any* cause, TaskState* me,
                Location where) {
  root->cause = cause;
  auto* closing = x.arena.New<Closing>();
  closing->closer = me;
  closing->where = where;
  if (me->slot != kClockSlot) closing->clock.Assign(me->clock, x.arena);  // it orders nothing
  ContextState* functions = nullptr;
  ContextState** last = &functions;
  for (ContextState* node = root; node != nullptr; node = NextBelow(root, node)) {
    if (node->registered != nullptr) {
      *last = node;
      last = &node->registered->next;
    } else if (node->error == ContextError::kNone) {
      CancelOne(node, root, error, closing);
    }
  }
  *last = nullptr;
  // Tasks after all is closed; starting one takes a place in the list of tasks only.
  for (ContextState* node = functions; node != nullptr; node = node->registered->next) {
    if (!node->registered->started) StartFunction(node, node->parent);
  }
  RemoveChild(root);
}

void ReleaseTree([[maybe_unused]] ContextState* root) {
#if HEDDLE_TSAN
  for (ContextState* node = root; node != nullptr; node = NextBelow(root, node)) {
    TsanRelease(&node->closed);
  }
#endif
}

}  // namespace heddle::internal
