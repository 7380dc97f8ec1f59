// SPDX-License-Identifier: Apache-2.0
//
// A search that is interrupted and goes on comes to the same as one that is not.
#include "heddle/explore/checkpoint.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/explore/explore.h"
#include "heddle/heddle.h"
#include "support/environment.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class CheckpointTest : public ::testing::Test {
 protected:
  CheckpointTest() { std::filesystem::remove_all(directory_); }
  ~CheckpointTest() override { std::filesystem::remove_all(directory_); }

  std::string File() const { return directory_ + "/Suite_Turns.search"; }
  bool IsThere() const { return std::filesystem::exists(File()); }
  std::string Contents() const {
    std::ifstream file(File(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void Write(const std::string& contents) const {
    std::ofstream(File(), std::ios::binary) << contents;
  }

 private:
  const std::string directory_ =
      ::testing::TempDir() + "heddle_checkpoint_" +
      ::testing::UnitTest::GetInstance()->current_test_info()->name();  // tests run side by side
  CleanEnvironment clean_;
  ScopedVariable resume_{"HEDDLE_RESUME", directory_};
};

// Two tasks that take a mutex three times each, and the body a value.
void TurnsAndAValue() {
  Mutex mu("mu");
  const uint32_t value = Choose(2);
  Task tasks[2];
  for (Task& task : tasks) {
    task = Go([&] {
      for (int i = 0; i < 3; ++i) {
        mu.lock();
        mu.unlock();
      }
    });
  }
  for (Task& task : tasks) task.Join();
  if (value == 7) mu.unlock();
}

Report SearchSome(StrategyKind strategy, uint32_t schedules, void (*body)() = TurnsAndAValue) {
  return Explore(body, {.name = "Suite/Turns", .schedules = schedules, .strategy = strategy});
}

TEST_F(CheckpointTest, InPiecesIsTheSameAsAtOnce) {
  for (const StrategyKind strategy :
       {StrategyKind::kExhaustive, StrategyKind::kPreemptionBounded, StrategyKind::kDelayBounded}) {
    constexpr uint32_t kAll = 1'000'000;
    const Report at_once = SearchSome(strategy, kAll);
    ASSERT_THAT(at_once.coverage, HasSubstr("verified: all "));
    EXPECT_FALSE(IsThere());

    uint64_t run = 0;
    Report piece = SearchSome(strategy, 7);
    for (; run < at_once.schedules_run && piece.schedules_run == 7; run += 7) {
      EXPECT_EQ(piece.verdict, Verdict::kPassed);
      EXPECT_TRUE(IsThere());
      piece = SearchSome(strategy, 7);
    }
    EXPECT_EQ(run + piece.schedules_run, at_once.schedules_run);
    EXPECT_EQ(piece.coverage, at_once.coverage);
    EXPECT_EQ(piece.verdict, Verdict::kPassed);
    EXPECT_FALSE(IsThere());
  }
}

// Unlocks once too often if the other task has taken three of its turns between the first two of the body.
void UnlockTwiceIfTheOtherWasFirst() {
  Mutex mu("mu");
  Atomic<int> turns = 0;
  Task other = Go([&] {
    for (int i = 0; i < 4; ++i) {
      mu.lock();
      turns.fetch_add(1);
      mu.unlock();
    }
  });
  int before[2] = {};
  for (int& seen : before) {
    mu.lock();
    seen = turns.load();
    mu.unlock();
  }
  if (before[0] == 0 && before[1] == 3) mu.unlock();
  other.Join();
}

TEST_F(CheckpointTest, AFailureFoundLaterIsTheSameOne) {
  const Report at_once = SearchSome(StrategyKind::kExhaustive, 1000, UnlockTwiceIfTheOtherWasFirst);
  ASSERT_EQ(at_once.verdict, Verdict::kMisuse);
  ASSERT_GT(at_once.schedules_run, 2u);
  EXPECT_FALSE(IsThere());
  const auto before = static_cast<uint32_t>(at_once.schedules_run - 1);
  EXPECT_TRUE(
      SearchSome(StrategyKind::kExhaustive, before, UnlockTwiceIfTheOtherWasFirst).passed());
  EXPECT_TRUE(IsThere());
  const Report later = SearchSome(StrategyKind::kExhaustive, 1000, UnlockTwiceIfTheOtherWasFirst);
  EXPECT_EQ(later.schedules_run, 1u);
  EXPECT_EQ(later.verdict, Verdict::kMisuse);
  EXPECT_EQ(later.trace_hash, at_once.trace_hash);
  EXPECT_EQ(later.replay, at_once.replay);
  EXPECT_FALSE(IsThere());
}

// Executions that were cut are not forgotten: nothing is verified.
void PollUntilSet() {
  Atomic<int> turns = 0;
  Task setter = Go([&] { turns.fetch_add(100); });
  while (turns.fetch_add(1) < 100) Yield();
  setter.Join();
}

TEST_F(CheckpointTest, WhatWasCutBeforeIsNotVerifiedLater) {
  const auto search = [](uint32_t schedules) {
    return Explore(PollUntilSet, {.name = "Suite/Turns",
                                  .schedules = schedules,
                                  .strategy = StrategyKind::kExhaustive,
                                  .max_steps = 30,
                                  .cut_ok = true});
  };
  const Report at_once = search(1'000'000);
  ASSERT_THAT(at_once.coverage, EndsWith("only up to max_steps"));
  const auto all = static_cast<uint32_t>(at_once.schedules_run);
  search(all - 1);
  EXPECT_EQ(search(1'000'000).coverage, at_once.coverage);
}

TEST_F(CheckpointTest, OfOtherOptionsIsRefusedAndKept) {
  SearchSome(StrategyKind::kExhaustive, 3);
  const std::string before = Contents();
  const Report other = SearchSome(StrategyKind::kDelayBounded, 3);
  EXPECT_EQ(other.verdict, Verdict::kVacuous);
  EXPECT_EQ(other.headline, "nothing was explored: " + File() +
                                " was left by another binary, or under another strategy or other "
                                "options");
  EXPECT_EQ(other.remedy, "remove the file to begin anew, or unset HEDDLE_RESUME");
  EXPECT_EQ(other.schedules_run, 0u);
  EXPECT_EQ(Contents(), before);
}

TEST_F(CheckpointTest, WhatWasAlteredIsRefusedAndKept) {
  SearchSome(StrategyKind::kExhaustive, 3);
  const std::string whole = Contents();
  const auto headline = [&](const std::string& contents) {
    Write(contents);
    const Report report = SearchSome(StrategyKind::kExhaustive, 3);
    EXPECT_EQ(report.verdict, Verdict::kVacuous);
    EXPECT_EQ(Contents(), contents);
    return report.headline;
  };
  EXPECT_THAT(headline(whole.substr(0, whole.size() - 1)), EndsWith("was cut short or altered"));
  EXPECT_THAT(headline(whole.substr(0, 30)), EndsWith("was cut short"));
  EXPECT_THAT(headline(""), EndsWith("is no search that this version of Heddle has left"));
  std::string altered = whole;
  altered[altered.size() / 2] ^= 1;
  EXPECT_THAT(headline(altered), EndsWith("was cut short or altered"));
  Write(whole);
  EXPECT_TRUE(SearchSome(StrategyKind::kExhaustive, 3).passed());
}

TEST_F(CheckpointTest, WhereNothingCanBeWrittenTheTextSaysSo) {
  const ScopedVariable nowhere("HEDDLE_RESUME", "/proc/heddle");
  const Report report = SearchSome(StrategyKind::kExhaustive, 3);
  EXPECT_TRUE(report.passed());
  EXPECT_THAT(
      report.coverage,
      EndsWith("; /proc/heddle/Suite_Turns.search cannot be written, the next run begins anew"));
}

TEST_F(CheckpointTest, SamplersLeaveNothing) {
  SearchSome(StrategyKind::kRandom, 3);
  EXPECT_FALSE(IsThere());
}

}  // namespace
}  // namespace heddle
