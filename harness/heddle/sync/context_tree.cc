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

}  // namespace

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

namespace {

// `me` took the step; the clock orders nothing.
void CancelOne(ContextState* node, ContextState* root, ContextError error, TaskState* me,
               Location where) {
  node->error = error;
  node->cancelled_by = root->cancelled_by;
  DisarmTimer(node->timer);
  if (me->slot != kClockSlot) node->close_clock.Assign(me->clock, x.arena);
  MarkClosed(node, me, where);
}

}  // namespace

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

void ReleaseTree([[maybe_unused]] ContextState* root) {
#if HEDDLE_TSAN
  for (ContextState* node = root; node != nullptr; node = NextBelow(root, node)) {
    TsanRelease(&node->closed);
  }
#endif
}

}  // namespace heddle::internal
