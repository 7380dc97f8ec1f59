// SPDX-License-Identifier: Apache-2.0
//
// Scenarios whose steps depend on something else than the schedule are caught, one for each usual cause,
// and the first step that differs is named; their twins, which do the same without that, are not.
#include "heddle/explore/recheck.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/random.h"
#include "heddle/explore/explore.h"
#include "heddle/heddle.h"
#include "heddle/report/text.h"
#include "heddle/strategy/make_strategy.h"
#include "support/environment.h"

namespace heddle {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing_support::CleanEnvironment;

class RecheckTest : public ::testing::Test {
 protected:
  static void ExpectCaught(const std::function<void()>& body) {
    const Report report = Explore(body, {.name = "recheck"});
    EXPECT_EQ(report.verdict, Verdict::kDiverged) << RenderText(report);
    ASSERT_EQ(report.details.size(), 2u) << RenderText(report);
    EXPECT_THAT(report.details[0], AllOf(StartsWith("step "), HasSubstr(", first run:  ")));
    EXPECT_THAT(report.details[1], AllOf(StartsWith("step "), HasSubstr(", second run: ")));
    EXPECT_NE(report.details[0].substr(report.details[0].find(':')),
              report.details[1].substr(report.details[1].find(':')));
    details = report.details;
    EXPECT_THAT(report.replay, StartsWith("HEDDLE_SEED=0x5eed:"));
  }
  static void ExpectSilent(const std::function<void()>& body) {
    const Report report = Explore(body, {.name = "recheck"});
    EXPECT_EQ(report.verdict, Verdict::kPassed) << RenderText(report);
    EXPECT_EQ(report.schedules_run, 1000u);
  }

  static inline std::vector<std::string> details;  // of the latest that was caught

 private:
  CleanEnvironment clean_;
};

struct Node {
  explicit Node(int n) : number(n) {}
  int number;
  Mutex mu;
};

using Nodes = std::vector<std::unique_ptr<Node>>;

Nodes MakeNodes(int count = 4) {
  Nodes nodes;
  for (int i = 0; i < count; ++i) nodes.push_back(std::make_unique<Node>(i));
  return nodes;
}

void Visit(Node* node) { MutexLock lock(node->mu); }

// Two tasks that visit the nodes in the order of `Set`.
template <class Set>
void VisitInOrder(const Set& set) {
  auto visit = [&set] {
    for (Node* node : set) Visit(node);
  };
  Task one = Go(visit), two = Go(visit);
  one.Join();
  two.Join();
}

struct ByNumber {
  bool operator()(const Node* a, const Node* b) const { return a->number < b->number; }
};

TEST_F(RecheckTest, TheOrderOfAddressesOnTheHeap) {
  ExpectCaught([] {
    const Nodes nodes = MakeNodes();
    std::set<Node*> set;
    for (const auto& node : nodes) set.insert(node.get());
    VisitInOrder(set);
  });
  EXPECT_THAT(details[0], ContainsRegex("first run:  T[12]: lock mutex #[1-4]$"));
  EXPECT_THAT(details[1],
              ContainsRegex("second run: T[12]: lock mutex #[1-4] at recheck_test.cc:"));
}

TEST_F(RecheckTest, TheOrderOfNumbersIsFine) {
  ExpectSilent([] {
    const Nodes nodes = MakeNodes();
    std::set<Node*, ByNumber> set;
    for (const auto& node : nodes) set.insert(node.get());
    VisitInOrder(set);
  });
}

// Which of two locals of different tasks lies lower.
TEST_F(RecheckTest, TheOrderOfStacks) {
  ExpectCaught([] {
    const char* places[2] = {};
    auto work = [&places](int i) {
      char local = 0;
      places[i] = &local;
      asm volatile("" : : "r"(&local) : "memory");
      Yield();
    };
    Task one = Go([&] { work(0); }), two = Go([&] { work(1); });
    one.Join();
    two.Join();
    if (reinterpret_cast<uintptr_t>(places[0]) < reinterpret_cast<uintptr_t>(places[1])) Yield();
  });
}

TEST_F(RecheckTest, AnAddressOnTheStack) {
  ExpectCaught([] {
    int local = 0;
    Task other = Go([] { Yield(); });
    if (Mix(reinterpret_cast<uintptr_t>(&local)) % 2 == 0) Yield();
    other.Join();
  });
}

// Most libraries' mixes. That of libstdc++ does not: nodes at equal distances share no bucket, and the
// table keeps the order of insertion, whatever the addresses.
struct HashOfAddress {
  size_t operator()(const Node* node) const { return Mix(reinterpret_cast<uintptr_t>(node)); }
};

TEST_F(RecheckTest, TheOrderOfAHashTable) {
  ExpectCaught([] {
    const Nodes nodes = MakeNodes(12);
    std::unordered_set<Node*, HashOfAddress> set;
    for (const auto& node : nodes) set.insert(node.get());
    VisitInOrder(set);
  });
}

TEST_F(RecheckTest, TheWallClock) {
  ExpectCaught([] {
    Task other = Go([] { Yield(); });
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto microseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
    if (microseconds / 8 % 2 == 0) Yield();
    other.Join();
  });
}

TEST_F(RecheckTest, VirtualTimeIsFine) {
  ExpectSilent([] {
    Task other = Go([] { Sleep(std::chrono::milliseconds(1)); });
    if (Now().time_since_epoch().count() % 2 == 0) Yield();
    other.Join();
  });
}

TEST_F(RecheckTest, AStaticCounter) {
  static int count = 0;
  ExpectCaught([] {
    ++count;
    Task other = Go([] { Yield(); });
    if (count % 2 == 0) Yield();
    other.Join();
  });
}

// The counter makes the second run longer, shorter, or no different in its steps.
TEST_F(RecheckTest, WhatTheCounterDoesIsNamed) {
  static int count = 0;
  const auto body = [](std::function<void()> more) {
    return [more] {
      Mutex mu("mu");
      Task other = Go("other", [&] { MutexLock lock(mu); });
      other.Join();
      if (++count % 2 == 0) more();
    };
  };
  count = 0;
  Report report = Explore(body([] { Yield(); }), {.name = "recheck"});
  EXPECT_EQ(report.verdict, Verdict::kDiverged);
  EXPECT_THAT(report.details[0], HasSubstr("first run:  it was over"));
  EXPECT_THAT(report.details[1], HasSubstr("second run: T0 main: yield at "));
  count = 1;
  report = Explore(body([] { Yield(); }), {.name = "recheck"});
  EXPECT_THAT(report.details[0], HasSubstr("first run:  T0 main: yield"));
  EXPECT_THAT(report.details[1], HasSubstr("second run: it is over"));
}

// Daemons go on for ever: there is a decision after the last step of the first run.
TEST_F(RecheckTest, AStepAfterTheLastIsNamedBesideADaemon) {
  static int runs = 0;
  runs = 0;
  ExpectCaught([] {
    Go({.name = "daemon", .daemon = true}, [] {
      for (;;) Yield();
    });
    Yield();
    if (++runs % 2 == 0) {
      for (int i = 0; i < 50; ++i) Yield();
    }
  });
}

TEST_F(RecheckTest, AFailureOfTheRepetitionIsNotLost) {
  static int runs = 0;
  runs = 0;
  const Report report = Explore(
      [] {
        Task other = Go("other", [] { Yield(); });
        if (++runs == 2) (void)Channel<int>().Receive(), throw std::string("unreachable");
        Yield();
        other.Join();
        if (runs == 3) Semaphore(0).acquire();
      },
      {.name = "recheck"});
  EXPECT_EQ(report.verdict, Verdict::kDiverged);
  const Report misuse = Explore(
      [] {
        Task other = Go("other", [] { Yield(); });
        Mutex mu("mu");
        Yield();
        if (++runs % 2 == 0) mu.unlock();
        Yield();
        other.Join();
      },
      {.name = "recheck"});
  EXPECT_EQ(misuse.verdict, Verdict::kMisuse);
  EXPECT_THAT(misuse.headline, HasSubstr("unlocked though it is free"));
  EXPECT_THAT(misuse.not_reproduced, HasSubstr("had just passed"));
}

TEST_F(RecheckTest, TheSameStepsToAnotherEndFail) {
  static int runs = 0;
  runs = 0;
  const Report report = Explore(
      [] {
        Task other = Go([] { Yield(); });
        other.Join();
        if (++runs == 2) throw std::string("only the second time");
      },
      {.name = "recheck"});
  EXPECT_EQ(report.verdict, Verdict::kException);
  EXPECT_THAT(report.not_reproduced, HasSubstr("the same schedule had just passed"));
  EXPECT_EQ(report.schedules_run, 1u);
}

TEST_F(RecheckTest, OneOfTwentyExecutionsRunsTwice) {
  static int runs = 0;
  runs = 0;
  const Report report = Explore(
      [] {
        ++runs;
        Task other = Go([] { Yield(); });
        Yield();
        other.Join();
      },
      {.name = "recheck", .schedules = 120});
  EXPECT_EQ(report.verdict, Verdict::kPassed);
  EXPECT_EQ(report.schedules_run, 120u);
  EXPECT_EQ(runs, 120 + 6);
}

// One of each twenty, and of the portfolio those of every sampler.
TEST(RecheckTurnsTest, EverySamplersExecutionsAreRepeated) {
  const std::unique_ptr<Strategy> portfolio = MakeStrategy(StrategyKind::kPortfolio);
  std::set<std::string> names;
  uint32_t due = 0;
  for (uint32_t i = 0; i < 1000; ++i) {
    if (!internal::Recheck::IsDue(i)) continue;
    ++due;
    names.insert(std::string(portfolio->ForExecution(i).name()));
  }
  EXPECT_TRUE(internal::Recheck::IsDue(0));
  EXPECT_EQ(due, 50u);
  EXPECT_EQ(names.size(), 6u);
}

}  // namespace
}  // namespace heddle
