// SPDX-License-Identifier: Apache-2.0
//
// Replay: takes the decisions that were recorded, and checks that they still fit. No search: it is what a token, a
// schedule file and the report on a failure are executed by. Guarantee: the same execution, or kDiverged.
//
// Two forms: all decisions of an execution, as the step loop records them (every one is checked),
// or the deviations of a token from the non-preemptive default (each deviation is checked, the
// number of decisions and the trace hash at the end by the explorer). A decision that does not fit
// (the task is not runnable, there is no such alternative, or the operation is another) is answered
// with kDiverged, which ends the execution; `divergence` then says where.
#ifndef HEDDLE_STRATEGY_REPLAY_H_
#define HEDDLE_STRATEGY_REPLAY_H_

#include <span>
#include <string>
#include <vector>

#include "heddle/core/decision.h"
#include "heddle/core/schedule.h"
#include "heddle/strategy/strategy.h"

namespace heddle {

class ReplayStrategy final : public Strategy {
 public:
  explicit ReplayStrategy(std::vector<Decision> decisions);
  explicit ReplayStrategy(Replay replay);

  // As if constructed with these; keeps the memory.
  void Assign(std::span<const Decision> decisions);

  std::string_view name() const override { return "replay"; }
  void Begin(uint64_t seed) override;
  uint32_t ChooseTask(const Alternatives& alternatives) override;
  uint32_t ChooseIndex(uint32_t count, Operation operation) override;

  // Decisions made so far.
  uint32_t decided() const { return index_; }
  // What did not fit, in one sentence; empty if all did.
  const std::string& divergence() const { return divergence_; }

 private:
  const Decision* Recorded() const;  // for decision index_; null: the default is to be taken
  uint32_t Diverge(std::string what);

  bool complete_;  // decisions_ holds every decision, else deviations_ those off the default
  std::vector<Decision> decisions_;
  std::vector<Deviation> deviations_;
  uint32_t limit_ = 0;  // how many decisions the recorded execution took
  uint32_t index_ = 0;
  size_t next_deviation_ = 0;
  std::string divergence_;
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_REPLAY_H_
