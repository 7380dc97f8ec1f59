// SPDX-License-Identifier: Apache-2.0
//
// What was found can be had again: by its token, by its schedule file, and not by anything else.
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/explore/explore.h"
#include "heddle/heddle.h"
#include "support/environment.h"
#include "support/trace_scenarios.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kVariable[] = "HEDDLE_REPLAY=";

class ReplayTokenTest : public ::testing::Test {
 protected:
  ReplayTokenTest() : out_dir_("HEDDLE_OUT_DIR", dir()) { std::filesystem::remove_all(dir()); }
  ~ReplayTokenTest() override { std::filesystem::remove_all(dir()); }

  // Of this process alone: ctest runs several.
  static std::string dir() {
    return ::testing::TempDir() + "/heddle_replay_token_test_" + std::to_string(getpid());
  }

  static Report Replayed(const std::string& value, const std::function<void()>& body,
                         const Options& options) {
    ScopedVariable replay("HEDDLE_REPLAY", value);
    return Explore(body, options);
  }
  // The token of a report.
  static std::string Token(const Report& report) {
    EXPECT_THAT(report.replay, StartsWith(kVariable));
    return report.replay.substr(sizeof kVariable - 1);
  }

  static void ExpectSameFailure(const Report& found, const Report& again) {
    EXPECT_EQ(again.verdict, found.verdict);
    EXPECT_EQ(again.trace_hash, found.trace_hash);
    EXPECT_EQ(again.step_count, found.step_count);
    EXPECT_EQ(again.headline, found.headline);
    EXPECT_EQ(again.steps, found.steps);
    EXPECT_EQ(again.why, found.why);
    EXPECT_EQ(again.tasks, found.tasks);
    EXPECT_EQ(again.strategy, "replay");
    EXPECT_EQ(again.schedules_run, 1u);
    EXPECT_EQ(again.seed, "");
    EXPECT_TRUE(again.reproduced);
  }

 private:
  CleanEnvironment clean_;
  ScopedVariable out_dir_;
};

void Abba() {
  Mutex a("a"), b("b");
  Task left = Go([&] {
    MutexLock first(a);
    MutexLock second(b);
  });
  Task right = Go([&] {
    MutexLock first(b);
    MutexLock second(a);
  });
  left.Join();
  right.Join();
}

constexpr Options kAbba{.name = "Locks.Abba"};

TEST_F(ReplayTokenTest, AFailureIsReplayedByItsToken) {
  int failures = 0;
  for (const TraceScenario& scenario : TraceScenarios()) {
    Options options = scenario.options;
    options.name = scenario.name;
    options.schedules = 300;
    for (uint64_t seed = 0; seed < 5; ++seed) {
      options.seed = seed;
      const Report found = Explore(scenario.body, options);
      if (found.passed() || !found.schedule_file.empty()) continue;
      ++failures;
      SCOPED_TRACE(found.replay);
      const Report again = Replayed(Token(found), scenario.body, options);
      ExpectSameFailure(found, again);
      EXPECT_EQ(again.replay, found.replay);
    }
  }
  EXPECT_GT(failures, 10);
}

TEST_F(ReplayTokenTest, QuotesAndWhiteSpaceAroundATokenAreIgnored) {
  const Report found = Explore(Abba, kAbba);
  ExpectSameFailure(found, Replayed(" '" + Token(found) + "'\n", Abba, kAbba));
}

TEST_F(ReplayTokenTest, AReplayIsOneExecutionWhateverTheLimits) {
  const Report found = Explore(Abba, kAbba);
  ScopedVariable schedules("HEDDLE_SCHEDULES", "17");
  ScopedVariable budget("HEDDLE_TIME_BUDGET_MS", "1");
  ExpectSameFailure(found, Replayed(Token(found), Abba, kAbba));
}

TEST_F(ReplayTokenTest, RefusesATokenOfAnotherScenario) {
  const std::string token = Token(Explore(Abba, kAbba));
  const Report report = Replayed(token, Abba, {.name = "Locks.Other"});
  EXPECT_EQ(report.verdict, Verdict::kVacuous);
  EXPECT_THAT(
      report.headline,
      HasSubstr("belongs to another scenario than Locks.Other; run the test that printed it"));
  EXPECT_EQ(report.schedules_run, 0u);
}

TEST_F(ReplayTokenTest, RefusesATokenOfAnotherVersion) {
  std::string token = Token(Explore(Abba, kAbba));
  token[1] = '2';
  const Report report = Replayed(token, Abba, kAbba);
  EXPECT_EQ(report.verdict, Verdict::kVacuous);
  EXPECT_THAT(report.headline,
              HasSubstr("is of version v2, this build reads v1; replay it with the "
                        "version of Heddle that wrote it"));
}

TEST_F(ReplayTokenTest, RefusesEveryCutToken) {
  const std::string token = Token(Explore(Abba, kAbba));
  for (size_t length = 1; length < token.size(); ++length) {
    const Report report = Replayed(token.substr(0, length), Abba, kAbba);
    ASSERT_EQ(report.verdict, Verdict::kVacuous) << length;
    ASSERT_THAT(report.headline, HasSubstr("is cut short")) << length;
  }
}

TEST_F(ReplayTokenTest, RefusesEveryAlteredToken) {
  const std::string token = Token(Explore(Abba, kAbba));
  for (size_t i = 3; i < token.size(); ++i) {
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    const Report report = Replayed(altered, Abba, kAbba);
    ASSERT_EQ(report.verdict, Verdict::kVacuous) << altered;
    ASSERT_EQ(report.schedules_run, 0u);
  }
}

// -- Replay of a scenario that changed ---------------------------------------------------------------

TEST_F(ReplayTokenTest, DivergesIfATaskStandsAtAnotherOperation) {
  const std::string token = Token(Explore(Abba, kAbba));
  auto changed = [] {
    Mutex a("a"), b("b");
    Semaphore c(1);
    Task left = Go([&] {
      c.acquire();
      MutexLock second(b);
    });
    Task right = Go([&] {
      c.acquire();
      MutexLock second(a);
    });
    left.Join();
    right.Join();
  };
  const Report report = Replayed(token, changed, kAbba);
  EXPECT_EQ(report.verdict, Verdict::kDiverged);
  EXPECT_FALSE(report.reproduced);
  EXPECT_EQ(report.headline, "this replay is not the execution that was recorded");
  ASSERT_EQ(report.details.size(), 2u);
  EXPECT_THAT(report.details[0], StartsWith("recorded: "));
  EXPECT_THAT(report.details[1], StartsWith("decision "));
  EXPECT_THAT(report.why,
              ElementsAre("the scenario changed since the schedule was recorded, or does not "
                          "repeat itself",
                          StartsWith("usual causes: ")));
  EXPECT_EQ(report.remedy,
            "replay with the code that was recorded, or explore again for a fresh schedule");
  EXPECT_EQ(report.not_reproduced, "the replay diverged");
}

TEST_F(ReplayTokenTest, DivergesIfTheScenarioGoesOnLonger) {
  const std::string token = Token(Explore(Abba, kAbba));
  auto changed = [] {
    Task task = Go([] {
      for (int i = 0; i < 20; ++i) Yield();
    });
    Abba();
    task.Join();
  };
  EXPECT_EQ(Replayed(token, changed, kAbba).verdict, Verdict::kDiverged);
}

TEST_F(ReplayTokenTest, DivergesIfTheScenarioBecameShorter) {
  const Report report = Replayed(
      Token(Explore(Abba, kAbba)), [] {}, kAbba);
  EXPECT_EQ(report.verdict, Verdict::kDiverged);
  ASSERT_EQ(report.details.size(), 2u);
  EXPECT_THAT(report.details[0], HasSubstr("here: 0 decisions, 1 steps"));
}

TEST_F(ReplayTokenTest, DivergesIfOnlyStepsBetweenDecisionsChanged) {
  // All in one task but for a choice at the end: no decision sees the additional step.
  auto body = [](int yields) {
    return [yields] {
      for (int i = 0; i < yields; ++i) Yield();
      Task task = Go([] { Yield(); });
      Yield();
      task.Join();
      Semaphore(0).acquire();
    };
  };
  const Options options{.name = "steps"};
  const std::string token = Token(Explore(body(1), options));
  EXPECT_EQ(Replayed(token, body(1), options).verdict, Verdict::kDeadlock);
  const Report report = Replayed(token, body(2), options);
  EXPECT_EQ(report.verdict, Verdict::kDiverged);
  ASSERT_EQ(report.details.size(), 2u);
  EXPECT_EQ(report.details[1],
            "every recorded decision fitted, but the steps between them are others (trace hash)");
}

// Mended without a change to the steps before; or a race that another build saw.
TEST_F(ReplayTokenTest, SaysSoIfNothingFailsAtTheEndOfTheRecording) {
  auto body = [](bool mended) {
    return [mended] {
      Task task = Go([] { Yield(); });
      Yield();
      if (!mended) throw std::string("wrong");
      task.Join();
    };
  };
  const Options options{.name = "mended"};
  const std::string token = Token(Explore(body(false), options));
  EXPECT_EQ(Replayed(token, body(false), options).verdict, Verdict::kException);
  const Report report = Replayed(token, body(true), options);
  EXPECT_EQ(report.verdict, Verdict::kDiverged);
  EXPECT_EQ(report.headline,
            "the replay reached the end of the recorded execution, and nothing failed there");
  EXPECT_FALSE(report.reproduced);
}

TEST_F(ReplayTokenTest, DisplayNamesAreNotPartOfASchedule) {
  const std::string token = Token(Explore(Abba, kAbba));
  auto renamed = [] {
    Mutex a("renamed"), b;
    Task left = Go("left", [&] {
      MutexLock first(a);
      MutexLock second(b);
    });
    Task right = Go("right", [&] {
      MutexLock first(b);
      MutexLock second(a);
    });
    left.Join();
    right.Join();
  };
  EXPECT_EQ(Replayed(token, renamed, kAbba).verdict, Verdict::kDeadlock);
}

// -- Schedules too long for a token ------------------------------------------------------------------

void Long() {
  Channel<int> jobs(1);
  Task tasks[3];
  for (Task& task : tasks) {
    task = Go([&] {
      for (int i = 0; i < 60; ++i) Yield();
    });
  }
  for (Task& task : tasks) task.Join();
  (void)jobs.Receive();
}

constexpr Options kLong{.name = "Pipeline/Long.Schedule/3"};

TEST_F(ReplayTokenTest, ALongScheduleGoesToAFile) {
  const Report found = Explore(Long, kLong);
  EXPECT_EQ(found.verdict, Verdict::kDeadlock);
  EXPECT_TRUE(found.reproduced);
  EXPECT_EQ(found.replay, "HEDDLE_SEED=0x5eed:0");
  EXPECT_EQ(found.schedule_file, dir() + "/Pipeline_Long.Schedule_3.schedule");
  ASSERT_TRUE(std::filesystem::exists(found.schedule_file));

  const Report again = Replayed("@" + found.schedule_file, Long, kLong);
  ExpectSameFailure(found, again);
  EXPECT_EQ(again.replay, "HEDDLE_REPLAY=@" + found.schedule_file);
}

TEST_F(ReplayTokenTest, APathWithASpaceIsQuoted) {
  ScopedVariable out_dir("HEDDLE_OUT_DIR", dir() + "/my out");
  const Report found = Explore(Long, kLong);
  const Report again = Replayed("@" + found.schedule_file, Long, kLong);
  EXPECT_EQ(again.replay,
            "HEDDLE_REPLAY='@" + dir() + "/my out/Pipeline_Long.Schedule_3.schedule'");
}

TEST_F(ReplayTokenTest, AScheduleFileOfAnotherScenarioIsRefused) {
  const Report found = Explore(Long, kLong);
  const Report report = Replayed("@" + found.schedule_file, Abba, kAbba);
  EXPECT_EQ(report.verdict, Verdict::kVacuous);
  EXPECT_THAT(report.headline, AllOf(StartsWith("HEDDLE_REPLAY=\"@" + found.schedule_file + "\": "),
                                     HasSubstr("belongs to another scenario than Locks.Abba")));
}

TEST_F(ReplayTokenTest, WithoutAPlaceToWriteTheSeedIsLeft) {
  std::ofstream(dir()) << "a file, not a directory";
  ScopedVariable below("HEDDLE_OUT_DIR", dir() + "/below");
  const Report found = Explore(Long, kLong);
  EXPECT_EQ(found.verdict, Verdict::kDeadlock);
  EXPECT_EQ(found.schedule_file, "");
  EXPECT_EQ(found.replay, "HEDDLE_SEED=0x5eed:0");
}

}  // namespace
}  // namespace heddle
