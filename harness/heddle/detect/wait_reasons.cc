// SPDX-License-Identifier: Apache-2.0
//
// What tasks at `acquire` and `wait` need.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "heddle/detect/internal/who.h"

namespace heddle::internal {
namespace {

// "took a permit", "took 2 permits"
std::string Permits(int64_t count) {
  return count == 1 ? "a permit" : std::to_string(count) + " permits";
}

// How many a step asks for: "acquire db (2, parks)". A plain semaphore tells its permits there.
int64_t WeightOf(const StepSnapshot& step, const Snapshot& snapshot) {
  if (snapshot.objects[step.object].kind != ObjectKind::kWeightedSemaphore) return 1;
  const size_t at = step.text.rfind('(');
  return at == std::string::npos ? 0 : std::strtoll(step.text.c_str() + at + 1, nullptr, 10);
}

// What a task took and did not give back, by its steps.
struct Balance {
  int64_t permits = 0;
  int64_t parked = 0;  // asked for in line
  const StepSnapshot* last = nullptr;
};

void Tally(const StepSnapshot& step, const Snapshot& snapshot, Balance* balance) {
  int64_t taken = 0;
  switch (step.operation) {
    case OperationKind::kAcquire:
      taken = WeightOf(step, snapshot);
      if (step.text.find(", parks)") == std::string::npos) break;
      balance->parked = taken;
      return;
    case OperationKind::kTryAcquire:
      if (step.text.find("-> true") == std::string::npos) return;
      taken = WeightOf(step, snapshot);
      break;
    case OperationKind::kResume: taken = balance->parked; break;
    // A plain release may be one of several permits: its number is not told.
    case OperationKind::kRelease:
      if (step.text.find(", leaves the line)") == std::string::npos) {
        balance->permits -= WeightOf(step, snapshot);
      }
      return;
    default: return;
  }
  balance->permits += taken;
  balance->last = &step;
}

// Permits which each task took and did not give back.
std::string PermitHolders(const TaskSnapshot& waiter, const Snapshot& snapshot) {
  std::vector<std::string> parts;
  for (const TaskSnapshot& task : snapshot.tasks) {
    Balance balance;
    for (const StepSnapshot& step : snapshot.history) {
      if (step.step == 0 || step.slot != task.slot) continue;
      if (step.object == waiter.object) Tally(step, snapshot, &balance);
      if (step.taken == CaseSnapshot{waiter.object, OperationKind::kAcquire}) {
        balance.permits += balance.parked;  // granted in line, to a select
        balance.last = &step;
      }
    }
    if (balance.permits > 0 && balance.last != nullptr) {
      const std::string it = balance.permits == 1 ? "it" : "them";
      parts.push_back(task.label + " took " + Permits(balance.permits) + " (" +
                      Place(*balance.last) + ") and " +
                      (task.finished ? "finished without releasing " : "has not released ") + it);
    }
  }
  return parts.empty() ? "no task holds one" : Join(parts);
}

}  // namespace

bool IsDoomed(const TaskSnapshot& task, const Snapshot& snapshot) {
  if (task.operation != OperationKind::kAcquire || task.object == kNobody) return false;
  const std::string& state = snapshot.objects[task.object].state;
  const size_t at = state.find(", " + task.label + " waits for ");
  if (at == std::string::npos) return false;
  const size_t comma = state.find(", ", at + 2);
  return comma != std::string::npos && state.compare(comma, 11, ", more than") == 0;
}

std::string AcquireReason(const TaskSnapshot& task, const Snapshot& snapshot) {
  const ObjectSnapshot& object = snapshot.objects[task.object];
  if (object.kind != ObjectKind::kWeightedSemaphore) {
    return "a permit of " + object.label + " -> " + PermitHolders(task, snapshot);
  }
  return "permits of " + object.label + " (" + object.state + ") -> " +
         (IsDoomed(task, snapshot) ? "it never has so many" : PermitHolders(task, snapshot));
}

namespace {

constexpr Kinds kNotifies = {OperationKind::kNotifyOne, OperationKind::kNotifyAll};

// What became of the notifies of a condition variable at which `task` is parked.
std::string LostNotify(const TaskSnapshot& task, const Snapshot& snapshot) {
  const StepSnapshot* waited = LastStep(snapshot, task.slot, task.object, {OperationKind::kWait});
  const StepSnapshot* notified = nullptr;
  for (const StepSnapshot& step : snapshot.history) {
    if (step.step != 0 && step.object == task.object && Contains(kNotifies, step.operation)) {
      notified = &step;
    }
  }
  if (waited == nullptr || notified == nullptr) {
    return Helpers(task, snapshot, kNotifies, {"notifies", "notify"});
  }
  const TaskSnapshot* who = snapshot.Find(notified->slot);
  const std::string text = who->label + " notified (" + Place(*notified) + ")";
  if (notified->step > waited->step) return text + " and woke another task; nobody does again";
  return text + " before " + task.label + " waited (" + Place(*waited) + ")";
}

}  // namespace

std::string WaitReason(const TaskSnapshot& task, const Snapshot& snapshot) {
  const ObjectSnapshot& object = snapshot.objects[task.object];
  const std::string what = object.label + " (" + object.state + ")";
  switch (object.kind) {
    case ObjectKind::kWaitGroup:
      return what + " to reach 0 -> " +
             Helpers(task, snapshot, {OperationKind::kAdd}, {"calls Done", "call Done"});
    case ObjectKind::kLatch:
      return what + " to reach 0 -> " +
             Helpers(task, snapshot, {OperationKind::kArrive}, {"counts down", "count down"});
    case ObjectKind::kBarrier:
      return "more arrivals at " + what + " -> " +
             Helpers(task, snapshot, {OperationKind::kArrive, OperationKind::kArriveAndDrop},
                     {"arrives", "arrive"});
    case ObjectKind::kEvent:
      return object.label + " to be set -> " +
             Helpers(task, snapshot, {OperationKind::kSet}, {"sets it", "set it"});
    case ObjectKind::kCondition:
      return "a notify on " + object.label + " -> " + LostNotify(task, snapshot);
    case ObjectKind::kAtomic:
      return "a change of " + object.label + " and a notify -> " +
             Helpers(task, snapshot, kNotifies, {"notifies", "notify"});
    default: return what;
  }
}

}  // namespace heddle::internal
