// SPDX-License-Identifier: Apache-2.0
//
// Searches in a snapshot that the reasons have in common: who did what, and where.
#ifndef HEDDLE_DETECT_INTERNAL_WHO_H_
#define HEDDLE_DETECT_INTERNAL_WHO_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/core/snapshot.h"

namespace heddle::internal {

using Kinds = std::initializer_list<OperationKind>;

bool Contains(Kinds kinds, OperationKind kind);

// "step 6, cart.cc:44"
std::string Place(const StepSnapshot& step);

// "a, b"
std::string Join(const std::vector<std::string>& parts);

// The last step of `slot` on `object` of one of these kinds.
const StepSnapshot* LastStep(const Snapshot& snapshot, uint32_t slot, uint32_t object, Kinds kinds);

// "T2 receives", "T2, T3 receive"
struct Verb {
  std::string_view one;
  std::string_view many;
};

// Who could help `task` at `object`, having done one of these or standing at it: 'no other task receives
// there in this execution', 'only T2 receives there: T2 is blocked, too'. Of kAdd only those that count down.
std::string Helpers(const TaskSnapshot& task, uint32_t object, const Snapshot& snapshot,
                    Kinds kinds, Verb verb);
// At the object of its operation.
std::string Helpers(const TaskSnapshot& task, const Snapshot& snapshot, Kinds kinds, Verb verb);

// Whether `helper` is one of those who could help `task`, at whatever it waits for or joins.
bool IsHelpedBy(const TaskSnapshot& task, const TaskSnapshot& helper, const Snapshot& snapshot);

// The task as if it stood at one case of its select only.
TaskSnapshot AtCase(const TaskSnapshot& task, const CaseSnapshot& one);

// -- Reasons of one family each, without "T1 -> needs "
// --------------------------------------------------

// For tasks at `acquire`.
std::string AcquireReason(const TaskSnapshot& task, const Snapshot& snapshot);
// Whether it waits for more permits than there are.
bool IsDoomed(const TaskSnapshot& task, const Snapshot& snapshot);
// For tasks at `wait`, of a wait group, latch, barrier, event, condition variable or atomic.
std::string WaitReason(const TaskSnapshot& task, const Snapshot& snapshot);

}  // namespace heddle::internal

#endif  // HEDDLE_DETECT_INTERNAL_WHO_H_
