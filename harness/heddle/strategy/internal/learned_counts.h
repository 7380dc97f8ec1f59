// SPDX-License-Identifier: Apache-2.0
//
// How many steps each task takes, in all and at each object, as learned from lessons (strategy.h): what URW
// and SURW weigh tasks by.
//
// What the body does at an object before it spawns its first task is no choice and does not count there.
//
// Tasks and objects are known by their ids, which do not depend on the schedule; those of objects outside the
// executions do, so these are left out. A count is the mean over the
// lessons in which it was not zero, so that what some executions do not reach at all does not blur it.
#ifndef HEDDLE_STRATEGY_INTERNAL_LEARNED_COUNTS_H_
#define HEDDLE_STRATEGY_INTERNAL_LEARNED_COUNTS_H_

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "heddle/core/dependence.h"
#include "heddle/core/ids.h"
#include "heddle/core/operation.h"
#include "heddle/core/random.h"
#include "heddle/strategy/internal/per_slot.h"
#include "heddle/strategy/strategy.h"

namespace heddle {

// Whether the order of such a step among those of other tasks at its object is a choice: how things are given
// back (unlock) follows from how they were taken, and what a WaitGroup counts comes out the same in every
// order but those that are misuse.
inline bool IsOrdered(OperationKind kind) {
  using K = OperationKind;
  constexpr KindSet kNot(K::kUnlock, K::kUnlockShared, K::kEndCallOnce, K::kAwaitReaders,
                         K::kResume, K::kTimeout, K::kJoin, K::kAdd);
  return !kNot.Contains(kind);
}

class LearnedCounts {
 public:
  static constexpr uint32_t kNobody = 0xffff'ffff;

  // The steps of one task at one object (or at all).
  struct Count {
    uint32_t task = 0;     // index
    uint32_t sum = 0;      // over `lessons`
    uint32_t lessons = 0;  // in which it took any
    uint32_t latest = 0;   // of these, from 1
    KindSet kinds = {};    // that it took there

    uint32_t Mean() const { return lessons == 0 ? 0 : (sum + lessons / 2) / lessons; }
  };
  struct Object {
    ObjectId id;
    bool changes = false;               // somebody did more than look
    std::vector<Count> counts = {};     // in the order in which the tasks first used it
    std::vector<ObjectId> guards = {};  // mutexes that every task held that ever used it

    // Whether the order of the steps at it is a choice of its own.
    bool IsContended() const { return changes && counts.size() > 1 && guards.empty(); }
  };
  struct KnownTask {
    uint32_t parent = kNobody;  // index, below its own
    Count steps = {};
    // Of the latest lesson:
    uint32_t spawned = 0;
    std::vector<ObjectId> holds = {};
  };

  void Learn(const Lesson& lesson);

  // kNobody: it was in no lesson.
  uint32_t IndexOf(TaskId task) const;
  std::span<const KnownTask> tasks() const { return tasks_; }
  // In the order in which they were met.
  std::span<const Object> objects() const { return objects_; }
  // By task: tasks that do the same things at the same objects have the same role, numbered from 0 in the
  // order of the tasks. What a task does at objects that nobody else uses does not matter.
  std::vector<uint32_t> Roles() const;

 private:
  uint32_t Meet(TaskId task);
  void AddTo(Count* count) const;
  void AddAtObject(const Operation& step, uint32_t task);

  using IndexById = absl::flat_hash_map<uint32_t, uint32_t>;  // looked up only

  IndexById index_of_task_;
  IndexById index_of_object_;
  IndexById parent_of_;                               // of tasks, met or to come
  absl::flat_hash_map<uint64_t, uint32_t> count_of_;  // by object's and task's index: in its counts
  std::vector<KnownTask> tasks_;
  std::vector<Object> objects_;
  uint32_t lessons_ = 0;
};

// A runnable task, each as likely as weight(slot) is large. (If none has any, all are equally likely.)
template <class Weight>
uint32_t Weighted(const RunnableSet& runnable, Random& random, Weight weight) {
  uint32_t sum = 0;
  runnable.ForEach([&](uint32_t slot) { sum += weight(slot); });
  if (sum == 0) [[unlikely]]
    return runnable.Nth(random.Below(runnable.Count()));
  const uint32_t drawn = random.Below(sum);
  uint32_t chosen = 0;
  uint32_t passed = 0;
  runnable.ForEach([&](uint32_t slot) {
    chosen = passed <= drawn ? slot : chosen;
    passed += weight(slot);
  });
  return chosen;
}

// What is left of such counts in an execution. The steps of tasks yet to be spawned are their parent's.
class StepsLeft {
 public:
  explicit StepsLeft(const LearnedCounts& counts) : counts_(counts) {}

  // Of all steps; of those at some objects, by index.
  void BeginAll();
  void BeginAt(std::span<const uint32_t> objects);

  // Before a decision: takes the steps of tasks that were not there at the last one from their parents'.
  // Calls met(slot) for each.
  template <class Met>
  void MeetNew(const Alternatives& alternatives, Met met) {
    const uint64_t low = alternatives.runnable().low();
    if ((low & ~known_low_) == 0 && alternatives.runnable().high_count() == 0) [[likely]]
      return;
    alternatives.runnable().ForEach([&](uint32_t slot) {
      if (index_of_slot_[slot] != kNotMet) return;
      Meet(slot, alternatives.Word(slot));
      met(slot);
    });
    known_low_ |= low;
  }
  // Of the task in `slot`, which was met, and has taken so many that Take was not told of. 0 for an unknown one.
  uint32_t Of(uint32_t slot, uint32_t untold = 0) {
    const uint32_t left = left_[index_of_slot_[slot]];
    return left - std::min(left, untold);
  }
  // Of two slots that were met.
  bool IsChild(uint32_t slot, uint32_t of);
  // It takes one of them.
  void Take(uint32_t slot) {
    uint32_t& left = left_[index_of_slot_[slot]];
    if (left != 0) --left;
  }

 private:
  // Indices into left_: all unknown tasks share one, task i of the lessons has kFirst + i.
  static constexpr uint32_t kNotMet = 0;
  static constexpr uint32_t kUnknown = 1;
  static constexpr uint32_t kFirst = 2;

  void Begin();
  void AddToParents();
  [[gnu::cold, gnu::noinline]] void Meet(uint32_t slot, uint64_t word);

  const LearnedCounts& counts_;
  PerSlot<uint32_t> index_of_slot_;
  std::vector<uint32_t> left_;
  uint64_t known_low_ = 0;  // slots below 64 that were met
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_LEARNED_COUNTS_H_
