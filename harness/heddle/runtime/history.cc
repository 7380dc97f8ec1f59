// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/history.h"

#include <algorithm>
#include <string>
#include <utility>

#include "heddle/runtime/internal/clock.h"
#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {
namespace {

std::string NextChildLabel(const TaskState& task) {
  const std::string number = std::to_string(task.spawned + 1);
  return task.parent == nullptr ? "T" + number : task.Label() + "." + number;
}

// " until 5ms" for a task whose wait has a deadline.
std::string Until(const TaskState& task) {
  return task.timer.armed() ? " until " + FormatNanoseconds(task.timer.deadline) : "";
}

// 'lock mutex "m"', 'send to channel "orders" (full, 1/1)', 'join T1'
std::string DescribeWait(const TaskState& task) {
  const OperationKind kind = Operation::FromWord(task.word).kind;
  std::string text(ToString(kind));
  if (kind == OperationKind::kJoin && task.joining != nullptr) {
    return text + " " + task.joining->Label();
  }
  if (task.object == nullptr) return text + Until(task);
  if (kind == OperationKind::kSend || kind == OperationKind::kTrySend) text += " to";
  if (kind == OperationKind::kReceive || kind == OperationKind::kTryReceive) text += " from";
  text += " " + LabelOf(*task.object);
  const std::string state = task.object->Describe();
  if (!state.empty()) text += " (" + state + ")";
  return text + Until(task);
}

std::vector<const ObjectState*> ObjectsInOrder() {
  std::vector<const ObjectState*> objects;
  for (const ObjectState* o = x.objects; o != nullptr; o = o->next) objects.push_back(o);
  std::reverse(objects.begin(), objects.end());
  return objects;
}

ObjectSnapshot SnapshotOf(const ObjectState& object) {
  return ObjectSnapshot{object.kind, LabelOf(object), ShorthandOf(object), object.Describe()};
}

TaskSnapshot SnapshotOf(const TaskState& task, const std::vector<const ObjectState*>& objects) {
  TaskSnapshot snapshot;
  snapshot.slot = task.slot;
  snapshot.label = task.Label();
  if (task.name != nullptr) snapshot.name = task.name;
  snapshot.operation = Operation::FromWord(task.word).kind;
  snapshot.object = IndexOf(task.object);
  snapshot.waits = DescribeWait(task);
  snapshot.at = task.where;
  snapshot.spawned_at = task.slot == 0 ? Location{} : task.spawned_at;
  snapshot.started = task.started;
  snapshot.finished = task.finished;
  snapshot.runnable = !task.finished && IsRunnable(&task);
  snapshot.daemon = task.daemon;
  for (uint32_t n = 0; const TaskState* owner = OwnerAwaited(task, n); ++n) {
    snapshot.holders.push_back(owner->slot);
  }
  for (uint32_t i = 0; i < objects.size(); ++i) {
    if (objects[i]->IsHeldBy(task)) snapshot.holds.push_back(i);
  }
  return snapshot;
}

}  // namespace

std::string ObjectState::DescribeStep(const TaskState&) const { return {}; }
const TaskState* ObjectState::Owner(const TaskState&, uint32_t) const { return nullptr; }
bool ObjectState::IsHeldBy(const TaskState&) const { return false; }

uint32_t IndexOf(const ObjectState* object) {
  if (object == nullptr) return kNobody;
  uint32_t index = 0;
  for (const ObjectState* o = object->next; o != nullptr; o = o->next) ++index;
  return index;
}

namespace {

std::string DescribeFiring(const Timer& timer) {
  const std::string whose = timer.task != nullptr ? timer.task->Label() + "'s timer"
                            : timer.object->name != nullptr
                                ? std::string(ShorthandOf(*timer.object))
                                : LabelOf(*timer.object);
  return std::string(ToString(OperationKind::kFire)) + " " + whose + " at " +
         FormatNanoseconds(timer.deadline);
}

}  // namespace

std::string DescribeOperation(const TaskState& task) {
  const OperationKind kind = Operation::FromWord(task.word).kind;
  std::string text(ToString(kind));
  switch (kind) {
    case OperationKind::kSpawn: return text + " " + NextChildLabel(task);
    case OperationKind::kJoin: return text + " " + task.joining->Label();
    case OperationKind::kSleep: return text + Until(task);
    case OperationKind::kFire: return DescribeFiring(x.timers.Earliest());
    default: break;
  }
  if (task.object == nullptr) return text;
  text += " " + ShorthandOf(*task.object);
  const std::string detail = task.object->DescribeStep(task);
  if (!detail.empty()) text += " " + detail;
  return text + Until(task);
}

void History::Append(const TaskState& task) {
  StepSnapshot row;
  row.slot = task.slot;
  row.operation = Operation::FromWord(task.word).kind;
  row.object = IndexOf(task.object);
  row.text = DescribeOperation(task);
  row.at = task.where;
  rows_.push_back(std::move(row));
}

void History::Blocked(const TaskState& task) {
  // Parking was a step of its own; its row says so.
  if (task.park == nullptr) Append(task);
}

void History::Chose(const TaskState& task, std::string text) {
  Append(task);
  rows_.back().text = std::move(text);
}

void History::Fired(const Timer& timer) { rows_.back().text = DescribeFiring(timer); }

void History::Finish() {
  for (uint32_t slot = 0; slot < x.next_slot; ++slot) {
    const TaskState& task = x.tasks[slot];
    if (slot == kClockSlot || !task.started || task.finished || IsRunnable(&task)) continue;
    const auto last = std::find_if(rows_.rbegin(), rows_.rend(),
                                   [&](const StepSnapshot& row) { return row.slot == slot; });
    const bool announced =
        last != rows_.rend() && last->step == 0 && last->operation != OperationKind::kChoose;
    if (!announced) Blocked(task);
  }
}

void History::Step(uint64_t step, const TaskState& task, bool preempts, bool early) {
  Append(task);
  StepSnapshot& row = rows_.back();
  row.step = step;
  if (row.slot == kClockSlot) row.at = Location{};
  row.preempts = preempts;
  row.early = early;
  if (preempts) ++preemptions_;
}

Snapshot TakeSnapshot() {
  Snapshot snapshot;
  const std::vector<const ObjectState*> objects = ObjectsInOrder();
  for (const ObjectState* object : objects) snapshot.objects.push_back(SnapshotOf(*object));
  for (uint32_t slot = 0; slot < x.next_slot; ++slot) {
    if (slot != kClockSlot) snapshot.tasks.push_back(SnapshotOf(x.tasks[slot], objects));
  }
  snapshot.body_returned = x.body_returned;
  return snapshot;
}

}  // namespace heddle::internal
