// SPDX-License-Identifier: Apache-2.0
//
// Names of tasks and objects that do not depend on the schedule.
//
// A task is known by the path of spawns that leads to it: the body is T0, the n-th task it spawns
// is Tn, the m-th task which that one spawns is Tn.m. An object is known by the task that created
// it and by how many that task had created before; an object that lives outside the executions (a
// global, a member of a gtest suite) by the order of its first use in the execution.
//
// TaskId and ObjectId are those paths folded into a number: the same in every build, on every
// machine and in every schedule in which the task or object exists. Two rules make them cheap:
// the paths that nearly all programs have (tasks spawned by the body, objects created by it or by
// them) are encoded exactly; deeper ones are hashed into a range of their own. Ids identify things
// in traces, schedules and strategies; the runtime itself works with dense slots.
#ifndef HEDDLE_CORE_IDS_H_
#define HEDDLE_CORE_IDS_H_

#include <cstdint>

#include "heddle/core/random.h"

namespace heddle {

// 24 bits. 0 is the body.
struct TaskId {
  uint32_t value = 0;

  friend constexpr bool operator==(TaskId, TaskId) = default;

  // The `n`-th task (from 1) spawned by `parent`.
  static constexpr TaskId Spawned(TaskId parent, uint32_t n) {
    if (parent.value == 0 && n < kFirstHashed) return TaskId{n};
    return TaskId{kFirstHashed | static_cast<uint32_t>(Mix(parent.value, n) & (kFirstHashed - 1))};
  }

 private:
  static constexpr uint32_t kFirstHashed = 1u << 23;
};

// 32 bits. 0 is 'no object'.
struct ObjectId {
  uint32_t value = 0;

  friend constexpr bool operator==(ObjectId, ObjectId) = default;

  // The `n`-th object (from 1) created by `creator`.
  static constexpr ObjectId Created(TaskId creator, uint32_t n) {
    if (creator.value < kOutside && n < (1u << 16)) return ObjectId{creator.value << 16 | n};
    return ObjectId{kFirstHashed |
                    static_cast<uint32_t>(Mix(creator.value, n) & (kFirstHashed - 1))};
  }
  // The `n`-th object (from 1) used of those that live outside the executions.
  static constexpr ObjectId Outside(uint32_t n) {
    if (n < (1u << 16)) return ObjectId{kOutside << 16 | n};
    return ObjectId{kFirstHashed | static_cast<uint32_t>(Mix(kNoTask, n) & (kFirstHashed - 1))};
  }

  // Whether it is one of those. (Of more than 65,535 the others cannot be told.)
  constexpr bool IsOutside() const { return value >> 16 == kOutside; }

 private:
  static constexpr uint32_t kOutside = 0x7fff;
  static constexpr uint32_t kNoTask = 1u << 24;  // larger than any task's id
  static constexpr uint32_t kFirstHashed = 1u << 31;
};

}  // namespace heddle

#endif  // HEDDLE_CORE_IDS_H_
