// SPDX-License-Identifier: Apache-2.0
#include "heddle/core/verdict.h"

namespace heddle {

std::string_view ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPassed: return "passed";
    case Verdict::kDeadlock: return "deadlock";
    case Verdict::kLeak: return "leak";
    case Verdict::kRace: return "race";
    case Verdict::kMisuse: return "misuse";
    case Verdict::kAssertion: return "assertion";
    case Verdict::kException: return "exception";
    case Verdict::kLivelock: return "livelock";
    case Verdict::kDeadline: return "deadline";
    case Verdict::kCrash: return "crash";
    case Verdict::kDiverged: return "diverged";
    case Verdict::kVacuous: return "vacuous";
    case Verdict::kSkipped: return "skipped";
  }
  return "?";
}

}  // namespace heddle
