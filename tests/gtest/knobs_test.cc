// SPDX-License-Identifier: Apache-2.0
//
// Every knob, end to end: its default, its flag, its variable, and a value that is wrong. What is
// read is the report of a test that fails, and what its executions say they run with.
#include "heddle/explore/knobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <ostream>
#include <set>
#include <string>

#include "gtest/example.h"
#include "heddle/core/options.h"
#include "support/golden.h"
#include "support/text.h"

namespace heddle {
namespace {

using internal::Knob;
using internal::Knobs;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing_support::Count;
using testing_support::FirstMatch;
using testing_support::MatchesGolden;
using testing_support::ReadFile;
using testing_support::RunExample;
using testing_support::RunResult;
using testing_support::RunUnderPlainMain;

struct Row {
  std::string name;
  std::string by_default;  // what the output then contains
  std::string value;
  std::string in_force;
  std::string other;  // another value, for the flag to go before
  std::string wrong;
  std::string refusal = {};  // if it is not internal::Refusal

  // gtest prints it; by default the bytes, of which ctest would make names.
  friend void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
};

// Of this process alone: ctest runs several.
std::string OutDir() {
  return testing::TempDir() + "heddle_gtest_knobs_" + std::to_string(getpid());
}
// Written by KnobTest's set-up.
std::string Recorded() { return OutDir() + "/recorded.schedule"; }

std::string Kib(uint32_t kib) { return "stack_kib=" + std::to_string(kib) + "\n"; }

std::vector<Row> Rows() {
  return {
      {"seed", "HEDDLE_SEED=0x5eed:0,", "0x77", "HEDDLE_SEED=0x77:0,", "0x78", "banana"},
      {"schedules", "(schedule 1 of 1000,", "7", "(schedule 1 of 7,", "8", "0"},
      {"replay", "found by portfolio", "@" + Recorded(), "found by replay", "@/no/file", "nonsense",
       "HEDDLE_REPLAY \"nonsense\" is no replay token: it must start with \"v1:\""},
      {"strategy", "found by portfolio", "pos", "HEDDLE_STRATEGY=pos HEDDLE_REPLAY=", "random",
       "dfs"},
      {"deadline_ms", "deadline_ms=60000 ", "50000", "deadline_ms=50000 ", "40000", "1s"},
      {"time_budget_ms", "time_budget_ms=0 ", "50000", "time_budget_ms=50000 ", "40000", "-1"},
      {"jobs", "jobs=1 ", "2", "jobs=2 ", "3", "0"},
      {"coverage", "coverage=0 ", "1", "coverage=1 ", "0", "yes"},
      {"resume", "resume=\n", "here", "resume=here\n", "elsewhere", "/dev/null"},
      {"out_dir", "@heddle-out/Knobs.InForce.schedule", "elsewhere",
       "@elsewhere/Knobs.InForce.schedule", "nowhere", "/dev/null"},
      {"max_steps", "max_steps=100000 ", "90000", "max_steps=90000 ", "80000", "0"},
      {"drain_steps", "drain_steps=10000\n", "500", "drain_steps=500\n", "600", "10k"},
      {"clock", "clock=anytime ", "when_idle", "clock=when_idle ", "anytime", "later"},
      {"early_timers", "early_timers=2 ", "3", "early_timers=3 ", "4", "few"},
      {"stack_kib", Kib(kDefaultStackKib), "1024", Kib(1024), "2048", "15"},
  };
}

class KnobTest : public testing::TestWithParam<Row> {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(OutDir());
    std::filesystem::create_directories(OutDir());
    if (GetParam().name != "replay") return;
    Run("");
    std::filesystem::rename(OutDir() + "/heddle-out/Knobs.InForce.schedule", Recorded());
  }
  void TearDown() override { std::filesystem::remove_all(OutDir()); }

  static const Knob& knob() {
    return *internal::FindKnob("--heddle_" + GetParam().name, &Knob::Flag);
  }
  static std::string Flag(const std::string& value) { return knob().Flag() + "='" + value + "'"; }
  static std::string Variable(const std::string& value) {
    return knob().Variable() + "='" + value + "'";
  }
  static RunResult Run(const std::string& flag, const std::string& variable = "") {
    return RunExample("Knobs.InForce", flag, "cd '" + OutDir() + "' && " + variable);
  }
};

TEST_P(KnobTest, HasADefault) {
  const RunResult result = Run("");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output,
              AllOf(HasSubstr(GetParam().by_default), HasSubstr("so that there is a report")));
  EXPECT_NE(GetParam().by_default, GetParam().in_force);
}

TEST_P(KnobTest, HasAFlag) {
  EXPECT_THAT(Run(Flag(GetParam().value)).output, HasSubstr(GetParam().in_force));
}

TEST_P(KnobTest, HasAVariable) {
  EXPECT_THAT(Run("", Variable(GetParam().value)).output, HasSubstr(GetParam().in_force));
}

TEST_P(KnobTest, FlagGoesBeforeVariable) {
  EXPECT_THAT(Run(Flag(GetParam().value), Variable(GetParam().other)).output,
              HasSubstr(GetParam().in_force));
}

TEST_P(KnobTest, ReproduceLineRepeatsItIfItShapesTheExecution) {
  const std::string output = Run("", Variable(GetParam().value)).output;
  const std::string start = "\n    " + knob().Variable() + "=" + GetParam().value + " HEDDLE_";
  EXPECT_EQ(output.find(start) != std::string::npos, knob().shapes_execution) << output;
}

void ExpectRefused(const RunResult& result, const std::string& message) {
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.output, "heddle: " + message + "\n");
}

TEST_P(KnobTest, RefusesAWrongValue) {
  const std::string& wrong = GetParam().wrong;
  const auto refusal = [&](internal::Spelling spelling) {
    return GetParam().refusal.empty() ? Refusal(knob(), spelling, wrong) : GetParam().refusal;
  };
  ExpectRefused(Run(Flag(wrong)), refusal(&Knob::Flag));
  ExpectRefused(Run("", Variable(wrong)), refusal(&Knob::Variable));
  ExpectRefused(Run(knob().Flag() + "="), Refusal(knob(), &Knob::Flag, ""));
  ExpectRefused(Run(knob().Flag()), "write " + knob().Flag() + "=<value>");
  ExpectRefused(Run(knob().Flag() + " '" + GetParam().value + "'"),
                "write " + knob().Flag() + "=<value>");
}

TEST_P(KnobTest, RefusesAWrongVariableUnderAnyMain) {
  const RunResult result = RunUnderPlainMain("PlainMain.Passes", Variable(GetParam().wrong));
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("VACUOUS  " + knob().Variable()),
                                   HasSubstr("\"" + GetParam().wrong + "\"")));
}

INSTANTIATE_TEST_SUITE_P(Knob, KnobTest, testing::ValuesIn(Rows()),
                         [](const auto& row) { return row.param.name; });

TEST(KnobsTest, AreAllTested) {
  std::multiset<std::string> tested, known;
  for (const Row& row : Rows()) tested.insert(row.name);
  for (const Knob& knob : Knobs()) known.insert(knob.name);
  EXPECT_EQ(tested, known);
}

TEST(KnobsTest, GoBeforeTheCode) {
  constexpr size_t kRuns = 5 + 1;  // the first is rechecked
  EXPECT_EQ(Count(RunExample("Knobs.OfTheCode").output, "code: max_steps=5000\n"), kRuns);
  EXPECT_EQ(Count(RunExample("Knobs.OfTheCode", "", "HEDDLE_MAX_STEPS=4000").output,
                  "code: max_steps=4000\n"),
            kRuns);
}

// -- Flags ----------------------------------------------------------------------------------------

TEST(Flags, MisspeltOnesAreRefused) {
  for (const char* flag : {"--heddle_sched=3", "--heddle_schedule=3", "--heddle-schedules=3"}) {
    const RunResult result = RunExample("Options.One", flag);
    EXPECT_EQ(result.status, 2);
    const std::string name = std::string(flag).substr(0, std::string(flag).find('='));
    EXPECT_THAT(result.output, StartsWith("heddle: " + name +
                                          " is no knob; did you mean --heddle_schedules? There are "
                                          "--heddle_seed, --heddle_schedules, "));
  }
}

TEST(Flags, LeaveGoogleTestsAlone) {
  const RunResult result =
      RunExample("Options.One", "--heddle_schedules=3 --gtest_repeat=2 --heddle_seed=7 other");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(Count(result.output, "[       OK ] Options.One"), 2u);
}

TEST(Variables, MisspeltOnesAreRefused) {
  const RunResult result = RunExample("Options.One", "", "HEDDLE_SCHEDULE=3");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output,
              StartsWith("heddle: HEDDLE_SCHEDULE is no knob; did you mean HEDDLE_SCHEDULES?"));
  EXPECT_THAT(RunUnderPlainMain("PlainMain.Passes", "HEDDLE_SCHEDULE=3").output,
              HasSubstr("VACUOUS  HEDDLE_SCHEDULE is no knob;"));
}

TEST(Variables, DoNotMatterToAList) {
  EXPECT_EQ(RunExample("Options.One", "--gtest_list_tests", "HEDDLE_SCHEDULES=0").status, 0);
}

TEST(Help, ShowsEveryKnobAfterGoogleTests) {
  const RunResult result = RunExample("Options.One", "--help");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("--gtest_filter="));
  std::string ours = result.output.substr(result.output.find("Heddle's knobs"));
  const std::string here = "Default " + std::to_string(kDefaultStackKib) + " KiB";
  if (const size_t at = ours.find(here); at != std::string::npos) {
    ours.replace(at, here.size(), "Default 256 KiB");  // of a build without AddressSanitizer
  }
  EXPECT_TRUE(MatchesGolden(ours, "gtest/help.txt"));
}

// -- Seeds, budgets, properties -------------------------------------------------------------------

TEST(RandomSeed, IsPrintedAndFindsTheSameAgain) {
  const RunResult first = RunExample("Assertions.FailInHelper", "--heddle_seed=random");
  const std::string drawn =
      FirstMatch(first.output, "heddle: HEDDLE_SEED=random drew (HEDDLE_SEED=0x[0-9a-f]+)$");
  ASSERT_NE(drawn, "");
  EXPECT_EQ(Count(first.output, "HEDDLE_SEED=random drew"), 1u);
  EXPECT_THAT(first.output, HasSubstr("found by portfolio, " + drawn + ":0,"));
  const RunResult other = RunExample("Options.One", "", "HEDDLE_SEED=random");
  EXPECT_THAT(other.output, Not(HasSubstr(drawn + "\n")));
}

struct Properties {
  RunResult result;
  std::string xml;
  std::string json;
};

Properties PropertiesOf(const std::string& filter, const std::string& flags = "") {
  const std::string path = OutDir() + ".properties";
  Properties properties;
  properties.result = RunExample(filter, flags + " --gtest_output=xml:'" + path + "'");
  properties.xml = ReadFile(path);
  RunExample(filter, flags + " --gtest_output=json:'" + path + "'");
  properties.json = ReadFile(path);
  std::filesystem::remove(path);
  return properties;
}

void ExpectProperty(const Properties& properties, const std::string& name,
                    const std::string& value) {
  EXPECT_THAT(properties.xml, HasSubstr("name=\"" + name + "\" value=\"" + value + "\""));
  EXPECT_THAT(properties.json, HasSubstr("\"" + name + "\": \"" + value + "\""));
}

TEST(Properties, OfATestThatPassed) {
  const Properties properties = PropertiesOf("Options.Several");
  ExpectProperty(properties, "heddle_verdict", "passed");
  ExpectProperty(properties, "heddle_strategy", "random");
  ExpectProperty(properties, "heddle_schedules", "8");
  ExpectProperty(properties, "heddle_seed", "0xabc");
  EXPECT_EQ(Count(properties.xml, "name=\"heddle_steps\""), 1u);
  EXPECT_EQ(Count(properties.json, "\"heddle_steps\": "), 1u);
  EXPECT_EQ(Count(properties.xml + properties.json, "heddle_replay"), 0u);
  EXPECT_EQ(Count(properties.xml + properties.json, "heddle_time_budget"), 0u);
  ExpectProperty(PropertiesOf("Options.One", "--heddle_seed=7:3"), "heddle_seed", "0x7:3");
}

TEST(Properties, OfAFailure) {
  const Properties properties =
      PropertiesOf("Assertions.FailInHelper", "--heddle_clock=when_idle --heddle_schedules=9");
  ExpectProperty(properties, "heddle_verdict", "assertion");
  ExpectProperty(properties, "heddle_schedules", "1");
  ExpectProperty(properties, "heddle_seed", "0x5eed:0");
  const std::string replay = "HEDDLE_CLOCK=when_idle HEDDLE_REPLAY=v1:";
  EXPECT_THAT(properties.xml, HasSubstr("name=\"heddle_replay\" value=\"" + replay));
  EXPECT_THAT(properties.json, HasSubstr("\"heddle_replay\": \"" + replay));
}

TEST(TimeBudget, PassesAndSaysThatItEndedTheExploration) {
  const Properties properties = PropertiesOf("Knobs.TimeBudget");
  EXPECT_EQ(properties.result.status, 0);
  const std::string budget =
      FirstMatch(properties.result.output,
                 "^Knobs.TimeBudget: the time budget of (20 ms ended the exploration after "
                 "[0-9]+ of 1000 schedules); none failed$");
  ASSERT_NE(budget, "");
  EXPECT_THAT(properties.xml, HasSubstr("name=\"heddle_time_budget\" value=\"" + budget + "\""));
  EXPECT_THAT(properties.json, HasSubstr("\"heddle_time_budget\": \"20 ms ended"));
}

TEST(TimeBudget, NotBelowTheDeadlineIsWrongUsage) {
  const RunResult both =
      RunExample("Options.One", "--heddle_time_budget_ms=70 --heddle_deadline_ms=60");
  EXPECT_EQ(both.status, 2);
  EXPECT_THAT(both.output, StartsWith("heddle: time_budget_ms=70 is not below deadline_ms=60,"));
  const RunResult one = RunExample("Options.One", "--heddle_time_budget_ms=70000");
  EXPECT_EQ(one.status, 2);
  EXPECT_THAT(one.output,
              HasSubstr("VACUOUS  time_budget_ms=70000 is not below deadline_ms=60000,"));
}

}  // namespace
}  // namespace heddle
