// SPDX-License-Identifier: Apache-2.0
//
// SCOPED_TRACE, kept per task.
//
// gtest keeps one stack of traces per OS thread; tasks that interleave would pop each other's.
// Inside an execution a trace therefore belongs to the running task, and its lines are added to an
// assertion that fails in that task. Outside, it is gtest's own.
#ifndef HEDDLE_GTEST_SCOPED_TRACE_H_
#define HEDDLE_GTEST_SCOPED_TRACE_H_

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace heddle::internal {

class ScopedTrace {
 public:
  ScopedTrace(const char* file, int line, const ::testing::Message& message);
  ~ScopedTrace();
  ScopedTrace(const ScopedTrace&) = delete;
  ScopedTrace& operator=(const ScopedTrace&) = delete;

 private:
  void* task_ = nullptr;                         // whose notes hold the trace
  std::optional<::testing::ScopedTrace> gtest_;  // outside executions
};

}  // namespace heddle::internal

#undef SCOPED_TRACE
#define SCOPED_TRACE(message)                                                         \
  const ::heddle::internal::ScopedTrace GTEST_CONCAT_TOKEN_(heddle_trace_, __LINE__)( \
      __FILE__, __LINE__, (::testing::Message() << (message)))

#endif  // HEDDLE_GTEST_SCOPED_TRACE_H_
