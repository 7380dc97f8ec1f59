// SPDX-License-Identifier: Apache-2.0
//
// A seed found in one build is the same schedule in every other: the trace hashes of fixed scenarios
// and seeds are one table, the same for gcc and clang, debug and release, every sanitizer. A change
// of it means that stored seeds and tokens of released versions no longer mean what they meant.
#include <cstdint>
#include <cstdio>
#include <string>

#include "gtest/gtest.h"
#include "support/execute.h"
#include "support/golden.h"
#include "support/trace_scenarios.h"

namespace heddle {
namespace {

using namespace testing_support;

constexpr uint64_t kSeeds[] = {0, 1, 2, 3, 4, 5, 0x5eed, 0xffff'ffff'ffff'ffff};

TEST(GoldenHashTest, EverySeedIsTheSameScheduleInEveryBuild) {
  std::string table =
      "# scenario seed trace_hash (tests/support/trace_scenarios.cc, random walk)\n";
  for (const TraceScenario& scenario : TraceScenarios()) {
    for (uint64_t seed : kSeeds) {
      const Outcome outcome = ExecuteOnce(scenario.body, scenario.options, seed, Recording::kOff);
      char line[128];
      std::snprintf(line, sizeof line, "%s 0x%llx 0x%016llx\n", scenario.name,
                    static_cast<unsigned long long>(seed),
                    static_cast<unsigned long long>(outcome.trace_hash));
      table += line;
    }
  }
  EXPECT_TRUE(MatchesGolden(table, "trace_hashes.txt"));
}

}  // namespace
}  // namespace heddle
