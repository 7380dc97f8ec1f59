// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/internal/races.h"

#include <algorithm>

namespace heddle {
namespace {

using K = OperationKind;
using O = ObjectKind;

// What never makes another task's guard false.
bool OnlyEnables(const SearchStep& step) {
  constexpr KindSet kKinds(K::kUnlock, K::kUnlockShared, K::kArrive, K::kArriveAndDrop,
                           K::kNotifyOne, K::kNotifyAll, K::kEndCallOnce, K::kSet, K::kLength,
                           K::kLoad, K::kErr);
  const K kind = step.at.operation.kind;
  return !step.ends && step.destroyed == 0 &&
         (kKinds.Contains(kind) || (kind == K::kRelease && step.at.object == O::kSemaphore));
}

// Operations whose guard, once true, another task can make false. (The clock's is looked at by itself.)
bool CanBeDisabled(const SearchStep& step) {
  constexpr KindSet kKinds(K::kLock, K::kLockShared, K::kCallOnce, K::kAcquire, K::kSend,
                           K::kReceive, K::kSelect);
  if (step.tries) return false;
  const K kind = step.at.operation.kind;
  return kKinds.Contains(kind) || (kind == K::kWait && step.at.object == O::kWaitGroup);
}

// Whether the operation of `later` is never possible while that of `earlier` is.
bool NeverBothPossible(const SearchStep& earlier, const SearchStep& later) {
  if (earlier.ends || later.tries) return false;
  const Operation& a = earlier.at.operation;
  const Operation& b = later.at.operation;
  if (b.kind == K::kJoin) return b.object.value == a.task.value;
  if (a.object != b.object || earlier.at.object != later.at.object) return false;
  switch (earlier.at.object) {
    case O::kMutex:
    case O::kRecursiveMutex: return a.kind == K::kUnlock && b.kind == K::kLock;
    case O::kOnce: return a.kind == K::kEndCallOnce && b.kind == K::kCallOnce;
    case O::kSharedMutex: return a.kind == K::kUnlockShared && b.kind == K::kAwaitReaders;
    default: return false;
  }
}

bool IsWeightedAcquire(const AnnouncedOperation& a) {
  return a.object == O::kWeightedSemaphore && a.operation.kind == K::kAcquire;
}

// Whether it matters to whoever is parked at a select, at any object.
bool ConcernsSelects(const AnnouncedOperation& a) {
  const K kind = a.operation.kind;
  return InGroup(Group::kSelects, a.object, kind) || InGroup(Group::kMoves, a.object, kind) ||
         InGroup(Group::kCancels, a.object, kind);
}

// Whether `b` is a notify that might have woken the task of `a` as well.
bool MightHaveWoken(SearchRelation relation, const SearchStep& a, const SearchStep& b) {
  constexpr KindSet kNotifies(K::kNotifyOne, K::kNotifyAll);
  return a.woken_from.object == O::kCondition && kNotifies.Contains(b.at.operation.kind) &&
         relation(a.woken_from, b.at, ParkedSelect::kNone);
}

// Whether the step destroyed an object that the other one used, or may have used: a wait at a condition variable
// unlocks a mutex of which nothing is known.
bool DestroyedUnder(const SearchStep& a, const SearchStep& b) {
  if (a.destroyed == 0) return false;
  return (a.destroyed & b.used) != 0 || InGroup(Group::kWaits, b.at.object, b.at.operation.kind);
}

void Join(std::vector<uint32_t>* clock, SearchClock other) {
  if (clock->size() < other.size()) clock->resize(other.size());
  for (size_t slot = 0; slot < other.size(); ++slot) {
    (*clock)[slot] = std::max((*clock)[slot], other[slot]);
  }
}

}  // namespace

// An acquire with a context stands at a select from its own step on. So that whoever is dependent only beside that
// select is ordered with the step that led there, it counts as one.
bool MayParkASelect(const AnnouncedOperation& step) {
  return step.operation.kind == K::kSelect || IsWeightedAcquire(step);
}

bool AreDependent(SearchRelation relation, const SearchStep& a, const SearchStep& b,
                  bool beside_select) {
  if (a.ends || b.ends) return true;
  if (relation(a.at, b.at, beside_select ? ParkedSelect::kPossible : ParkedSelect::kNone)) {
    return true;
  }
  if (MightHaveWoken(relation, a, b) || MightHaveWoken(relation, b, a)) return true;
  if (DestroyedUnder(a, b) || DestroyedUnder(b, a)) return true;
  if (a.at.operation.kind != K::kAcquire && b.at.operation.kind != K::kAcquire) return false;
  return (IsWeightedAcquire(a.at) && ConcernsSelects(b.at)) ||
         (IsWeightedAcquire(b.at) && ConcernsSelects(a.at));
}

void Races::Find(SearchPath* path, uint32_t from, const SearchEnd& end) {
  path_ = path;
  destroyed_ = 0;
  for (const SearchNode& node : path_->nodes) destroyed_ |= node.step.destroyed;
  path_->clocks.resize(
      from == 0 ? 0 : path_->nodes[from - 1].clock + path_->nodes[from - 1].clock_size);
  const auto size = static_cast<uint32_t>(path_->nodes.size());
  for (uint32_t index = from; index < size; ++index) Advance(index);
  for (uint32_t index = from; index < size; ++index) {
    LookAtStep(index);
    LookAtChanges(index);
    // A step that leaves the clock without a timer took its step away.
    const SearchNode& node = path_->nodes[index];
    const uint64_t after = index + 1 < size ? path_->nodes[index + 1].runnable : end.runnable;
    const bool disarms = (node.runnable & ~after & BitOf(kClockSlot)) != 0;
    if (disarms && node.step.slot != kClockSlot) ExploreAll(index);
  }
  LookAtEnd(end);
}

// CanBeDisabled; what waits for a destroyed object waits for good.
bool Races::MayBeDisabled(const SearchStep& step) const {
  return CanBeDisabled(step) ||
         (step.at.operation.kind == K::kWait && (step.used & destroyed_) != 0);
}

RaceEvent Races::EventOf(uint32_t index) const {
  const SearchNode& node = path_->nodes[index];
  return {node.step, index, node.own_before, node.beside_select, /*taken=*/true, /*blocked=*/false};
}

// Its clock.
void Races::Advance(uint32_t index) {
  const RaceEvent event = EventOf(index);
  StartClock(event);
  for (uint32_t i = index; i-- > 0;) {
    const SearchStep& other = path_->nodes[i].step;
    if (SearchPath::IsBefore(i, other.slot, present_)) continue;
    if (Dependent(other, event.step, event.beside_select)) Join(&present_, path_->ClockOf(i));
  }
  SearchNode& node = path_->nodes[index];
  if (present_.size() <= node.step.slot) present_.resize(node.step.slot + 1);
  present_[node.step.slot] = index + 1;
  node.clock = static_cast<uint32_t>(path_->clocks.size());
  node.clock_size = static_cast<uint32_t>(present_.size());
  path_->clocks.insert(path_->clocks.end(), present_.begin(), present_.end());
}

void Races::LookAtStep(uint32_t index) {
  const RaceEvent event = EventOf(index);
  StartClock(event);
  FindRaces(event);
}

// Operations that step `index` took away from other tasks.
void Races::LookAtChanges(uint32_t index) {
  const std::vector<SearchChange>& changes = path_->changes;
  for (size_t i = changes.size(); i-- > 0 && changes[i].by >= index;) {
    const SearchChange& change = changes[i];
    if (change.by != index || change.created) continue;
    if (change.was_runnable) {
      ExploreAll(index);
      continue;
    }
    if (!MayBeDisabled(change.before)) continue;
    const RaceEvent event{change.before,
                          index,
                          path_->LastStepBefore(index, change.slot),
                          path_->nodes[index].beside_select,
                          /*taken=*/false,
                          /*blocked=*/true};
    StartClock(event);
    FindRaces(event);
  }
}

void Races::LookAtEnd(const SearchEnd& end) {
  const auto size = static_cast<uint32_t>(path_->nodes.size());
  if (size == 0) return;
  const SearchNode& last = path_->nodes.back();
  const bool beside_select = last.beside_select || MayParkASelect(last.step.at);
  for (const SearchStep& step : end.standing) {
    const bool blocked = (end.runnable & BitOf(step.slot)) == 0;
    if (blocked ? !MayBeDisabled(step) : !end.complete) continue;
    const RaceEvent event{step,
                          size,
                          path_->LastStepBefore(size, step.slot),
                          beside_select,
                          /*taken=*/false,
                          blocked};
    StartClock(event);
    FindRaces(event);
  }
}

// What is known to come before the event: its task's step before, and steps that led the task where it stands. (Not a
// notify: another one might have done the same, and both are in a race with the event.)
void Races::StartClock(const RaceEvent& event) {
  past_.clear();
  if (event.own_before != 0) {
    const SearchClock own = path_->ClockOf(event.own_before - 1);
    past_.assign(own.begin(), own.end());
  }
  for (size_t i = path_->changes.size(); i-- > 0;) {
    const SearchChange& change = path_->changes[i];
    if (change.by < event.own_before) break;
    const bool woken = change.before.at.object == O::kCondition;
    if (change.slot == event.step.slot && change.by < event.at && !woken) {
      Join(&past_, path_->ClockOf(change.by));
    }
  }
  present_ = past_;
}

void Races::FindRaces(const RaceEvent& event) {
  const bool can_be_disabled = MayBeDisabled(event.step);
  for (uint32_t index = event.at; index-- > 0;) {
    const SearchStep& other = path_->nodes[index].step;
    if (other.slot == event.step.slot || SearchPath::IsBefore(index, other.slot, past_)) continue;
    const bool immediate = !SearchPath::IsBefore(index, other.slot, present_);
    if (!immediate && !can_be_disabled) continue;
    if (!Dependent(other, event.step, event.beside_select)) continue;
    Consider(index, immediate, event);
    if (immediate) Join(&present_, path_->ClockOf(index));
  }
}

// Step `index` and the event are dependent.
void Races::Consider(uint32_t index, bool immediate, const RaceEvent& event) {
  const SearchStep& other = path_->nodes[index].step;
  const bool clock = other.slot == kClockSlot || event.step.slot == kClockSlot;
  if (NeverBothPossible(other, event.step) || (clock && !early_)) return;
  const bool disabled = MayBeDisabled(event.step) && !OnlyEnables(other);
  if (!disabled && (event.blocked || !immediate)) return;
  reversal_.Begin(path_, index, event, present_);
  const bool commutes = reversal_.EventCommutes();
  if (commutes && WasBlockedAt(index, event)) return;
  if (!commutes && disabled) return ExploreAll(index);
  if (immediate && event.taken) reversal_.AddIndependentAfter();
  reversal_.End();
  Branch(index);
}

// Whether the event's task stood at its operation already when step `index` was taken, and could not take it.
bool Races::WasBlockedAt(uint32_t index, const RaceEvent& event) const {
  const uint32_t slot = event.step.slot;
  if (event.own_before > index || (path_->nodes[index].runnable & BitOf(slot)) != 0) return false;
  return std::ranges::none_of(path_->changes, [&](const SearchChange& change) {
    return change.slot == slot && change.by >= index && change.by < event.at;
  });
}

// The reversal is to be explored.
void Races::Branch(uint32_t index) {
  const SearchNode& node = path_->nodes[index];
  if (reversal_.IsAsleep()) return;
  const uint64_t usable = reversal_.Initials() & node.runnable;
  if ((usable & node.at_will) != 0) return;
  if (usable == 0) {
    if ((reversal_.Initials() & node.rereading) == 0)
      ExploreAll(index);  // not that this should happen
    return;
  }
  if ((usable & BitOf(reversal_.First().slot)) != 0) return reversal_.Insert();
  ExploreAtWill(index, usable & -usable);
}

void Races::ExploreAtWill(uint32_t index, uint64_t tasks) {
  path_->nodes[index].to_explore |= tasks;
  path_->nodes[index].at_will |= tasks;
}

void Races::ExploreAll(uint32_t index) { ExploreAtWill(index, path_->nodes[index].runnable); }

}  // namespace heddle
