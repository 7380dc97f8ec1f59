// SPDX-License-Identifier: Apache-2.0
//
// Which steps of an execution could have come in another order, and where an exploration has to branch to see that.
//
// Two steps of different tasks are in a race if they are dependent and nothing else orders them: the later one could
// have come first, then what comes after both may be another thing. For every race between step i and a later one
// of task q, some task must be explored at the state before i with which an execution can begin that takes q's
// step before i: an *initial* of what comes between them without being ordered after i, q's step included
// (Abdulla, Aronis, Jonsson, Sagonas, 2014).
//
// Operations with guards need more than that:
//   - A step may have made another task's guard false. That task goes on later, when something made it true
//     again, or never. So an operation that can be disabled is in a race with every step before it that may have
//     done so, not only with the last one; and the operations at which tasks are blocked at the end, or were taken
//     away by other tasks' steps, are looked at as if they came next.
//   - Where two steps can never both be possible (unlock, lock), or the other task was seen to be blocked and
//     nothing between could have changed that, there is no race.
//   - Where the initials cannot be told for sure, every task that could go on is explored: more executions, but
//     none is missed.
//
// An execution that ends though tasks could go on (a failure; daemons) would have gone on otherwise if one of them
// had come before its last step, which therefore counts as dependent with everything.
#ifndef HEDDLE_STRATEGY_INTERNAL_RACES_H_
#define HEDDLE_STRATEGY_INTERNAL_RACES_H_

#include <cstdint>
#include <vector>

#include "heddle/strategy/internal/search_path.h"

namespace heddle {

// heddle::Dependent; another one in tests.
using SearchRelation = bool (*)(const AnnouncedOperation&, const AnnouncedOperation&, ParkedSelect);

// Whether the steps of two tasks may fail to commute, beside a parked select or not.
bool AreDependent(SearchRelation relation, const SearchStep& a, const SearchStep& b,
                  bool beside_select);

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
  Races(SearchRelation relation, bool early) : relation_(relation), early_(early) {}

  // The steps from index `from` on are new. Computes their clocks, and marks in all nodes what is to be explored.
  void Find(SearchPath* path, uint32_t from, const SearchEnd& end);

 private:
  // A step at which a task stands after `at` steps.
  struct Event {
    const SearchStep& step;
    uint32_t at;
    uint32_t own_before;  // SearchNode::own_before
    bool beside_select;
    bool blocked;  // it cannot be taken there
  };

  void Advance(uint32_t index);
  void LookAtChanges(uint32_t index);
  void LookAtEnd(const SearchEnd& end);
  void StartClock(const Event& event);
  void FindRaces(const Event& event);
  void Consider(uint32_t index, bool immediate, const Event& event);
  void Branch(uint32_t index, const Event& event);
  void ExploreAll(uint32_t index);

  bool CommutesWithAllBetween(uint32_t index, const Event& event);
  bool WasBlockedAt(uint32_t index, const Event& event) const;
  uint64_t Initials(const Event& event) const;
  bool HasFirstBefore(uint32_t index, SearchClock clock) const;
  bool Dependent(const SearchStep& a, const SearchStep& b, bool beside_select) const {
    return AreDependent(relation_, a, b, beside_select);
  }

  const SearchRelation relation_;
  const bool early_;
  SearchPath* path_ = nullptr;
  std::vector<uint32_t> past_;     // clock of the event's task before it
  std::vector<uint32_t> present_;  // the same and all that is dependent with it
  std::vector<uint32_t> between_;  // steps after that of the race that are not ordered after it
  std::vector<uint32_t> first_;    // of them by slot: 1 + the index of the task's first; 0: none
  bool last_commutes_ = false;     // the event is independent of all of them
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_RACES_H_
