// SPDX-License-Identifier: Apache-2.0
//
// One decision: which of at least two alternatives an execution took.
//
// A decision is either which task goes next (the alternative is the task's slot: spawn order in
// this execution, see runtime/execution.h) or a choice inside an operation (which partner, which of
// two timers with equal deadlines: an index from 0). The check is a short fold of the operation
// decided upon, by which a replay notices that it no longer does what was recorded. A point with a
// single alternative is no decision: nothing is drawn, counted or recorded.
#ifndef HEDDLE_CORE_DECISION_H_
#define HEDDLE_CORE_DECISION_H_

#include <cstdint>

namespace heddle {

struct Decision {
  uint16_t choice = 0;
  uint16_t check = 0;  // made by DecisionCheck: less than 1 << kDecisionCheckBits

  friend constexpr bool operator==(const Decision&, const Decision&) = default;
};

// How many bits a check has. Eight: a missed difference (one in 256) only means that a divergence
// is located at a later decision, for whether the execution is the recorded one is judged by its
// 64-bit trace hash. Sixteen would cost a third of the decisions that fit into a token.
inline constexpr int kDecisionCheckBits = 8;

// The check of the operation with this word (Operation::Word): of the chosen task's operation for a
// task decision, of the operation in whose effect the choice is made for the others.
constexpr uint16_t DecisionCheck(uint64_t operation_word) {
  return static_cast<uint16_t>((operation_word * 0x9fb21c651e98df25u) >> (64 - kDecisionCheckBits));
}

}  // namespace heddle

#endif  // HEDDLE_CORE_DECISION_H_
