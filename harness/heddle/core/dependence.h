// SPDX-License-Identifier: Apache-2.0
//
// The dependence relation: which steps may fail to commute.
//
// Two steps that different tasks can take are independent if it does not matter which one comes first:
// neither makes the other possible or impossible, and both orders lead to the same state, results and clocks
// included. Executions that differ only in the order of independent steps are the same for every detector, so
// exploring one of them is enough. A step is the effect of the announced operation and what its task does from
// there to its next announcement.
//
//   Dependent({unlock, T1, mu}, {lock, T2, mu})      true: the same object, and no row says otherwise
//   Dependent({load, T1, n}, {load, T2, n})          false: a row of IndependentRows says so
//   Dependent({lock, T1, a}, {lock, T2, b})          false: different objects
//   Dependent({cancel, T1, c}, {err, T2, d})         true: d may be below c; a row of ElsewhereRows says so
//   Dependent({join of T2, T1}, {anything, T2})      true: it may be T2's last step
//   Dependent({fire, clock}, {anything, T1})         true: all that a task does may look at the time
//
// The relation sees kinds and ids alone, so it is conservative: a send and a receive at a channel that is neither
// full nor empty are dependent, since another time it is. What 'the same state' leaves out: the order in which
// tasks stand in a line that is not first come, first served (whom a step meets there is a decision of its own,
// and each can be met in both orders), the slots of tasks, which ids leave out too, and which of two failures an
// execution ends with where each alone would end it.
//
// It holds for executions
//   - without faults (Options::faults), whose budget is one for all tasks: RelationHolds;
//   - in which what tasks do between their steps is free of races, the destruction of objects included (exhaustive
//     search adds that to the relation: SearchStep::destroyed);
//   - up to their end, which the last step of the last task that is no daemon brings: no step may be moved
//     behind that one.
// Objects that live outside the executions are numbered by first use: ids of different executions do not compare
// there (core/ids.h).
//
// A select announces no object, and a cancel does not say what lies below its context: both are taken for the
// worst. Whoever knows the cases of a select may ask about each, as the send or receive that it is.
//
// tests/sync/dependence_*_test.cc try every row, in both directions. Cost: O(1).
#ifndef HEDDLE_CORE_DEPENDENCE_H_
#define HEDDLE_CORE_DEPENDENCE_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "heddle/core/operation.h"
#include "heddle/core/options.h"

namespace heddle {

// A set of kinds of operations.
class KindSet {
 public:
  constexpr KindSet() = default;
  template <class... Kinds>
  explicit constexpr KindSet(OperationKind first, Kinds... others)
      : bits_((Bit(first) | ... | Bit(others))) {}

  constexpr bool Contains(OperationKind kind) const { return (bits_ & Bit(kind)) != 0; }
  constexpr bool Empty() const { return bits_ == 0; }
  // Bit k: that of kind number k.
  constexpr uint64_t Bits() const { return bits_; }
  friend constexpr bool operator==(KindSet, KindSet) = default;
  friend constexpr KindSet operator|(KindSet a, KindSet b) { return OfBits(a.bits_ | b.bits_); }
  friend constexpr KindSet operator&(KindSet a, KindSet b) { return OfBits(a.bits_ & b.bits_); }
  friend constexpr KindSet operator-(KindSet a, KindSet b) { return OfBits(a.bits_ & ~b.bits_); }

 private:
  static constexpr uint64_t Bit(OperationKind kind) {
    return uint64_t{1} << static_cast<uint8_t>(kind);
  }
  static constexpr KindSet OfBits(uint64_t bits) {
    KindSet set;
    set.bits_ = bits;
    return set;
  }

  uint64_t bits_ = 0;
};

// An operation at which a task stands.
struct AnnouncedOperation {
  Operation operation;
  // What its object is. kNone: it has none, or that is not known, and the operation is taken for dependent
  // where it would be with any kind of object.
  ObjectKind object = ObjectKind::kNone;
};

// Whether a third task may be parked at a select. It stands in the lines of several channels, and a step at one
// of them may take it out of all, so that steps at different channels do not commute.
enum class ParkedSelect : bool { kNone, kPossible };

// Whether the steps of `a` and `b` may fail to commute. Symmetric; true for two of one task.
bool Dependent(const AnnouncedOperation& a, const AnnouncedOperation& b,
               ParkedSelect select = ParkedSelect::kPossible);

// Whether the relation says anything about executions under these options.
bool RelationHolds(const Options& options);

// -- The tables of which the relation is made
// ---------------------------------------------------------

// Operations that can be announced on objects of a kind; of kNone those that have none, or have one only to
// tell which.
KindSet OperationsOf(ObjectKind object);

// The kinds with which steps of `kind` may be dependent at one object, whatever that object is.
KindSet DependentAtOneObject(OperationKind kind);

// Operations that touch nothing but their own task, wherever it stands. (All of kNone's but for the selects
// and the clock's; a join also waits for one other task.)
KindSet LocalOperations();

// At one object each of `some` is independent of each of `others`. All other pairs there are dependent.
struct IndependentRow {
  ObjectKind object = ObjectKind::kNone;
  KindSet some;
  KindSet others;
  std::string_view why;
};
std::span<const IndependentRow> IndependentRows();

// Operations that reach beyond their object, or are reached there.
enum class Group : uint8_t {
  kWaits,    // wait (condition variable)
  kLocks,    // lock, try_lock (mutex)
  kCancels,  // cancel
  kLooks,    // at whether a context is cancelled
  kSelects,  // select, try-select
  kMoves,    // changes what is ready at a channel
  kCounts,   // len
};
inline constexpr uint32_t kGroups = 7;
std::string_view ToString(Group group);
bool InGroup(Group group, ObjectKind object, OperationKind kind);

// At different objects each of `some` is dependent with each of `others`. All other pairs there are
// independent, but for joins and the clock's.
struct ElsewhereRow {
  Group some = Group::kWaits;
  Group others = Group::kWaits;
  ParkedSelect select = ParkedSelect::kNone;  // kPossible: only while one may be parked
  std::string_view why;
};
std::span<const ElsewhereRow> ElsewhereRows();

}  // namespace heddle

#endif  // HEDDLE_CORE_DEPENDENCE_H_
