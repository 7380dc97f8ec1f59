// SPDX-License-Identifier: Apache-2.0
//
// The reversal of a race: steps with which an execution goes on, from the state before the first step of the race, so
// that its second step, the *event*, comes before the first. They are the steps of the explored execution that need
// not come after the first one, in their order, and then the event.
//
//   Reversal reversal(relation);
//   reversal.Begin(path, /*index=*/4, event, clock);   // steps 5 to event.at - 1 without those after step 4
//   if (reversal.EventCommutes()) ...
//   reversal.End();                                    // ... and the event
//   if (!reversal.IsAsleep()) reversal.Insert();       // into the wakeup tree of node 4
//
// Cost: O(steps^2) of the reversal at the worst, mostly O(steps).
#ifndef HEDDLE_STRATEGY_INTERNAL_REVERSAL_H_
#define HEDDLE_STRATEGY_INTERNAL_REVERSAL_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "heddle/strategy/internal/search_path.h"

namespace heddle {

// A step at which a task stands after `at` steps.
struct RaceEvent {
  const SearchStep& step;
  uint32_t at = 0;
  uint32_t own_before = 0;  // SearchNode::own_before
  bool beside_select = false;
  bool taken = false;    // there
  bool blocked = false;  // it cannot be taken there
};

class Reversal {
 public:
  explicit Reversal(SearchRelation relation) : relation_(relation) {}

  // `clock` is that of the event. All of them must outlive the calls below.
  void Begin(SearchPath* path, uint32_t index, const RaceEvent& event, SearchClock clock);
  // Whether the event is independent of all steps before it.
  bool EventCommutes() const;
  // Steps of the execution after the event that are ordered neither after the race's first step nor after the event
  // come along.
  void AddIndependentAfter();
  // The event comes last.
  void End();

  // Whether an equivalent execution begins with a task that sleeps: then it was explored.
  bool IsAsleep() const;
  // Tasks with which an equivalent execution begins.
  uint64_t Initials() const;
  const SearchStep& First() const { return StepOf(steps_.front()); }
  // Into the node's wakeup tree, behind what is there, unless it holds the beginning of an equivalent execution.
  void Insert();

 private:
  static constexpr uint32_t kTheEvent = 0xffff'ffff;

  const SearchStep& StepOf(uint32_t index) const {
    return index == kTheEvent ? event_->step : path_->nodes[index].step;
  }
  bool Precedes(size_t a, size_t b) const;
  size_t FirstOf(uint32_t slot) const;
  bool IsInitial(size_t place) const;
  bool MayBeginWith(const SearchStep& step) const;

  const SearchRelation relation_;
  SearchPath* path_ = nullptr;
  uint32_t index_ = 0;  // of the race's first step
  const RaceEvent* event_ = nullptr;
  SearchClock clock_;
  std::vector<uint32_t> steps_;  // by index
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_REVERSAL_H_
