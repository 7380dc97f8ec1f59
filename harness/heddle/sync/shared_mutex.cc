// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/shared_mutex.h"

#include <algorithm>
#include <string>

#include "heddle/sync/internal/deadline.h"

namespace heddle {
namespace internal {

bool SharedMutexState::IsReading(const TaskState& task) const {
  return std::any_of(readers, readers + reader_count,
                     [&](const Reader& reader) { return reader.task == &task; });
}

void SharedMutexState::AddReader(TaskState* task) {
  ++reading;
  for (uint32_t i = 0; i < reader_count; ++i) {
    if (readers[i].task == task) {
      ++readers[i].times;
      return;
    }
  }
  if (reader_count == reader_room) {
    reader_room = reader_room == 0 ? 4 : 2 * reader_room;
    auto* more =
        static_cast<Reader*>(x.arena.Allocate(reader_room * sizeof(Reader), alignof(Reader)));
    std::copy(readers, readers + reader_count, more);
    readers = more;
  }
  readers[reader_count++] = {task, 1};
}

void SharedMutexState::RemoveReader(const TaskState* task) {
  --reading;
  uint32_t i = 0;
  while (i < reader_count && readers[i].task != task) ++i;
  if (i == reader_count) i = 0;
  if (--readers[i].times > 0) return;
  std::copy(readers + i + 1, readers + reader_count, readers + i);
  --reader_count;
}

void SharedMutexState::Admit(TaskState* task) {
  writer = task;
  Shut(writers_waiting);
  Shut(readers_waiting);
}

void SharedMutexState::Dismiss() {
  writer = nullptr;
  held = false;
  if (destroyed) return;
  Open(writers_waiting);
  Open(readers_waiting);
}

const TaskState* SharedMutexState::Owner(const TaskState& waiter, uint32_t n) const {
  if (!owned) return nullptr;
  if (&waiter == writer && !held) return n < reader_count ? readers[n].task : nullptr;
  if (n > 0 || writer == nullptr) return nullptr;
  // One that awaits its readers with a deadline gives way by itself.
  return held || !writer->timer.armed() ? writer : nullptr;
}

bool SharedMutexState::IsHeldBy(const TaskState& task) const {
  return (held && writer == &task) || IsReading(task);
}

std::string SharedMutexState::Describe() const {
  if (destroyed) return "destroyed";
  if (held) return (owned ? "held by " : "locked by ") + writer->Label();
  if (reading == 0) return "free";
  std::string names;
  for (uint32_t i = 0; i < reader_count; ++i) {
    names += (i == 0 ? "" : ", ") + readers[i].task->Label();
  }
  if (writer == nullptr) return "read by " + names;
  return writer->Label() + " awaits " + names;
}

std::string SharedMutexState::DescribeStep(const TaskState& task) const {
  switch (Operation::FromWord(task.word).kind) {
    case OperationKind::kLock:
      if (writer != nullptr) return IsRunnable(&task) ? "(waits)" : "";
      return reading > 0 ? "(readers left)" : "";
    case OperationKind::kLockShared: return writer != nullptr && IsRunnable(&task) ? "(waits)" : "";
    case OperationKind::kTryLock: return IsFree() ? "-> true" : "-> false";
    case OperationKind::kTryLockShared: return writer == nullptr ? "-> true" : "-> false";
    default: return {};
  }
}

namespace {

// A writer that awaits its readers gives up.
void LeaveAsWriter(TaskState* task) { static_cast<SharedMutexState*>(task->object)->Dismiss(); }

}  // namespace
}  // namespace internal

using internal::Hidden;
using internal::Throws;

// -- Writers
// ----------------------------------------------------------------------------------------

void SharedMutex::lock(Location where) { Lock(std::nullopt, where); }

bool SharedMutex::try_lock_for(std::chrono::nanoseconds duration, Location where) {
  return try_lock_until(
      VirtualClock::time_point(std::chrono::nanoseconds(internal::DeadlineOf(duration))), where);
}

bool SharedMutex::try_lock_until(VirtualClock::time_point deadline, Location where) {
  if (internal::IsPast(internal::DeadlineOf(deadline))) return try_lock(where);
  return Lock(internal::DeadlineOf(deadline), where);
}

namespace {

// `me`, announced, waits in `set` until there is no writer. False: the operation is to do nothing more.
bool AwaitWriter(internal::SharedMutexState* s, TaskSet& set, internal::TaskState* me,
                 std::optional<int64_t> deadline) {
  using namespace internal;
  if (deadline) {
    if (!Step(me)) return false;  // tries before it waits
    if (s->writer == nullptr && !s->destroyed) return true;
    Pend(set, me, /*open=*/false);
    GiveUpAt(me, *deadline, set);
    if (!Step(me) || GaveUp(me)) return false;
  } else {
    Pend(set, me, s->writer == nullptr);
    if (s->writer != nullptr && s->owned && !NoOwnershipCycle(me)) return false;
    if (!Step(me)) return false;
  }
  Unpend(set, me);
  return true;
}

}  // namespace

bool SharedMutex::Lock(Deadline deadline, Location where) {
  using namespace internal;
  State* s;
  {
    Hidden hidden;
    s = Get(Kind::kLock, where, Throws::kYes);
    if (s == nullptr) return false;
    TaskState* me = Announce(Kind::kLock, s, where);
    if (!AwaitWriter(s, s->writers_waiting, me, deadline)) return false;
    s->Admit(me);
    if (s->reading > 0 && !AwaitReaders(s, deadline, where)) return false;
    s->held = true;
    AcquireClock(me, s->written);
    AcquireClock(me, s->read);
  }
  TsanAcquire(s);
  TsanAcquire(&s->read_edge);
  return true;
}

// The second step: the running task is the writer, and readers are left.
bool SharedMutex::AwaitReaders(State* s, Deadline deadline, Location where) {
  using namespace internal;
  TaskState* me = Announce(Kind::kAwaitReaders, s, where);
  MakeBlocked(me);
  // Whoever now waits for this writer adds no cycle that the writer itself is not part of.
  if (deadline) {
    GiveUpAt(me, *deadline, LeaveAsWriter);
  } else if (s->owned && !NoOwnershipCycle(me)) {
    return false;
  }
  return Step(me) && !GaveUp(me);
}

bool SharedMutex::try_lock(Location where) {
  using namespace internal;
  State* s;
  {
    Hidden hidden;
    s = Get(Kind::kTryLock, where, Throws::kYes);
    if (s == nullptr) return false;
    TaskState* me = Announce(Kind::kTryLock, s, where);
    if (!Step(me)) return false;
    if (!s->IsFree()) return ChangedNothing();
    if (InjectFault(x.faults_left.failed_try_locks, me))
      return NoteFault(me, "-> false (fault)"), false;
    s->Admit(me);
    s->held = true;
    AcquireClock(me, s->written);
    AcquireClock(me, s->read);
  }
  TsanAcquire(s);
  TsanAcquire(&s->read_edge);
  return true;
}

void SharedMutex::unlock(Location where) {
  using namespace internal;
  State* s;
  {
    Hidden hidden;
    s = Get(Kind::kUnlock, where, Throws::kNo);
    if (s == nullptr) return;
    TaskState* me = Announce(Kind::kUnlock, s, where);
    // Of an unowned mutex another task may take a step first: its effect looks.
    if (s->owned && (!s->held || s->writer != me)) return UnlockMisused(s, where);
    if (!Step<Throws::kNo>(me)) return;
    if (!s->held) return UnlockMisused(s, where);
    s->Dismiss();
    ReleaseJoinClock(me, s->written);  // of an unowned mutex, `me` need not have locked it
  }
  TsanRelease(s);
}

void SharedMutex::UnlockMisused(State* s, Location where) {
  const std::string label = internal::LabelOf(*s);
  if (!s->held) {
    internal::Misuse(Kind::kUnlock, s, where, Throws::kNo,
                     label + " is unlocked though no task holds it for writing",
                     "unlock once for each lock, and undo lock_shared by unlock_shared");
    return;
  }
  internal::Misuse(Kind::kUnlock, s, where, Throws::kNo,
                   label + " is unlocked by " + internal::x.current->Label() +
                       ", but it is held by " + s->writer->Label(),
                   "unlock in the task that locked, or make it a SharedMutex{kUnowned} if handing "
                   "the lock over is meant");
}

// -- Readers
// ----------------------------------------------------------------------------------------

void SharedMutex::lock_shared(Location where) { LockShared(std::nullopt, where); }

bool SharedMutex::try_lock_shared_for(std::chrono::nanoseconds duration, Location where) {
  return try_lock_shared_until(
      VirtualClock::time_point(std::chrono::nanoseconds(internal::DeadlineOf(duration))), where);
}

bool SharedMutex::try_lock_shared_until(VirtualClock::time_point deadline, Location where) {
  if (internal::IsPast(internal::DeadlineOf(deadline))) return try_lock_shared(where);
  return LockShared(internal::DeadlineOf(deadline), where);
}

bool SharedMutex::LockShared(Deadline deadline, Location where) {
  using namespace internal;
  State* s;
  {
    Hidden hidden;
    s = Get(Kind::kLockShared, where, Throws::kYes);
    if (s == nullptr) return false;
    TaskState* me = Announce(Kind::kLockShared, s, where);
    if (!AwaitWriter(s, s->readers_waiting, me, deadline)) return false;
    s->AddReader(me);
    AcquireClock(me, s->written);
  }
  TsanAcquire(s);
  return true;
}

bool SharedMutex::try_lock_shared(Location where) {
  using namespace internal;
  State* s;
  {
    Hidden hidden;
    s = Get(Kind::kTryLockShared, where, Throws::kYes);
    if (s == nullptr) return false;
    TaskState* me = Announce(Kind::kTryLockShared, s, where);
    if (!Step(me)) return false;
    if (s->writer != nullptr) return ChangedNothing();
    if (InjectFault(x.faults_left.failed_try_locks, me))
      return NoteFault(me, "-> false (fault)"), false;
    s->AddReader(me);
    AcquireClock(me, s->written);
  }
  TsanAcquire(s);
  return true;
}

void SharedMutex::unlock_shared(Location where) {
  using namespace internal;
  State* s;
  {
    Hidden hidden;
    s = Get(Kind::kUnlockShared, where, Throws::kNo);
    if (s == nullptr) return;
    TaskState* me = Announce(Kind::kUnlockShared, s, where);
    if (s->owned && !s->IsReading(*me)) return UnlockSharedMisused(s, where);
    if (!Step<Throws::kNo>(me)) return;
    if (s->reading == 0) return UnlockSharedMisused(s, where);
    s->RemoveReader(me);
    if (s->reading == 0 && s->writer != nullptr) MakeRunnable(s->writer);
    ReleaseJoinClock(me, s->read);
  }
  TsanRelease(&s->read_edge);
}

void SharedMutex::UnlockSharedMisused(State* s, Location where) {
  const std::string label = internal::LabelOf(*s);
  if (s->reading == 0) {
    internal::Misuse(Kind::kUnlockShared, s, where, Throws::kNo,
                     label + " is unlocked though no task holds it for reading",
                     "call unlock_shared once for each lock_shared, and undo lock by unlock");
    return;
  }
  internal::Misuse(Kind::kUnlockShared, s, where, Throws::kNo,
                   label + " is unlocked by " + internal::x.current->Label() +
                       ", which does not hold it for reading",
                   "call unlock_shared in the task that called lock_shared, or make it a "
                   "SharedMutex{kUnowned} if handing the lock over is meant");
}

// -- The end
// ----------------------------------------------------------------------------------------

SharedMutex::~SharedMutex() {
  Hidden hidden;
  if (!InExecution()) return;
  const auto may_not_hold = [](const internal::TaskState* task) {
    return task == internal::x.current || task->finished;
  };
  const internal::TaskState* holder = nullptr;
  if (state_->owned && state_->held && may_not_hold(state_->writer)) holder = state_->writer;
  for (uint32_t i = 0; state_->owned && i < state_->reader_count; ++i) {
    if (may_not_hold(state_->readers[i].task)) holder = state_->readers[i].task;
  }
  if (holder != nullptr) {
    const std::string who = holder == internal::x.current
                                ? "the task that destroys it"
                                : holder->Label() + ", which has finished";
    internal::Misuse(Kind::kNone, state_, created_at_, Throws::kNo,
                     internal::LabelOf(*state_) + " is destroyed while it is held by " + who,
                     "unlock it before it is destroyed");
    return;
  }
  internal::Shut(state_->writers_waiting);
  internal::Shut(state_->readers_waiting);
  if (state_->writer != nullptr && !state_->held) internal::MakeBlocked(state_->writer);
}

}  // namespace heddle
