// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/show.h"

#include <memory>

#include "heddle/core/dependence.h"
#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {
namespace {

StandingTask Show(const TaskState& task) {
  const Operation operation = Operation::FromWord(task.word);
  // Other operations without an object may have one only to tell which.
  const bool local = LocalOperations().Contains(operation.kind) || task.object == nullptr;
  return {.slot = task.slot,
          .at = {operation, local ? ObjectKind::kNone : task.object->kind},
          .tries = task.tries};
}

void CollectStanding() {
  x.standing.clear();
  for (uint32_t slot = 0; slot < x.next_slot; ++slot) {
    const TaskState& task = x.tasks[slot];
    if (slot != kClockSlot && !task.finished) x.standing.push_back(Show(task));
  }
  if (x.clock_ready) x.standing.push_back(Show(x.tasks[kClockSlot]));
}

}  // namespace

Search::Go ShowStep(uint32_t slot) {
  CollectStanding();
  return x.search->Step(x.alternatives, x.standing, slot);
}

void ShowEnd() {
  CollectStanding();
  const Search::Go go = x.search->End(x.alternatives, x.standing);
  if (go == Search::Go::kDiverged && x.failure == nullptr) {
    x.failure = std::make_unique<Failure>(Failure{.verdict = Verdict::kDiverged});
  }
}

}  // namespace heddle::internal
