// SPDX-License-Identifier: Apache-2.0
#include "heddle/gtest/capture.h"

#include <string>
#include <utility>

#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {
namespace {

// The file without its directories, as everywhere in reports; the macro's line above has them in
// full.
std::string PlaceOf(const ::testing::TestPartResult& result) {
  if (result.file_name() == nullptr) return "unknown place";
  Location where;
  where.file = result.file_name();
  where.line = result.line_number() > 0 ? static_cast<uint32_t>(result.line_number()) : 0;
  return ToString(where);
}

std::string TextOf(const ::testing::TestPartResult& result, const TaskState& task) {
  std::string text = PlaceOf(result) + ": " + result.message();
  if (task.notes == nullptr) return text;
  text += "\ntrace:";
  for (auto note = task.notes->rbegin(); note != task.notes->rend(); ++note) text += "\n  " + *note;
  return text;
}

}  // namespace

void Capture::ReportTestPartResult(const ::testing::TestPartResult& result) {
  Hidden hidden;
  if (x.serial < kFirstSerial) return;
  if (!result.failed() && !result.skipped()) return;
  Failure failure;
  failure.verdict = result.failed() ? Verdict::kAssertion : Verdict::kSkipped;
  failure.slot = x.current->slot;
  failure.message = result.failed() ? TextOf(result, *x.current) : result.message();
  RequestStop(std::move(failure));
}

}  // namespace heddle::internal
