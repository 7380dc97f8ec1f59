// SPDX-License-Identifier: Apache-2.0
//
// Variables over the table of knobs: when they count, what overrides what, and what is refused.
#include "heddle/explore/environment.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/random.h"
#include "support/environment.h"

namespace heddle::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing_support::CleanEnvironment;
using testing_support::ScopedVariable;

constexpr char kName[] = "Cart.Drains";

class EnvironmentTest : public ::testing::Test {
 protected:
  static Environment With(const char* name, const std::string& value) {
    ScopedVariable variable(name, value);
    return ReadEnvironment({.name = kName, .schedules = 5});
  }

 private:
  CleanEnvironment clean_;
};

TEST_F(EnvironmentTest, SaysNothingByDefault) {
  const Environment environment = ReadEnvironment({.name = kName, .schedules = 5, .seed = 6});
  EXPECT_EQ(environment.settings.options.schedules, 5u);
  EXPECT_EQ(environment.settings.options.seed, 6u);
  EXPECT_EQ(environment.settings.only, std::nullopt);
  EXPECT_EQ(environment.settings.out_dir, "heddle-out");
  EXPECT_EQ(environment.replay, std::nullopt);
  EXPECT_EQ(environment.repeated, "");
  EXPECT_EQ(environment.error, "");
  EXPECT_EQ(CheckEnvironment(), "");
}

TEST_F(EnvironmentTest, GoesBeforeTheCode) {
  EXPECT_EQ(With("HEDDLE_SCHEDULES", "7").settings.options.schedules, 7u);
  EXPECT_EQ(With("HEDDLE_SEED", "7:8").settings.only, 8u);
}

TEST_F(EnvironmentTest, EmptyIsUnset) {
  for (const Knob& knob : Knobs()) {
    const Environment environment = With(knob.Variable().c_str(), "");
    EXPECT_EQ(environment.error, "") << knob.name;
    EXPECT_EQ(environment.settings.options.schedules, 5u);
    EXPECT_EQ(environment.settings.out_dir, "heddle-out");
  }
  EXPECT_EQ(With("HEDDLE_UNKNOWN", "").error, "");
}

TEST_F(EnvironmentTest, NamesTheVariableItsValueAndWhatIsAllowed) {
  const std::string wrong = "HEDDLE_SCHEDULES=\"0\" cannot be used; allowed: 1 to 4294967295";
  EXPECT_EQ(With("HEDDLE_SCHEDULES", "0").error, wrong);
  ScopedVariable variable("HEDDLE_SCHEDULES", "0");
  EXPECT_EQ(CheckEnvironment(), wrong);
}

TEST_F(EnvironmentTest, RefusesAMisspeltName) {
  EXPECT_THAT(With("HEDDLE_SCHEDULE", "7").error,
              StartsWith("HEDDLE_SCHEDULE is no knob; did you mean HEDDLE_SCHEDULES? There are "));
  ScopedVariable variable("HEDDLE_", "7");
  EXPECT_THAT(CheckEnvironment(), StartsWith("HEDDLE_ is no knob"));
}

TEST_F(EnvironmentTest, LetsOtherVariablesBe) {
  for (const char* name :
       {"HEDDLE_SKIP_SETUP", "HEDDLE_SETUP_OS_RELEASE", "HEDDLE_LAUNCHER_X", "HEDDLE_PRESET_X",
        "HEDDLE_BUILD_TESTS", "HEDDLE_SANITIZE", "HEDDLE_WERROR", "HEDDLE_INSTALL",
        "HEDDLE_SOURCE_DIR", "HEDDLE_ROOT", "HEDDLE_DIR", "HEDDLE_PORT", "HEDDLE_PORT_80_TCP",
        "HEDDLE_SERVICE_HOST", "HEDDLES", "heddle_seed", "MY_HEDDLE_SEED"}) {
    EXPECT_EQ(With(name, "what?").error, "") << name;
  }
}

TEST_F(EnvironmentTest, RefusesATimeBudgetNotBelowTheDeadline) {
  const auto error = [](uint32_t deadline, uint32_t budget) {
    return ReadEnvironment({.deadline_ms = deadline, .time_budget_ms = budget}).error;
  };
  EXPECT_EQ(error(500, 500),
            "time_budget_ms=500 is not below deadline_ms=500, which would fail the exploration "
            "first; raise deadline_ms (HEDDLE_DEADLINE_MS)");
  EXPECT_EQ(error(500, 499), "");
  EXPECT_EQ(error(500, 0), "");
  EXPECT_EQ(error(0, 500), "");
  ScopedVariable budget("HEDDLE_TIME_BUDGET_MS", "90000");
  EXPECT_THAT(error(60'000, 0), StartsWith("time_budget_ms=90000 is not below deadline_ms=60000"));
  EXPECT_EQ(error(100'000, 0), "");
  EXPECT_EQ(CheckEnvironment(), "");  // the code may raise the deadline
  ScopedVariable deadline("HEDDLE_DEADLINE_MS", "90000");
  EXPECT_THAT(CheckEnvironment(),
              StartsWith("time_budget_ms=90000 is not below deadline_ms=90000"));
}

TEST_F(EnvironmentTest, RepeatsWhatShapesAnExecution) {
  ScopedVariable schedules("HEDDLE_SCHEDULES", "9");
  ScopedVariable steps("HEDDLE_MAX_STEPS", "0x32");
  ScopedVariable clock("HEDDLE_CLOCK", "when_idle");
  EXPECT_EQ(ReadEnvironment({}).repeated, "HEDDLE_MAX_STEPS=0x32 HEDDLE_CLOCK=when_idle");
}

TEST_F(EnvironmentTest, OutDirIsTheTestRunnersIfItSaysSo) {
  ScopedVariable runner("TEST_UNDECLARED_OUTPUTS_DIR", "/tmp/bazel");
  EXPECT_EQ(ReadEnvironment({}).settings.out_dir, "/tmp/bazel");
  EXPECT_EQ(With("HEDDLE_OUT_DIR", "my-heddle-out").settings.out_dir, "my-heddle-out");
}

TEST_F(EnvironmentTest, SaysOnceWhichBaseWasDrawn) {
  ScopedVariable seed("HEDDLE_SEED", "random");
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(CheckEnvironment(), "");
  const uint64_t base = ReadEnvironment({}).settings.options.seed;
  EXPECT_EQ(ReadEnvironment({}).settings.options.seed, base);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(),
            "heddle: HEDDLE_SEED=random drew HEDDLE_SEED=" + FormatSeed(base) + "\n");
}

// -- Replays --------------------------------------------------------------------------------------

Replay Sample() {
  Replay replay;
  replay.scenario = HashName(kName);
  replay.trace_hash = 0x1234;
  replay.decisions = 9;
  replay.deviations = {{2, {1, 5}}, {7, {3, 9}}};
  return replay;
}

TEST_F(EnvironmentTest, ReplayOfAToken) {
  const Environment environment = With("HEDDLE_REPLAY", EncodeToken(Sample()));
  EXPECT_EQ(environment.error, "");
  EXPECT_EQ(environment.replay, Sample());
}

TEST_F(EnvironmentTest, RefusesWhatIsNoToken) {
  const std::string wrong =
      "HEDDLE_REPLAY \"nonsense\" is no replay token: it must start with \"v1:\"";
  const Environment environment = With("HEDDLE_REPLAY", "nonsense");
  EXPECT_EQ(environment.replay, std::nullopt);
  EXPECT_EQ(environment.error, wrong);
  ScopedVariable variable("HEDDLE_REPLAY", "nonsense");
  EXPECT_EQ(CheckEnvironment(), wrong);
}

TEST_F(EnvironmentTest, CheckKnowsNoScenario) {
  ScopedVariable variable("HEDDLE_REPLAY", EncodeToken(Sample()));
  EXPECT_EQ(CheckEnvironment(), "");
  EXPECT_THAT(ReadEnvironment({.name = "Cart.Other"}).error, HasSubstr("another scenario"));
}

TEST_F(EnvironmentTest, RefusesToReplayAndToSeed) {
  ScopedVariable replay("HEDDLE_REPLAY", EncodeToken(Sample()));
  ScopedVariable seed("HEDDLE_SEED", "7");
  EXPECT_EQ(ReadEnvironment({.name = kName}).error,
            "HEDDLE_REPLAY and HEDDLE_SEED name two different executions; unset one of them");
}

TEST_F(EnvironmentTest, ReplayOfAFile) {
  const std::string path = ::testing::TempDir() + "/environment_test.schedule";
  std::ofstream(path) << EncodeScheduleFile(Sample(), kName);
  const Environment environment = With("HEDDLE_REPLAY", "@" + path);
  EXPECT_EQ(environment.error, "");
  EXPECT_EQ(environment.replay, Sample());
  {
    ScopedVariable variable("HEDDLE_REPLAY", "@" + path);
    EXPECT_EQ(CheckEnvironment(), "");
  }

  std::ofstream(path) << EncodeScheduleFile(Sample(), kName).substr(0, 200);
  EXPECT_THAT(With("HEDDLE_REPLAY", "@" + path).error,
              StartsWith("HEDDLE_REPLAY=\"@" + path + "\": the schedule file is cut short"));

  Replay other = Sample();
  other.scenario = HashName("Cart.Other");
  std::ofstream(path) << EncodeScheduleFile(other, "Cart.Other");
  EXPECT_THAT(
      With("HEDDLE_REPLAY", "@" + path).error,
      HasSubstr("the schedule file belongs to another scenario than Cart.Drains: to Cart.Other"));
  std::filesystem::remove(path);
}

TEST_F(EnvironmentTest, RefusesAFileThatCannotBeRead) {
  EXPECT_EQ(With("HEDDLE_REPLAY", "@/no/such/file").error,
            "HEDDLE_REPLAY=\"@/no/such/file\": the file cannot be read");
  EXPECT_EQ(With("HEDDLE_REPLAY", "@").error, "HEDDLE_REPLAY=\"@\": the file cannot be read");
}

TEST_F(EnvironmentTest, ADirectoryIsNoScheduleFile) {
  EXPECT_NE(With("HEDDLE_REPLAY", "@/tmp").error, "");
}

}  // namespace
}  // namespace heddle::internal
