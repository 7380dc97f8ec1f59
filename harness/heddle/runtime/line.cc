// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/line.h"

namespace heddle::internal {

Waiter* Line::Nth(uint32_t k) const {
  Waiter* waiter = first_;
  for (; k > 0; --k) waiter = waiter->next;
  return waiter;
}

void Line::Add(Waiter* waiter) {
  waiter->line = this;
  waiter->previous = last_;
  waiter->next = nullptr;
  (last_ != nullptr ? last_->next : first_) = waiter;
  last_ = waiter;
  ++count_;
}

void Line::Remove(Waiter* waiter) {
  (waiter->previous != nullptr ? waiter->previous->next : first_) = waiter->next;
  (waiter->next != nullptr ? waiter->next->previous : last_) = waiter->previous;
  waiter->line = nullptr;
  --count_;
}

void Park(Line& line, Waiter* waiter, TaskState* me) {
  waiter->task = me;
  line.Add(waiter);
  me->park = waiter;
  MakeBlocked(me);
}

void Complete(Waiter* waiter) {
  waiter->line->Remove(waiter);
  waiter->completed = true;
  TaskState* task = waiter->task;
  DisarmTimer(task->timer);
  task->word = Operation{OperationKind::kResume, task->id, task->object->id}.Word();
  MakeRunnable(task);
}

void ReleaseLine(Line& line) {
  while (!line.Empty()) {
    Waiter* waiter = line.Front();
    line.Remove(waiter);
    MakeRunnable(waiter->task);
  }
}

#if HEDDLE_TSAN
void TsanAcquireFor(TaskState* task, void* address) {
  const AnothersIdentity identity(task);
  __tsan_acquire(address);
}
void TsanReleaseFor(TaskState* task, void* address) {
  const AnothersIdentity identity(task);
  __tsan_release(address);
}
#else
void TsanAcquireFor(TaskState*, void*) {}
void TsanReleaseFor(TaskState*, void*) {}
#endif

void LeaveLine(TaskState* task) {
  auto* waiter = static_cast<Waiter*>(task->park);
  waiter->line->Remove(waiter);
}

}  // namespace heddle::internal
