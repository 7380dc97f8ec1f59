// SPDX-License-Identifier: Apache-2.0
//
// Who takes the next step.
#include <algorithm>
#include <utility>

#include "heddle/runtime/execute.h"
#include "heddle/runtime/internal/clock.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/history.h"
#include "heddle/runtime/internal/limits.h"
#include "heddle/runtime/internal/repeat.h"
#include "heddle/runtime/internal/show.h"

namespace heddle::internal {

constinit Execution x;

namespace {

[[gnu::cold, gnu::noinline]] TaskState* EndDiverged() {
  // The explorer asks the replay what did not fit.
  if (x.failure == nullptr) x.failure.reset(new Failure{.verdict = Verdict::kDiverged});
  ++x.fuel;
  return &x.driver;
}

// Nobody else can take a step.
inline TaskState* Unasked(uint32_t slot) {
  ++x.tasks[slot].unasked;
  return &x.tasks[slot];
}

// No task can take a step. Time may move on; else the execution ends.
[[gnu::cold, gnu::noinline]] TaskState* Quiescent() {
  if (!x.timers.Empty()) return Unasked(kClockSlot);
  ++x.fuel;
  return &x.driver;
}

inline void Record(uint32_t choice, uint64_t word) {
  *x.record++ = Decision{static_cast<uint16_t>(choice), DecisionCheck(word)};
}

inline TaskState* Pick() {
  const RunnableSet& runnable = Runnable();
  const uint64_t low = runnable.low();
  if ((low & (low - 1)) == 0 && runnable.high_count() <= (low == 0 ? 1 : 0)) [[unlikely]] {
    if (runnable.Empty()) return Quiescent();
    return Unasked(runnable.First());
  }
  const uint32_t slot = x.strategy->ChooseTask(x.alternatives);
  if (slot == Strategy::kDiverged) [[unlikely]]
    return EndDiverged();
  TaskState* next = &x.tasks[slot];
  Record(slot, next->word);
  return next;
}

inline TaskState* Take(TaskState* next) {
  x.hash = ExtendTraceHash(x.hash, next->word);
  return next;
}

// It could go on, and does not yield.
bool WouldGoOn(const TaskState* task) {
  return task != &x.driver && task->slot != kClockSlot && !task->finished && IsRunnable(task) &&
         x.alternatives.Announced(task->slot).kind != OperationKind::kYield;
}

// What the search says to the step that `next` is about to take. False: it is not taken, the execution ends.
bool GoesOn(const TaskState& next) {
  const Search::Go go = ShowStep(next.slot);
  if (go == Search::Go::kOn) return true;
  if (go == Search::Go::kDiverged) {
    EndDiverged();
  } else {
    x.abandoned = true;
    ++x.fuel;
  }
  return false;
}

TaskState* DecideRecorded(uint64_t step) {
  TaskState* me = x.current;
  if (me != &x.driver && me->slot != kClockSlot && !me->finished && !IsRunnable(me)) {
    x.history->Blocked(*me);
  }
  const bool choice = Runnable().Count() > 1;
  const bool could_run = Runnable().Count() > (Runnable().Contains(kClockSlot) ? 1 : 0);
  const uint32_t standard = choice ? x.alternatives.Default() : 0;
  const Decision* decision = x.record;
  TaskState* next = Pick();
  if (next == &x.driver) return next;
  if (x.search != nullptr && !GoesOn(*next)) return &x.driver;
  if (choice && decision->choice != standard) {
    x.history->Deviate(static_cast<uint32_t>(decision - x.decisions.data()), *decision);
  }
  const bool fires = next->slot == kClockSlot;
  x.history->Step(step, *next, /*preempts=*/next != me && !fires && WouldGoOn(me),
                  /*early=*/fires && could_run);
  return Take(next);
}

bool CanTakeAStep() { return !Runnable().Empty() || !x.timers.Empty(); }

// The countdown reached zero: a look at everything that is rare.
[[gnu::cold, gnu::noinline]] TaskState* DecideRarely() {
  const uint64_t taken = x.granted - 1;  // steps so far: this decision had the last unit of fuel
  if (x.stop_requested || LimitReached(taken)) {
    x.fuel = 1;
    return &x.driver;
  }
  if (x.end_hash != nullptr && x.hash == *x.end_hash && CanTakeAStep()) {
    x.at_recorded_end = true;
    x.fuel = 1;
    return &x.driver;
  }
  Refuel(taken);
  if (x.history != nullptr) return DecideRecorded(taken + 1);
  TaskState* next = Pick();
  if (next == &x.driver) return next;
  if (x.expected != nullptr && !RepeatsStep(taken + 1, *next)) {
    ++x.fuel;  // the step is not taken
    return &x.driver;
  }
  if (x.search != nullptr && !GoesOn(*next)) return &x.driver;
  if (x.trace != nullptr && x.trace->size() < kMostTraced)
    x.trace->push_back(Operation::FromWord(next->word));
  return Take(next);
}

}  // namespace

TaskState* Decide() {
  if (--x.fuel == 0) [[unlikely]]
    return DecideRarely();
  TaskState* next = Pick();
  if (next == &x.driver) [[unlikely]]
    return next;
  return Take(next);
}

namespace {

[[gnu::cold, gnu::noinline]] uint32_t StopDiverged() {
  RequestStop(Failure{.verdict = Verdict::kDiverged});
  return 0;
}

[[gnu::cold, gnu::noinline]] void NoteChoice() {
  x.history->Deviate(static_cast<uint32_t>(x.record - 1 - x.decisions.data()), x.record[-1]);
}

}  // namespace

uint32_t ChooseIndex(uint32_t count, TaskState* me) {
  if (count == 1) return 0;
  const uint32_t choice = x.strategy->ChooseIndex(count, Operation::FromWord(me->word));
  if (choice == Strategy::kDiverged) [[unlikely]]
    return StopDiverged();
  Record(choice, me->word);
  if (x.history != nullptr && choice != 0) [[unlikely]]
    NoteChoice();
  return choice;
}

}  // namespace heddle::internal
