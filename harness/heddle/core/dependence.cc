// SPDX-License-Identifier: Apache-2.0
//
// The relation as tables, and the tables folded into words of bits when this is compiled.
#include "heddle/core/dependence.h"

#include <cstddef>

namespace heddle {
namespace {

using K = OperationKind;
using O = ObjectKind;

constexpr size_t kObjectKinds = static_cast<size_t>(O::kAtomic) + 1;
constexpr size_t kOperationKinds = static_cast<size_t>(K::kChoose) + 1;
static_assert(kOperationKinds <= 64, "a set of kinds is one word");

constexpr KindSet kLocal(K::kStart, K::kResume, K::kSpawn, K::kJoin, K::kYield, K::kSleep,
                         K::kTimeout, K::kChoose);

// -- What can be announced where
// ----------------------------------------------------------------------

struct Announceable {
  O object;
  KindSet kinds;
};

constexpr KindSet kOfLock(K::kLock, K::kTryLock, K::kUnlock);
constexpr KindSet kOfTimer(K::kReceive, K::kTryReceive, K::kLength, K::kStop, K::kReset);

constexpr Announceable kAnnounceable[] = {
    {O::kNone, kLocal | KindSet(K::kFire, K::kSelect, K::kTrySelect)},
    {O::kMutex, kOfLock},
    {O::kRecursiveMutex, kOfLock},
    {O::kSharedMutex,
     kOfLock | KindSet(K::kLockShared, K::kTryLockShared, K::kUnlockShared, K::kAwaitReaders)},
    {O::kCondition, KindSet(K::kWait, K::kNotifyOne, K::kNotifyAll)},
    {O::kOnce, KindSet(K::kCallOnce, K::kEndCallOnce)},
    {O::kSemaphore, KindSet(K::kAcquire, K::kTryAcquire, K::kRelease)},
    {O::kWeightedSemaphore, KindSet(K::kAcquire, K::kTryAcquire, K::kRelease)},
    {O::kWaitGroup, KindSet(K::kAdd, K::kWait)},
    {O::kLatch, KindSet(K::kArrive, K::kWait, K::kTryWait)},
    {O::kBarrier, KindSet(K::kArrive, K::kArriveAndDrop, K::kWait, K::kNotifyAll)},
    {O::kEvent, KindSet(K::kWait, K::kTryWait, K::kLoad, K::kSet, K::kReset)},
    {O::kChannel,
     KindSet(K::kSend, K::kReceive, K::kTrySend, K::kTryReceive, K::kClose, K::kLength)},
    {O::kAtomic, KindSet(K::kLoad, K::kStore, K::kExchange, K::kCompareExchange, K::kFetch,
                         K::kWait, K::kNotifyOne, K::kNotifyAll)},
    {O::kContext, KindSet(K::kCancel, K::kErr, K::kDerive, K::kAfterFunc, K::kStop, K::kReceive,
                          K::kTryReceive, K::kLength)},
    {O::kTimer, kOfTimer},
    {O::kTicker, kOfTimer},
};

// -- At one object
// ------------------------------------------------------------------------------------

constexpr KindSet kReadLock(K::kLockShared, K::kTryLockShared);
constexpr KindSet kNotify(K::kNotifyOne, K::kNotifyAll);
constexpr KindSet kAccess(K::kLoad, K::kStore, K::kExchange, K::kCompareExchange, K::kFetch);
constexpr KindSet kLooking(K::kErr, K::kReceive, K::kTryReceive, K::kLength);
constexpr KindSet kRegistering(K::kDerive, K::kAfterFunc);
constexpr KindSet kLength(K::kLength);

constexpr IndependentRow kIndependent[] = {
    {O::kSharedMutex, kReadLock, kReadLock, "readers do not see each other, and get no edge"},
    {O::kSharedMutex, KindSet(K::kUnlockShared), KindSet(K::kUnlockShared),
     "whoever leaves last lets the writer in; it acquires from both"},
    {O::kSharedMutex, KindSet(K::kAwaitReaders), kReadLock | KindSet(K::kLock, K::kTryLock),
     "the writer that awaits its readers keeps all others out already"},
    {O::kCondition, kNotify, kNotify,
     "as many are woken, and as any of them; a notify has no result and orders nothing"},
    {O::kSemaphore, KindSet(K::kRelease), KindSet(K::kRelease), "permits add up, and so do clocks"},
    {O::kWaitGroup, KindSet(K::kWait), KindSet(K::kWait), "both only look"},
    {O::kLatch, KindSet(K::kArrive), KindSet(K::kArrive), "arrivals add up, and so do clocks"},
    {O::kLatch, KindSet(K::kWait, K::kTryWait), KindSet(K::kWait, K::kTryWait), "both only look"},
    {O::kBarrier, KindSet(K::kWait), KindSet(K::kWait), "both only look"},
    {O::kEvent, KindSet(K::kLoad), KindSet(K::kLoad), "both only look"},
    {O::kEvent, KindSet(K::kReset), KindSet(K::kReset), "resetting twice is resetting once"},
    {O::kChannel, kLength, kLength | KindSet(K::kClose), "closing leaves the values there"},
    {O::kAtomic, KindSet(K::kLoad, K::kWait), KindSet(K::kLoad, K::kWait),
     "both only look; the line is not first come, first served"},
    {O::kAtomic, kNotify, kNotify | kAccess,
     "a notify looks at no value, has no result and orders nothing"},
    {O::kContext, kLooking, kLooking | kRegistering, "both look whether it is cancelled"},
    {O::kContext, kRegistering, kRegistering,
     "the order of children shows in nothing but the slots of tasks"},
    {O::kContext, kLength, KindSet(K::kCancel), "a context's channel never holds a value"},
    {O::kTimer, kLength, kLength, "both only look"},
    {O::kTicker, kLength, kLength, "both only look"},
    {O::kTicker, KindSet(K::kStop), KindSet(K::kStop), "stopping twice is stopping once"},
};

// -- At different objects
// -----------------------------------------------------------------------------

struct GroupRow {
  Group group;
  O object;
  KindSet kinds;
};

constexpr KindSet kTicks(K::kReceive, K::kTryReceive, K::kStop, K::kReset);

constexpr GroupRow kGroupRows[] = {
    {Group::kWaits, O::kCondition, KindSet(K::kWait)},
    {Group::kLocks, O::kMutex, KindSet(K::kLock, K::kTryLock)},
    {Group::kCancels, O::kContext, KindSet(K::kCancel)},
    {Group::kLooks, O::kContext,
     KindSet(K::kErr, K::kDerive, K::kAfterFunc, K::kStop, K::kReceive, K::kTryReceive)},
    {Group::kSelects, O::kNone, KindSet(K::kSelect, K::kTrySelect)},
    {Group::kMoves, O::kChannel,
     KindSet(K::kSend, K::kReceive, K::kTrySend, K::kTryReceive, K::kClose)},
    {Group::kMoves, O::kTimer, kTicks},
    {Group::kMoves, O::kTicker, kTicks},
    {Group::kMoves, O::kWeightedSemaphore, KindSet(K::kRelease)},  // grants to a select
    {Group::kCounts, O::kChannel, kLength},
    {Group::kCounts, O::kTimer, kLength},
    {Group::kCounts, O::kTicker, kLength},
};

constexpr ElsewhereRow kElsewhere[] = {
    {Group::kWaits, Group::kLocks, ParkedSelect::kNone, "a wait unlocks its mutex"},
    {Group::kCancels, Group::kCancels, ParkedSelect::kNone,
     "a context may be below the other; its cause and edges are the first one's"},
    {Group::kCancels, Group::kLooks, ParkedSelect::kNone, "a context may be below the other"},
    {Group::kSelects, Group::kSelects, ParkedSelect::kNone, "they may have a channel in common"},
    {Group::kSelects, Group::kMoves, ParkedSelect::kNone, "the channel may be one of its cases"},
    {Group::kSelects, Group::kCounts, ParkedSelect::kNone, "the channel may be one of its cases"},
    {Group::kSelects, Group::kCancels, ParkedSelect::kNone, "Done may be one of its cases"},
    {Group::kMoves, Group::kMoves, ParkedSelect::kPossible,
     "both may meet the select, or make a case of it ready, so that nobody meets it"},
    {Group::kMoves, Group::kCancels, ParkedSelect::kPossible,
     "one may meet the select, the other make a case of it ready, so that nobody meets it"},
};

// -- Folded
// -------------------------------------------------------------------------------------------

using GroupBits = uint8_t;
static_assert(kGroups <= 8, "groups are one byte");

constexpr GroupBits BitOf(Group group) {
  return static_cast<GroupBits>(1u << static_cast<uint8_t>(group));
}

struct Folded {
  KindSet of[kObjectKinds];                         // what can be announced there
  KindSet here[kObjectKinds][kOperationKinds];      // dependent with, at the same object
  KindSet here_of_any[kOperationKinds];             // the same, whatever the object is
  GroupBits groups[kObjectKinds][kOperationKinds];  // in which it is
  GroupBits groups_of_any[kOperationKinds];
  GroupBits reach[2][256];  // by ParkedSelect: which groups are dependent with any of these
};

constexpr KindSet AllKinds() {
  KindSet all;
  for (size_t k = 0; k < kOperationKinds; ++k) all = all | KindSet(static_cast<K>(k));
  return all;
}

// With which `kind` is dependent at an object of kind `object`.
constexpr KindSet FoldHere(O object, K kind) {
  constexpr KindSet kAll = AllKinds();
  if (kLocal.Contains(kind)) return {};
  KindSet independent = kLocal;
  for (const IndependentRow& row : kIndependent) {
    if (row.object != object) continue;
    if (row.some.Contains(kind)) independent = independent | row.others;
    if (row.others.Contains(kind)) independent = independent | row.some;
  }
  return kAll - independent;
}

constexpr GroupBits FoldReach(uint32_t groups, ParkedSelect select) {
  uint32_t reached = 0;
  for (const ElsewhereRow& row : kElsewhere) {
    if (row.select == ParkedSelect::kPossible && select == ParkedSelect::kNone) continue;
    if ((groups & BitOf(row.some)) != 0) reached |= BitOf(row.others);
    if ((groups & BitOf(row.others)) != 0) reached |= BitOf(row.some);
  }
  return static_cast<GroupBits>(reached);
}

constexpr Folded Fold() {
  Folded f{};
  for (const Announceable& row : kAnnounceable) f.of[static_cast<size_t>(row.object)] = row.kinds;
  for (size_t o = 0; o < kObjectKinds; ++o) {
    for (size_t k = 0; k < kOperationKinds; ++k) {
      f.here[o][k] = FoldHere(static_cast<O>(o), static_cast<K>(k));
      if (!f.of[o].Contains(static_cast<K>(k))) continue;
      f.here_of_any[k] = f.here_of_any[k] | (f.here[o][k] & f.of[o]);
    }
  }
  for (const GroupRow& row : kGroupRows) {
    for (size_t k = 0; k < kOperationKinds; ++k) {
      if (!row.kinds.Contains(static_cast<K>(k))) continue;
      GroupBits& groups = f.groups[static_cast<size_t>(row.object)][k];
      groups = static_cast<GroupBits>(groups | BitOf(row.group));
      f.groups_of_any[k] = static_cast<GroupBits>(f.groups_of_any[k] | BitOf(row.group));
    }
  }
  for (uint32_t groups = 0; groups < 256; ++groups) {
    f.reach[0][groups] = FoldReach(groups, ParkedSelect::kNone);
    f.reach[1][groups] = FoldReach(groups, ParkedSelect::kPossible);
  }
  return f;
}

constexpr Folded kFolded = Fold();

size_t IndexOf(O object) { return static_cast<size_t>(object); }
size_t IndexOf(K kind) { return static_cast<size_t>(kind); }

// Which of its objects' kinds is not known.
bool IsUnknown(const AnnouncedOperation& a) {
  return a.object == O::kNone && a.operation.object.value != 0;
}

// Of two with the same id. (Of two kinds, they are different objects whose ids were hashed.)
bool DependentHere(const AnnouncedOperation& a, const AnnouncedOperation& b) {
  if (a.object != b.object && !IsUnknown(a) && !IsUnknown(b)) return false;
  const O object = a.object != O::kNone ? a.object : b.object;
  const size_t kind = IndexOf(a.operation.kind);
  const KindSet& set =
      object != O::kNone ? kFolded.here[IndexOf(object)][kind] : kFolded.here_of_any[kind];
  return set.Contains(b.operation.kind);
}

GroupBits GroupsOf(const AnnouncedOperation& a) {
  const size_t kind = IndexOf(a.operation.kind);
  return IsUnknown(a) ? kFolded.groups_of_any[kind] : kFolded.groups[IndexOf(a.object)][kind];
}

bool Joins(const Operation& a, const Operation& b) {
  return a.kind == K::kJoin && a.object.value == b.task.value;
}

}  // namespace

bool Dependent(const AnnouncedOperation& a, const AnnouncedOperation& b, ParkedSelect select) {
  const Operation& x = a.operation;
  const Operation& y = b.operation;
  if (x.task == y.task || x.kind == K::kFire || y.kind == K::kFire) return true;
  if (Joins(x, y) || Joins(y, x)) return true;
  if (kLocal.Contains(x.kind) || kLocal.Contains(y.kind)) return false;
  if (x.object == y.object && x.object.value != 0 && DependentHere(a, b)) return true;
  return (kFolded.reach[select == ParkedSelect::kPossible][GroupsOf(a)] & GroupsOf(b)) != 0;
}

bool RelationHolds(const Options& options) {
  const Faults& faults = options.faults;
  return faults.spurious_wakeups == 0 && faults.failed_try_locks == 0 &&
         faults.failed_exchanges == 0 && faults.early_timeouts == 0 && faults.cancellations == 0;
}

KindSet OperationsOf(ObjectKind object) { return kFolded.of[IndexOf(object)]; }

KindSet DependentAtOneObject(OperationKind kind) { return kFolded.here_of_any[IndexOf(kind)]; }

KindSet LocalOperations() { return kLocal; }

std::span<const IndependentRow> IndependentRows() { return kIndependent; }

std::span<const ElsewhereRow> ElsewhereRows() { return kElsewhere; }

std::string_view ToString(Group group) {
  switch (group) {
    case Group::kWaits: return "waits";
    case Group::kLocks: return "locks";
    case Group::kCancels: return "cancels";
    case Group::kLooks: return "looks";
    case Group::kSelects: return "selects";
    case Group::kMoves: return "moves";
    case Group::kCounts: return "counts";
  }
  return "?";
}

bool InGroup(Group group, ObjectKind object, OperationKind kind) {
  return (kFolded.groups[IndexOf(object)][IndexOf(kind)] & BitOf(group)) != 0;
}

}  // namespace heddle
