// SPDX-License-Identifier: Apache-2.0
//
// Wakeup trees: the sequences of steps with which executions are still to begin at the states of a search path.
//
// At a state the first steps of the sequences are a chain, in the order in which they were found; the steps that
// follow a step are a chain again. Sequences that begin with the same steps share them. A step that nothing
// follows leaves open how its execution goes on.
//
// A chain is named by the place of its first step; 0 is the empty one. Places are used again. Memory: what the largest
// trees at a time took. Cost of an operation: O(length of the chain), of Release O(what is released).
#ifndef HEDDLE_STRATEGY_INTERNAL_WAKEUPS_H_
#define HEDDLE_STRATEGY_INTERNAL_WAKEUPS_H_

#include <cstdint>
#include <vector>

#include "heddle/core/dependence.h"

namespace heddle {

// A step, taken or announced, of the task in `slot`.
struct SearchStep {
  AnnouncedOperation at;
  uint32_t slot = 0;
  bool tries = false;
  // The execution ended with it though others could go on: it goes before none of their steps.
  bool ends = false;
  // Of a sleeper: since it sleeps a step was taken that might have been followed by anything.
  bool loose = false;
  // The wait at a condition variable out of which a notify took the task. Any other notify might have done so:
  // those are dependent with this step, though with each other they are not.
  AnnouncedOperation woken_from;
  // Objects, each a bit of a hash. Those that the task destroyed before its next announcement; and those whose
  // destruction by another task would be noticed: the step's own and that of the next announcement. Where the step was
  // not taken, as far as is known.
  uint64_t destroyed = 0;
  uint64_t used = 0;
};

class Wakeups {
 public:
  const SearchStep& StepAt(uint32_t place) const { return places_[place - 1].step; }
  // The next step of the chain, the chain of the steps that follow.
  uint32_t Next(uint32_t place) const { return places_[place - 1].next; }
  uint32_t Following(uint32_t place) const { return places_[place - 1].following; }

  // Adds a step to the end of a chain, which may be empty, and returns its place.
  uint32_t Append(uint32_t* chain, const SearchStep& step);
  // Adds a step to the end of the chain of those that follow the one at `place`.
  uint32_t AppendAfter(uint32_t place, const SearchStep& step);
  // Takes the first step off a chain, which is not empty; returns the chain of those that follow it.
  uint32_t Pop(uint32_t* chain);
  // Empties a chain and all that follows its steps.
  void Release(uint32_t* chain);

  template <class Archive>
  void ArchiveAll(Archive& archive) {
    archive(places_);
    archive(free_);
  }
  uint64_t Bytes() const { return places_.size() * sizeof(Place); }

 private:
  struct Place {
    SearchStep step;
    uint32_t next = 0;
    uint32_t following = 0;
  };

  uint32_t NewPlace(const SearchStep& step);

  std::vector<Place> places_;
  uint32_t free_ = 0;  // a chain, too
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_WAKEUPS_H_
