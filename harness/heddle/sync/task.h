// SPDX-License-Identifier: Apache-2.0
//
// Tasks: Go starts one, Join waits for its end.
//
//   operation | the task is running | the task has finished
//   Join      | blocks; deadlock if | returns
//             | that closes a cycle |
//   ~Task     | detaches            | -
//
// Go and Yield are steps that are always possible; the new task stands at its own first step,
// `start`. A task ends when its function returns; that is no step. Joining oneself is a cycle of
// length one. Joining may happen any number of times and from any task. Dropping a handle detaches:
// the execution still waits for the task (and reports a leak if it never finishes), unless it is a
// daemon.
//
// Happens-before: Go happens before the first statement of the task; the end of the task happens
// before every Join of it returns.
//
// An exception that leaves the function ends the execution with the verdict `exception`.
//
// The function object is moved into the execution and destroyed on the task when it returned. What
// it captures by reference must outlive the task: the body's locals die when the body returns, so
// let the body join, or keep shared state in the fixture or a shared_ptr. Cost: O(tasks) for the
// clock, no allocation for functions of up to 64 bytes.
//
//   heddle::Task producer = heddle::Go("producer", [&] { orders.Send(1); });
//   heddle::Go({.name = "janitor", .daemon = true}, [&] { for (;;) heddle::Sleep(1s); });
//   producer.Join();
#ifndef HEDDLE_SYNC_TASK_H_
#define HEDDLE_SYNC_TASK_H_

#include <concepts>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/execution.h"

namespace heddle {

struct TaskOptions {
  std::string_view name;  // what reports call it; copied
  bool daemon = false;    // the execution does not wait for it, and it cannot leak
};

class Task;
namespace internal {
inline heddle::Task MakeTask(TaskState* task, uint64_t serial);
struct TaskAccess;
}  // namespace internal

class Task {
 public:
  Task() = default;

  // Waits for the end of the task. Misuse for a default-constructed handle and for one of another
  // execution.
  void Join(Location where = Location::Here()) const;

 private:
  friend Task internal::MakeTask(internal::TaskState* task, uint64_t serial);
  friend struct internal::TaskAccess;
  Task(internal::TaskState* task, uint64_t serial) : task_(task), serial_(serial) {}
  [[gnu::cold]] void JoinMisused(Location where) const;

  internal::TaskState* task_ = nullptr;
  uint64_t serial_ = 0;
};

// Starts a task that runs `function`. Outside a scenario: ends the process with a message.
template <std::invocable F>
Task Go(TaskOptions options, F&& function, Location where = Location::Here());

template <std::invocable F>
HEDDLE_USER_OPERATION Task Go(std::string_view name, F&& function,
                              Location where = Location::Here()) {
  return Go(TaskOptions{.name = name}, std::forward<F>(function), where);
}

template <std::invocable F>
HEDDLE_USER_OPERATION Task Go(F&& function, Location where = Location::Here()) {
  return Go(TaskOptions{}, std::forward<F>(function), where);
}

// A step without effect: lets other tasks run in between.
void Yield(Location where = Location::Here());

// -- Implementation
// ---------------------------------------------------------------------------------

namespace internal {

inline heddle::Task MakeTask(TaskState* task, uint64_t serial) {
  return heddle::Task(task, serial);
}

// What stands behind a handle: its task (null: none) and the serial number of the task's execution.
struct TaskAccess {
  static TaskState* State(const heddle::Task& task) { return task.task_; }
  static uint64_t Serial(const heddle::Task& task) { return task.serial_; }
};

template <class Closure>
void RunOrDestroyClosure(TaskState* task, ClosureAction action) {
  Closure* closure = std::launder(static_cast<Closure*>(task->closure));
  struct Destroyer {
    Closure* closure;
    ~Destroyer() { closure->~Closure(); }
  } destroyer{closure};
  if (action == ClosureAction::kRun) (*closure)();
}

// A task that waits for its function.
struct Spawned {
  TaskState* task = nullptr;  // null: refused
  void* closure = nullptr;    // the memory for it
  uint64_t serial = 0;        // of the execution
};

template <class F>
void StoreClosure(const Spawned& spawned, F&& function) {
  using Closure = std::decay_t<F>;
  spawned.task->closure = new (spawned.closure) Closure(std::forward<F>(function));
  spawned.task->closure_action = RunOrDestroyClosure<Closure>;
}

// Copying the function object may throw: then nothing was spawned.
class SpawnGuard {
 public:
  explicit SpawnGuard(TaskState* task) : task_(task) {}
  ~SpawnGuard() {
    if (task_ != nullptr) WithdrawTask(task_);
  }
  SpawnGuard(const SpawnGuard&) = delete;
  SpawnGuard& operator=(const SpawnGuard&) = delete;
  void Dismiss() { task_ = nullptr; }

 private:
  TaskState* task_;
};

// The step of a spawn, up to where the function is copied.
HEDDLE_OPERATION Spawned Spawn(const TaskOptions& options, size_t size, size_t alignment,
                               Location where) {
  Hidden hidden;
  if (x.serial < kFirstSerial) [[unlikely]] {
    RefuseOutside(OperationKind::kSpawn, where, Throws::kYes);
    return {};
  }
  if (!Step(Announce(OperationKind::kSpawn, nullptr, where))) return {};
  TaskState* task = NewTask(options.name, options.daemon, where);
  if (task == nullptr) return {};
  const bool small = size <= sizeof task->small_closure && alignment <= 16;
  return {task, small ? task->small_closure : x.arena.Allocate(size, alignment), x.serial};
}

// Its function stands: what the spawner did so far happens before it, and the task can run.
HEDDLE_OPERATION heddle::Task FinishSpawn(const Spawned& spawned) {
  TsanRelease(&spawned.task->spawn_edge);
  Hidden hidden;
  Launch(spawned.task);
  return MakeTask(spawned.task, spawned.serial);
}

}  // namespace internal

template <std::invocable F>
HEDDLE_USER_OPERATION Task Go(TaskOptions options, F&& function, Location where) {
  using namespace internal;
  using Closure = std::decay_t<F>;
  static_assert(alignof(Closure) <= 64, "a task's function is aligned to 64 bytes at most");
  const Spawned spawned = Spawn(options, sizeof(Closure), alignof(Closure), where);
  if (spawned.task == nullptr) return Task();
  // The user's function object is copied in the spawner's own identity.
  SpawnGuard guard(spawned.task);
  StoreClosure(spawned, std::forward<F>(function));
  guard.Dismiss();
  return FinishSpawn(spawned);
}

HEDDLE_OPERATION void Task::Join(Location where) const {
  using namespace internal;
  const internal::TaskState* task;
  {
    Hidden hidden;
    if (serial_ != x.serial) [[unlikely]]
      return JoinMisused(where);
    internal::TaskState* me = Announce(OperationKind::kJoin, nullptr, where);
    me->word = Operation{OperationKind::kJoin, me->id, ObjectId{task_->id.value}}.Word();
    me->joining = task_;
    Pend(task_->joiners, me, task_->finished);
    if (!task_->finished && !(task_ != me && IsRunnable(task_))) [[unlikely]] {
      if (!NoOwnershipCycle(me)) return;
    }
    task = task_;
    if (!Step(me)) return;
    Unpend(task_->joiners, me);
    AcquireClock(me, task_->clock);
  }
  TsanAcquire(&task->done_edge);
}

HEDDLE_OPERATION void Yield(Location where) {
  using namespace internal;
  Hidden hidden;
  if (x.serial < kFirstSerial) [[unlikely]] {
    return RefuseOutside(OperationKind::kYield, where, Throws::kYes);
  }
  Step(Announce(OperationKind::kYield, nullptr, where));
}

}  // namespace heddle

#endif  // HEDDLE_SYNC_TASK_H_
