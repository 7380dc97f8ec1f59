// SPDX-License-Identifier: Apache-2.0
//
// Small random programs over all primitives, and all that can come of them.
//
//   for (const SmallWorld& world : SmallWorlds())
//     EndsReached searched = ReachBySearch(*search, world, /*program=*/17, {});
//     EndsReached all = ReachAll(world, /*program=*/17, {}, /*most=*/1000);
//     EXPECT_EQ(searched.ends, all.ends);
//
// Program n of a world is always the same. What it comes to in one execution is the verdict and, but for a failure of
// one task that ends it at once, what each of its tasks saw.
#ifndef HEDDLE_TESTS_SUPPORT_SMALL_PROGRAMS_H_
#define HEDDLE_TESTS_SUPPORT_SMALL_PROGRAMS_H_

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "heddle/core/options.h"
#include "heddle/strategy/search.h"
#include "heddle/strategy/strategy.h"
#include "support/commute.h"

namespace heddle::testing_support {

struct SmallWorld {
  const char* name;
  void (*body)(CommuteRun&);
};
std::span<const SmallWorld> SmallWorlds();

struct EndsReached {
  std::set<std::string> ends;  // "passed; 1 2; 3"
  std::set<uint64_t>
      classes;  // of equivalent executions, as hashes; if HasKnownClasses, of ReachAll
  uint64_t executions = 0;
  bool has_timers = false;  // that fired, in one of them
  bool complete = false;    // all of them
};

// By depth first search without any reduction, at most `most` executions.
EndsReached ReachAll(const SmallWorld& world, uint64_t program, const Options& options,
                     uint64_t most);

EndsReached ReachBySearch(Search& search, const SmallWorld& world, uint64_t program,
                          const Options& options, uint64_t most = ~uint64_t{0});

// By `executions` executions of a sampler.
EndsReached ReachBySampling(Strategy& sampler, const SmallWorld& world, uint64_t program,
                            const Options& options, uint64_t executions);

// -- By what a schedule costs
// -------------------------------------------------------------------------------

// The ends of all schedules of each cost.
using EndsByCost = std::map<uint64_t, EndsReached>;
// What it costs to take the task in `slot`; a schedule costs the sum.
using DecisionCost = uint64_t (*)(const Alternatives& alternatives, uint32_t slot);

// Of all schedules that cost no more than `bound`, as ReachAll.
EndsByCost ReachAllWithin(const SmallWorld& world, uint64_t program, const Options& options,
                          DecisionCost cost, uint64_t bound);

// What a bounded search explores, bound by bound, in at most `most` executions; of complete bounds alone.
EndsByCost ReachByBounds(Search& search, const SmallWorld& world, uint64_t program,
                         const Options& options, uint64_t most);

// Whether it can be told which executions are equivalent: those of mutexes, channels and atomics.
bool HasKnownClasses(const SmallWorld& world);

// Of each complete execution of an exhaustive search the class to which it is equivalent, as a hash.
std::vector<uint64_t> ClassesReached(const SmallWorld& world, uint64_t program,
                                     const Options& options);

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_SMALL_PROGRAMS_H_
