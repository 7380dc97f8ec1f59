// SPDX-License-Identifier: Apache-2.0
//
// What is said when the process ends in the middle of an execution: by the deadline's handler, and where the
// program calls std::terminate.
//
// The signal's handler may call nothing here that it may not call itself (internal/deadline_handler.h): so
// everything is defined in last_words.cc, which is not instrumented, and nothing allocates.
#ifndef HEDDLE_RUNTIME_INTERNAL_LAST_WORDS_H_
#define HEDDLE_RUNTIME_INTERNAL_LAST_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/deadline.h"
#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {

// The exploration that runs, with a deadline or without.
inline const Deadline* exploration = nullptr;

// Text in plain memory.
class Text {
 public:
  Text& operator<<(char c);
  Text& operator<<(std::string_view part);
  Text& operator<<(const char* part);
  Text& operator<<(uint64_t number);
  Text& operator<<(Location where);
  // To stderr, and is empty again.
  void Write();

 private:
  char text_[8192] = {};
  size_t size_ = 0;
};

extern Text last_words;  // no local: that would be guarded by a lock

// The task whose code runs; null: it is no task's.
const TaskState* Running();

// "T1 worker"
void AppendName(const TaskState& task);
// "(Cart.Drains, schedule 3 of 1000, step 12)"
void AppendPlace();
// That the schedule had failed and this is its second run, if so.
void AppendFound();
// The last step of the task and its spawn, or that none runs.
void AppendTask(const TaskState* task);
// The line that replays it, with its heading.
void AppendReplay();

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_LAST_WORDS_H_
