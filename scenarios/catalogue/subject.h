// SPDX-License-Identifier: Apache-2.0
//
// A subject: a scenario with a known bug and its repaired twin, and what is to be found, as data. Each
// source of scenarios/kernels and scenarios/classics registers its own; scripts/score and the
// tests of this directory run whatever is registered.
//
//   void Etcd6873(Version version) { ... if (version == Version::kFixed) mu.unlock(); ... }
//
//   const Subject kEtcd6873 = {{
//       .name = "etcd_6873",
//       .expected = Verdict::kLeak,
//       .when = When::kSome,
//       .body = Etcd6873,
//       .explains = {"T1 coalescer", "needs mutex \"mu\"", "held by T2 stopper"},
//   }};
#ifndef SCENARIOS_CATALOGUE_SUBJECT_H_
#define SCENARIOS_CATALOGUE_SUBJECT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/core/options.h"
#include "heddle/core/verdict.h"

namespace catalogue {

enum class Version : bool { kFixed, kBuggy };

enum class Suite : uint8_t { kKernels, kClassics, kPatterns };

// In which schedules of the buggy version the bug shows.
enum class When : uint8_t {
  kAlways,    // in all, as long as time moves only when all tasks wait
  kAccessed,  // in all in which both accesses of the race are made (see MissAccess)
  kSome,      // in some; there are others in which it does not
  kMost,      // in nearly all: one in which it does not is hard to come by
};

using Body = void (*)(Version version);

// What scripts/score asks of the default strategy: to find the bug from so many of the seeds, in so few schedules.
struct Bar {
  uint32_t percent = 100;  // of the seeds
  uint32_t schedules = 0;  // at most, per seed; 0: as many as the others of its suite get
  uint32_t median = 0;     // at most, schedules; 0: any
};

struct SubjectInfo {
  const char* name;  // "etcd_6873"
  Suite suite = Suite::kKernels;
  heddle::Verdict expected;
  When when = When::kSome;
  Body body;
  // The same on plain memory, whose races ThreadSanitizer sees; only where a race is expected.
  Body plain = nullptr;
  // Parts of the report on the buggy version: who waits where for whom, which accesses meet. A line
  // break or an indentation counts as one space.
  std::vector<const char*> explains;
  // But for name, seed and schedules, which are the runner's.
  heddle::Options options = {};
  Bar bar = {};
};

// Registers itself: one of static storage duration per subject.
class Subject {
 public:
  Subject(SubjectInfo info);  // NOLINT: a list of fields becomes a subject
};

// All that are registered, by suite and name.
std::vector<const SubjectInfo*> Subjects();

// Null: there is none of this name.
const SubjectInfo* FindSubject(std::string_view name);

const char* ToString(Suite suite);

// -- For bodies -----------------------------------------------------------------------------------

// Says that this execution made but one of the accesses that race, so that it may pass. Without effect
// on it.
void MissAccess();

// -- For runners ----------------------------------------------------------------------------------

// Whether MissAccess was called since the last call.
bool TakeMissedAccess();

}  // namespace catalogue

#endif  // SCENARIOS_CATALOGUE_SUBJECT_H_
