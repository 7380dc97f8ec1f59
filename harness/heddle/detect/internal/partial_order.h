// SPDX-License-Identifier: Apache-2.0
//
// Which executions are the same but for the order of independent steps: a hash of the steps and of the order of every
// two that are dependent (core/dependence.h).
//
//   PartialOrder order;
//   order.Of(trace_of_one_execution) == order.Of(trace_of_another)
//
// Equivalent executions have equal hashes. What kind of object an operation is at is not known here, so that some
// that are equivalent have different ones: two releases of a semaphore count as dependent. Choices in an operation
// and values drawn do not count, only the steps that follow from them.
//
// Cost: O(steps); nothing is allocated once warm.
//
// Source: Mazurkiewicz, 'Trace Theory', 1987.
#ifndef HEDDLE_DETECT_INTERNAL_PARTIAL_ORDER_H_
#define HEDDLE_DETECT_INTERNAL_PARTIAL_ORDER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "heddle/core/operation.h"

namespace heddle {

class PartialOrder {
 public:
  uint64_t Of(std::span<const Operation> steps);

 private:
  // The steps of one kind, at one object or at all, as a sum of their names.
  struct Sum {
    OperationKind kind = OperationKind::kNone;
    uint64_t names = 0;
  };
  using Sums = std::vector<Sum>;  // few: a kind each

  static uint64_t& SumOf(Sums& sums, OperationKind kind);
  uint64_t Before(const Operation& step, const Sums& here, bool selects) const;

  absl::flat_hash_map<uint32_t, uint32_t> steps_of_;  // by task; looked up only
  absl::flat_hash_map<uint32_t, Sums> at_;            // by object; looked up only
  Sums all_;
};

}  // namespace heddle

#endif  // HEDDLE_DETECT_INTERNAL_PARTIAL_ORDER_H_
