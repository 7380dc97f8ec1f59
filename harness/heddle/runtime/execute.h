// SPDX-License-Identifier: Apache-2.0
//
// Runs a scenario once, under one strategy. The explorer's view of the runtime.
//
// Phases of an execution: the body runs as task T0; when it returned, the others drain; when
// nothing more can or may happen, the outcome is taken; then abandoned tasks are unwound (youngest
// first), values left in channels are destroyed, and Scenario::Finish runs. All steps happen before
// the unwinding.
#ifndef HEDDLE_RUNTIME_EXECUTE_H_
#define HEDDLE_RUNTIME_EXECUTE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "heddle/core/decision.h"
#include "heddle/core/operation.h"
#include "heddle/core/options.h"
#include "heddle/core/schedule.h"
#include "heddle/core/snapshot.h"
#include "heddle/core/verdict.h"
#include "heddle/strategy/strategy.h"

namespace heddle {

// What is executed. `Run` is the body; `Finish` is called once the execution is over and unwound,
// on the caller's stack, and destroys what the body made for the other tasks to outlive it (a
// fixture).
class Scenario {
 public:
  virtual ~Scenario() = default;
  virtual void Run() = 0;
  virtual void Finish() {}
};

// What is kept of an execution that did not pass, or was recorded.
struct Evidence {
  Failure failure;
  Snapshot snapshot;
  std::vector<Decision> decisions;
  std::vector<Deviation> deviations;  // recorded executions only
  uint64_t preemptions = 0;           // recorded executions only
};

struct Outcome {
  Verdict verdict = Verdict::kPassed;
  uint64_t trace_hash = 0;
  uint64_t steps = 0;
  uint32_t decisions = 0;
  uint32_t tasks = 0;                  // spawned, and the body
  bool cut = false;                    // max_steps reached under .cut_ok
  bool at_recorded_end = false;        // of a replay: ended though a task could go on
  bool abandoned = false;              // ended by a search, as nothing new could come
  std::unique_ptr<Evidence> evidence;  // null for an unrecorded execution that passed
};

enum class Recording : bool { kOff, kOn };

// The operations of an execution's steps, in order; of longer executions only the first so many.
using StepTrace = std::vector<Operation>;
inline constexpr size_t kMostTraced = 1'000'000;

// Whether the caller is the code of a scenario that is being executed.
bool InsideExecution();

// `options` must outlive the call. The strategy's Begin is called with `seed`. A replay strategy is
// never replaced by the fair random walk of long executions. Not reentrant, one thread at a time.
Outcome Execute(Scenario& scenario, const Options& options, Strategy& strategy, uint64_t seed,
                Recording recording);

// Recorded, with `strategy` replaying an execution that ended with the trace hash `end_hash`. Ends there,
// too, though nothing may have failed: how it would go on was not recorded.
Outcome ExecuteReplay(Scenario& scenario, const Options& options, Strategy& strategy,
                      uint64_t end_hash);

// The same as Execute, unrecorded, and `trace` takes the operation of every step.
Outcome ExecuteTraced(Scenario& scenario, const Options& options, Strategy& strategy, uint64_t seed,
                      StepTrace* trace);

// The same, with `strategy` replaying the decisions of an execution whose trace is `expected`. The
// tasks run on other stacks than in the execution before. The first step that is not the expected
// one ends the execution with the verdict `diverged` and a message of two lines: what that step was
// and what it is.
Outcome ExecuteRepeated(Scenario& scenario, const Options& options, Strategy& strategy,
                        uint64_t seed, const StepTrace& expected);

// The decisions of the latest execution, until the next one begins.
std::span<const Decision> LatestDecisions();

}  // namespace heddle

#endif  // HEDDLE_RUNTIME_EXECUTE_H_
