// SPDX-License-Identifier: Apache-2.0
//
// Strategies that are systematic: they remember what they explored, and explore nothing twice.
//
// A search makes one execution after another by running the scenario anew: it repeats the decisions up to a point
// where another one is left to try, takes that, and goes on as it likes. It is shown every step, also where there
// was no choice, and may end an execution from which on nothing new can come.
//
//   do {
//     outcome = Execute(scenario, options, *search, seed, Recording::kOff);
//   } while (search->Next());
//   search->coverage();    // what was explored, what is left
//
// The scenario must repeat itself: the same decisions make the same steps. Where they do not, the execution ends
// with the verdict `diverged`.
#ifndef HEDDLE_STRATEGY_SEARCH_H_
#define HEDDLE_STRATEGY_SEARCH_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "heddle/core/dependence.h"
#include "heddle/strategy/strategy.h"

namespace heddle {

namespace internal {
class Archive;
}

// A task that has not finished, or the clock, and where it stands.
struct StandingTask {
  uint32_t slot = 0;
  AnnouncedOperation at;
  // The first step of an operation with a deadline on a lock, which is taken whether it is free or not.
  bool tries = false;
};

// What a search has explored so far.
struct Coverage {
  uint64_t executions = 0;  // complete ones
  uint64_t fair = 0;        // of these, in whose second half a fair random walk decided (MayStarve)
  uint64_t redundant = 0;   // ended early, since all that could come had been explored
  bool exhausted = false;   // nothing is left
  double left = 0;          // executions that are left, estimated
  uint64_t most_bytes = 0;  // that the search has had to remember at a time
  // Executions were told apart by every order of steps, also where it makes no difference.
  bool unreduced = false;
  bool has_timers = false;  // there were some
  // Tasks that polled went on only after a change, or when no other could.
  bool has_rereads = false;
  // Of a bounded search: what it counts ("preemption"), and with how many of them all was explored; -1: with none.
  std::string_view counted = {};
  int64_t complete_up_to = -1;
  bool is_full = false;      // it ended, as it may not remember more
  std::string refusal = {};  // why the scenario cannot be searched; empty: it can
};

class Search : public Strategy {
 public:
  enum class Go : uint8_t {
    kOn,
    kBack,      // the execution ends here, as nothing new can come
    kDiverged,  // the decisions were repeated, but this is another step than before
  };

  Search* AsSearch() override { return this; }
  // Whether a task that polls could go on for ever, so that a fair random walk decides in the second half of
  // max_steps.
  virtual bool MayStarve() const { return false; }

  // -- For the step loop
  // The task in `slot` is about to take its step; `tasks` are all by slot, the clock last.
  virtual Go Step(const Alternatives& alternatives, std::span<const StandingTask> tasks,
                  uint32_t slot) = 0;
  // The task of the last step destroyed the object before its next announcement.
  virtual void Destroyed(ObjectId) {}
  // The task of the last step used the object, or holds it when it finishes, in no step of its own.
  virtual void Used(ObjectId) {}
  // The last step changed nothing: it tried in vain, or found open what stays open. (Of a load that is known.)
  virtual void ChangedNothing() {}
  // The execution ended, by itself or as Step said, and its tasks stand so. Diverged if decisions that were to be
  // repeated did not come.
  virtual Go End(const Alternatives& alternatives, std::span<const StandingTask> tasks) = 0;

  // -- For the explorer
  // After an execution: goes to the next one. False: there is none, or the scenario cannot be searched.
  virtual bool Next() = 0;
  virtual Coverage coverage() const = 0;
  // Between two executions: what it is made of, to bytes or back (core/internal/archive.h). For a search that was made
  // with the same options.
  virtual void Archive(internal::Archive& archive) = 0;
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_SEARCH_H_
