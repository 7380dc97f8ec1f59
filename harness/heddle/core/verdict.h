// SPDX-License-Identifier: Apache-2.0
//
// How an execution, and with it an exploration, ended.
#ifndef HEDDLE_CORE_VERDICT_H_
#define HEDDLE_CORE_VERDICT_H_

#include <cstdint>
#include <string_view>

namespace heddle {

enum class Verdict : uint8_t {
  kPassed,
  kDeadlock,   // the body can never go on, or an ownership cycle formed
  kLeak,       // the body returned, a non-daemon task never finished
  kRace,       // two accesses to plain memory that nothing orders, at least one a write
  kMisuse,     // a rule of a primitive was broken
  kAssertion,  // an EXPECT or ASSERT failed
  kException,  // an exception left a task
  kLivelock,   // max_steps reached, though tasks went on
  kDeadline,
  kCrash,
  kDiverged,  // a replay did not do what was recorded
  kVacuous,   // nothing was explored
  kSkipped,
};

// "deadlock", ...
std::string_view ToString(Verdict verdict);

// Whether a test with this verdict fails: all but passed and skipped.
constexpr bool IsFailure(Verdict verdict) {
  return verdict != Verdict::kPassed && verdict != Verdict::kSkipped;
}

}  // namespace heddle

#endif  // HEDDLE_CORE_VERDICT_H_
