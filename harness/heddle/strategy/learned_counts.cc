// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/internal/learned_counts.h"

#include <algorithm>

#include "heddle/core/random.h"

namespace heddle {
namespace {

using K = OperationKind;

constexpr KindSet kOnlyLooks(K::kLoad, K::kLength, K::kErr, K::kTryWait, K::kLockShared,
                             K::kTryLockShared);

bool Contains(const std::vector<ObjectId>& objects, ObjectId object) {
  return std::find(objects.begin(), objects.end(), object) != objects.end();
}

// Whether a try_lock took it is not known: taken for a failure.
void NoteLocks(const Operation& step, std::vector<ObjectId>* holds) {
  if (step.kind == K::kLock && !Contains(*holds, step.object)) holds->push_back(step.object);
  if (step.kind == K::kUnlock) std::erase(*holds, step.object);
}

using IndexByBehaviour = absl::flat_hash_map<uint64_t, uint32_t>;  // looked up only

bool IsSpawn(const Operation& step) { return step.kind == K::kSpawn; }

}  // namespace

uint32_t LearnedCounts::IndexOf(TaskId task) const {
  const auto found = index_of_task_.find(task.value);
  return found == index_of_task_.end() ? kNobody : found->second;
}

uint32_t LearnedCounts::Meet(TaskId task) {
  const auto [at, is_new] =
      index_of_task_.try_emplace(task.value, static_cast<uint32_t>(tasks_.size()));
  if (is_new) {
    const auto parent = parent_of_.find(task.value);
    tasks_.push_back({.parent = parent == parent_of_.end() ? kNobody : parent->second});
  }
  return at->second;
}

void LearnedCounts::AddTo(Count* count) const {
  ++count->sum;
  if (count->latest == lessons_) return;
  count->latest = lessons_;
  ++count->lessons;
}

void LearnedCounts::AddAtObject(const Operation& step, uint32_t task) {
  if (step.object.value == 0 || step.object.IsOutside() || !IsOrdered(step.kind)) return;
  const auto [object_at, is_new] =
      index_of_object_.try_emplace(step.object.value, static_cast<uint32_t>(objects_.size()));
  const std::vector<ObjectId>& holds = tasks_[task].holds;
  if (is_new) objects_.push_back({.id = step.object, .guards = holds});
  Object& object = objects_[object_at->second];
  std::erase_if(object.guards, [&](ObjectId guard) { return !Contains(holds, guard); });
  object.changes |= !kOnlyLooks.Contains(step.kind);
  const auto [count_at, is_first] = count_of_.try_emplace(
      uint64_t{object_at->second} << 32 | task, static_cast<uint32_t>(object.counts.size()));
  if (is_first) object.counts.push_back({.task = task});
  Count& count = object.counts[count_at->second];
  count.kinds = count.kinds | KindSet(step.kind);
  AddTo(&count);
}

void LearnedCounts::Learn(const Lesson& lesson) {
  ++lessons_;
  for (KnownTask& task : tasks_) {
    task.spawned = 0;
    task.holds.clear();
  }
  bool alone = std::any_of(lesson.steps.begin(), lesson.steps.end(), IsSpawn);
  for (const Operation& step : lesson.steps) {
    const uint32_t task = Meet(step.task);
    AddTo(&tasks_[task].steps);
    if (!alone) AddAtObject(step, task);
    NoteLocks(step, &tasks_[task].holds);
    if (!IsSpawn(step)) continue;
    alone = false;
    const TaskId child = TaskId::Spawned(step.task, ++tasks_[task].spawned);
    parent_of_.try_emplace(child.value, task);
  }
}

std::vector<uint32_t> LearnedCounts::Roles() const {
  std::vector<uint64_t> behaviours(tasks_.size());
  for (size_t i = 0; i < objects_.size(); ++i) {
    if (objects_[i].counts.size() < 2) continue;
    for (const Count& count : objects_[i].counts) {
      behaviours[count.task] = Mix(behaviours[count.task], i, count.kinds.Bits());
    }
  }
  IndexByBehaviour role_of;
  std::vector<uint32_t> roles;
  for (const uint64_t behaviour : behaviours) {
    roles.push_back(
        role_of.try_emplace(behaviour, static_cast<uint32_t>(role_of.size())).first->second);
  }
  return roles;
}

void StepsLeft::Begin() {
  index_of_slot_.Clear();
  known_low_ = 0;
  left_.assign(kFirst + counts_.tasks().size(), 0);
}

void StepsLeft::BeginAll() {
  Begin();
  for (size_t i = 0; i < counts_.tasks().size(); ++i) {
    left_[kFirst + i] = counts_.tasks()[i].steps.Mean();
  }
  AddToParents();
}

void StepsLeft::BeginAt(std::span<const uint32_t> objects) {
  Begin();
  for (const uint32_t object : objects) {
    for (const LearnedCounts::Count& count : counts_.objects()[object].counts) {
      left_[kFirst + count.task] += count.Mean();
    }
  }
  AddToParents();
}

// A parent is met before its tasks.
void StepsLeft::AddToParents() {
  const auto tasks = counts_.tasks();
  for (size_t i = tasks.size(); i-- > 0;) {
    const uint32_t parent = tasks[i].parent;
    if (parent != LearnedCounts::kNobody) left_[kFirst + parent] += left_[kFirst + i];
  }
}

bool StepsLeft::IsChild(uint32_t slot, uint32_t of) {
  const uint32_t index = index_of_slot_[slot];
  if (index == kUnknown || index_of_slot_[of] == kUnknown) return false;
  return counts_.tasks()[index - kFirst].parent == index_of_slot_[of] - kFirst;
}

void StepsLeft::Meet(uint32_t slot, uint64_t word) {
  const uint32_t task = counts_.IndexOf(Operation::FromWord(word).task);
  index_of_slot_[slot] = task == LearnedCounts::kNobody ? kUnknown : kFirst + task;
  if (task == LearnedCounts::kNobody) return;
  const uint32_t parent = counts_.tasks()[task].parent;
  if (parent == LearnedCounts::kNobody) return;
  left_[kFirst + parent] -= std::min(left_[kFirst + parent], left_[kFirst + task]);
}

}  // namespace heddle
