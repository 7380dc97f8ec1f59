// SPDX-License-Identifier: Apache-2.0
//
// Several processes share an exploration, and what it reports does not depend on their number.
#include "heddle/explore/workers.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/explore/explore.h"
#include "heddle/heddle.h"
#include "support/environment.h"
#include "support/scenario.h"

namespace heddle {
namespace {

using namespace testing_support;
using internal::ExploreByWorkers;
using internal::Share;
using internal::ShareSize;
using internal::Work;

class WorkersTest : public ::testing::Test {
 private:
  CleanEnvironment clean_;
};

// -- Explorations
// ---------------------------------------------------------------------------

// All that does not depend on the clock.
std::string Result(const Report& report) {
  std::string text = testing::PrintToString(report);
  for (const uint64_t number : {report.schedules_run, report.schedules_planned, report.total_steps,
                                report.cut, report.trace_hash}) {
    text += " " + std::to_string(number);
  }
  return text + " " + report.replay + " " + report.seed + " " + report.headline;
}

void ExpectSameForAllJobs(const std::function<void()>& body, Options options) {
  Report alone = Explore(body, options);
  alone.seconds = 0;
  for (const uint32_t jobs : {2, 3, 7}) {
    options.jobs = jobs;
    Report shared = Explore(body, options);
    shared.seconds = 0;
    EXPECT_EQ(Result(shared), Result(alone)) << jobs << " jobs";
  }
}

TEST_F(WorkersTest, TheFirstFailureIsThatOfOneProcess) {
  uint32_t after_lessons = 0;
  for (const StrategyKind strategy : {StrategyKind::kPortfolio, StrategyKind::kPos}) {
    for (uint64_t base = 1; base <= 4; ++base) {
      const Options options{.name = "rare", .schedules = 5'000, .strategy = strategy, .seed = base};
      after_lessons += Explore(VeryRare, options).schedules_run > kLessons ? 1 : 0;
      ExpectSameForAllJobs(VeryRare, options);
    }
  }
  EXPECT_GT(after_lessons, 0u);
}

TEST_F(WorkersTest, WhatPassesIsCountedAsInOneProcess) {
  const auto body = [] {
    Mutex mu;
    Task task = Go([&] { MutexLock lock(mu); });
    { MutexLock lock(mu); }
    task.Join();
  };
  for (const uint32_t schedules : {1, 31, 32, 33, 100, 1'000}) {
    ExpectSameForAllJobs(body, {.name = "passes", .schedules = schedules});
  }
}

TEST_F(WorkersTest, CutExecutionsAreCounted) {
  const auto body = [] {
    Atomic<bool> go_on(true);
    Task task = Go([&] { go_on.store(false); });
    while (go_on.load()) {
    }
    task.Join();
  };
  const Options options{
      .name = "cut", .strategy = StrategyKind::kRandom, .max_steps = 8, .cut_ok = true};
  EXPECT_GT(Explore(body, options).cut, 0u);
  ExpectSameForAllJobs(body, options);
}

// Each share of executions alone would be all right.
TEST_F(WorkersTest, ThatAllSchedulesAreEqualIsSeen) {
  const auto body = [] { Go([] {}).Join(); };
  Report report = Explore(body, {.name = "equal", .jobs = 3});
  EXPECT_EQ(report.verdict, Verdict::kVacuous) << testing::PrintToString(report);
  ExpectSameForAllJobs(body, {.name = "equal"});
}

// One execution alone, a replay and a search are made by this process.
TEST_F(WorkersTest, WhatIsNotSharedRunsHere) {
  int runs = 0;
  const auto body = [&] {
    ++runs;
    Mutex mu;
    Task task = Go([&] { MutexLock lock(mu); });
    { MutexLock lock(mu); }
    task.Join();
  };
  const Report search =
      Explore(body, {.name = "search", .strategy = StrategyKind::kExhaustive, .jobs = 4});
  EXPECT_GE(static_cast<uint64_t>(runs), search.schedules_run);
  runs = 0;
  (void)Explore(body, {.name = "sample", .schedules = 1'000, .jobs = 4});
  if (!internal::kCanFork) {
    EXPECT_GE(runs, 1'000);
    return;
  }
  EXPECT_LT(runs, 100);  // the lessons, and rechecks
  EXPECT_GE(runs, 32);
}

// What only one process has seen does not pass.
TEST_F(WorkersTest, AFailureThatIsNotRepeatedIsAFailure) {
  const pid_t here = getpid();
  const auto body = [&] {
    Mutex mu;
    Task task = Go([&] { MutexLock lock(mu); });
    { MutexLock lock(mu); }
    task.Join();
    if (getpid() != here) throw std::string("not here");
  };
  const Report report = Explore(body, {.name = "elsewhere", .jobs = 2});
  if (!internal::kCanFork) {
    EXPECT_EQ(report.verdict, Verdict::kPassed);
    return;
  }
  EXPECT_EQ(report.verdict, Verdict::kException);
  EXPECT_EQ(report.seed, "0x5eed:32");
  EXPECT_THAT(report.headline, testing::HasSubstr("in one of the processes"));
  EXPECT_EQ(report.not_reproduced, "it passed when it was repeated");
}

// -- Workers alone
// ---------------------------------------------------------------------------

Share::End Pass(uint32_t, Share* share) {
  ++share->passed;
  ++share->steps;
  return Share::End::kAllPassed;
}

TEST_F(WorkersTest, EveryExecutionIsMadeOnceAndToldInOrder) {
  for (const uint32_t jobs : {1u, 2u, 5u, internal::kMostJobs}) {
    for (const uint32_t end : {8u, 7u + 161, 100'000u}) {
      const std::vector<Share> shares =
          ExploreByWorkers({.jobs = jobs, .begin = 7, .end = end, .start = [] {}, .execute = Pass});
      uint32_t next = 7;
      for (const Share& share : shares) {
        EXPECT_EQ(share.first, next);
        EXPECT_EQ(share.passed, std::min(ShareSize(jobs, end - 7), end - next));
        next += share.passed;
      }
      EXPECT_EQ(next, end);
    }
  }
}

TEST_F(WorkersTest, TheFirstFailureEndsAllWorkers) {
  const auto execute = [](uint32_t i, Share* share) {
    if (i == 100) return Share::End::kFailed;
    if (i > 5'000) {
      for (;;) pause();
    }
    return Pass(i, share);
  };
  const std::vector<Share> shares =
      ExploreByWorkers({.jobs = 3, .begin = 0, .end = 100'000, .start = [] {}, .execute = execute});
  ASSERT_EQ(shares.size(), 100 / ShareSize(3, 100'000) + 1);
  EXPECT_EQ(shares.back().end, Share::End::kFailed);
  EXPECT_EQ(shares.back().first + shares.back().passed, 100u);
}

TEST_F(WorkersTest, AWorkerThatDiesHasFailed) {
  const auto execute = [](uint32_t i, Share* share) {
    if (i == 99) _exit(7);
    if (i == 200) raise(SIGKILL);
    return Pass(i, share);
  };
  const std::vector<Share> shares =
      ExploreByWorkers({.jobs = 2, .begin = 0, .end = 1'000, .start = [] {}, .execute = execute});
  ASSERT_EQ(shares.size(), 99 / ShareSize(2, 1'000) + 1);
  EXPECT_EQ(shares.back().end, Share::End::kDied);
  EXPECT_EQ(shares.back().first + shares.back().passed, 99u);
  ASSERT_TRUE(WIFEXITED(shares.back().status));
  EXPECT_EQ(WEXITSTATUS(shares.back().status), 7);
}

// A signal from outside may come when no execution runs.
TEST_F(WorkersTest, ExecutionsThatNobodyMadeAreNotForgotten) {
  const Work work{.jobs = 2, .begin = 0, .end = 1'000, .start = [] { raise(SIGKILL); }};
  EXPECT_DEATH((void)ExploreByWorkers(work), "somebody ended the processes");
}

TEST_F(WorkersTest, WhoLeavesWithStatus0HasNotPassed) {
  EXPECT_EXIT(internal::EndLike(0), testing::ExitedWithCode(1), "");
  EXPECT_EXIT(internal::EndLike(7 << 8), testing::ExitedWithCode(7), "");
  EXPECT_EXIT(internal::EndLike(SIGTERM), testing::KilledBySignal(SIGTERM), "");
}

TEST_F(WorkersTest, TimeThatIsSpentIsTold) {
  const auto execute = [](uint32_t i, Share* share) {
    return i >= 40 ? Share::End::kOutOfTime : Pass(i, share);
  };
  const std::vector<Share> shares =
      ExploreByWorkers({.jobs = 2, .begin = 0, .end = 1'000, .start = [] {}, .execute = execute});
  uint32_t passed = 0;
  for (const Share& share : shares) passed += share.passed;
  EXPECT_EQ(passed, 40u);
  EXPECT_EQ(shares.back().end, Share::End::kOutOfTime);
}

}  // namespace
}  // namespace heddle
