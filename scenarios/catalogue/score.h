// SPDX-License-Identifier: Apache-2.0
//
// How well a strategy does on a subject: in how many schedules it finds the bug, over several base seeds, and
// how many schedules of the fixed twin pass. Values, and their rendering as a table and as JSON.
#ifndef SCENARIOS_CATALOGUE_SCORE_H_
#define SCENARIOS_CATALOGUE_SCORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalogue/runner.h"
#include "catalogue/subject.h"
#include "heddle/core/options.h"
#include "heddle/core/verdict.h"

namespace catalogue {

struct Effort {
  uint32_t seeds = 20;                // base seeds 1, 2, ...
  std::optional<uint32_t> schedules;  // at most, of the buggy version, per seed
  uint32_t fixed_schedules = 10'000;
  Memory memory = Memory::kShared;
  heddle::StrategyKind strategy = heddle::Options().strategy;
};

// Of the buggy version, per seed: what `effort` says, else the subject's bar to a sampler, else 1,000; of a classic
// 10,000.
uint32_t SchedulesFor(const SubjectInfo& subject, const Effort& effort);

struct Score {
  std::string name = {};
  Suite suite = Suite::kKernels;
  std::string strategy = {};
  heddle::Verdict expected = heddle::Verdict::kPassed;
  // That of the first seed whose verdict is another one than expected, if there is one.
  heddle::Verdict found = heddle::Verdict::kPassed;
  uint32_t schedules = 0;  // at most, of the buggy version
  uint32_t seeds = 0;
  uint32_t seeds_found = 0;  // with the expected verdict
  // Schedules up to and including the one that fails; a seed that does not find it counts as endless, and
  // of two values in the middle the greater is taken. None: endless.
  std::optional<uint64_t> median = {};
  std::optional<uint64_t> worst = {};
  uint64_t fixed_schedules = 0;  // up to the failure, if one failed
  uint64_t fixed_failures = 0;   // 1 or 0: an exploration ends at the first
  // Bars of the default strategy. Others may miss, and so may a run with fewer schedules than the subject's bar names.
  uint32_t seeds_needed = 0;
  uint32_t most_median = 0;  // 0: any
  double seconds = 0;

  bool Holds() const {
    return fixed_failures == 0 && seeds_found >= seeds_needed &&
           (most_median == 0 || (median && *median <= most_median));
  }
  friend bool operator==(const Score&, const Score&) = default;
};

// But for name, suite, strategy and time.
Score Measure(const SubjectInfo& subject, const Effort& effort);

// The geometric mean of all medians, schedules; an endless one counts as the most that were made. 0 of none.
double MeanOver(const std::vector<Score>& scores);

// One line each; the last one sums up.
std::string TableHeading();
std::string TableRow(const Score& score);
std::string TableSummary(const std::vector<Score>& scores);

// A list of objects: name, suite, strategy, expected, found, seeds, seeds_found, median and worst (null:
// endless), fixed_schedules, fixed_failures, seconds.
std::string ToJson(const std::vector<Score>& scores);

}  // namespace catalogue

#endif  // SCENARIOS_CATALOGUE_SCORE_H_
