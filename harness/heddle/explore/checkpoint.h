// SPDX-License-Identifier: Apache-2.0
//
// A search that goes on where an earlier run of the test left it: the file that tells how far it came.
//
// <directory>/<scenario>.search is written every kSecondsBetween seconds of a search, and when a limit ends it (.schedules,
// .time_budget_ms, .deadline_ms); the next run of the same test reads it and goes on. It is removed when the search
// has ended by itself, or has found a failure. It holds for the same binary, strategy and options: what was explored says
// nothing about other code. A file of another one is refused, and so is one that was altered, by a sentence
// that names it; it is left as it is.
//
// Written to a file beside it and renamed: whoever is killed leaves the one before.
#ifndef HEDDLE_EXPLORE_CHECKPOINT_H_
#define HEDDLE_EXPLORE_CHECKPOINT_H_

#include <cstdint>
#include <string>

#include "heddle/core/options.h"
#include "heddle/detect/vacuity.h"
#include "heddle/explore/stopwatch.h"
#include "heddle/strategy/search.h"

namespace heddle::internal {

class Checkpoint {
 public:
  static constexpr double kSecondsBetween = 10;

  // What is to be kept of a search.
  struct State {
    Search* search = nullptr;
    Vacuity* vacuity = nullptr;
    uint64_t* cut = nullptr;  // executions that reached max_steps
  };

  // An empty directory: nothing is kept. `seed`: what the search draws from.
  Checkpoint(const std::string& directory, const Options& options, State state);

  // Before the first execution. Why the file that is there cannot be used; empty: it was, or there is none.
  std::string Resume();
  // Between two executions, of which the next one is to come.
  void Keep(const Stopwatch& since_beginning);
  // Writes it now; why that cannot be done, empty: it was.
  std::string Save();
  void Remove();

 private:
  void Archive(internal::Archive& archive);

  const std::string path_;  // empty: none
  const uint64_t key_ = 0;  // of binary and options
  State state_;
  double saved_at_ = 0;
};

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_CHECKPOINT_H_
