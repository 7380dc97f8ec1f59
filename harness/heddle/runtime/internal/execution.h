// SPDX-License-Identifier: Apache-2.0
//
// The step loop: announce, decide, switch, take effect.
//
// A primitive's operation reads, in the user's own frame:
//
//   Hidden hidden;                                     // harness memory: not TSan's business
//   MutexState* m = handle.Get(kLock, where, ...);     // misuse, other executions, unwinding
//   TaskState* me = Announce(kLock, m, where);
//   Pend(m->waiters, me, m->owner == nullptr);         // the guard
//   if (!Step(me)) return;                             // decide and switch
//   Unpend(m->waiters, me); m->owner = me; Shut(m->waiters);   // the effect
//
// Deciding is out of line, switching inline, for the sake of the processor's return predictor. Each
// object keeps, per guard, the set of tasks pending there: an effect that makes the guard true
// makes all of them runnable by one `or`, one that makes it false stops them by one `and not`.
// Nothing is allocated and no history is kept while exploring; what is rare (history, limits, a
// requested stop) is looked at when one countdown, `fuel`, reaches zero.
//
// One execution runs at a time in a process: the state is one global.
#ifndef HEDDLE_RUNTIME_INTERNAL_EXECUTION_H_
#define HEDDLE_RUNTIME_INTERNAL_EXECUTION_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/core/arena.h"
#include "heddle/core/decision.h"
#include "heddle/core/options.h"
#include "heddle/core/snapshot.h"
#include "heddle/runtime/internal/task.h"
#include "heddle/runtime/internal/timer.h"
#include "heddle/strategy/search.h"
#include "heddle/strategy/strategy.h"

namespace heddle::internal {

// Execution::serial when no execution runs or its tasks are being unwound. Those of executions are
// larger, so a handle bound to one never fits.
inline constexpr uint64_t kIdle = 1;
inline constexpr uint64_t kUnwinding = 2;
inline constexpr uint64_t kFirstSerial = 16;

class History;

// A task on the way from one that waits to the one it waits for.
struct Waiting {
  const TaskState* task = nullptr;
  uint32_t owners = 0;  // looked at so far
};

// An exception in flight that led to the failure, which does not tell yet what it is (internal/exceptions.h).
struct AwaitedException {
  const TaskState* task = nullptr;  // in which it was thrown; null: there is none
  unsigned int in_flight = 0;       // exceptions there, itself included
  const void* caught = nullptr;     // the one that was caught there last, before
};

struct Execution {
  // The loop.
  TaskState* current = nullptr;
  Decision* record = nullptr;  // where the next decision goes
  uint64_t hash = 0;
  TaskState* tasks = nullptr;  // the array, by slot
  Strategy* strategy = nullptr;
  uint32_t fuel = 0;  // decisions until the next look at what is rare
  uint32_t next_slot = 0;
  uint64_t serial = kIdle;
  ThreadGlobals thread;
  Alternatives alternatives;

  // The rest, cold.
  Arena arena;
  TaskState driver;  // the caller's stack: what runs when no task does
  uint64_t last_serial = kFirstSerial;
  uint64_t granted = 0;          // fuel handed out so far
  uint64_t limit = 0;            // of steps
  uint64_t fair_from = 0;        // steps after which the strategy is a fair random walk
  uint32_t unfinished = 0;       // non-daemon tasks
  uint32_t outside_objects = 0;  // used so far
  bool body_returned = false;
  bool drain_cut = false;       // the drain reached its limit
  bool stop_requested = false;  // end at the next step or end of a task
  bool fair = false;
  bool body_ran_fairly = false;    // the body could go on at some step of the fair half
  ObjectState* objects = nullptr;  // latest first
  Options options;
  std::unique_ptr<Failure> failure;  // why the execution ends, if something said so
  AwaitedException awaited;
  // Every step is looked at if one of these is there; null while exploring.
  History* history = nullptr;
  std::vector<Operation>* trace = nullptr;           // takes the operation of every step
  const std::vector<Operation>* expected = nullptr;  // the trace that is to be repeated
  const uint64_t* end_hash = nullptr;  // the recorded execution ended with this trace hash
  Search* search = nullptr;            // the strategy, if it is systematic
  bool watched = false;                // one of them is there
  bool abandoned = false;              // the search ended the execution
  bool at_recorded_end = false;        // ended there, though a task could go on
  uint32_t stack_shift = 0;            // bytes by which frames lie lower than usual
  std::vector<Decision> decisions;
  // Virtual time.
  int64_t now = 0;
  bool time_looked_at = false;  // since the fair half began (limits.cc)
  uint32_t early_left = 0;
  Faults faults_left;
  TimerQueue timers;
  bool clock_ready = false;  // its fiber exists
  // Kept so that they allocate only once.
  std::vector<Waiting> path;  // of the search for an ownership cycle
  uint32_t searches = 0;      // in this execution
  std::vector<StandingTask> standing;
};

extern Execution x;

// -- Runnable and pending tasks
// ---------------------------------------------------------------------

void PendHigh(TaskSet& set, TaskState* task, bool open);
void UnpendHigh(TaskSet& set, TaskState* task);

inline RunnableSet& Runnable() { return x.alternatives.runnable(); }
inline bool IsRunnable(const TaskState* task) { return Runnable().Contains(task->slot); }

HEDDLE_ALWAYS_INLINE void MakeRunnable(TaskState* task) {
  if (task->bit != 0) [[likely]] {
    Runnable().InsertLow(task->bit);
  } else {
    Runnable().InsertHigh(task->slot);
  }
}

HEDDLE_ALWAYS_INLINE void MakeBlocked(TaskState* task) {
  if (task->bit != 0) [[likely]] {
    Runnable().EraseLow(task->bit);
  } else {
    Runnable().EraseHigh(task->slot);
  }
}

// `task`, which is runnable, stands at an operation whose guard belongs to `set` and is `open` now.
HEDDLE_ALWAYS_INLINE void Pend(TaskSet& set, TaskState* task, bool open) {
  if (task->bit == 0) [[unlikely]]
    return PendHigh(set, task, open);
  set.low |= task->bit;
  if (!open) Runnable().EraseLow(task->bit);
}

HEDDLE_ALWAYS_INLINE void Unpend(TaskSet& set, TaskState* task) {
  if (task->bit == 0) [[unlikely]]
    return UnpendHigh(set, task);
  set.low &= ~task->bit;
}

// The guard of all tasks in `set` became true.
HEDDLE_ALWAYS_INLINE void Open(TaskSet& set) {
  Runnable().InsertLow(set.low);
  if (set.high != nullptr) [[unlikely]]
    Runnable().InsertAll(*set.high);
}

// The guard of all tasks in `set` became false.
HEDDLE_ALWAYS_INLINE void Shut(TaskSet& set) {
  Runnable().EraseLow(set.low);
  if (set.high != nullptr) [[unlikely]]
    Runnable().EraseAll(*set.high);
}

// -- Announce, decide, switch
// -----------------------------------------------------------------------

HEDDLE_ALWAYS_INLINE TaskState* Announce(OperationKind kind, ObjectState* object, Location where) {
  TaskState* me = x.current;
  me->word = Operation{kind, me->id, object != nullptr ? object->id : ObjectId{}}.Word();
  me->object = object;
  me->where = where;
  return me;
}

// Who takes the next step; the driver if the execution ends. Counts, hashes and records the step.
TaskState* Decide();

HEDDLE_ALWAYS_INLINE void SwitchTo(TaskState* from, TaskState* to) {
  x.current = to;
  x.alternatives.set_last(to->slot);
  Jump(from, to, x.thread);
}

// Whether an operation may throw. One that runs in destructors (unlock, release, close) must not:
// it does nothing while its task is being unwound.
enum class Throws : bool { kNo, kYes };

// Unwinds the running task, unless an exception is in flight already (we are in a destructor).
[[gnu::cold, gnu::noinline]] void Abandon(Throws throws);

// Decides, and switches if another task goes first. True when the effect is to be taken; false when
// the execution ended and the operation must do nothing.
template <Throws throws = Throws::kYes>
HEDDLE_ALWAYS_INLINE bool Step(TaskState* me) {
  TaskState* next = Decide();
  if (next != me) {
    SwitchTo(me, next);
    if (x.serial == kUnwinding) [[unlikely]] {
      Abandon(throws);
      return false;
    }
  }
  return true;
}

// A choice inside an effect among `count` alternatives, by the strategy; 0 without asking if there
// is only one.
uint32_t ChooseIndex(uint32_t count, TaskState* me);

// Whether a fault is injected into the effect of `me`'s operation: a decision while `left` of that kind
// are left. `left` is a member of x.faults_left.
inline bool InjectFault(uint32_t& left, TaskState* me) {
  if (left == 0 || ChooseIndex(2, me) == 0) [[likely]]
    return false;
  --left;
  return true;
}

// For a search: the current step changes nothing. False, for who tried in vain to return.
inline bool ChangedNothing() {
  if (x.search != nullptr) [[unlikely]]
    x.search->ChangedNothing();
  return false;
}

// For reports: `me`, which takes a step, was met by a fault; `detail` says what came of it.
[[gnu::cold, gnu::noinline]] void NoteFault(const TaskState* me, const char* detail);

// -- Happens-before
// ---------------------------------------------------------------------------------

HEDDLE_ALWAYS_INLINE void AcquireClock(TaskState* me, const VectorClock& clock) {
  me->clock.Join(clock, x.arena);
}
// For a clock that `me` acquired since anyone else released to it.
HEDDLE_ALWAYS_INLINE void ReleaseClock(TaskState* me, VectorClock& clock) {
  clock.Assign(me->clock, x.arena);
  me->clock.Increment(me->slot, x.arena);
}
// For a clock to which several may release without acquiring it.
HEDDLE_ALWAYS_INLINE void ReleaseJoinClock(TaskState* me, VectorClock& clock) {
  clock.Add(me->clock, x.arena);
  me->clock.Increment(me->slot, x.arena);
}

// -- Ends and failures
// ------------------------------------------------------------------------------

// The execution ends here: switches to the driver. Comes back only while the task is unwound.
[[gnu::cold, gnu::noinline]] void EndHere(Throws throws);
[[gnu::cold, gnu::noinline]] void FailHere(Failure failure, Throws throws);

// A rule was broken at the announced or attempted operation. As EndHere.
[[gnu::cold, gnu::noinline]] void Misuse(OperationKind kind, ObjectState* object, Location where,
                                         Throws throws, std::string message, std::string remedy);

// The execution ends because max_steps was reached before the body returned, or because the deadline
// passed, unless something else ended it already.
[[gnu::cold]] void FailAtLimit();
[[gnu::cold]] void FailAtDeadline();

// The n-th (from 0) of the tasks of which every one alone keeps `task`'s guard false: it waits for them
// for good. Null where there is none, and for a wait with a deadline.
const TaskState* OwnerAwaited(const TaskState& task, uint32_t n);

// Called with `me` blocked at an operation that waits for owners: ends the execution if that closes a
// cycle, and is then false if it comes back at all.
[[gnu::cold, gnu::noinline]] bool NoOwnershipCycle(TaskState* me);
// The same when another task's step made `waiter` wait for owners.
[[gnu::cold, gnu::noinline]] bool NoOwnershipCycleOf(const TaskState* waiter, Throws throws);

// The execution is to end at the running task's next step or end, with this verdict unless there is
// one already. From anywhere in a task's own code.
void RequestStop(Failure failure);

// An operation that stands on no object was called while no execution runs or its task is being
// unwound. Ends the process, throws, or returns (the operation then does nothing).
[[gnu::cold, gnu::noinline]] void RefuseOutside(OperationKind kind, Location where, Throws throws);

// -- Objects
// ----------------------------------------------------------------------------------------

// Enters a new state into the execution. `name` is copied.
void Register(ObjectState* object, const char* name, Location created_at, bool outside);

// The user's object of this state was destroyed. Misuse if a runnable task stands at an operation on it that never
// waits. Those that stand at others stay blocked for good, even if they need not wait, or until their deadline
// (GaveUp).
void Retire(ObjectState* object);
// Misuse: the running task waited at an object that is gone and goes on by itself.
[[gnu::cold, gnu::noinline]] void GoOnWithout(ObjectState* object);
// Before the running task finishes: of what it holds it is a user to the end, for searches.
[[gnu::cold, gnu::noinline]] void NoteHeldObjects(const TaskState& me);

// A copy in the arena; null for an empty name.
const char* CopyName(std::string_view name);

// 'mutex "cart.mu"', 'channel #2', 'mutex T1#1', 'semaphore outside#1'.
std::string LabelOf(const ObjectState& object);
// 'cart.mu', '#2'
std::string ShorthandOf(const ObjectState& object);

// -- Tasks
// ------------------------------------------------------------------------------------------

// The right to one task: who spawns it, as which one, and what happens before it. Made in the spawner's
// step; the task may come to be later (a timer's function).
struct SpawnTicket {
  TaskState* parent = nullptr;
  uint32_t ordinal = 0;
  VectorClock clock;
  Location where;
};
void TakeTicket(SpawnTicket* ticket, Location where);

// A new task standing at `start`, its closure still to be set; null if that is refused.
TaskState* NewTask(const SpawnTicket& ticket, std::string_view name, bool daemon);
// The same, spawned by the running task now; null if Go is to do nothing.
TaskState* NewTask(std::string_view name, bool daemon, Location where);
// It never comes to be: its closure could not be made.
[[gnu::cold, gnu::noinline]] void WithdrawTask(TaskState* task);
// It can run from now on.
void Launch(TaskState* task);

// -- Virtual time
// -----------------------------------------------------------------------------------

// `duration` from now, capped to the end of time.
inline int64_t DeadlineIn(int64_t duration) {
  constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  return duration > kEnd - x.now ? kEnd : x.now + duration;
}

[[gnu::cold]] void CancelTimer(Timer& timer);

// The clock will fire it at `deadline`, or at once if that is past.
void ArmTimer(Timer& timer, int64_t deadline);
inline void DisarmTimer(Timer& timer) {
  if (timer.armed()) [[unlikely]]
    CancelTimer(timer);
}

// `me`, which waits, gives up at `deadline`: the clock's step takes it out of where it waits, by
// `leave`; it then stands at `timeout` and can run. Nobody who comes later meets it there. An operation
// with a deadline tries first, in a step of its own without the timer: what is there is not missed for the
// clock's sake, and whether the timer is armed depends on no step that another task takes meanwhile.
void GiveUpAt(TaskState* me, int64_t deadline, void (*leave)(TaskState*));
// The same for a task that pends in `set`.
void GiveUpAt(TaskState* me, int64_t deadline, TaskSet& set);

// After the step that ended such a wait: whether it was given up. Misuse if the object is gone by then.
inline bool GaveUp(TaskState* me) {
  DisarmTimer(me->timer);
  if (Operation::FromWord(me->word).kind != OperationKind::kTimeout) return false;
  if (me->object != nullptr && me->object->destroyed) [[unlikely]]
    GoOnWithout(me->object);
  return true;
}

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_EXECUTION_H_
