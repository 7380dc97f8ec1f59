// SPDX-License-Identifier: Apache-2.0
//
// The path of a search: the steps of the current execution as a stack of nodes, with what is needed at each to
// come back to it. Nothing is kept of other executions.
//
// A task is a bit of a word, its slot's: searches know no slots beyond the 63rd.
#ifndef HEDDLE_STRATEGY_INTERNAL_SEARCH_PATH_H_
#define HEDDLE_STRATEGY_INTERNAL_SEARCH_PATH_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "heddle/core/dependence.h"
#include "heddle/strategy/internal/wakeups.h"
#include "heddle/strategy/runnable_set.h"
#include "heddle/strategy/search.h"

namespace heddle {

inline constexpr uint32_t kMostSearched = 64;  // slots, the clock's included

constexpr uint64_t BitOf(uint32_t slot) { return uint64_t{1} << slot; }

// heddle::Dependent; another one in tests.
using SearchRelation = bool (*)(const AnnouncedOperation&, const AnnouncedOperation&, ParkedSelect);

// Whether the steps of two tasks may fail to commute, beside a parked select or not.
bool AreDependent(SearchRelation relation, const SearchStep& a, const SearchStep& b,
                  bool beside_select);

// The object's bit in SearchStep::destroyed and used.
constexpr uint64_t BitOf(ObjectId object) {
  return object.value == 0 ? 0 : uint64_t{1} << (Mix(object.value, 0) % 64);
}

// A state, and the step taken from there.
struct SearchNode {
  SearchStep step;
  uint64_t runnable = 0;       // tasks
  uint64_t rereading = 0;      // others that can go on, but wait for a change (internal/rereads.h)
  uint64_t asleep = 0;         // of which whatever begins with their step was explored elsewhere
  uint64_t to_explore = 0;     // whose steps are to be explored from here, those explored included
  uint64_t at_will = 0;        // of these, those with no sequence of steps that follow
  uint64_t explored = 0;       // those whose steps were explored from here
  uint32_t own_before = 0;     // 1 + the index of the task's step before; 0: there is none
  uint32_t wakeups = 0;        // chain of the sequences that are to be explored from here
  uint32_t sleepers = 0;       // end of its part of SearchPath::sleepers
  uint32_t clock = 0;          // begin and size of its part of SearchPath::clocks
  uint32_t clock_size = 0;     //
  uint32_t branches = 0;       // explored to the end
  uint64_t leaves_before = 0;  // complete executions when it was reached
  uint64_t leaves_at_branch = 0;  // and when the current branch was
  bool beside_select = false;     // a select may have been parked before
  bool ever_ends = false;         // SearchStep::ends, in one of the executions through here
  uint64_t ever_destroyed = 0;    // SearchStep::destroyed and used, in any of them
  uint64_t ever_used = 0;
};

// What a step did to another task: the operation at which that one stood is another now.
struct SearchChange {
  uint32_t by = 0;  // index of the step
  uint32_t slot = 0;
  bool created = false;       // it stood nowhere before
  bool was_runnable = false;  // before the step
  SearchStep before;
};

// A choice made in the effect of a step.
struct SearchChoice {
  uint32_t node = 0;
  uint32_t index = 0;
  uint32_t count = 0;
  uint64_t leaves_before = 0;
  uint64_t leaves_at_branch = 0;
};

// The happens-before clock of step i: for each slot, 1 + the index of the last step of that task which comes before
// it, or is it; 0: there is none.
using SearchClock = std::span<const uint32_t>;

struct SearchPath {
  std::vector<SearchNode> nodes;
  std::vector<SearchStep> sleepers;  // by node; what was explored from it comes last
  std::vector<uint32_t> clocks;      // by node
  std::vector<SearchChange> changes;
  std::vector<SearchChoice> choices;
  Wakeups wakeups;

  SearchClock ClockOf(uint32_t index) const {
    const SearchNode& node = nodes[index];
    return {clocks.data() + node.clock, node.clock_size};
  }
  std::span<const SearchStep> SleepersOf(uint32_t index) const {
    const uint32_t begin = index == 0 ? 0 : nodes[index - 1].sleepers;
    return {sleepers.data() + begin, nodes[index].sleepers - begin};
  }
  // Whether step `index` of the task in `slot` comes before all that has `clock`.
  static bool IsBefore(uint32_t index, uint32_t slot, SearchClock clock) {
    return slot < clock.size() && clock[slot] > index;
  }
  // 1 + the index of the last step before step `end` of the task in `slot`; 0: there is none.
  uint32_t LastStepBefore(uint32_t end, uint32_t slot) const {
    while (end > 0 && nodes[end - 1].step.slot != slot) --end;
    return end;
  }
  // SearchStep::woken_from of the step that the task in `slot` takes now; 1 + the index of its last one.
  AnnouncedOperation WokenFrom(uint32_t slot, uint32_t own_before) const;
  void Truncate(uint32_t size);
  template <class Archive>
  void ArchiveAll(Archive& archive) {
    archive(nodes);
    archive(sleepers);
    archive(clocks);
    archive(changes);
    archive(choices);
    wakeups.ArchiveAll(archive);
  }
  uint64_t Bytes() const;
};

// The tasks of a set as a word; false: there are some beyond the 63rd.
inline bool Fits(const RunnableSet& set, uint64_t* bits) {
  *bits = set.low();
  return set.high_count() == 0;
}

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_SEARCH_PATH_H_
