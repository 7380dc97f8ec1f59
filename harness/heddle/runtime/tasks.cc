// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/tasks.h"

#include <cxxabi.h>
#include <errno.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <typeinfo>
#include <utility>

#include "heddle/core/check.h"
#include "heddle/core/random.h"
#include "heddle/runtime/internal/leaks.h"
#include "heddle/runtime/internal/limits.h"
#include "heddle/runtime/internal/stack.h"
#include "heddle/runtime/internal/tsan.h"
#include "heddle/runtime/internal/unwind.h"

namespace heddle::internal {

static_assert(kMaxTasks <= VectorClock::kMaxSlots);

namespace {

#if HEDDLE_TSAN && !defined(__clang__) && __GNUC__ < 13
// The runtime dies at 8,128 threads, to which every fiber counts; some are left to the program.
constexpr uint32_t kMostTasks = 8'000;
constexpr char kWhyMost[] = ": the ThreadSanitizer runtime of gcc 12 dies at about 8,100";
constexpr char kMostRemedy[] = "build this test with clang, or without ThreadSanitizer";
#elif HEDDLE_TSAN
// Each takes five memory maps, three of them the runtime's, which dies where there are no more.
constexpr uint32_t kMostTasks = 11'000;
constexpr char kWhyMost[] =
    ": the ThreadSanitizer runtime dies at about 13,000, where the memory maps run out that Linux "
    "allows a process";
constexpr char kMostRemedy[] = "spawn fewer tasks, or build this test without ThreadSanitizer";
#else
constexpr uint32_t kMostTasks = kMaxTasks - 1;  // and the clock
constexpr char kWhyMost[] = "";
constexpr char kMostRemedy[] = "spawn fewer tasks, or let some do the work of several";
#endif

size_t wanted_stack_bytes = 0;

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
#endif

#if HEDDLE_TSAN
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
  task->finished = false;
  task->started = false;
  task->daemon = false;
  task->completed = false;
  task->object = nullptr;
  task->spawned = 0;
  task->created = 0;
  task->parent = nullptr;
  task->ordinal = 0;
  task->refused = 0;
  task->joining = nullptr;
  task->joiners = TaskSet{};
  task->closure_action = nullptr;
  task->clock = VectorClock{};
  task->name = nullptr;
  task->park = nullptr;
  delete task->notes;  // left behind with a dropped stack
  task->notes = nullptr;
  task->exceptions = ExceptionGlobals{};
  task->saved_errno = 0;
}

std::string NoStack() {
  return "the system gives no memory for the stack of a task, " +
         std::to_string(wanted_stack_bytes / 1024) + " KiB: " + std::strerror(errno);
}

// The failure that an exception which left a task is. Inside a catch block.
Failure DescribeException(const TaskState& task) {
  Failure failure;
  failure.verdict = Verdict::kException;
  failure.slot = task.slot;
  failure.at = task.where;
  std::string type = "an object of unknown type";
  if (const std::type_info* info = abi::__cxa_current_exception_type()) {
    int status = 0;
    char* demangled = abi::__cxa_demangle(info->name(), nullptr, nullptr, &status);
    type = status == 0 ? demangled : info->name();
    std::free(demangled);
  }
  failure.message = type;
  try {
    throw;
  } catch (const std::exception& exception) {
    failure.message += ": " + std::string(exception.what());
  } catch (const std::string& text) {
    failure.message += ": " + text;
  } catch (const char* text) {
    failure.message += ": " + std::string(text);
  } catch (...) {
  }
  return failure;
}

// Runs the task's function in the task's own identity.
void RunClosure(TaskState* me) {
  try {
    me->closure_action(me, ClosureAction::kRun);
  } catch (const Unwind&) {
    // The execution is over.
  } catch (...) {
    Hidden hidden;
    if (x.serial != kUnwinding) RequestStop(DescribeException(*me));
  }
}

// Its frame is left before another task uses the stack.
[[gnu::noinline]] void RunShifted(TaskState* me) {
  volatile char* gap = static_cast<char*>(__builtin_alloca(x.stack_shift));
  gap[0] = 0;
  RunClosure(me);
}

// `me` returned. Not a step: nothing but its joiners can see it.
TaskState* FinishTask(TaskState* me) {
  me->finished = true;
  if (x.serial == kUnwinding) return &x.driver;
  MakeBlocked(me);
  Open(me->joiners);
  if (!me->daemon) --x.unfinished;
  if (me->slot == 0) {
    x.body_returned = true;
    BeginDrain();
  }
  return x.unfinished == 0 ? &x.driver : Decide();
}

void TaskLoop(Transfer transfer) {
  Hidden hidden;
  Entered(transfer);
  for (;;) {
    TaskState* me = x.current;
    me->started = true;
    // The task's own code is not hidden: the region is left and entered by hand around it.
    Hidden::Leave();
    TsanAcquire(&me->spawn_edge);
    if (HEDDLE_TSAN && x.watched) AddTsanEvents(me->slot);
    if (x.stack_shift == 0) [[likely]] {
      RunClosure(me);
    } else {
      RunShifted(me);
    }
    TsanRelease(&me->done_edge);
    Hidden::Enter();
    TaskState* next = FinishTask(me);
    SwitchTo(me, next);
  }
}

// The frames on the stack of `task`, which is suspended with one Hidden region open, will never
// return: its fiber starts afresh.
void DropStack(TaskState* task) {
  ForgiveLeaks(*task);
#if HEDDLE_TSAN
  DestroyTsanFiber(task);
#endif
  MakeFiber(task, TaskLoop);
  task->finished = true;
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

std::string TaskState::Label() const {
  if (slot == kClockSlot) return "clock";
  if (parent == nullptr) return "T0";
  const std::string number = std::to_string(ordinal);
  return parent->parent == nullptr ? "T" + number : parent->Label() + "." + number;
}

void PrepareTasks() {
  if (x.tasks != nullptr) return;
  void* map = mmap(nullptr, sizeof(TaskState) * kMaxTasks, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  HEDDLE_CHECK(map != MAP_FAILED);
#if HEDDLE_ASAN
  __lsan_register_root_region(map, sizeof(TaskState) * kMaxTasks);
#endif
  x.tasks = static_cast<TaskState*>(map);
  x.alternatives.Bind(&x.tasks->word, sizeof(TaskState));
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
    if (task->stack != nullptr) UnmapStack(task->stack, task->stack_bytes);
#if HEDDLE_TSAN
    if (task->tsan != nullptr) DestroyTsanFiber(task);
#endif
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
  if (task == nullptr) GiveUp(NoStack() + "; lower .stack_kib or raise the limit (ulimit -v)");
  return task;
}

void ReserveSlot(uint32_t slot, void (*entry)(Transfer)) {
  if (x.tasks[slot].stack_bytes < wanted_stack_bytes) PrepareNeededSlot(slot, entry);
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

TaskState* PrepareBody(Location where) {
  TaskState* body = PrepareNeededSlot(0, TaskLoop);
  x.next_slot = 1;
  x.unfinished = 1;
  body->id = TaskId{};
  body->name = "main";
  body->spawned_at = where;
  body->clock.Increment(0, x.arena);
  return body;
}

void Entered(Transfer transfer) {
  Landed(transfer);
#if HEDDLE_ASAN
  FinishSwitch(nullptr, static_cast<Fiber*>(transfer.data));
#endif
}

TaskState* NewTask(std::string_view name, bool daemon, Location where) {
  TaskState* parent = x.current;
  uint32_t slot = x.next_slot;
  if (slot == kClockSlot) ++slot;
  if (slot > kMostTasks) {
    Misuse(OperationKind::kSpawn, nullptr, where, Throws::kYes,
           "more than " + std::to_string(kMostTasks) + " tasks in one execution" + kWhyMost,
           kMostRemedy);
    return nullptr;
  }
  TaskState* task = PrepareSlot(slot, TaskLoop);
  if (task == nullptr) {
    Misuse(OperationKind::kSpawn, nullptr, where, Throws::kYes,
           NoStack() + ", beside " + std::to_string(slot) + " tasks",
           "spawn fewer tasks, lower .stack_kib, or raise the limit (ulimit -v; sysctl "
           "vm.max_map_count)");
    return nullptr;
  }
  x.next_slot = slot + 1;
  task->parent = parent;
  task->ordinal = ++parent->spawned;
  task->id = TaskId::Spawned(parent->id, task->ordinal);
  task->name = CopyName(name);
  task->daemon = daemon;
  task->spawned_at = where;
  task->clock.Assign(parent->clock, x.arena);
  task->clock.Increment(slot, x.arena);
  parent->clock.Increment(parent->slot, x.arena);
  if (!daemon) ++x.unfinished;
  return task;
}

void WithdrawTask(TaskState* task) {
  Hidden hidden;
  task->finished = true;
  if (!task->daemon) --x.unfinished;
}

void Launch(TaskState* task) {
  task->word = Operation{OperationKind::kStart, task->id, ObjectId{}}.Word();
  task->where = task->spawned_at;
  MakeRunnable(task);
}

namespace {

#if HEDDLE_TSAN
// What `task` did so far, as TSan sees it, happens before (or after) what the address stands for. Called
// by the driver while the task is suspended with one region open.
void TsanReleaseAs(TaskState* task, void* address) {
  __tsan_switch_to_fiber(task->tsan, 1);
  __tsan_mutex_post_signal(nullptr, 0);
  __tsan_release(address);
  __tsan_mutex_pre_signal(nullptr, 0);
  __tsan_switch_to_fiber(x.driver.tsan, 1);
}
void TsanAcquireAs(TaskState* task, void* address) {
  __tsan_switch_to_fiber(task->tsan, 1);
  __tsan_mutex_post_signal(nullptr, 0);
  __tsan_acquire(address);
  __tsan_mutex_pre_signal(nullptr, 0);
  __tsan_switch_to_fiber(x.driver.tsan, 1);
}
#endif

// Tasks are unwound one after another, after all steps: that order is real, and TSan is told of it, or
// it would report every destructor of a frame that others had used. The driver's edge carries it.
void BeginUnwinding() {
#if HEDDLE_TSAN
  for (uint32_t slot = 0; slot < x.next_slot; ++slot) {
    TaskState* task = &x.tasks[slot];
    if (slot != kClockSlot && task->started) TsanReleaseAs(task, &x.driver.done_edge);
  }
#endif
}

// False if that was not possible and the stack had to be dropped.
bool UnwindOne(TaskState* task) {
#if HEDDLE_TSAN
  TsanAcquireAs(task, &x.driver.done_edge);
#endif
  SwitchTo(&x.driver, task);
  if (!task->finished) {
    DropStack(task);
    return false;
  }
#if HEDDLE_TSAN
  TsanReleaseAs(task, &x.driver.done_edge);
#endif
  return true;
}

bool AnyUnfinished() {
  for (uint32_t slot = 0; slot < x.next_slot; ++slot) {
    if (slot != kClockSlot && !x.tasks[slot].finished) return true;
  }
  return false;
}

}  // namespace

void UnwindTasks() {
  x.serial = kUnwinding;
  if (!AnyUnfinished()) return;
  BeginUnwinding();
  bool dropped = false;
  for (uint32_t slot = x.next_slot; slot-- > 0;) {
    TaskState* task = &x.tasks[slot];
    if (slot == kClockSlot || task->finished) continue;
    if (!task->started) {
      // Null: its spawner is still making the closure.
      if (task->closure_action != nullptr) task->closure_action(task, ClosureAction::kDestroy);
      task->finished = true;
    } else if (x.options.abandon_stacks) {
      DropStack(task);
      dropped = true;
    } else {
      dropped |= !UnwindOne(task);
    }
  }
  if (dropped) ForgiveArena();
}

void AcquireFinishedTasks() {
#if HEDDLE_TSAN
  for (uint32_t slot = 0; slot < x.next_slot; ++slot) TsanAcquire(&x.tasks[slot].done_edge);
  TsanAcquire(&x.driver.done_edge);
#endif
}

}  // namespace heddle::internal
