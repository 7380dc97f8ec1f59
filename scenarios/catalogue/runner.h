// SPDX-License-Identifier: Apache-2.0
//
// Explorations of a subject, for scripts/score and the tests of the catalogue.
#ifndef SCENARIOS_CATALOGUE_RUNNER_H_
#define SCENARIOS_CATALOGUE_RUNNER_H_

#include <cstdint>
#include <string>

#include "catalogue/subject.h"
#include "heddle/core/options.h"
#include "heddle/core/report.h"

namespace catalogue {

// Where the variables of a race live: in heddle::Shared, or in memory that only ThreadSanitizer watches.
enum class Memory : bool { kShared, kPlain };

// The body that has its variables there; null if the subject has none.
Body BodyOn(Memory memory, const SubjectInfo& subject);

// What tells one exploration of a subject from another; `options` are its own.
struct Exploration {
  Version version = Version::kBuggy;
  Memory memory = Memory::kShared;
  uint32_t schedules = 1000;
  uint64_t seed = heddle::kDefaultSeed;
  // What a shell needs besides the replay variable to explore this again.
  std::string command = {};
};

heddle::Report Explore(const SubjectInfo& subject, const Exploration& exploration,
                       heddle::Options options);

inline heddle::Report Explore(const SubjectInfo& subject, const Exploration& exploration) {
  return Explore(subject, exploration, subject.options);
}

}  // namespace catalogue

#endif  // SCENARIOS_CATALOGUE_RUNNER_H_
