// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/internal/selection.h"

#include <bit>
#include <iterator>
#include <string>

#include "heddle/runtime/internal/history.h"
#include "heddle/runtime/internal/limits.h"
#include "heddle/sync/internal/selection_effects.h"

namespace heddle::internal {
namespace {

enum class Ready : uint8_t { kNot, kBuffer, kClosed, kPartner };

Line& OwnLine(const Case& c) {
  return c.sends ? c.channel->parked_senders : c.channel->parked_receivers;
}

Ready ReadyByItself(const Case& c) {
  const ChannelState* channel = c.channel;
  if (channel == nullptr) return Ready::kNot;
  if (!c.sends && channel->length > 0) return Ready::kBuffer;
  if (channel->closed) return Ready::kClosed;
  return c.sends && channel->length < channel->capacity ? Ready::kBuffer : Ready::kNot;
}

bool AnyReadyByItself(const Selection& s) {
  for (uint32_t i = 0; i < s.count; ++i) {
    if (ReadyByItself(s.cases[i]) != Ready::kNot) return true;
  }
  return false;
}

// -- Partners
// ---------------------------------------------------------------------------------------

Case* NextAvailable(Waiter* waiter, const TaskState* except) {
  for (; waiter != nullptr; waiter = waiter->next) {
    const Selection& s = *static_cast<Case*>(waiter)->selection;
    if (s.parked && !s.ready && s.task != except) return static_cast<Case*>(waiter);
  }
  return nullptr;
}

}  // namespace

Case* FirstAvailable(const Line& line, const TaskState* except) {
  return NextAvailable(line.Front(), except);
}

namespace {

Case* FirstPartner(const Case& c) {
  const ChannelState* channel = c.channel;
  if (channel == nullptr || channel->capacity != 0 || channel->closed) return nullptr;
  return FirstAvailable(c.sends ? channel->parked_receivers : channel->parked_senders,
                        c.selection->task);
}

Ready ReadinessOf(const Case& c) {
  const Ready ready = ReadyByItself(c);
  if (ready != Ready::kNot) return ready;
  return FirstPartner(c) != nullptr ? Ready::kPartner : Ready::kNot;
}

Case* ChoosePartner(const Case& c) {
  const TaskState* me = c.selection->task;
  Case* partner = FirstPartner(c);
  if (c.channel->shape.fifo) return partner;
  uint32_t count = 0;
  for (Case* p = partner; p != nullptr; p = NextAvailable(p->next, me)) ++count;
  for (uint32_t i = ChooseIndex(count, c.selection->task); i > 0; --i) {
    partner = NextAvailable(partner->next, me);
  }
  return partner;
}

// -- Lines and guards
// ---------------------------------------------------------------------------------------

void UpdateRunnable(const Selection& s) {
  bool runnable = s.ready;
  for (uint32_t i = 0; s.parked && !runnable && i < s.count; ++i) {
    runnable = FirstPartner(s.cases[i]) != nullptr;
  }
  if (runnable) {
    MakeRunnable(s.task);
  } else {
    MakeBlocked(s.task);
  }
}

template <class F>
void ForEachIn(const Line& line, F f) {
  for (Waiter* waiter = line.Front(); waiter != nullptr; waiter = waiter->next) {
    f(*static_cast<Case*>(waiter)->selection);
  }
}

template <class F>
void ForEachIn(const TaskSet& set, F f) {
  const auto visit = [&f](uint64_t word, uint32_t first_slot) {
    for (; word != 0; word &= word - 1) {
      const TaskState& task = x.tasks[first_slot + static_cast<uint32_t>(std::countr_zero(word))];
      f(*static_cast<Selection*>(task.leave_from));
    }
  };
  visit(set.low, 0);
  if (set.high == nullptr) return;
  for (uint32_t i = 0; i < std::size(set.high->summary); ++i) {
    for (uint64_t words = set.high->summary[i]; words != 0; words &= words - 1) {
      const uint32_t at = i * 64 + static_cast<uint32_t>(std::countr_zero(words));
      visit(set.high->words[at], at * 64);
    }
  }
}

// Whether `s` is ready by itself may have changed, and with it whether it is available to partners.
void Update(Selection& s) {
  const bool was_ready = s.ready;
  s.ready = AnyReadyByItself(s);
  UpdateRunnable(s);
  if (s.ready == was_ready || !s.parked) return;
  for (uint32_t i = 0; i < s.count; ++i) {
    if (s.cases[i].channel == nullptr || s.cases[i].channel->capacity != 0) continue;
    ForEachIn(s.cases[i].channel->parked_senders, UpdateRunnable);
    ForEachIn(s.cases[i].channel->parked_receivers, UpdateRunnable);
  }
}

void RefreshParked(ChannelState* channel) {
  ForEachIn(channel->parked_senders, Update);
  ForEachIn(channel->parked_receivers, Update);
}

void Link(Selection& s) {
  s.task->leave_from = &s;
  for (uint32_t i = 0; i < s.count; ++i) {
    Case& c = s.cases[i];
    if (c.channel == nullptr) continue;
    if (!c.channel->Parks()) {
      Pend(c.channel->watchers, s.task, /*open=*/true);
      continue;
    }
    c.task = s.task;
    OwnLine(c).Add(&c);
    if (s.count > 1) ++c.channel->selects;
  }
}

// Whom it was a partner of may have to wait again. (All cases leave before anybody looks: one of two at the
// same channel would be taken for that of another task.)
void Unlink(Selection& s) {
  const bool was_parked = s.parked;
  s.parked = false;
  for (uint32_t i = 0; i < s.count; ++i) {
    Case& c = s.cases[i];
    if (c.channel == nullptr) continue;
    if (!c.channel->Parks()) Unpend(c.channel->watchers, s.task);
    if (c.line == nullptr) continue;
    c.line->Remove(&c);
    if (s.count > 1) --c.channel->selects;
  }
  if (!was_parked) return;
  for (uint32_t i = 0; i < s.count; ++i) {
    ChannelState* channel = s.cases[i].channel;
    const bool looks = channel != nullptr && (s.count > 1 || channel->selects > 0);
    if (looks && channel->Parks()) RefreshParked(channel);
  }
}

void LeaveSelection(TaskState* task) { Unlink(*static_cast<Selection*>(task->leave_from)); }

}  // namespace

void CompleteCase(Case& c) {
  Selection& s = *c.selection;
  s.completed = &c;
  Unlink(s);
  DisarmTimer(s.task->timer);
  s.task->word = Operation{OperationKind::kResume, s.task->id,
                           s.task->object != nullptr ? s.task->object->id : ObjectId{}}
                     .Word();
  MakeRunnable(s.task);
}

namespace {

AwaitedCase AwaitedAt(const Case& c) {
  const OperationKind kind = c.sends ? OperationKind::kSend : OperationKind::kReceive;
  return c.channel != nullptr ? c.channel->Awaits(kind) : AwaitedCase{nullptr, kind};
}

// What the step came to, for the interleaving: "-> receive orders 0/1".
void Note(const Selection& s, const Case* chosen, OperationKind otherwise) {
  if (x.history == nullptr || s.task->cases == nullptr) return;
  if (chosen == nullptr) {
    x.history->Detail(otherwise == OperationKind::kTrySelect ? "-> default"
                      : s.parks                              ? "(parks)"
                                                             : "(waits)");
  } else {
    x.history->Took(AwaitedAt(*chosen));
  }
}

// Commits to a case that is ready, if there is one: its index, else kNoCase.
uint32_t Commit(Selection& s, OperationKind kind, Location where) {
  Case* chosen = nullptr;
  Case* partner = nullptr;
  Ready ready = Ready::kNot;
  {
    Hidden hidden;
    uint32_t count = 0;
    for (uint32_t i = s.count; i-- > 0;) {
      if (ReadinessOf(s.cases[i]) == Ready::kNot) continue;
      chosen = &s.cases[i];
      ++count;
    }
    if (count == 0) {
      Note(s, nullptr, kind);
      return kNoCase;
    }
    for (uint32_t skip = ChooseIndex(count, s.task); skip > 0;) {
      if (ReadinessOf(*++chosen) != Ready::kNot) --skip;
    }
    ready = ReadinessOf(*chosen);
    if (ready == Ready::kPartner) partner = ChoosePartner(*chosen);
    Note(s, chosen, kind);
    if (ready == Ready::kClosed) {
      s.closed = true;
      if (chosen->sends) {
        SendOnClosed(chosen->channel, kind, where);
        return kNothing;
      }
      AcquireClock(s.task, chosen->channel->closing->clock);
      ChangedNothing();
    }
  }
  switch (ready) {
    case Ready::kPartner: Meet(*chosen, *partner); break;
    case Ready::kClosed: TsanAcquire(&chosen->channel->closed); break;
    default:
      if (chosen->sends) {
        SendToBuffer(*chosen);
      } else {
        ReceiveFromBuffer(*chosen);
      }
      Serve(chosen->channel);
      Hidden hidden;
      RefreshWaiters(chosen->channel);
  }
  return static_cast<uint32_t>(chosen - s.cases);
}

// -- Steps
// ---------------------------------------------------------------------------------------

void GiveUpSelectionAt(Selection& s, int64_t deadline) {
  s.task->leave_from = &s;
  GiveUpAt(s.task, deadline, LeaveSelection);
}

// A task is about to block: a context it waits for may be cancelled just now, if that is asked for.
void InjectCancellation(Selection& s) {
  for (uint32_t i = 0; i < s.count && x.faults_left.cancellations > 0; ++i) {
    ChannelState* channel = s.cases[i].channel;
    if (channel == nullptr || channel->on_blocked == nullptr || channel->closed) continue;
    ReserveDecision();
    if (InjectFault(x.faults_left.cancellations, s.task)) channel->on_blocked(channel);
  }
}

// Out of sight, while the task in `next` goes first. False: the operation is to do nothing.
bool WaitByGuard(Selection& s, TaskState* next) {
  TaskState* me = s.task;
  // Only if somebody else goes first is there anything to look out for.
  const bool waits = Operation::FromWord(me->word).kind != OperationKind::kTimeout;
  if (waits) Link(s);
  SwitchTo(me, next);
  if (x.serial == kUnwinding) [[unlikely]] {
    Abandon(Throws::kYes);
    return false;
  }
  if (waits) Unlink(s);
  return true;
}

// Waits until a case is ready by itself. False: the operation is to do nothing.
bool StepByGuard(Selection& s, Mode mode, int64_t deadline) {
  TaskState* me = s.task;
  s.ready = AnyReadyByItself(s);
  if (!s.ready) {
    InjectCancellation(s);
    s.ready = AnyReadyByItself(s);
  }
  if (!s.ready) MakeBlocked(me);
  if (mode == Mode::kUntil) GiveUpSelectionAt(s, deadline);
  TaskState* next = Decide();
  return next == me || WaitByGuard(s, next);
}

// The first step; with a deadline it tries, before it waits. False: the operation is to do nothing.
bool FirstStep(Selection& s, Mode mode) {
  for (uint32_t i = 0; i < s.count; ++i) {
    s.parks |= s.cases[i].channel != nullptr && s.cases[i].channel->Parks();
  }
  if (s.parks || mode != Mode::kWait) return Step(s.task);
  return StepByGuard(s, mode, 0);
}

// None was ready: waits, in line if that is to be seen. False: the operation is to do nothing.
bool WaitAndStep(Selection& s, Mode mode, int64_t deadline) {
  TaskState* me = s.task;
  if (!s.parks) return StepByGuard(s, mode, deadline);
  s.parked = true;
  Link(s);
  me->park = &s;
  MakeBlocked(me);
  InjectCancellation(s);
  if (mode == Mode::kUntil) GiveUpSelectionAt(s, deadline);
  if (!Step(me)) return false;
  me->park = nullptr;
  if (s.completed == nullptr) Unlink(s);
  return true;
}

// Which ones it has: two selects of other cases are other operations.
uint64_t HashOfCases(const Selection& s) {
  uint64_t hash = s.count;
  for (uint32_t i = 0; i < s.count; ++i) {
    const Case& c = s.cases[i];
    hash = Mix(hash, (c.channel == nullptr ? 0 : uint64_t{c.channel->id.value} << 1) + c.sends);
  }
  return hash;
}

}  // namespace

uint32_t RunSelection(Selection& s, OperationKind kind, ObjectState* object, Location where,
                      Mode mode, int64_t deadline) {
  {
    Hidden hidden;
    s.task = Announce(kind, object, where);
    if (object == nullptr) s.task->cases = &s;
    if (x.search != nullptr) [[unlikely]]
      s.task->operand = HashOfCases(s);
    if (!FirstStep(s, mode)) return kNothing;
  }
  const uint32_t chosen = Commit(s, kind, where);
  if (chosen == kNoCase && mode == Mode::kTry) {
    Hidden hidden;
    ChangedNothing();
  }
  if (chosen != kNoCase || mode == Mode::kTry) return chosen;
  TsanRelease(&s);
  {
    Hidden hidden;
    if (!WaitAndStep(s, mode, deadline)) return kNothing;
    if (mode == Mode::kUntil && s.completed == nullptr && GaveUp(s.task)) return kNoCase;
  }
  if (s.completed == nullptr) return Commit(s, kind, where);
  TsanAcquire(&s);
  Hidden hidden;
  Note(s, s.completed, kind);
  return static_cast<uint32_t>(s.completed - s.cases);
}

void Selection::List(std::vector<AwaitedCase>* awaited) const {
  for (uint32_t i = 0; i < count; ++i) awaited->push_back(AwaitedAt(cases[i]));
}

void RefreshWaiters(ChannelState* channel, Whom whom) {
  ForEachIn(channel->watchers, Update);
  if (channel->selects > 0 || whom == Whom::kAll) RefreshParked(channel);
}

}  // namespace heddle::internal
