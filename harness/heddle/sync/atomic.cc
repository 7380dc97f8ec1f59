// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/atomic.h"

#include <cstdio>
#include <string>
#include <string_view>

#include "heddle/runtime/internal/history.h"

namespace heddle {
namespace internal {

std::string DescribeInteger(int64_t value) { return std::to_string(value); }
std::string DescribeInteger(uint64_t value) { return std::to_string(value); }
std::string DescribeFloat(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

std::string AtomicState::DescribeStep(const TaskState& task) const {
  const std::string value = Value();
  switch (Operation::FromWord(task.word).kind) {
    case OperationKind::kLoad:
    case OperationKind::kFetch: return value.empty() ? value : "-> " + value;
    case OperationKind::kStore: return ValueOf(task.operand);
    case OperationKind::kExchange:
      return value.empty() ? value : ValueOf(task.operand) + " -> " + value;
    case OperationKind::kCompareExchange: {
      const std::string expected = ValueOf(task.operand);
      if (expected.empty()) return {};
      return expected + (task.operand == Word() ? " -> true" : " -> false");
    }
    case OperationKind::kWait: return ValueOf(task.operand);
    case OperationKind::kNotifyOne:
    case OperationKind::kNotifyAll:
      return "(" + std::to_string(waiting.Count()) + (waiting.Count() == 1 ? " waits)" : " wait)");
    default: return {};
  }
}

bool FailsSpuriously(TaskState* me) {
  if (!InjectFault(x.faults_left.failed_exchanges, me)) return false;
  if (x.history != nullptr) x.history->Detail("(fault: fails all the same)");
  return true;
}

namespace {

void Wake(Waiter* waiter) {
  waiter->line->Remove(waiter);
  MakeRunnable(waiter->task);
}

std::string_view NameOf(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed: return "memory_order_relaxed";
    case std::memory_order_consume: return "memory_order_consume";
    case std::memory_order_acquire: return "memory_order_acquire";
    case std::memory_order_release: return "memory_order_release";
    case std::memory_order_acq_rel: return "memory_order_acq_rel";
    case std::memory_order_seq_cst: return "memory_order_seq_cst";
  }
  return "an unknown order";
}

}  // namespace

void WakeAll(AtomicState& a) { ReleaseLine(a.waiting); }

void WakeOne(AtomicState& a, TaskState* me) {
  if (a.waiting.Empty()) return;
  Wake(a.waiting.Nth(ChooseIndex(a.waiting.Count(), me)));
}

void RefuseOrder(OperationKind kind, AtomicState* a, std::memory_order order, Location where) {
  const bool exchange = kind == OperationKind::kCompareExchange;
  Misuse(kind, a, where, Throws::kYes,
         std::string(ToString(kind)) + " of " + LabelOf(*a) +
             (exchange ? " has the failure order " : " has the order ") +
             std::string(NameOf(order)),
         kind == OperationKind::kStore ? "store with memory_order_relaxed, release or seq_cst"
                                       : "read with memory_order_relaxed, acquire or seq_cst");
}

// -- Fences
// -----------------------------------------------------------------------------------------

namespace {

FenceClocks& FencesOf(TaskState* task) {
  if (task->fences == nullptr) task->fences = x.arena.New<FenceClocks>();
  return *task->fences;
}

}  // namespace

void SeeRelaxed(const AtomicState& a, TaskState* me) {
  FenceClocks& fences = FencesOf(me);
  if (!fences.seen) fences.seen_clock = VectorClock{};
  fences.seen = true;
  fences.seen_clock.Add(a.clock, x.arena);
}

void StoreRelaxed(AtomicState& a, TaskState* me) {
  a.published = me->fences->released;
  if (a.published) a.clock = me->fences->release_clock;
}

void UpdateRelaxed(AtomicState& a, TaskState* me) {
  if (!me->fences->released) return;
  if (!a.published) return StoreRelaxed(a, me);
  a.clock.Add(me->fences->release_clock, x.arena);
}

namespace {

void AcquireSeen(TaskState* me) {
  if (me->fences == nullptr || !me->fences->seen) return;
  AcquireClock(me, me->fences->seen_clock);
  me->fences->seen = false;
}

void ReleaseToCome(TaskState* me) {
  FenceClocks& fences = FencesOf(me);
  fences.released = true;
  fences.release_clock = me->clock;
  me->clock.Increment(me->slot, x.arena);
}

}  // namespace

#if !HEDDLE_TSAN
namespace {
void TsanFence(std::memory_order) {}
}  // namespace
#endif

}  // namespace internal

#if HEDDLE_TSAN
namespace internal {
void TsanFence(std::memory_order order);
}
#endif

void atomic_thread_fence(std::memory_order order) {
  using namespace internal;
  if (x.serial < kFirstSerial) return;
  {
    Hidden hidden;
    if (Acquires(order)) AcquireSeen(x.current);
    if (Releases(order)) ReleaseToCome(x.current);
  }
  TsanFence(order);
}

}  // namespace heddle
