// SPDX-License-Identifier: Apache-2.0
//
// A task inside an execution, and the base of every shared object's state.
//
// Tasks live in one array; each slot has a pooled stack, the same for many executions. The first cache line
// holds all that an announcement and a switch touch.
#ifndef HEDDLE_RUNTIME_INTERNAL_TASK_H_
#define HEDDLE_RUNTIME_INTERNAL_TASK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "heddle/core/location.h"
#include "heddle/core/operation.h"
#include "heddle/detect/vector_clock.h"
#include "heddle/runtime/internal/fiber.h"
#include "heddle/runtime/internal/timer.h"
#include "heddle/strategy/runnable_set.h"
#include "heddle/strategy/strategy.h"

namespace heddle::internal {

struct TaskState;
struct FenceClocks;

// What the execution keeps of a mutex, channel, ...: it outlives the user's object, which is only a
// handle to it. Lives in the execution's arena; no destructor runs.
class ObjectState {
 public:
  ObjectId id;
  ObjectKind kind;
  bool destroyed = false;              // the handle's destructor ran
  uint32_t ordinal = 0;                // n-th creation of its creator, or n-th use of those outside
  const TaskState* creator = nullptr;  // null: outside
  const char* name = nullptr;          // null: unnamed
  Location created_at;
  ObjectState* next = nullptr;  // in the execution's list, latest first

  // The n-th (from 0) of the tasks that keep the guard of `waiter`, which stands here, false: each of
  // them must act before it can go on. Such edges can form an ownership cycle. Null where there is
  // none.
  virtual const TaskState* Owner(const TaskState& waiter, uint32_t n) const;
  // Whether `task` holds it now, for reports; also where ownership is not enforced.
  virtual bool IsHeldBy(const TaskState& task) const;
  // For reports: "full, 1/1"; empty if there is nothing to say.
  virtual std::string Describe() const { return {}; }
  // What follows the name in the interleaving when `task` takes its announced operation: "0/1".
  virtual std::string DescribeStep(const TaskState& task) const;
  // Why it should not have been left as it is when all tasks have finished; empty if it may.
  virtual std::string LeftOver() const { return {}; }
  // Runs once the execution is over and unwound: destroys the user's values in this state.
  virtual void DestroyValues() {}

 protected:
  explicit ObjectState(ObjectKind what) : kind(what) {}
  ~ObjectState() = default;
};

// One of the things of which a task waits for any: a case of a select.
struct AwaitedCase {
  const ObjectState* object = nullptr;  // null: a nil channel
  OperationKind kind = OperationKind::kNone;
};

// Lists them for reports.
class AwaitedCases {
 public:
  virtual void List(std::vector<AwaitedCase>* cases) const = 0;

 protected:
  ~AwaitedCases() = default;
};

// A task's own instance of a TaskLocal (sync/task_local.h).
struct LocalInstance {
  uint64_t variable = 0;
  void* value = nullptr;
  void (*destroy)(LocalInstance*) = nullptr;
  LocalInstance* next = nullptr;
};

enum class ClosureAction : uint8_t { kRun, kDestroy };

struct alignas(64) TaskState : Fiber, Stand {
  uint32_t slot = 0;
  uint64_t bit = 0;  // 1 << slot; 0 from slot 64 on
  bool finished = false;
  bool started = false;
  bool daemon = false;
  bool completed = false;  // a partner completed this task's parked operation
  TaskId id;
  ObjectState* object = nullptr;  // of the announced operation

  Location where;                 // of the announced operation
  uint32_t spawned = 0;           // tasks, by this one
  uint32_t created = 0;           // objects, by this one
  mutable uint32_t searched = 0;  // the last search that met it (NoOwnershipCycle)
  uint32_t ordinal = 0;           // n-th spawn of its parent
  const TaskState* parent = nullptr;
  void* unwind = nullptr;              // the exception that unwinds it, while it exists
  const TaskState* joining = nullptr;  // whom it waits for at kJoin
  TaskSet joiners;
  void (*closure_action)(TaskState*, ClosureAction) = nullptr;
  void* closure = nullptr;
  VectorClock clock;
  const char* name = nullptr;  // null: unnamed
  Location spawned_at;
  const AwaitedCases* cases = nullptr;  // while it stands at an operation that is several in one
  void* park = nullptr;                 // its Waiter while it is parked (internal/line.h)
  Timer timer;                          // of its sleep, or of the deadline of its wait
  void (*leave)(TaskState*) = nullptr;  // out of where it waits, when it gives up
  void* leave_from = nullptr;           // where it waits, for `leave`
  uint64_t operand = 0;                 // of an atomic's operation or a weighted acquisition
  FenceClocks* fences = nullptr;        // null: no fence and no relaxed read (sync/atomic.h)
  LocalInstance* locals = nullptr;      // its task locals, latest first (sync/task_local.h)
  std::vector<std::string>* notes = nullptr;  // SCOPED_TRACE lines, innermost last (heddle/gtest)
  char* stack = nullptr;                      // lowest usable address
  size_t stack_bytes = 0;
  char spawn_edge = 0;  // addresses that stand for edges in ThreadSanitizer
  char done_edge = 0;
  bool tries = false;    // StandingTask::tries
  uint32_t refused = 0;  // operations while it was unwound
  alignas(16) std::byte small_closure[64] = {};

  // "T0", "T2", "T1.3", "clock": the path of spawns.
  std::string Label() const;
};
// An odd number of cache lines: the first lines of thousands of tasks must not compete for few sets of the
// cache.
static_assert(HEDDLE_TSAN || HEDDLE_ASAN || sizeof(TaskState) / 64 % 2 == 1);

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_TASK_H_
