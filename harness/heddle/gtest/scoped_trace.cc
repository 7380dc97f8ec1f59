// SPDX-License-Identifier: Apache-2.0
#include "heddle/gtest/scoped_trace.h"

#include <string>
#include <vector>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {

// `message` was composed in the task's own identity: streaming runs the user's code.
ScopedTrace::ScopedTrace(const char* file, int line, const ::testing::Message& message) {
  Hidden hidden;
  if (x.serial == kIdle) {
    gtest_.emplace(file, line, message.GetString());
    return;
  }
  if (x.serial == kUnwinding) return;
  TaskState* task = x.current;
  Location where;
  where.file = file;
  where.line = static_cast<uint32_t>(line);
  if (task->notes == nullptr) task->notes = new std::vector<std::string>;
  task->notes->push_back(ToString(where) + ": " + message.GetString());
  task_ = task;
}

ScopedTrace::~ScopedTrace() {
  if (task_ == nullptr) return;
  Hidden hidden;
  auto* task = static_cast<TaskState*>(task_);
  if (task->notes == nullptr) return;
  task->notes->pop_back();
  if (!task->notes->empty()) return;
  delete task->notes;
  task->notes = nullptr;
}

}  // namespace heddle::internal
