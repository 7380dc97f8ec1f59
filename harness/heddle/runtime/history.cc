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

const char* Preposition(OperationKind kind) {
  switch (kind) {
    case OperationKind::kSend:
    case OperationKind::kTrySend: return " to";
    case OperationKind::kReceive:
    case OperationKind::kTryReceive: return " from";
    default: return "";
  }
}

std::string DescribeObject(OperationKind kind, const ObjectState& object) {
  const std::string text = Preposition(kind) + (" " + LabelOf(object));
  const std::string state = object.Describe();
  return state.empty() ? text : text + " (" + state + ")";
}

bool StandsAtCases(const TaskState& task) {
  const OperationKind kind = Operation::FromWord(task.word).kind;
  return task.cases != nullptr &&
         (kind == OperationKind::kSelect || kind == OperationKind::kTrySelect);
}

// 'receive from channel "a" (empty, 0/1), send to a nil channel'
std::string DescribeCases(const AwaitedCases& awaited) {
  std::vector<AwaitedCase> cases;
  awaited.List(&cases);
  std::string text;
  for (const AwaitedCase& c : cases) {
    text += (text.empty() ? " " : ", ") + std::string(ToString(c.kind));
    text += c.object != nullptr ? DescribeObject(c.kind, *c.object)
                                : Preposition(c.kind) + std::string(" a nil channel");
  }
  return text;
}

// 'lock mutex "m"', 'send to channel "orders" (full, 1/1)', 'join T1'
std::string DescribeWait(const TaskState& task) {
  const OperationKind kind = Operation::FromWord(task.word).kind;
  std::string text(ToString(kind));
  if (kind == OperationKind::kJoin && task.joining != nullptr) {
    return text + " " + task.joining->Label();
  }
  if (StandsAtCases(task)) text += DescribeCases(*task.cases);
  if (task.object != nullptr) text += DescribeObject(kind, *task.object);
  return text + Until(task);
}

std::vector<const ObjectState*> ObjectsInOrder() {
  std::vector<const ObjectState*> objects;
  for (const ObjectState* o = x.objects; o != nullptr; o = o->next) objects.push_back(o);
  std::reverse(objects.begin(), objects.end());
  return objects;
}

ObjectSnapshot SnapshotOf(const ObjectState& object) {
  return ObjectSnapshot{object.kind, LabelOf(object), ShorthandOf(object), object.Describe(),
                        object.created_at};
}

std::vector<CaseSnapshot> CasesOf(const TaskState& task) {
  std::vector<AwaitedCase> awaited;
  task.cases->List(&awaited);
  std::vector<CaseSnapshot> cases;
  for (const AwaitedCase& c : awaited) cases.push_back({IndexOf(c.object), c.kind});
  return cases;
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
  if (StandsAtCases(task)) snapshot.cases = CasesOf(task);
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

std::string DescribeTimer(const Timer& timer) {
  const std::string whose = timer.task != nullptr ? timer.task->Label() + "'s timer"
                            : timer.object->name != nullptr
                                ? std::string(ShorthandOf(*timer.object))
                                : LabelOf(*timer.object);
  return whose + " at " + FormatNanoseconds(timer.deadline);
}

std::string DescribeFiring(const Timer& timer) {
  return std::string(ToString(OperationKind::kFire)) + " " + DescribeTimer(timer);
}

}  // namespace

std::string DescribeOperation(const TaskState& task) {
  const OperationKind kind = Operation::FromWord(task.word).kind;
  std::string text(ToString(kind));
  switch (kind) {
    case OperationKind::kSpawn: return text + " " + NextChildLabel(task);
    case OperationKind::kJoin: return text + " " + task.joining->Label();
    case OperationKind::kSleep: return text + Until(task);
    case OperationKind::kFire: return DescribeFiring(*x.timers.FindEarliest().front());
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
  if (StandsAtCases(task)) row.cases = CasesOf(task);
  rows_.push_back(std::move(row));
}

void History::Blocked(const TaskState& task) {
  // Parking was a step of its own; its row says so.
  if (task.park == nullptr) Append(task);
}

void History::Detail(const std::string& text) { rows_.back().text += " " + text; }

void History::Took(const AwaitedCase& taken) {
  rows_.back().taken = {IndexOf(taken.object), taken.kind};
  Detail("-> " + std::string(ToString(taken.kind)) + " " + ShorthandOf(*taken.object));
}

void History::Chose(const TaskState& task, std::string text) {
  Append(task);
  rows_.back().text = std::move(text);
}

void History::Fired(const Timer& timer) { rows_.back().text = DescribeFiring(timer); }

void History::Amend(const TaskState& task, const char* detail) {
  rows_.back().text = std::string(ToString(Operation::FromWord(task.word).kind)) + " " +
                      ShorthandOf(*task.object) + " " + detail;
}

void NoteFault(const TaskState* me, const char* detail) {
  if (x.history != nullptr) x.history->Amend(*me, detail);
}

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
  snapshot.now = FormatNanoseconds(x.now);
  snapshot.fair_from = x.fair_from;
  snapshot.time_looked_at = x.time_looked_at;
  if (!x.timers.Empty()) snapshot.next_timer = DescribeTimer(*x.timers.FindEarliest().front());
  return snapshot;
}

}  // namespace heddle::internal
