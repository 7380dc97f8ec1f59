// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/tasks.h"

#include <utility>

#include "heddle/runtime/internal/exceptions.h"
#include "heddle/runtime/internal/leaks.h"
#include "heddle/runtime/internal/limits.h"
#include "heddle/runtime/internal/line.h"
#include "heddle/runtime/internal/slots.h"
#include "heddle/runtime/internal/tsan.h"
#include "heddle/runtime/internal/unwind.h"

namespace heddle::internal {

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

// The failure that an exception which left a task is. Inside a catch block.
Failure DescribeException(const TaskState& task) {
  return Failure{.verdict = Verdict::kException,
                 .slot = task.slot,
                 .at = task.where,
                 .message = DescribeCurrentException()};
}

// Code of the user's, in the task's own identity.
template <class F>
void RunUsers(TaskState* me, F function) {
  try {
    function();
  } catch (const Unwind&) {
    // The execution is over.
  } catch (...) {
    Hidden hidden;
    if (x.serial == kUnwinding) return TellAwaitedException("what left the task");
    RequestStop(DescribeException(*me));
  }
}

void RunClosure(TaskState* me) {
  RunUsers(me, [=] { me->closure_action(me, ClosureAction::kRun); });
  while (me->locals != nullptr) [[unlikely]] RunUsers(me, [=] { DestroyLatestLocal(me); });
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
  if (x.search != nullptr) [[unlikely]]
    NoteHeldObjects(*me);
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

// Its frames will never return.
void LoseStack(TaskState* task) {
  RenewFiber(task, TaskLoop);
  task->finished = true;
}

}  // namespace

std::string TaskState::Label() const {
  if (slot == kClockSlot) return "clock";
  if (parent == nullptr) return "T0";
  const std::string number = std::to_string(ordinal);
  return parent->parent == nullptr ? "T" + number : parent->Label() + "." + number;
}

void DestroyLatestLocal(TaskState* task) {
  LocalInstance* latest;
  {
    Hidden hidden;
    latest = task->locals;
    task->locals = latest->next;
  }
  latest->destroy(latest);
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

void TakeTicket(SpawnTicket* ticket, Location where) {
  TaskState* parent = x.current;
  ticket->parent = parent;
  ticket->ordinal = ++parent->spawned;
  ticket->where = where;
  ticket->clock = VectorClock();  // whoever took it before is none of its business
  ReleaseClock(parent, ticket->clock);
}

namespace {

// The clock, which starts the functions of timers, cannot be left in the middle of its step.
void RefuseSpawn(Location where, std::string message, std::string remedy) {
  if (x.current->slot != kClockSlot) {
    return Misuse(OperationKind::kSpawn, nullptr, where, Throws::kYes, std::move(message),
                  std::move(remedy));
  }
  RequestStop(Failure{.verdict = Verdict::kMisuse,
                      .operation = OperationKind::kSpawn,
                      .at = where,
                      .message = std::move(message),
                      .remedy = std::move(remedy)});
}

[[gnu::cold]] TaskState* RefuseTooMany(Location where) {
  RefuseSpawn(where,
              "more than " + std::to_string(kMostTasks) + " tasks in one execution" + kWhyMost,
              kMostRemedy);
  return nullptr;
}

[[gnu::cold]] TaskState* RefuseWithoutStack(uint32_t slot, Location where) {
  RefuseSpawn(where, WhyNoStack() + ", beside " + std::to_string(slot) + " tasks",
              "spawn fewer tasks, lower .stack_kib, or raise the limit (ulimit -v; sysctl "
              "vm.max_map_count)");
  return nullptr;
}

// A slot for one more task; null, and the execution ends, if there is none.
inline TaskState* NextSlot(Location where) {
  uint32_t slot = x.next_slot;
  if (slot == kClockSlot) ++slot;
  if (slot > kMostTasks) [[unlikely]]
    return RefuseTooMany(where);
  TaskState* task = PrepareSlot(slot, TaskLoop);
  if (task == nullptr) [[unlikely]]
    return RefuseWithoutStack(slot, where);
  x.next_slot = slot + 1;
  return task;
}

void BeginTask(TaskState* task, TaskState* parent, uint32_t ordinal, std::string_view name,
               bool daemon, Location where) {
  task->parent = parent;
  task->ordinal = ordinal;
  task->id = TaskId::Spawned(parent->id, ordinal);
  task->name = CopyName(name);
  task->daemon = daemon;
  task->spawned_at = where;
  if (!daemon) ++x.unfinished;
}

}  // namespace

TaskState* NewTask(const SpawnTicket& ticket, std::string_view name, bool daemon) {
  TaskState* task = NextSlot(ticket.where);
  if (task == nullptr) return nullptr;
  BeginTask(task, ticket.parent, ticket.ordinal, name, daemon, ticket.where);
  task->clock.Assign(ticket.clock, x.arena);
  task->clock.Increment(task->slot, x.arena);
  return task;
}

TaskState* NewTask(std::string_view name, bool daemon, Location where) {
  TaskState* parent = x.current;
  TaskState* task = NextSlot(where);
  if (task == nullptr) return nullptr;
  BeginTask(task, parent, ++parent->spawned, name, daemon, where);
  task->clock.Assign(parent->clock, x.arena);
  task->clock.Increment(task->slot, x.arena);
  parent->clock.Increment(parent->slot, x.arena);
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

// Tasks are unwound one after another, after all steps: that order is real, and TSan is told of it, or
// it would report every destructor of a frame that others had used. The driver's edge carries it.
void BeginUnwinding() {
#if HEDDLE_TSAN
  for (uint32_t slot = 0; slot < x.next_slot; ++slot) {
    TaskState* task = &x.tasks[slot];
    if (slot != kClockSlot && task->started) TsanReleaseFor(task, &x.driver.done_edge);
  }
#endif
}

// False if that was not possible and the stack had to be dropped.
bool UnwindOne(TaskState* task) {
#if HEDDLE_TSAN
  TsanAcquireFor(task, &x.driver.done_edge);
#endif
  SwitchTo(&x.driver, task);
  if (!task->finished) {
    LoseStack(task);
    return false;
  }
#if HEDDLE_TSAN
  TsanReleaseFor(task, &x.driver.done_edge);
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
      LoseStack(task);
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
