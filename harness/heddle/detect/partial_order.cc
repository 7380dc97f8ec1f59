// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/internal/partial_order.h"

#include <algorithm>

#include "heddle/core/dependence.h"
#include "heddle/core/random.h"

namespace heddle {
namespace {

// Of steps of two tasks at two objects.
bool DependentElsewhere(OperationKind a, OperationKind b, bool selects) {
  const auto at = [](OperationKind kind, uint32_t id) {
    const bool local = LocalOperations().Contains(kind) || kind == OperationKind::kSelect ||
                       kind == OperationKind::kTrySelect;
    return AnnouncedOperation{{kind, TaskId{id}, local ? ObjectId{} : ObjectId{id}},
                              ObjectKind::kNone};
  };
  return Dependent(at(a, 1), at(b, 2), selects ? ParkedSelect::kPossible : ParkedSelect::kNone);
}

bool IsSelect(const Operation& step) { return step.kind == OperationKind::kSelect; }

}  // namespace

uint64_t& PartialOrder::SumOf(Sums& sums, OperationKind kind) {
  auto found = std::ranges::find(sums, kind, &Sum::kind);
  if (found == sums.end()) found = sums.insert(sums.end(), {.kind = kind});
  return found->names;
}

// The names of earlier steps with which `step` is dependent, as a sum. Those of its own task among them are the
// same in every execution in which it has as many.
uint64_t PartialOrder::Before(const Operation& step, const Sums& here, bool selects) const {
  const KindSet dependent = DependentAtOneObject(step.kind);
  uint64_t sum = 0;
  for (const Sum& earlier : here) {
    if (dependent.Contains(earlier.kind)) sum += earlier.names;
  }
  for (const Sum& earlier : all_) {
    if (!DependentElsewhere(step.kind, earlier.kind, selects)) continue;
    sum += earlier.names;
    const auto same = std::ranges::find(here, earlier.kind, &Sum::kind);
    if (same != here.end()) sum -= same->names;
  }
  return sum;
}

uint64_t PartialOrder::Of(std::span<const Operation> steps) {
  steps_of_.clear();
  for (auto& [object, sums] : at_) sums.clear();  // determinism: in any order
  all_.clear();
  const bool selects = std::ranges::any_of(steps, IsSelect);
  static const Sums kNowhere;
  uint64_t hash = 0;
  for (const Operation& step : steps) {
    const uint64_t name = Mix(step.Word(), ++steps_of_[step.task.value]);
    const bool somewhere = step.object.value != 0 && !LocalOperations().Contains(step.kind);
    Sums* here = somewhere ? &at_[step.object.value] : nullptr;
    hash += Mix(name, Before(step, here != nullptr ? *here : kNowhere, selects));
    if (here != nullptr) SumOf(*here, step.kind) += name;
    SumOf(all_, step.kind) += name;
  }
  return hash;
}

}  // namespace heddle
