// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/slots.h"

#include <errno.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "heddle/core/check.h"
#include "heddle/core/random.h"
#include "heddle/runtime/internal/leaks.h"
#include "heddle/runtime/internal/stack.h"
#include "heddle/runtime/internal/tsan.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace heddle::internal {

static_assert(kMaxTasks <= VectorClock::kMaxSlots);

namespace {

size_t wanted_stack_bytes = 0;
uint32_t slots_made = 0;  // none beyond them was ever prepared

// Stacks of neighbouring slots start at different offsets, so that their hot ends do not compete
// for the same sets of the cache.
constexpr size_t Colour(uint32_t slot) { return (slot * 7 % 32) * 128; }

#if HEDDLE_TSAN
void NameTsanFiber(TaskState* task) {
  // The race report maps this name back to the task (runtime/tsan.cc). Pooled fibers keep it.
  char name[16];
  char* end = name + sizeof name - 1;
  *end = '\0';
  uint32_t rest = task->slot;
  do *--end = static_cast<char>('0' + rest % 10);
  while ((rest /= 10) != 0);
  __tsan_set_fiber_name(task->tsan, end);
}

// Destroys the fiber of a task that was never entered or is suspended with one region open. Closing
// it first lets the task's past be published; a fiber with an open region cannot be destroyed.
void DestroyTsanFiber(TaskState* task) {
  if (task->hidden_depth > 0) {
    __tsan_switch_to_fiber(task->tsan, 1);
    __tsan_mutex_post_signal(nullptr, 0);
    __tsan_release(&task->done_edge);
    __tsan_release(&x.driver.done_edge);
    __tsan_switch_to_fiber(x.current->tsan, 1);
  }
  __tsan_destroy_fiber(task->tsan);
}
#endif

void MakeFiber(TaskState* task, void (*entry)(Transfer)) {
  char* top = task->stack + task->stack_bytes - Colour(task->slot);
  const size_t usable = static_cast<size_t>(top - task->stack);
  task->context = MakeContext(top, usable, entry);
#if HEDDLE_ASAN
  __asan_unpoison_memory_region(task->stack, task->stack_bytes);
  task->fake_stack = nullptr;
  task->stack_bottom = task->stack;
  task->stack_size = task->stack_bytes;
#endif
#if HEDDLE_TSAN
  task->tsan = __tsan_create_fiber(0);
  task->hidden_depth = 0;
  NameTsanFiber(task);
#endif
}

void MakeSlot(TaskState* task, uint32_t slot) {
  new (task) TaskState;
  task->slot = slot;
  task->bit = slot < 64 ? uint64_t{1} << slot : 0;
}

void ClearForReuse(TaskState* task) {
  task->unasked = 0;
  task->finished = false;
  task->started = false;
  task->daemon = false;
  task->completed = false;
  task->object = nullptr;
  task->spawned = 0;
  task->created = 0;
  task->searched = 0;
  task->parent = nullptr;
  task->ordinal = 0;
  task->refused = 0;
  task->joining = nullptr;
  task->joiners = TaskSet{};
  task->closure_action = nullptr;
  task->clock = VectorClock{};
  task->name = nullptr;
  task->cases = nullptr;
  task->park = nullptr;
  task->fences = nullptr;
  task->locals = nullptr;
  task->timer.order = 0;  // who arms it sets the rest
  delete task->notes;     // left behind with a dropped stack
  task->notes = nullptr;
  task->exceptions = ExceptionGlobals{};
  task->saved_errno = 0;
}

void DropStack(TaskState* task) {
  if (task->stack != nullptr) {
    UnmapStack(task->stack, task->stack_bytes);
    delete task->notes;
  }
#if HEDDLE_TSAN
  if (task->tsan != nullptr) DestroyTsanFiber(task);
#endif
}

void SwapStacks(TaskState& a, TaskState& b) {
  const bool clocks = a.slot == kClockSlot || b.slot == kClockSlot;
  if (&a == &b || clocks || a.stack_bytes != b.stack_bytes) return;
  std::swap<Fiber>(a, b);
  std::swap(a.stack, b.stack);
#if HEDDLE_TSAN
  NameTsanFiber(&a);
  NameTsanFiber(&b);
#endif
}

}  // namespace

void PrepareSlots() {
  if (x.tasks != nullptr) return;
  void* map = mmap(nullptr, sizeof(TaskState) * kMaxTasks, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  HEDDLE_CHECK(map != MAP_FAILED);
#if HEDDLE_ASAN
  __lsan_register_root_region(map, sizeof(TaskState) * kMaxTasks);
#endif
  x.tasks = static_cast<TaskState*>(map);
  x.alternatives.Bind(x.tasks, sizeof(TaskState), &x.tasks->operand);
}

void UseStacks(size_t bytes) {
  constexpr size_t page = 4096;
  constexpr size_t kLeast = 32 * 1024;  // room for our own frames, and a little
  bytes = std::max(bytes, kLeast);
  bytes = (bytes + page - 1) & ~(page - 1);
  if (bytes > wanted_stack_bytes) wanted_stack_bytes = bytes;
}

TaskState* PrepareSlot(uint32_t slot, void (*entry)(Transfer)) {
  TaskState* task = &x.tasks[slot];
  if (task->stack_bytes < wanted_stack_bytes) [[unlikely]] {
    slots_made = std::max(slots_made, slot + 1);
    DropStack(task);
    MakeSlot(task, slot);
    task->stack = MapStack(wanted_stack_bytes);
    if (task->stack == nullptr) return nullptr;
    task->stack_bytes = wanted_stack_bytes;
    MakeFiber(task, entry);
  } else {
    ClearForReuse(task);
  }
  return task;
}

TaskState* PrepareNeededSlot(uint32_t slot, void (*entry)(Transfer)) {
  TaskState* task = PrepareSlot(slot, entry);
  if (task == nullptr) GiveUp(WhyNoStack() + "; lower .stack_kib or raise the limit (ulimit -v)");
  return task;
}

void ReserveSlot(uint32_t slot, void (*entry)(Transfer)) {
  if (x.tasks[slot].stack_bytes < wanted_stack_bytes) PrepareNeededSlot(slot, entry);
}

std::string WhyNoStack() {
  return "the system gives no memory for the stack of a task, " +
         std::to_string(wanted_stack_bytes / 1024) + " KiB: " + std::strerror(errno);
}

void RenewFiber(TaskState* task, void (*entry)(Transfer)) {
  ForgiveLeaks(*task);
#if HEDDLE_TSAN
  DestroyTsanFiber(task);
#endif
  MakeFiber(task, entry);
}

void GiveBackIdleMemory() {
  for (uint32_t slot = x.next_slot; slot < slots_made; ++slot) {
    if (slot == kClockSlot || x.tasks[slot].stack == nullptr) continue;
    DropStack(&x.tasks[slot]);
    MakeSlot(&x.tasks[slot], slot);
  }
  if (!x.arena.GiveBack()) return;
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

void ReverseStacks() {
  for (uint32_t first = 0, last = x.next_slot; first + 1 < last; ++first) {
    SwapStacks(x.tasks[first], x.tasks[--last]);
  }
}

void ShuffleStacks(uint64_t seed) {
  Random draw(seed);
  // Sattolo's permutation: every stack changes hands.
  for (uint32_t slot = x.next_slot; --slot > 0;) {
    SwapStacks(x.tasks[slot], x.tasks[draw.Below(slot)]);
  }
}

}  // namespace heddle::internal
