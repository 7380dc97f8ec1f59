// SPDX-License-Identifier: Apache-2.0
#include "heddle/gtest/capture.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "heddle/explore/explore.h"
#include "heddle/gtest/results.h"
#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {
namespace {

// In which execution, by serial number, something of the kind was last reported.
struct Seen {
  uint64_t fatal = 0;
  uint64_t nonfatal = 0;
  uint64_t skip = 0;
};
Seen seen;
Location latest_skip;

bool SeenNow(const uint64_t Seen::*kind) {
  Hidden hidden;
  return x.serial >= kFirstSerial && seen.*kind == x.serial;
}

Location PlaceOf(const ::testing::TestPartResult& result) {
  Location where;
  if (result.file_name() == nullptr || result.line_number() <= 0) return where;
  where.file = Interned(result.file_name());
  where.line = static_cast<uint32_t>(result.line_number());
  return where;
}

// gtest's text without the stack of the carrier thread, and the task's own SCOPED_TRACEs.
std::string TextOf(const ::testing::TestPartResult& result, const TaskState& task) {
  const Location where = PlaceOf(result);
  std::string text = where.line != 0 ? ToString(where) + ": " : "";
  text += result.summary();
  if (task.notes == nullptr) return text;
  text += "\ntrace:";
  for (auto note = task.notes->rbegin(); note != task.notes->rend(); ++note) text += "\n  " + *note;
  return text;
}

}  // namespace

// gtest holds a mutex of its own during this call: nothing here may come back to it.
void Capture::ReportTestPartResult(const ::testing::TestPartResult& result) {
  Hidden hidden;
  if (x.serial < kFirstSerial) return;
  if (result.fatally_failed()) seen.fatal = x.serial;
  if (result.nonfatally_failed()) seen.nonfatal = x.serial;
  if (result.skipped()) {
    seen.skip = x.serial;
    latest_skip = PlaceOf(result);
  }
  if (!result.failed() && !result.skipped()) return;
  Failure failure;
  failure.verdict = result.failed() ? Verdict::kAssertion : Verdict::kSkipped;
  failure.slot = x.current->slot;
  failure.at = PlaceOf(result);
  failure.message = result.failed() ? TextOf(result, *x.current) : result.summary();
  RequestStop(std::move(failure));
}

Location LatestSkip() { return latest_skip; }

const char* Interned(std::string_view text) {
  static std::set<std::string, std::less<>>& texts = *new std::set<std::string, std::less<>>;
  auto found = texts.find(text);
  if (found == texts.end()) found = texts.emplace(text).first;
  return found->c_str();
}

bool CaptureAssertions() {
  exploration_guard = []() -> std::shared_ptr<void> { return std::make_shared<Capture>(); };
  return true;
}

bool Results::FatalNow() { return SeenNow(&Seen::fatal); }
bool Results::NonfatalNow() { return SeenNow(&Seen::nonfatal); }
bool Results::SkippedNow() { return SeenNow(&Seen::skip); }

FatalFailureProbe::FatalFailureProbe() {
  Hidden hidden;
  if (x.serial == kIdle) {
    gtests_.emplace();
  } else {
    failed_before_ = Results::FatalNow();
  }
}

bool FatalFailureProbe::Failed() const {
  if (gtests_) return gtests_->has_new_fatal_failure();
  return !failed_before_ && Results::FatalNow();
}

}  // namespace heddle::internal
