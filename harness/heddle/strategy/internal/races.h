// SPDX-License-Identifier: Apache-2.0
//
// Which steps of an execution could have come in another order, and where an exploration has to branch to see that.
//
// Two steps of different tasks are in a race if they are dependent and nothing else orders them: the later one could
// have come first, then what comes after both may be another thing. So from the state before the first one the
// reversal of the race (internal/reversal.h) is to be explored, unless an equivalent execution was, or will be: it
// goes into the wakeup tree of that state (internal/wakeups.h). Executions follow the sequences there, in the order in
// which they were found, and so none comes to where all that could go on has been explored
// (Abdulla, Aronis, Jonsson, Sagonas, 2017).
//
// Operations with guards need more than that:
//   - A step may have made another task's guard false. That task goes on later, when something made it true
//     again, or never. So an operation that can be disabled is in a race with every step before it that may have
//     done so, not only with the last one; and the operations at which tasks are blocked at the end, or were taken
//     away by other tasks' steps, are looked at as if they came next.
//   - Where two steps can never both be possible (unlock, lock), or the other task was seen to be blocked and
//     nothing between could have changed that, there is no race.
//   - Where it cannot be told for sure whether a reversal can be had, every task that could go on is explored *at
//     will*: more executions, but none is missed. (Below these, a sleeping task stands only for executions in which
//     its step comes along: the reversals that led to others were not put into a tree.)
//
// An execution that ends though tasks could go on (a failure; daemons) would have gone on otherwise if one of them
// had come before its last step, which therefore counts as dependent with everything.
#ifndef HEDDLE_STRATEGY_INTERNAL_RACES_H_
#define HEDDLE_STRATEGY_INTERNAL_RACES_H_

#include <cstdint>
#include <vector>

#include "heddle/strategy/internal/reversal.h"
#include "heddle/strategy/internal/search_path.h"

namespace heddle {

// Whether a task may be parked at a select after this step.
bool MayParkASelect(const AnnouncedOperation& step);

// How an execution ended.
struct SearchEnd {
  bool complete = true;  // by itself, not because all that could come had been explored
  uint64_t runnable = 0;
  std::vector<SearchStep> standing;  // where the tasks stand that have not finished
};

class Races {
 public:
  // `early`: the clock may go on though tasks can.
  Races(SearchRelation relation, bool early)
      : relation_(relation), early_(early), reversal_(relation) {}

  // The steps from index `from` on are new. Computes their clocks, and marks in all nodes what is to be explored.
  void Find(SearchPath* path, uint32_t from, const SearchEnd& end);

 private:
  RaceEvent EventOf(uint32_t index) const;
  void Advance(uint32_t index);
  void LookAtStep(uint32_t index);
  void LookAtChanges(uint32_t index);
  void LookAtEnd(const SearchEnd& end);
  void StartClock(const RaceEvent& event);
  void FindRaces(const RaceEvent& event);
  void Consider(uint32_t index, bool immediate, const RaceEvent& event);
  void Branch(uint32_t index);
  void ExploreAtWill(uint32_t index, uint64_t tasks);
  void ExploreAll(uint32_t index);

  bool MayBeDisabled(const SearchStep& step) const;
  bool WasBlockedAt(uint32_t index, const RaceEvent& event) const;
  bool Dependent(const SearchStep& a, const SearchStep& b, bool beside_select) const {
    return AreDependent(relation_, a, b, beside_select);
  }

  const SearchRelation relation_;
  const bool early_;
  SearchPath* path_ = nullptr;
  uint64_t destroyed_ = 0;         // SearchStep::destroyed, of all steps
  std::vector<uint32_t> past_;     // clock of the event's task before it
  std::vector<uint32_t> present_;  // the same and all that is dependent with it
  Reversal reversal_;
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_RACES_H_
