// SPDX-License-Identifier: Apache-2.0
//
// Bounded search: every schedule once, the cheapest first; and what is said of how far it came.
#include "heddle/strategy/bounded.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/sanitize.h"
#include "heddle/explore/explore.h"
#include "heddle/heddle.h"
#include "heddle/strategy/strategy.h"
#include "support/environment.h"
#include "support/execute.h"
#include "support/small_programs.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class BoundedTest : public ::testing::Test {
 private:
  CleanEnvironment clean_;
};

constexpr Options kBoundedIdle = {.clock = ClockPolicy::kWhenIdle};

// Two tasks of `steps` steps each, and a yield, beside the body, which then waits for them.
void StepTogether(int steps) {
  Task tasks[2];
  for (Task& task : tasks) {
    task = Go([=] {
      Atomic<int> value = 0;
      for (int i = 0; i < steps; ++i) value.store(i);
      Yield();
    });
  }
  for (Task& task : tasks) task.Join();
}

struct BoundedRuns {
  std::vector<uint64_t> costs;  // preemptions of each execution, in order
  std::set<uint64_t> traces;
};

BoundedRuns RunAll(Search& search, uint64_t most) {
  BoundedRuns runs;
  do {
    const Outcome outcome = ExecuteBy(
        search, [] { StepTogether(2); }, kBoundedIdle, 1, Recording::kOn);
    runs.costs.push_back(outcome.evidence->preemptions);
    runs.traces.insert(outcome.trace_hash);
  } while (search.Next() && runs.costs.size() < most);
  return runs;
}

TEST_F(BoundedTest, EveryScheduleIsExploredOnce) {
  uint64_t all = 0;
  for (bool delays : {false, true}) {
    const std::unique_ptr<Search> search = delays ? MakeDelayBounded() : MakePreemptionBounded();
    const BoundedRuns runs = RunAll(*search, 100'000);
    EXPECT_TRUE(search->coverage().exhausted);
    EXPECT_EQ(runs.traces.size(), runs.costs.size());
    EXPECT_TRUE(all == 0 || all == runs.costs.size());
    all = runs.costs.size();
  }
  EXPECT_GT(all, 20u);
}

TEST_F(BoundedTest, FewerPreemptionsComeFirst) {
  const std::unique_ptr<Search> search = MakePreemptionBounded();
  const BoundedRuns runs = RunAll(*search, 100'000);
  EXPECT_TRUE(std::is_sorted(runs.costs.begin(), runs.costs.end()));
  EXPECT_EQ(runs.costs.front(), 0u);
  EXPECT_GE(runs.costs.back(), 4u);
}

TEST_F(BoundedTest, ABoundIsCompleteWhenTheNextOneBegins) {
  const std::unique_ptr<Search> search = MakePreemptionBounded();
  EXPECT_EQ(search->coverage().complete_up_to, -1);
  int64_t before = -1;
  do {
    const Outcome outcome = ExecuteBy(
        *search, [] { StepTogether(2); }, kBoundedIdle, 1, Recording::kOn);
    EXPECT_EQ(static_cast<int64_t>(outcome.evidence->preemptions), before + 1);
    const bool more = search->Next();
    before = search->coverage().complete_up_to;
    if (!more) break;
  } while (true);
}

// -- Against all schedules
// ---------------------------------------------------------------------------------

constexpr bool kFewBounded = HEDDLE_TSAN || HEDDLE_ASAN;

struct BoundedKind {
  const char* counted;
  std::unique_ptr<Search> (*make)(uint64_t most_bytes);
  DecisionCost cost;
};

bool GoesOn(const Alternatives& alternatives) {
  const uint32_t last = alternatives.last();
  return last != kClockSlot && alternatives.runnable().Contains(last) &&
         alternatives.Announced(last).kind != OperationKind::kYield;
}

// Another task than one that could have gone on; and the clock, before time has to move.
uint64_t PreemptionsOf(const Alternatives& alternatives, uint32_t slot) {
  if (slot == kClockSlot) return alternatives.runnable().Count() > 1;
  return GoesOn(alternatives) && slot != alternatives.last();
}

// Tasks that are passed over. Their turns come by slot, from the last task on, whose own turn is the first if it
// goes on, and that of all others otherwise; and then the clock's.
uint64_t DelaysOf(const Alternatives& alternatives, uint32_t slot) {
  const uint32_t last = alternatives.last();
  const auto turn = [&](uint32_t of) {
    if (of == kClockSlot) return 2 * kMaxTasks;
    if (of == last) return GoesOn(alternatives) ? 0 : kMaxTasks;
    return of > last ? of - last : of + kMaxTasks - last;
  };
  uint64_t passed = 0;
  alternatives.runnable().ForEach([&](uint32_t other) { passed += turn(other) < turn(slot); });
  return passed;
}

constexpr BoundedKind kBoundedKinds[] = {{"preemptions", MakePreemptionBounded, PreemptionsOf},
                                         {"delays", MakeDelayBounded, DelaysOf}};

Options BoundedOptions(uint64_t program) {
  return {.max_steps = 2000,
          .clock = program % 4 == 0 ? ClockPolicy::kAnytime : ClockPolicy::kWhenIdle,
          .tickers_must_stop = false};
}

// Every bound that a search of at most so many executions completes: the ends, and how many executions, are those of
// all schedules that cost as much. How many bounds there were.
uint64_t CompareBounds(const SmallWorld& world, uint64_t program, const BoundedKind& kind,
                       uint64_t most) {
  const Options options = BoundedOptions(program);
  const std::unique_ptr<Search> search = kind.make(kMostBytes);
  const EndsByCost bounded = ReachByBounds(*search, world, program, options, most);
  if (bounded.empty()) return 0;
  const uint64_t bound = bounded.rbegin()->first;
  const EndsByCost all = ReachAllWithin(world, program, options, kind.cost, bound);
  EXPECT_EQ(bounded.size(), all.size());
  for (const auto& [cost, reached] : bounded) {
    const auto same = all.find(cost);
    const bool found = same != all.end();
    EXPECT_TRUE(found && same->second.ends == reached.ends &&
                same->second.executions == reached.executions)
        << world.name << ", program " << program << ": " << reached.executions << " executions of "
        << cost << " " << kind.counted;
  }
  return bounded.size();
}

TEST_F(BoundedTest, EachBoundReachesWhatItsSchedulesReach) {
  constexpr uint64_t kPrograms = kFewBounded ? 3 : 40;
  constexpr uint64_t kMost = kFewBounded ? 100 : 300;
  uint64_t bounds[2] = {0, 0};
  for (const SmallWorld& world : SmallWorlds()) {
    for (uint64_t program = 0; program < kPrograms; ++program) {
      for (int i = 0; i < 2; ++i) {
        bounds[i] += CompareBounds(world, program, kBoundedKinds[i], kMost);
      }
    }
  }
  for (uint64_t of_kind : bounds) EXPECT_GE(of_kind, kFewBounded ? 100u : 2500u);
}

// Together its bounds reach all, and each only what all reach.
TEST_F(BoundedTest, ASearchOfAllReachesWhatAllSchedulesReach) {
  uint64_t compared = 0;
  for (const SmallWorld& world : SmallWorlds()) {
    for (uint64_t program = 0; program < (kFewBounded ? 3u : 60u); ++program) {
      const Options options = BoundedOptions(program);
      const EndsReached all = ReachAll(world, program, options, 300);
      if (!all.complete) continue;
      for (const BoundedKind& kind : kBoundedKinds) {
        const std::unique_ptr<Search> search = kind.make(kMostBytes);
        const EndsReached bounded = ReachBySearch(*search, world, program, options);
        EXPECT_EQ(bounded.ends, all.ends) << world.name << ", program " << program;
        EXPECT_EQ(bounded.executions, all.executions) << world.name << ", program " << program;
      }
      ++compared;
    }
  }
  EXPECT_GE(compared, kFewBounded ? 5u : 500u);
}

TEST_F(BoundedTest, EndsWhereItMayNotRememberMore) {
  constexpr uint64_t kMost = 4000;
  for (bool delays : {false, true}) {
    const std::unique_ptr<Search> all = delays ? MakeDelayBounded() : MakePreemptionBounded();
    const std::unique_ptr<Search> few =
        delays ? MakeDelayBounded(kMost) : MakePreemptionBounded(kMost);
    const BoundedRuns runs = RunAll(*few, 100'000);
    EXPECT_LT(runs.costs.size(), RunAll(*all, 100'000).costs.size());
    EXPECT_TRUE(few->coverage().is_full);
    EXPECT_FALSE(few->coverage().exhausted);
    EXPECT_GT(few->coverage().most_bytes, kMost);
    EXPECT_LT(few->coverage().most_bytes, 2 * kMost);
    EXPECT_LT(few->coverage().complete_up_to, all->coverage().complete_up_to);
    EXPECT_FALSE(all->coverage().is_full);
  }
}

// -- As a user sees it
// -------------------------------------------------------------------------------------

// Fails only if a task is preempted twice.
void TwicePreempted() {
  Atomic<int> value = 0;
  Task other = Go([&] {
    value.store(1);
    value.store(2);
  });
  const int first = value.load();
  const int second = value.load();
  const int third = value.load();
  other.Join();
  if (first == 0 && second == 1 && third == 2) throw std::string("seen in between");
}

TEST_F(BoundedTest, TheFirstFailureHasTheFewestPreemptions) {
  for (StrategyKind kind : {StrategyKind::kPreemptionBounded, StrategyKind::kDelayBounded}) {
    const Report report = Explore(TwicePreempted, {.name = "twice", .strategy = kind});
    EXPECT_EQ(report.verdict, Verdict::kException);
    EXPECT_EQ(report.preemptions, 3u);
    EXPECT_THAT(report.replay, StartsWith("HEDDLE_REPLAY=v1:"));
    EXPECT_EQ(report.seed, "");
  }
}

TEST_F(BoundedTest, SaysUpToWhichBoundItIsComplete) {
  const auto body = [] { StepTogether(8); };
  const Report preemptions =
      Explore(body, {.name = "steps", .strategy = StrategyKind::kPreemptionBounded});
  EXPECT_EQ(preemptions.schedules_run, 1000u);
  EXPECT_EQ(preemptions.coverage, "1,000 executions explored, complete up to 1 preemption");
  const Report delays = Explore(body, {.name = "steps", .strategy = StrategyKind::kDelayBounded});
  EXPECT_THAT(delays.coverage, HasSubstr(" explored, complete up to "));
  EXPECT_THAT(delays.coverage, HasSubstr(" delay"));
  const Report all = Explore([] { StepTogether(1); },
                             {.name = "few", .strategy = StrategyKind::kPreemptionBounded});
  EXPECT_THAT(all.coverage, StartsWith("verified: all "));
}

TEST_F(BoundedTest, ATaskThatPollsDoesNotStarveTheOthers) {
  const Report report = Explore(
      [] {
        Atomic<bool> flag = false;
        Task setter = Go([&] { flag.store(true); });
        while (!flag.load()) {
        }
        setter.Join();
      },
      {.name = "polls",
       .schedules = 50,
       .strategy = StrategyKind::kPreemptionBounded,
       .max_steps = 200});
  EXPECT_EQ(report.verdict, Verdict::kPassed);
}

// From half of max_steps on others decide: nothing is verified then.
TEST_F(BoundedTest, WhatAFairWalkDecidedIsNotVerified) {
  for (const StrategyKind strategy :
       {StrategyKind::kPreemptionBounded, StrategyKind::kDelayBounded}) {
    for (const uint32_t max_steps : {1000u, 26u}) {
      const Report report = Explore(
          [] {
            Atomic<int> n = 0;
            Task task = Go([&] { n.fetch_add(1); });
            for (int i = 0; i < 12; ++i) Yield();
            n.load();
            task.Join();
          },
          {.name = "long", .schedules = 1'000'000, .strategy = strategy, .max_steps = max_steps});
      EXPECT_TRUE(report.passed());
      if (max_steps == 1000) {
        EXPECT_THAT(report.coverage, StartsWith("verified: all "));
      } else {
        EXPECT_THAT(report.coverage,
                    EndsWith(" of them only up to half of max_steps, where the fair part begins"));
      }
    }
  }
}

// When the body has returned the search decides again, though a fair walk, other in each execution, led there.
TEST_F(BoundedTest, WhatFollowsAFairWalkIsNotVaried) {
  for (const StrategyKind strategy :
       {StrategyKind::kPreemptionBounded, StrategyKind::kDelayBounded}) {
    const Report report = Explore(
        [] {
          for (int k = 0; k < 2; ++k) {
            Go([] {
              for (int i = 0; i < 200; ++i) Yield();
            });
          }
          for (int i = 0; i < 40; ++i) Yield();
        },
        {.name = "drains", .schedules = 300, .strategy = strategy, .max_steps = 200});
    EXPECT_TRUE(report.passed()) << report.headline;
  }
}

// Where a deviation does not find the decision that it was noted for, and where it finds none at all.
TEST_F(BoundedTest, AScenarioThatDoesNotRepeatItselfDiverges) {
  for (const StrategyKind strategy :
       {StrategyKind::kPreemptionBounded, StrategyKind::kDelayBounded}) {
    for (const int yields : {0, 9}) {
      int runs = 0;
      const Report report = Explore(
          [&] {
            const int most = ++runs == 1 ? yields : 3;
            Task task = Go([] { Yield(); });
            Mutex mu;
            for (int i = 0; i < most; ++i) MutexLock lock(mu);
            task.Join();
          },
          {.name = "changes", .schedules = 1000, .strategy = strategy});
      EXPECT_EQ(report.verdict, Verdict::kDiverged);
      EXPECT_EQ(report.headline,
                "the scenario does not repeat itself: the same schedule took other steps");
    }
  }
}

}  // namespace
}  // namespace heddle
