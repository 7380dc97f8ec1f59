// SPDX-License-Identifier: Apache-2.0
//
// Every variable: its default, what it accepts, and the sentence for everything else.
#include "heddle/explore/environment.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
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
    return ReadEnvironment(kName);
  }

 private:
  CleanEnvironment clean_;
};

TEST_F(EnvironmentTest, SaysNothingByDefault) {
  const Environment environment = ReadEnvironment(kName);
  EXPECT_EQ(environment.seed, std::nullopt);
  EXPECT_EQ(environment.only, std::nullopt);
  EXPECT_EQ(environment.schedules, std::nullopt);
  EXPECT_EQ(environment.replay, std::nullopt);
  EXPECT_EQ(environment.out_dir, "heddle-out");
  EXPECT_EQ(environment.error, "");
}

TEST_F(EnvironmentTest, EmptyIsUnset) {
  for (const char* name : {"HEDDLE_SEED", "HEDDLE_SCHEDULES", "HEDDLE_REPLAY", "HEDDLE_OUT_DIR"}) {
    const Environment environment = With(name, "");
    EXPECT_EQ(environment.error, "") << name;
    EXPECT_EQ(environment.seed, std::nullopt);
    EXPECT_EQ(environment.out_dir, "heddle-out");
  }
}

TEST_F(EnvironmentTest, SeedAsABase) {
  EXPECT_EQ(With("HEDDLE_SEED", "0x5eed").seed, 0x5eedu);
  EXPECT_EQ(With("HEDDLE_SEED", "0X5EED").seed, 0x5eedu);
  EXPECT_EQ(With("HEDDLE_SEED", "24301").seed, 24301u);
  EXPECT_EQ(With("HEDDLE_SEED", "0").seed, 0u);
  EXPECT_EQ(With("HEDDLE_SEED", "0xffffffffffffffff").seed, std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(With("HEDDLE_SEED", "0x5eed").only, std::nullopt);
}

TEST_F(EnvironmentTest, SeedAndAnExecution) {
  const Environment environment = With("HEDDLE_SEED", "0x5eed:216");
  EXPECT_EQ(environment.seed, 0x5eedu);
  EXPECT_EQ(environment.only, 216u);
  EXPECT_EQ(environment.error, "");
  EXPECT_EQ(With("HEDDLE_SEED", "7:0").only, 0u);
  EXPECT_EQ(With("HEDDLE_SEED", "7:4294967295").only, 4294967295u);
}

TEST_F(EnvironmentTest, RefusesWhatIsNoSeed) {
  for (const std::string value :
       {"abc", "0x", "5eed", "-1", "+1", " 1", "1 ", "1.5", "0x10000000000000000", ":", ":5",
        "5:", "5:x", "5:-1", "5:4294967296", "5:6:7", "0x5eed;1"}) {
    EXPECT_EQ(With("HEDDLE_SEED", value).error,
              "HEDDLE_SEED=\"" + value +
                  "\" is not a seed: give a number (0x5eed), or a number and an execution "
                  "(0x5eed:216)");
  }
}

TEST_F(EnvironmentTest, Schedules) {
  EXPECT_EQ(With("HEDDLE_SCHEDULES", "1").schedules, 1u);
  EXPECT_EQ(With("HEDDLE_SCHEDULES", "5000").schedules, 5000u);
  EXPECT_EQ(With("HEDDLE_SCHEDULES", "4294967295").schedules, 4294967295u);
}

TEST_F(EnvironmentTest, RefusesWhatIsNoNumberOfSchedules) {
  for (const std::string value : {"0", "-5", "many", "4294967296", "10s", "1e3"}) {
    EXPECT_EQ(With("HEDDLE_SCHEDULES", value).error,
              "HEDDLE_SCHEDULES=\"" + value + "\" is not a number of schedules from 1 on");
  }
}

TEST_F(EnvironmentTest, OutDir) { EXPECT_EQ(With("HEDDLE_OUT_DIR", "/tmp/x").out_dir, "/tmp/x"); }

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
  const Environment environment = With("HEDDLE_REPLAY", "nonsense");
  EXPECT_EQ(environment.replay, std::nullopt);
  EXPECT_EQ(environment.error,
            "HEDDLE_REPLAY \"nonsense\" is no replay token: it must start with \"v1:\"");
}

TEST_F(EnvironmentTest, ReplayOfAFile) {
  const std::string path = ::testing::TempDir() + "/environment_test.schedule";
  std::ofstream(path) << EncodeScheduleFile(Sample(), kName);
  const Environment environment = With("HEDDLE_REPLAY", "@" + path);
  EXPECT_EQ(environment.error, "");
  EXPECT_EQ(environment.replay, Sample());

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

TEST_F(EnvironmentTest, SeedsAreReadAsTheyAreWritten) {
  EXPECT_EQ(FormatSeed(0x5eed), "0x5eed");
  EXPECT_EQ(FormatSeed(0), "0x0");
  EXPECT_EQ(FormatSeed(0x5eed, 216), "0x5eed:216");
  for (uint64_t base : {uint64_t{0}, uint64_t{1}, uint64_t{0x5eed}, ~uint64_t{0}}) {
    for (uint32_t index : {0u, 31u, 4294967295u}) {
      const Environment environment = With("HEDDLE_SEED", FormatSeed(base, index));
      EXPECT_EQ(environment.seed, base);
      EXPECT_EQ(environment.only, index);
    }
    EXPECT_EQ(With("HEDDLE_SEED", FormatSeed(base)).seed, base);
  }
}

}  // namespace
}  // namespace heddle::internal
