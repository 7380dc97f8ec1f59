// SPDX-License-Identifier: Apache-2.0
//
// Final states made by hand, for tests of what is said about them.
//
//   HandMade made;
//   const uint32_t mu = made.Object(ObjectKind::kMutex, "mutex \"mu\"", "held by T1");
//   made.Task(1, "T1").At(OperationKind::kLock, mu, 12);
//   made.Step(1, OperationKind::kLock, mu, 10);
//   Explain(failure, made.snapshot)
#ifndef HEDDLE_TESTS_SUPPORT_SNAPSHOTS_H_
#define HEDDLE_TESTS_SUPPORT_SNAPSHOTS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "heddle/core/snapshot.h"

namespace heddle::testing_support {

// The place "cart.cc:<line>".
inline Location CartLine(uint32_t line) { return Location{"src/cart.cc", "F", line}; }

// A task being described; valid until the next task is added.
class TaskBuilder {
 public:
  explicit TaskBuilder(TaskSnapshot* task) : task_(task) {}

  // Blocked there.
  TaskBuilder& At(OperationKind kind, uint32_t object, uint32_t line, std::string waits = "") {
    task_->operation = kind;
    task_->object = object;
    task_->at = CartLine(line);
    task_->waits = std::move(waits);
    return *this;
  }
  TaskBuilder& Named(std::string name) {
    task_->name = std::move(name);
    return *this;
  }
  TaskBuilder& Runnable() {
    task_->runnable = true;
    return *this;
  }
  TaskBuilder& Finished() {
    task_->finished = true;
    return *this;
  }
  TaskBuilder& NotStarted() {
    task_->started = false;
    task_->runnable = true;
    return *this;
  }
  TaskBuilder& Daemon() {
    task_->daemon = true;
    return *this;
  }
  TaskBuilder& Holds(uint32_t object) {
    task_->holds.push_back(object);
    return *this;
  }
  TaskBuilder& WaitsFor(uint32_t slot) {
    task_->holders.push_back(slot);
    return *this;
  }

 private:
  TaskSnapshot* task_;
};

struct HandMade {
  Snapshot snapshot;

  TaskBuilder Task(uint32_t slot, std::string label) {
    TaskSnapshot task;
    task.slot = slot;
    task.label = std::move(label);
    task.started = true;
    task.spawned_at = CartLine(1);
    snapshot.tasks.push_back(std::move(task));
    return TaskBuilder(&snapshot.tasks.back());
  }

  uint32_t Object(ObjectKind kind, std::string label, std::string state = "") {
    snapshot.objects.push_back(ObjectSnapshot{kind, label, label, std::move(state)});
    return static_cast<uint32_t>(snapshot.objects.size() - 1);
  }

  // A step, numbered from 1; a blocked announcement is added by Blocked and has no number.
  void Step(uint32_t slot, OperationKind kind, uint32_t object, uint32_t line,
            std::string text = "") {
    Append(++steps_, slot, kind, object, line, std::move(text));
  }
  void Blocked(uint32_t slot, OperationKind kind, uint32_t object, uint32_t line) {
    Append(0, slot, kind, object, line, "");
  }

 private:
  void Append(uint64_t number, uint32_t slot, OperationKind kind, uint32_t object, uint32_t line,
              std::string text) {
    StepSnapshot step;
    step.step = number;
    step.slot = slot;
    step.operation = kind;
    step.object = object;
    step.at = CartLine(line);
    step.text = std::move(text);
    snapshot.history.push_back(std::move(step));
  }

  uint64_t steps_ = 0;
};

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_SNAPSHOTS_H_
