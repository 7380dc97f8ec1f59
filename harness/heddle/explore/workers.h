// SPDX-License-Identifier: Apache-2.0
//
// Exploration on several cores: processes forked from the explorer, each with all that it has learned.
//
// Executions are dealt out in shares of successive ones, each to the next worker that is free. What a
// worker did is added up in the order of the executions, and the first that failed is the one with the lowest
// number: the result is the same for every number of workers.
//
// Workers are copies: what a scenario leaves behind outside of itself (a counter, say) is gone with them, and what
// it prints may come in another order. Threads of the program are not copied: a lock that one of them holds stays
// locked in a worker.
#ifndef HEDDLE_EXPLORE_WORKERS_H_
#define HEDDLE_EXPLORE_WORKERS_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "heddle/core/sanitize.h"
#include "heddle/core/verdict.h"
#include "heddle/detect/vacuity.h"

namespace heddle::internal {

inline constexpr uint32_t kMostJobs = 256;

// ThreadSanitizer takes a process with fibers for one with threads, and stops to look at what one that is forked
// from it does: it would miss races there, and report some that are none. In its builds one process explores.
inline constexpr bool kCanFork = !HEDDLE_TSAN;

// Executions in a share: few enough that workers end together, enough that telling of them takes no time.
constexpr uint32_t ShareSize(uint32_t jobs, uint32_t executions) {
  constexpr uint32_t kLeast = 16;
  constexpr uint32_t kMost = 1024;
  return std::clamp(executions / jobs / 32, kLeast, kMost);
}

// What came of a share. Copied between processes byte by byte.
struct Share {
  enum class End : uint8_t {
    kAllPassed,
    kFailed,     // execution first + passed did
    kOutOfTime,  // the time budget is spent
    kDied,       // the worker did, in execution first + passed
  };

  uint32_t first = 0;   // execution
  uint32_t passed = 0;  // executions, in order
  uint64_t steps = 0;   // of these
  uint64_t cut = 0;     // of these
  Vacuity vacuity = {};
  End end = End::kAllPassed;
  Verdict verdict = Verdict::kPassed;  // kFailed: of that execution
  uint64_t trace_hash = 0;
  int status = 0;  // kDied: of the process, as waitpid has it
};

struct Work {
  uint32_t jobs = 1;
  uint32_t begin = 0;  // executions from here ...
  uint32_t end = 0;    // ... to before this
  // Called in a worker before anything else.
  std::function<void()> start = {};
  // Makes an execution in a worker and adds it to the share; kAllPassed: go on.
  std::function<Share::End(uint32_t index, Share* share)> execute = {};
};

// The shares in order, up to the first with an execution that failed or in which a worker died. Where the budget
// was spent some are missing. Empty if the system allows no process: then nothing was executed.
std::vector<Share> ExploreByWorkers(const Work& work);

// Ends this process as a worker ended, `status` as waitpid has it, but never as if all were well.
[[noreturn]] void EndLike(int status);

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_WORKERS_H_
