// SPDX-License-Identifier: Apache-2.0
//
// What a recorded execution did, row by row. Only the second run of a failing schedule (and a
// replay) is recorded; exploring keeps decisions only.
#ifndef HEDDLE_RUNTIME_INTERNAL_HISTORY_H_
#define HEDDLE_RUNTIME_INTERNAL_HISTORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "heddle/core/schedule.h"
#include "heddle/core/snapshot.h"
#include "heddle/runtime/internal/task.h"

namespace heddle::internal {

struct Timer;

class History {
 public:
  // `task` announced an operation that cannot take effect now.
  void Blocked(const TaskState& task);
  // `task` takes its announced operation as step number `step`.
  void Step(uint64_t step, const TaskState& task, bool preempts, bool early);
  // What the step in the last row came to, in the step's effect.
  void Detail(const std::string& text);
  // Which case the select in the last row committed to.
  void Took(const AwaitedCase& taken);
  // Which timer the clock's step fired; known only after a choice among equal deadlines.
  void Fired(const Timer& timer);
  // The step that `task` takes ends otherwise than its announcement let expect.
  void Amend(const TaskState& task, const char* detail);
  // `task` drew a value, which is no step: "choose 3 of 8".
  void Chose(const TaskState& task, std::string text);
  // The execution is over: notes the tasks that were blocked only after they had announced.
  void Finish();
  // A decision off the default was taken.
  void Deviate(uint32_t index, Decision decision) { deviations_.push_back({index, decision}); }

  std::vector<StepSnapshot>& rows() { return rows_; }
  std::vector<Deviation>& deviations() { return deviations_; }
  uint64_t preemptions() const { return preemptions_; }

 private:
  void Append(const TaskState& task);

  std::vector<StepSnapshot> rows_;
  std::vector<Deviation> deviations_;
  uint64_t preemptions_ = 0;
};

// "lock cart.mu", "send orders 0/1", "spawn T1", "sleep 5ms": the announced operation of `task`.
std::string DescribeOperation(const TaskState& task);

// The index of `object` in Snapshot::objects.
uint32_t IndexOf(const ObjectState* object);

// The final state of the execution. Call before unwinding.
Snapshot TakeSnapshot();

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_HISTORY_H_
