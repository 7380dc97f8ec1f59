// SPDX-License-Identifier: Apache-2.0
//
// The program behind scripts/score: what it says about bugs that people shipped, how it replays them, and
// what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/golden.h"
#include "support/run.h"
#include "support/text.h"

namespace heddle {
namespace {

using testing::HasSubstr;
using testing_support::FirstMatch;
using testing_support::MaskTimes;
using testing_support::MatchesGolden;
using testing_support::Run;
using testing_support::RunResult;

// In the directory of the program; `line` as in a shell.
RunResult RunThere(const std::string& line) {
  return Run("cd '" + std::filesystem::path(HEDDLE_SCORE).parent_path().string() + "' && " + line);
}

// The report names the operations, tasks and lines that are the cause.
class Explained : public testing::TestWithParam<const char*> {};

TEST_P(Explained, ReportIsGoldenAndCanBeReplayed) {
  const std::string name = GetParam();
  const RunResult result = RunThere("./score --strategy=random --explain=" + name);
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(MatchesGolden(MaskTimes(result.output), "catalogue/" + name + ".txt"));
  const std::string line = FirstMatch(result.output, "^ +(HEDDLE_REPLAY=.*--explain=.*)$");
  ASSERT_NE(line, "") << result.output;
  const RunResult again = RunThere(line);
  EXPECT_EQ(again.status, 0) << again.output;
  const std::string hash = "trace hash [0-9a-f]{16}";
  EXPECT_EQ(FirstMatch(again.output, hash), FirstMatch(result.output, hash));
}

// At least one of each class of bugs. Whether the report names what the kernel is about was read by eye.
constexpr const char* kExplained[] = {
    // blocking: channels; with condition variables, contexts, timers
    "cockroach_2448", "grpc_660", "istio_17860", "kubernetes_5316", "kubernetes_11298",
    "moby_27782", "istio_18454", "moby_33781", "moby_29733",
    // blocking: channels with locks, wait groups
    "etcd_6873", "serving_2137", "kubernetes_6632", "cockroach_1055", "moby_25384",
    // blocking: locks
    "hugo_3251", "moby_4951", "etcd_5509", "cockroach_16167", "cockroach_6181", "kubernetes_58107",
    // not blocking: shared variables, channels, what outlives a test, wait groups, data
    "kubernetes_70892", "grpc_2371", "serving_5865", "etcd_3077", "serving_4908", "cockroach_4407",
    "kubernetes_13058", "etcd_9446", "kubernetes_80284"};

INSTANTIATE_TEST_SUITE_P(Kernels, Explained, testing::ValuesIn(kExplained),
                         [](const auto& subject) { return std::string(subject.param); });

TEST(ScoreProgram, WritesTheScoresOfWhatIsSelected) {
  const std::string file = testing::TempDir() + "heddle_scores.json";
  const RunResult result = RunThere(
      "./score --suite=kernels --filter='etcd_9*' --seeds=2 --fixed_schedules=50 --json=" + file);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("\nkernels  etcd_9446 "));
  EXPECT_THAT(result.output, HasSubstr("\nportfolio: 1 of 1 found with the expected verdict"));
  std::ifstream stream(file);
  const std::string json{std::istreambuf_iterator<char>(stream), {}};
  std::filesystem::remove(file);
  EXPECT_THAT(json,
              HasSubstr("[\n  {\"name\": \"etcd_9446\", \"suite\": \"kernels\", \"strategy\": "
                        "\"portfolio\", \"expected\": \"race\", \"found\": \"race\", \"seeds\": "
                        "2, \"seeds_found\": 2, \"median\": 1, \"worst\": 1, "
                        "\"fixed_schedules\": 50, \"fixed_failures\": 0, \"seconds\": "));
}

TEST(ScoreProgram, SaysSoIfABugIsMissed) {
  const RunResult result =
      RunThere("./score --filter=dropped_signal --seeds=20 --schedules=1 --fixed_schedules=1");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, HasSubstr("  MISSED\n"));
}

// Only of the whole catalogue: the best sampler of one subject is no bar.
TEST(ScoreProgram, ComparesNothingOfAPart) {
  const RunResult result =
      RunThere("./score --filter=dropped_signal --strategy=portfolio,random --fixed_schedules=1");
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, testing::Not(HasSubstr("the best other's")));
}

struct Refused {
  const char* line;
  const char* message;
};

TEST(ScoreProgram, RefusesWhatItCannotUse) {
  const Refused all[] = {
      {"./score --suite=kernel",
       "there is no --suite=kernel; there are kernels, classics, patterns, and samplers alone"},
      {"./score --suite=samplers --strategy=pct", "--suite=samplers takes no other flag"},
      {"./score --suite=samplers,kernels",
       "there is no --suite=samplers; there are kernels, classics, patterns, and samplers alone"},
      {"./score --filter=nothing", "no subject of these suites matches --filter='nothing'"},
      {"./score --strategy=luck",
       "--strategy=luck cannot be used; allowed: portfolio, random, pct, pos, urw, surw, rfpos, "
       "exhaustive, preemption_bounded, delay_bounded"},
      {"./score --seeds=0", "--seeds=0 cannot be used; explore from at least one"},
      {"./score --fixed_schedules=0", "--fixed_schedules=0 cannot be used; 1 is the least"},
      {"./score --json=/nowhere/x.json", "--json=/nowhere/x.json cannot be written"},
      {"./score --explain=nothing", "there is no subject --explain=nothing"},
      {"./score etcd_9446", "unknown argument etcd_9446; see --help"},
      {"HEDDLE_SEED=7 ./score", "unset HEDDLE_SEED, which the scores would depend on"},
  };
  for (const Refused& refused : all) {
    const RunResult result = RunThere(refused.line);
    EXPECT_EQ(result.status, 2) << refused.line;
    EXPECT_THAT(result.output, HasSubstr("score: " + std::string(refused.message) + "\n"));
  }
}

}  // namespace
}  // namespace heddle
