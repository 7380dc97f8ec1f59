// SPDX-License-Identifier: Apache-2.0
//
// The table: what each knob is by default, what it accepts, and the sentences for everything else.
// What an exploration makes of it: environment_test, explore_test and, with flags, gtest/knobs_test.
#include "heddle/explore/knobs.h"

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/explore/explore.h"
#include "heddle/explore/workers.h"
#include "heddle/sync/task.h"
#include "support/environment.h"

namespace heddle::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const Knob& Named(const std::string& name) { return *FindKnob("--heddle_" + name, &Knob::Flag); }

// The settings after `value`; none if the knob refused it.
std::optional<Settings> With(const std::string& name, const std::string& value) {
  Settings settings;
  if (!Named(name).apply(value, settings)) return std::nullopt;
  return settings;
}

TEST(KnobsTest, HaveOneNameInThreeSpellings) {
  std::vector<std::string> names;
  for (const Knob& knob : Knobs()) {
    names.push_back(knob.name);
    EXPECT_EQ(FindKnob(knob.Variable(), &Knob::Variable), &knob);
    EXPECT_EQ(FindKnob(knob.Flag(), &Knob::Flag), &knob);
  }
  EXPECT_THAT(names, ElementsAre("seed", "schedules", "replay", "strategy", "deadline_ms",
                                 "time_budget_ms", "jobs", "coverage", "resume", "out_dir",
                                 "max_steps", "drain_steps", "clock", "early_timers", "stack_kib"));
  EXPECT_EQ(Named("time_budget_ms").Variable(), "HEDDLE_TIME_BUDGET_MS");
  EXPECT_EQ(Named("time_budget_ms").Flag(), "--heddle_time_budget_ms");
  EXPECT_EQ(FindKnob("HEDDLE_", &Knob::Variable), nullptr);
  EXPECT_EQ(FindKnob("HEDDLE_seed", &Knob::Variable), nullptr);
}

TEST(KnobsTest, SayWhatTheyAreOnALine) {
  for (const Knob& knob : Knobs()) {
    EXPECT_TRUE(knob.meaning.ends_with('.')) << knob.name;
    EXPECT_LE(knob.meaning.size(), 94u) << knob.name;  // a line of --help
    EXPECT_NE(knob.default_value, "") << knob.name;
    EXPECT_NE(knob.allowed, "") << knob.name;
  }
}

TEST(KnobsTest, AreRepeatedIfTheyShapeAnExecution) {
  std::set<std::string> repeated;
  for (const Knob& knob : Knobs()) {
    if (knob.shapes_execution) repeated.insert(knob.name);
  }
  EXPECT_EQ(repeated, (std::set<std::string>{"strategy", "max_steps", "drain_steps", "clock",
                                             "early_timers", "stack_kib"}));
}

// -- Numbers --------------------------------------------------------------------------------------

struct NumberKnob {
  std::string name;
  uint32_t Options::*field;
  uint32_t by_default;
  uint32_t least;
  uint32_t most;
};

constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();

class NumberTest : public ::testing::TestWithParam<NumberKnob> {};

TEST_P(NumberTest, HasItsDefault) {
  const NumberKnob& knob = GetParam();
  EXPECT_EQ(Options().*knob.field, knob.by_default);
  EXPECT_EQ(Named(knob.name).default_value, std::to_string(knob.by_default));
}

TEST_P(NumberTest, TakesItsRangeAndNoMore) {
  const auto& [name, field, by_default, least, most] = GetParam();
  for (uint64_t value : {uint64_t{least}, uint64_t{100}, uint64_t{most}}) {
    const std::optional<Settings> settings = With(name, std::to_string(value));
    ASSERT_TRUE(settings.has_value()) << value;
    EXPECT_EQ(settings->options.*field, value);
  }
  EXPECT_EQ(With(name, "0x1F")->options.*field, 0x1fu);
  EXPECT_FALSE(With(name, std::to_string(uint64_t{most} + 1)));
  EXPECT_FALSE(With(name, std::to_string(int64_t{least} - 1)));
  EXPECT_EQ(Named(name).allowed, std::to_string(least) + " to " + std::to_string(most));
}

TEST_P(NumberTest, RefusesWhatIsNoNumber) {
  for (const char* value : {"", "many", "-5", "+5", " 5", "5 ", "5s", "1e3", "1.5", "0x", "100'000",
                            "18446744073709551616"}) {
    EXPECT_FALSE(With(GetParam().name, value)) << value;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Knob, NumberTest,
    ::testing::Values(NumberKnob{"schedules", &Options::schedules, 1000, 1, kMost},
                      NumberKnob{"deadline_ms", &Options::deadline_ms, 60'000, 0, kMost},
                      NumberKnob{"time_budget_ms", &Options::time_budget_ms, 0, 0, kMost},
                      NumberKnob{"jobs", &Options::jobs, 1, 1, internal::kMostJobs},
                      NumberKnob{"max_steps", &Options::max_steps, 100'000, 1, kMost},
                      NumberKnob{"drain_steps", &Options::drain_steps, 10'000, 0, kMost},
                      NumberKnob{"early_timers", &Options::early_timers, 2, 0, kMost},
                      NumberKnob{"stack_kib", &Options::stack_kib, kDefaultStackKib, 16,
                                 1'048'576}),
    [](const auto& knob) { return knob.param.name; });

// -- Words ----------------------------------------------------------------------------------------

TEST(ClockKnob, NamesThePolicies) {
  EXPECT_EQ(Named("clock").default_value, "anytime");
  EXPECT_EQ(Named("clock").allowed, "when_idle, anytime");
  EXPECT_EQ(With("clock", "when_idle")->options.clock, ClockPolicy::kWhenIdle);
  EXPECT_EQ(With("clock", "anytime")->options.clock, ClockPolicy::kAnytime);
  for (const char* value : {"", "kAnytime", "Anytime", "anytime ", "0"}) {
    EXPECT_FALSE(With("clock", value)) << value;
  }
}

// A strategy is asked for by the name it reports.
TEST(StrategyKnob, NamesTheStrategies) {
  testing_support::CleanEnvironment clean;
  EXPECT_EQ(Named("strategy").default_value, "portfolio");
  EXPECT_EQ(Named("strategy").allowed,
            "portfolio, random, pct, pos, urw, surw, rfpos, exhaustive, preemption_bounded, "
            "delay_bounded");
  for (const char* name : {"portfolio", "random", "pct", "pos", "urw", "surw", "rfpos"}) {
    testing_support::ScopedVariable variable("HEDDLE_STRATEGY", name);
    EXPECT_EQ(Explore([] { Yield(); }, {.name = "x", .schedules = 1}).strategy, name);
  }
  EXPECT_FALSE(With("strategy", "replay"));
}

TEST(OutDirKnob, TakesWhatIsOrMayBecomeADirectory) {
  EXPECT_EQ(Settings().out_dir, Named("out_dir").default_value);
  EXPECT_EQ(With("out_dir", "/tmp")->out_dir, "/tmp");
  EXPECT_EQ(With("out_dir", "not/yet/there")->out_dir, "not/yet/there");
  EXPECT_FALSE(With("out_dir", "/dev/null"));
}

// -- Seeds ----------------------------------------------------------------------------------------

TEST(SeedKnob, TakesABase) {
  EXPECT_EQ(Named("seed").default_value, FormatSeed(Options().seed));
  EXPECT_EQ(With("seed", "0x5eed")->options.seed, 0x5eedu);
  EXPECT_EQ(With("seed", "0X5EED")->options.seed, 0x5eedu);
  EXPECT_EQ(With("seed", "24301")->options.seed, 24301u);
  EXPECT_EQ(With("seed", "0")->options.seed, 0u);
  EXPECT_EQ(With("seed", "0xffffffffffffffff")->options.seed, ~uint64_t{0});
  EXPECT_EQ(With("seed", "0x5eed")->only, std::nullopt);
  EXPECT_FALSE(With("seed", "0x5eed")->seed_is_drawn);
}

TEST(SeedKnob, TakesABaseAndAnExecution) {
  EXPECT_EQ(With("seed", "0x5eed:216")->options.seed, 0x5eedu);
  EXPECT_EQ(With("seed", "0x5eed:216")->only, 216u);
  EXPECT_EQ(With("seed", "7:0")->only, 0u);
  EXPECT_EQ(With("seed", "7:4294967295")->only, kMost);
}

TEST(SeedKnob, RefusesWhatIsNoSeed) {
  for (const char* value : {"",         "abc",
                            "0x",       "5eed",
                            "-1",       "+1",
                            " 1",       "1 ",
                            "1.5",      "0x10000000000000000",
                            ":",        ":5",
                            "5:",       "5:x",
                            "5:-1",     "5:4294967296",
                            "5:6:7",    "0x5eed;1",
                            "random:3", "Random"}) {
    EXPECT_FALSE(With("seed", value)) << value;
  }
}

TEST(SeedKnob, DrawsOneBaseForTheProcess) {
  const std::optional<Settings> drawn = With("seed", "random");
  EXPECT_TRUE(drawn->seed_is_drawn);
  EXPECT_EQ(drawn->only, std::nullopt);
  EXPECT_EQ(With("seed", "random")->options.seed, drawn->options.seed);
  EXPECT_NE(drawn->options.seed, kDefaultSeed);
}

TEST(SeedKnob, TakesWhatIsPrinted) {
  EXPECT_EQ(FormatSeed(0x5eed), "0x5eed");
  EXPECT_EQ(FormatSeed(0), "0x0");
  EXPECT_EQ(FormatSeed(0x5eed, 216), "0x5eed:216");
  for (uint64_t base : {uint64_t{0}, uint64_t{1}, uint64_t{0x5eed}, ~uint64_t{0}}) {
    for (uint32_t index : {0u, 31u, kMost}) {
      EXPECT_EQ(With("seed", FormatSeed(base, index))->options.seed, base);
      EXPECT_EQ(With("seed", FormatSeed(base, index))->only, index);
    }
    EXPECT_EQ(With("seed", FormatSeed(base))->options.seed, base);
  }
}

// -- Sentences ------------------------------------------------------------------------------------

TEST(KnobsTest, RefusalNamesTheValueAndTheAllowedOnes) {
  EXPECT_EQ(Refusal(Named("clock"), &Knob::Variable, "later"),
            "HEDDLE_CLOCK=\"later\" cannot be used; allowed: when_idle, anytime");
  EXPECT_EQ(Refusal(Named("seed"), &Knob::Flag, "banana"),
            "--heddle_seed=\"banana\" cannot be used; allowed: <base> (64 bits, decimal or 0x...), "
            "<base>:<i> or random");
}

TEST(KnobsTest, SuggestTheNearestName) {
  const auto variable = [](const char* name) { return NoSuchKnob(name, &Knob::Variable); };
  EXPECT_EQ(variable("HEDDLE_SCHEDULE"),
            "HEDDLE_SCHEDULE is no knob; did you mean HEDDLE_SCHEDULES? There are HEDDLE_SEED, "
            "HEDDLE_SCHEDULES, HEDDLE_REPLAY, HEDDLE_STRATEGY, HEDDLE_DEADLINE_MS, "
            "HEDDLE_TIME_BUDGET_MS, HEDDLE_JOBS, HEDDLE_COVERAGE, HEDDLE_RESUME, "
            "HEDDLE_OUT_DIR, HEDDLE_MAX_STEPS, "
            "HEDDLE_DRAIN_STEPS, HEDDLE_CLOCK, HEDDLE_EARLY_TIMERS, HEDDLE_STACK_KIB");
  EXPECT_THAT(variable("HEDDLE_SEEDS"), HasSubstr("mean HEDDLE_SEED?"));
  EXPECT_THAT(variable("HEDDLE_SHEDULES"), HasSubstr("mean HEDDLE_SCHEDULES?"));
  EXPECT_THAT(variable("HEDDLE_MAXSTEPS"), HasSubstr("mean HEDDLE_MAX_STEPS?"));
  EXPECT_THAT(variable("HEDDLE_TIME"), HasSubstr("mean HEDDLE_TIME_BUDGET_MS?"));
  EXPECT_THAT(NoSuchKnob("--heddle_sched", &Knob::Flag),
              StartsWith("--heddle_sched is no knob; did you mean --heddle_schedules? There are "
                         "--heddle_seed, "));
}

}  // namespace
}  // namespace heddle::internal
