// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/weighted_semaphore.h"

#include <optional>
#include <string>

#include "heddle/sync/internal/counting.h"
#include "heddle/sync/select.h"

namespace heddle {
namespace internal {
namespace {

// Closed by the grant of a place in line that is not parked, for its task to select on.
class GrantState final : public ChannelState {
 public:
  explicit GrantState(const WeightedSemaphoreState* semaphore)
      : ChannelState(ChannelAccess::Type<Done>(), {.capacity = 1, .closes_only = true}),
        semaphore_(semaphore) {}

  AwaitedCase Awaits(OperationKind) const override { return {semaphore_, OperationKind::kAcquire}; }

 private:
  const WeightedSemaphoreState* semaphore_;
};

void CloseGrant(InLine* place) {
  place->line->Remove(place);
  auto* closing = x.arena.New<Closing>();
  closing->closer = x.current;
  closing->where = x.current->where;
  MarkClosed(place->grant, closing);
}

std::string DescribeLine(const Line& line, const char* comment) {
  std::string text;
  for (const Waiter* waiter = line.Front(); waiter != nullptr; waiter = waiter->next) {
    text += ", " + waiter->task->Label() + " waits for " +
            std::to_string(static_cast<const InLine*>(waiter)->amount) + comment;
  }
  return text;
}

// Those behind it may fit now.
void LeaveAndGrant(TaskState* task) {
  LeaveLine(task);
  static_cast<WeightedSemaphoreState*>(task->object)->Grant();
}

}  // namespace

void WeightedSemaphoreState::Check() {
  if (size >= 0) return;
  Misuse(OperationKind::kNone, this, created_at, Throws::kYes,
         LabelOf(*this) + " is made with a size of " + std::to_string(size),
         "give it a size of 0 or more");
}

std::string WeightedSemaphoreState::Describe() const {
  if (destroyed) return "destroyed";
  return std::to_string(held) + " of " + std::to_string(size) + " held" + DescribeLine(line, "") +
         DescribeLine(doomed, ", more than there are");
}

std::string WeightedSemaphoreState::DescribeStep(const TaskState& task) const {
  const int64_t n = Request::AmountOf(task);
  const std::string amount = "(" + std::to_string(n);
  switch (Operation::FromWord(task.word).kind) {
    case OperationKind::kAcquire: return amount + (CanTake(n) ? ")" : ", parks)");
    case OperationKind::kTryAcquire: return amount + (CanTake(n) ? ") -> true" : ") -> false");
    case OperationKind::kRelease:
      return amount + (Request::LeavesLine(task) ? ", leaves the line)" : ")");
    default: return {};
  }
}

void WeightedSemaphoreState::Grant() {
  while (!line.Empty() && !destroyed) {
    auto* front = static_cast<InLine*>(line.Front());
    if (front->amount > size - held) return;
    held += front->amount;
    front->task->clock.Join(clock, x.arena);
    TsanAcquireFor(front->task, this);
    if (front->grant != nullptr) {
      CloseGrant(front);
    } else {
      Complete(front);
    }
  }
}

}  // namespace internal

using internal::Hidden;
using internal::InLine;
using internal::Request;
using internal::TaskState;
using internal::Throws;

// Null: the operation is to do nothing.
WeightedSemaphore::State* WeightedSemaphore::Find(Kind kind, int64_t n, Location where,
                                                  Throws throws) {
  State* s = Get(kind, where, throws);
  if (s == nullptr || n >= 0) return s;
  internal::Misuse(kind, s, where, throws,
                   std::string(ToString(kind)) + " of " + std::to_string(n) + " permits of " +
                       internal::LabelOf(*s),
                   "ask for no permits or more");
  return nullptr;
}

void WeightedSemaphore::Acquire(int64_t n, Location where) {
  (void)AcquireBy(internal::kNoDeadline, n, where);
}

bool WeightedSemaphore::AcquireFor(std::chrono::nanoseconds duration, int64_t n, Location where) {
  if (duration.count() <= 0) return TryAcquire(n, where);
  return AcquireBy(internal::DeadlineOf(duration), n, where);
}

bool WeightedSemaphore::AcquireUntil(VirtualClock::time_point deadline, int64_t n, Location where) {
  if (internal::IsPast(internal::DeadlineOf(deadline))) return TryAcquire(n, where);
  return AcquireBy(deadline.time_since_epoch().count(), n, where);
}

bool WeightedSemaphore::AcquireBy(int64_t deadline, int64_t n, Location where) {
  State* s;
  {
    Hidden hidden;
    s = Find(Kind::kAcquire, n, where, Throws::kYes);
    if (s == nullptr) return false;
    TaskState* me = internal::Announce(Kind::kAcquire, s, where);
    Request mine(me, n);
    if (!internal::Step(me)) return false;
    if (!s->CanTake(n)) {
      internal::Park(n > s->size ? s->doomed : s->line, &mine, me);
      if (deadline != internal::kNoDeadline) {
        internal::GiveUpAt(me, deadline, internal::LeaveAndGrant);
      }
      // The step that grants it acquires for it.
      return internal::Step(me) && !internal::GaveUp(me);
    }
    s->held += n;
    internal::AcquireClock(me, s->clock);
  }
  internal::TsanAcquire(s);
  return true;
}

bool WeightedSemaphore::Acquire(const Context& context, int64_t n, Location where) {
  if (context.Err(where) != ContextError::kNone) return false;
  InLine mine(n);
  State* s;
  {
    Hidden hidden;
    s = Find(Kind::kAcquire, n, where, Throws::kYes);
    if (s == nullptr) return false;
    TaskState* me = internal::Announce(Kind::kAcquire, s, where);
    const Request request(me, n);
    if (!internal::Step(me)) return false;
    if (!s->CanTake(n)) {
      mine.task = me;
      mine.grant = internal::x.arena.New<internal::GrantState>(s);
      (n > s->size ? s->doomed : s->line).Add(&mine);
    } else {
      s->held += n;
      internal::AcquireClock(me, s->clock);
    }
  }
  if (mine.grant != nullptr) return AwaitGrant(s, &mine, context, where);
  internal::TsanAcquire(s);
  return true;
}

bool WeightedSemaphore::AwaitGrant(State* s, InLine* mine, const Context& context, Location where) {
  struct Leave {
    ~Leave() {
      Hidden hidden;
      if (mine->line != nullptr) mine->line->Remove(mine);
    }
    InLine* mine;
  } const leave{mine};  // when its task is unwound
  Select(OnReceive(internal::ChannelAccess::Of<Done>(mine->grant), NoHandler(), where),
         OnReceive(context.Done(where), NoHandler(), where));
  if (context.Err(where) == ContextError::kNone) return true;
  bool granted;
  {
    Hidden hidden;
    if (s->destroyed) {
      internal::GoOnWithout(s);
      return false;
    }
    TaskState* me = internal::Announce(Kind::kRelease, s, where);
    const Request request(me, mine->amount, mine);
    if (!internal::Step<Throws::kNo>(me)) return false;
    granted = mine->line == nullptr;
    if (granted) {
      s->held -= mine->amount;
      internal::ReleaseJoinClock(me, s->clock);
    } else {
      mine->line->Remove(mine);
    }
  }
  if (granted) internal::TsanRelease(s);
  Hidden hidden;
  s->Grant();
  return false;
}

bool WeightedSemaphore::TryAcquire(int64_t n, Location where) {
  State* s;
  {
    Hidden hidden;
    s = Find(Kind::kTryAcquire, n, where, Throws::kYes);
    if (s == nullptr) return false;
    TaskState* me = internal::Announce(Kind::kTryAcquire, s, where);
    me->operand = static_cast<uint64_t>(n);
    Request mine(me, n);
    if (!internal::Step(me)) return false;
    if (!s->CanTake(n)) return internal::ChangedNothing();
    s->held += n;
    internal::AcquireClock(me, s->clock);
  }
  internal::TsanAcquire(s);
  return true;
}

void WeightedSemaphore::Release(int64_t n, Location where) {
  State* s;
  {
    Hidden hidden;
    s = Find(Kind::kRelease, n, where, Throws::kNo);
    if (s == nullptr) return;
    TaskState* me = internal::Announce(Kind::kRelease, s, where);
    Request mine(me, n);
    if (!internal::Step<Throws::kNo>(me)) return;
    if (n > s->held) {
      return internal::Misuse(Kind::kRelease, s, where, Throws::kNo,
                              internal::LabelOf(*s) + " is released by " + std::to_string(n) +
                                  ", but only " + std::to_string(s->held) + " of " +
                                  std::to_string(s->size) + " are held",
                              "release only permits that were acquired, each once");
    }
    s->held -= n;
    internal::ReleaseJoinClock(me, s->clock);
  }
  internal::TsanRelease(s);
  Hidden hidden;
  s->Grant();
}

}  // namespace heddle
