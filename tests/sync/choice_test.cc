// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/choice.h"

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "heddle/runtime/execute.h"
#include "heddle/strategy/random_walk.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/task.h"
#include "support/execute.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr int64_t kMemoryLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kMemoryMost = std::numeric_limits<int64_t>::max();

TEST(ChoiceTest, EveryValueComes) {
  Observed seen = Observe([](Log& log) { log.Add(static_cast<char>('a' + Choose(4))); });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(Observe([](Log& log) { log.Add(Flip() ? 't' : 'f'); }).texts,
              UnorderedElementsAre("t", "f"));
  EXPECT_THAT(Observe([](Log& log) { log.Add(std::to_string(ChooseInt(-1, 1))); }).texts,
              UnorderedElementsAre("-1", "0", "1"));
  EXPECT_THAT(Observe([](Log& log) {
                log.Add(ChooseFrom({'x', 'y'}));
              }).texts,
              UnorderedElementsAre("x", "y"));
}

TEST(ChoiceTest, AnElementOfARangeIsChosenByReference) {
  Observed seen = Observe([](Log& log) {
    std::vector<std::string> keys = {"a", "b", "c"};
    std::string& key = Choose(keys);
    key = "x";
    for (const std::string& k : keys) log.Add(k);
    const std::array<int, 2> numbers = {1, 2};
    static_assert(std::is_same_v<decltype(Choose(numbers)), const int&>);
    EXPECT_LE(Choose(numbers), 2);
  });
  EXPECT_THAT(seen.texts, UnorderedElementsAre("xbc", "axc", "abx"));
}

TEST(ChoiceTest, TwoDrawsAreIndependent) {
  Observed seen = Observe([](Log& log) {
    log.Add(static_cast<char>('0' + Choose(3)));
    log.Add(static_cast<char>('0' + Choose(3)));
  });
  EXPECT_THAT(seen.texts, SizeIs(9));
}

uint32_t MemoryDecisionsOf(void (*body)()) {
  return ExecuteOnce(body, {}, 1, Recording::kOff).decisions;
}

TEST(ChoiceTest, OneAlternativeIsNoDecisionAndManyAreSeveral) {
  EXPECT_EQ(MemoryDecisionsOf([] { EXPECT_EQ(Choose(1), 0u); }), 0u);
  EXPECT_EQ(MemoryDecisionsOf([] { EXPECT_EQ(ChooseInt(7, 7), 7); }), 0u);
  EXPECT_EQ(MemoryDecisionsOf([] { (void)Choose(2); }), 1u);
  EXPECT_EQ(MemoryDecisionsOf([] { (void)Choose(65'536); }), 1u);
  EXPECT_EQ(MemoryDecisionsOf([] { EXPECT_LT(Choose(65'537), 65'537u); }), 3u);
  EXPECT_EQ(MemoryDecisionsOf([] { (void)Choose(0xffff'ffff); }), 3u);
  EXPECT_EQ(MemoryDecisionsOf([] { (void)ChooseInt(0, int64_t{1} << 40); }), 4u);
  EXPECT_EQ(MemoryDecisionsOf([] { (void)ChooseInt(kMemoryLeast, kMemoryMost); }), 4u);
}

// Takes the first alternative of each choice, or the last.
int64_t MemoryEnd(bool last, int64_t lo, int64_t hi) {
  Scripted strategy([](const Alternatives& a) { return a.Default(); }, last ? ~0u : 0);
  int64_t value = 0;
  ExecuteBy(strategy, [&] { value = ChooseInt(lo, hi); });
  return value;
}

TEST(ChoiceTest, TheFirstAlternativesAreTheSmallestValueAndTheLastTheLargest) {
  for (auto [lo, hi] : std::vector<std::pair<int64_t, int64_t>>{{0, 1},
                                                                {-5, 70'000},
                                                                {0, 0xffff'ffff},
                                                                {-1, int64_t{1} << 50},
                                                                {kMemoryLeast, kMemoryMost},
                                                                {kMemoryLeast, kMemoryMost - 1}}) {
    EXPECT_EQ(MemoryEnd(false, lo, hi), lo);
    EXPECT_EQ(MemoryEnd(true, lo, hi), hi);
  }
}

TEST(ChoiceTest, WideValuesAreSpreadEvenly) {
  // Sixteen classes over a span that is no power of two.
  std::array<int, 16> classes = {};
  const std::unique_ptr<Strategy> walk = MakeRandomWalk();
  constexpr int64_t kSpan = int64_t{3} << 40;
  for (uint64_t seed = 0; seed < 3200; ++seed) {
    ExecuteBy(
        *walk,
        [&] {
          const int64_t value = ChooseInt(-kSpan, kSpan - 1) + kSpan;
          ASSERT_GE(value, 0);
          ASSERT_LT(value, 2 * kSpan);
          ++classes[static_cast<size_t>(value / (kSpan / 8))];
        },
        {}, seed, Recording::kOff);
  }
  for (int count : classes) EXPECT_NEAR(count, 200, 70);
}

TEST(ChoiceTest, AChoiceIsNoStep) {
  EXPECT_EQ(Try([] { (void)Choose(3), (void)Flip(); }).total_steps, Try([] {}).total_steps);
}

TEST(ChoiceTest, AChoiceDoesNotChangeTheScheduleDrawn) {
  auto order_of = [](bool chooses, uint64_t seed) {
    Log log;
    ExecuteOnce(
        [&] {
          Task tasks[3];
          for (int i = 0; i < 3; ++i) {
            tasks[i] = Go([&, i] {
              for (int k = 0; k < 3; ++k) {
                if (chooses) (void)Choose(5);
                log.Add(static_cast<char>('0' + i));
                Yield();
              }
            });
          }
          for (Task& task : tasks) task.Join();
        },
        {}, seed, Recording::kOff);
    return log.Text();
  };
  std::set<std::string> orders;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    orders.insert(order_of(true, seed));
    EXPECT_EQ(order_of(true, seed), order_of(false, seed)) << seed;
  }
  EXPECT_GT(orders.size(), 40u);
}

TEST(ChoiceTest, TheTraceHashTellsTheValuesApart) {
  std::set<uint64_t> hashes;
  for (uint64_t seed = 0; seed < 64; ++seed) {
    hashes.insert(ExecuteOnce([] { (void)Choose(4); }, {}, seed, Recording::kOff).trace_hash);
  }
  EXPECT_THAT(hashes, SizeIs(4));
}

void MemoryFailOnSix() {
  Mutex mu;
  int sum = 0;
  auto roll = [&] {
    MutexLock lock(mu);
    sum += static_cast<int>(Choose(6));
  };
  Task one = Go(roll);
  Task two = Go(roll);
  one.Join();
  two.Join();
  if (sum == 10) throw std::runtime_error("ten");
}

TEST(ChoiceTest, AReplayDrawsTheSame) {
  Report report = Try(MemoryFailOnSix);
  EXPECT_THAT(report, Fails(Verdict::kException, "std::runtime_error"));
  EXPECT_TRUE(report.reproduced);
  // By decisions, complete or as deviations from the default.
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const Outcome first = ExecuteOnce(MemoryFailOnSix, {}, seed);
    ASSERT_NE(first.evidence, nullptr);
    const Outcome again = ExecuteAgain(MemoryFailOnSix, {}, first.evidence->decisions);
    EXPECT_EQ(again.trace_hash, first.trace_hash);
    EXPECT_EQ(again.verdict, first.verdict);
    const Outcome deviating = ExecuteAgain(
        MemoryFailOnSix, {},
        Replay{.decisions = first.decisions, .deviations = first.evidence->deviations});
    EXPECT_EQ(deviating.trace_hash, first.trace_hash);
  }
}

std::vector<std::string> MemoryRowsOf(const Report& report) {
  std::vector<std::string> rows;
  for (const StepReport& step : report.steps) {
    rows.push_back((step.step == 0 ? "- " : "") + step.text + (step.blocked ? " !" : ""));
  }
  return rows;
}

TEST(ChoiceTest, TheInterleavingShowsWhatWasDrawn) {
  std::string at;
  Report report = Try([&] {
    at = HEDDLE_HERE, (void)Choose(8);
    const bool flipped = Flip();
    const int64_t number = ChooseInt(-3, 3);
    Yield();
    if (flipped && number == 2) throw std::runtime_error("found");
  });
  EXPECT_THAT(MemoryRowsOf(report),
              ElementsAre("start", testing::MatchesRegex("- choose [0-7] of 8"), "- flip true",
                          "- choose 2 from -3 to 3", "yield"));
  EXPECT_EQ(report.steps.at(1).at, at);
}

TEST(ChoiceTest, ATaskBlockedAfterAChoiceIsShownBlocked) {
  Report report = Try([] {
    Mutex mu("mu");
    mu.lock();
    Task other = Go([&] {
      (void)Choose(2);
      mu.lock();
    });
    other.Join();
  });
  EXPECT_THAT(MemoryRowsOf(report), Contains("- lock mu !"));
}

TEST(ChoiceTest, VeryManyChoicesWithoutAStepFit) {
  EXPECT_EQ(ExecuteOnce(
                [] {
                  uint64_t sum = 0;
                  for (int i = 0; i < 200'000; ++i) sum += Choose(10);
                  EXPECT_GT(sum, 0u);
                },
                {}, 1, Recording::kOff)
                .decisions,
            200'000u);
}

// -- DataStream ---------------------------------------------------------------------------------------

TEST(ChoiceTest, ADataStreamIsOneDecision) {
  EXPECT_EQ(MemoryDecisionsOf([] {
              DataStream data;
              for (int i = 0; i < 100; ++i) {
                EXPECT_LT(data.Below(7), 7u);
                const int64_t value = data.Int(-3, 5);
                EXPECT_GE(value, -3);
                EXPECT_LE(value, 5);
                (void)data.Int(kMemoryLeast, kMemoryMost);
                (void)data.Next();
                (void)data.Flip();
              }
            }),
            1u);
  std::set<uint32_t> numbers;
  Try([&] { numbers.insert(DataStream().Next()); });
  EXPECT_GT(numbers.size(), 950u);
}

// -- Misuse -------------------------------------------------------------------------------------------

TEST(ChoiceTest, NothingToChooseFromIsMisuse) {
  std::string at;
  Report zero = Try([&] { at = HEDDLE_HERE, (void)Choose(0); });
  EXPECT_THAT(zero, FailsAt(Verdict::kMisuse, "a choice among no alternatives", at,
                            "give Choose at least one alternative"));
  Report range = Try([&] {
    std::vector<int> none;
    at = HEDDLE_HERE, (void)Choose(none);
  });
  EXPECT_THAT(range, FailsAt(Verdict::kMisuse, "a choice among no alternatives", at,
                             "give Choose at least one alternative"));
  Report empty = Try([&] { at = HEDDLE_HERE, (void)ChooseFrom(std::initializer_list<int>{}); });
  EXPECT_THAT(empty, FailsAt(Verdict::kMisuse, "a choice among no alternatives", at,
                             "give Choose at least one alternative"));
  Report reversed = Try([&] { at = HEDDLE_HERE, (void)ChooseInt(3, -2); });
  EXPECT_THAT(reversed, FailsAt(Verdict::kMisuse, "a choice from 3 to -2", at,
                                "give ChooseInt the smaller bound first"));
}

TEST(ChoiceDeathTest, OutsideItIsRefused) {
  EXPECT_DEATH((void)Choose(3), "choose outside a scenario");
  EXPECT_DEATH((void)Flip(), "choose outside a scenario");
  EXPECT_DEATH((void)ChooseInt(0, 3), "choose outside a scenario");
  EXPECT_DEATH(DataStream(), "choose outside a scenario");
}

TEST(ChoiceTest, WhileATaskIsUnwoundNothingIsDrawn) {
  struct Chooser {
    ~Chooser() { drawn += Choose(9) + (Flip() ? 9 : 0); }
    uint32_t& drawn;
  };
  uint32_t drawn = 0;
  EXPECT_THAT(Try(
                  [&] {
                    Go({.daemon = true}, [&drawn] {
                      Chooser chooser{drawn};
                      for (;;) Yield();
                    });
                    Yield();
                  },
                  {.schedules = 20}),
              Passes());
  EXPECT_EQ(drawn, 0u);
}

}  // namespace
}  // namespace heddle::testing_support
