// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/wait_group.h"

#include <limits>
#include <string>

#include "heddle/sync/internal/counting.h"

namespace heddle {
namespace internal {
namespace {

using Mark = WaitGroupMark;

constexpr char kAddBefore[] =
    "call Add in the task that spawns, before the spawn and before anyone can reach Wait";

// The mark of `task`, in the order of their first ones.
Mark* MarkOf(Mark** marks, const TaskState* task) {
  for (; *marks != nullptr; marks = &(*marks)->next) {
    if ((*marks)->task == task) return *marks;
  }
  *marks = x.arena.New<Mark>();
  (*marks)->task = task;
  return *marks;
}

std::string WhoWhere(const Mark& mark) {
  return mark.task->Label() + " at " + ToString(mark.where);
}

}  // namespace

std::string WaitGroupState::Describe() const {
  if (destroyed) return "destroyed";
  return "counter " + std::to_string(counter);
}

std::string WaitGroupState::DescribeStep(const TaskState& task) const {
  switch (Operation::FromWord(task.word).kind) {
    case OperationKind::kAdd: {
      const int64_t n = Request::AmountOf(task);
      return (n < 0 ? "" : "+") + std::to_string(n) + " -> " + SumOf(counter, n);
    }
    case OperationKind::kWait: return "(" + std::to_string(counter) + ")";
    default: return {};
  }
}

}  // namespace internal

using internal::Hidden;
using internal::LabelOf;
using internal::TaskState;
using internal::Throws;

void WaitGroup::Add(int64_t n, Location where) {
  State* g;
  {
    Hidden hidden;
    g = Get(Kind::kAdd, where, Throws::kNo);
    if (g == nullptr) return;
    TaskState* me = internal::Announce(Kind::kAdd, g, where);
    internal::Request mine(me, n);
    if (!internal::Step<Throws::kNo>(me)) return;
    if (!MayAdd(g, n, where)) return;
    if (n > 0 && g->counter == 0 && !MayLift(g, where)) return;
    g->counter += n;
    if (n >= 0) return;
    internal::ReleaseJoinClock(me, g->clock);
    if (g->counter == 0) internal::Open(g->waiters);
  }
  internal::TsanRelease(g);
}

bool WaitGroup::MayAdd(State* g, int64_t n, Location where) {
  const bool below = n < 0 && g->counter + n < 0;
  const bool above = n > 0 && g->counter > std::numeric_limits<int64_t>::max() - n;
  if (!below && !above) return true;
  internal::Misuse(
      Kind::kAdd, g, where, Throws::kNo,
      LabelOf(*g) + " is counted from " + std::to_string(g->counter) + (n < 0 ? " by " : " by +") +
          std::to_string(n) + (below ? ": a negative counter" : ": more than it can hold"),
      below ? "call Done once for each Add(1)" : "add what is left to do, one for each task");
  return false;
}

// The counter is about to leave 0.
bool WaitGroup::MayLift(State* g, Location where) {
  TaskState* me = internal::x.current;
  for (const internal::Mark* wait = g->waits; wait != nullptr; wait = wait->next) {
    if (!wait->standing && me->clock.Knows(wait->epoch)) continue;
    const std::string start = LabelOf(*g);
    if (wait->standing && wait->blocked) {
      internal::Misuse(Kind::kAdd, g, where, Throws::kNo,
                       start + " is reused by " + me->Label() +
                           " before the previous Wait has returned, of " +
                           internal::WhoWhere(*wait),
                       "let every Wait return before the next Add, or take another wait group");
      return false;
    }
    internal::Misuse(Kind::kAdd, g, where, Throws::kNo,
                     start + " is lifted from 0 by " + me->Label() +
                         ", unordered with the Wait of " + internal::WhoWhere(*wait),
                     internal::kAddBefore);
    return false;
  }
  internal::Mark* lift = internal::MarkOf(&g->lifts, me);
  lift->epoch = me->clock.At(me->slot);
  lift->where = where;
  return true;
}

// Whether every Add that lifted the counter is ordered before the Wait that begins. (One that does so
// while this task stands at Wait finds its mark.) Not later: the Done of a task tells of its Add.
bool WaitGroup::MayWait(State* g, Location where) {
  TaskState* me = internal::x.current;
  for (const internal::Mark* lift = g->lifts; lift != nullptr; lift = lift->next) {
    if (me->clock.Knows(lift->epoch)) continue;
    internal::Misuse(Kind::kWait, g, where, Throws::kYes,
                     me->Label() + " waits for " + LabelOf(*g) + ", unordered with the Add of " +
                         internal::WhoWhere(*lift) + ", which lifted it from 0",
                     internal::kAddBefore);
    return false;
  }
  return true;
}

void WaitGroup::Wait(Location where) {
  State* g;
  {
    Hidden hidden;
    g = Get(Kind::kWait, where, Throws::kYes);
    if (g == nullptr) return;
    if (!MayWait(g, where)) return;
    TaskState* me = internal::Announce(Kind::kWait, g, where);
    internal::Mark* mark = internal::MarkOf(&g->waits, me);
    mark->where = where;
    mark->standing = true;
    mark->blocked = g->counter > 0;
    internal::Pend(g->waiters, me, g->counter == 0);
    if (!internal::Step(me)) return;
    internal::Unpend(g->waiters, me);
    mark->standing = false;
    mark->epoch = me->clock.At(me->slot);
    internal::AcquireClock(me, g->clock);
  }
  internal::TsanAcquire(g);
}

WaitGroup::~WaitGroup() {
  Hidden hidden;
  if (!InExecution()) return;
  internal::Shut(state_->waiters);
}

}  // namespace heddle
