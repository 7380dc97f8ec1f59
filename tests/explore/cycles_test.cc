// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/cycles.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heddle::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// A livelock of tasks "T0", "T1", ..., which go on.
Report LivelockOf(uint32_t tasks) {
  Report report;
  for (uint32_t task = 0; task < tasks; ++task) {
    report.columns.push_back("T" + std::to_string(task));
    report.why.push_back(report.columns.back() + " goes on at a.cc:1: something");
  }
  return report;
}

void Add(Report* report, uint32_t column, const std::string& text, uint32_t line = 7) {
  report->steps.push_back({.step = report->steps.size() + 1,
                           .column = column,
                           .text = text,
                           .line = line,
                           .at = "a.cc:" + std::to_string(line)});
}

TEST(CyclesTest, AreShownOnce) {
  Report report = LivelockOf(2);
  Add(&report, 0, "lock mu");
  for (int turn = 0; turn < 20; ++turn) {
    Add(&report, 0, turn % 2 == 0 ? "try_lock mu -> true" : "try_lock mu -> false");
    Add(&report, 1, "yield", 9);
    Add(&report, 0, "unlock mu", 8);
    Add(&report, 1, "yield", 9);
  }
  ShowCyclesOnce(&report);
  EXPECT_THAT(report.why, ElementsAre("T0 repeats: try_lock mu at a.cc:7, unlock mu at a.cc:8",
                                      "T1 repeats: yield at a.cc:9"));
  EXPECT_EQ(report.cycle_rows, 4u);
  EXPECT_THAT(report.steps, SizeIs(81));
}

TEST(CyclesTest, WhoIsBlockedHasNone) {
  Report report = LivelockOf(1);
  report.columns.push_back("T1");
  report.why.push_back("T1 is blocked at a.cc:3: lock mu");
  for (int turn = 0; turn < 3; ++turn) Add(&report, 0, "yield");
  ShowCyclesOnce(&report);
  EXPECT_THAT(report.why,
              ElementsAre("T0 repeats: yield at a.cc:7", "T1 is blocked at a.cc:3: lock mu"));
  EXPECT_EQ(report.cycle_rows, 1u);
}

void ExpectNone(Report report) {
  const std::vector<std::string> why = report.why;
  ShowCyclesOnce(&report);
  EXPECT_EQ(report.why, why);
  EXPECT_EQ(report.cycle_rows, 0u);
}

TEST(CyclesTest, AreNotMadeUp) {
  Report report = LivelockOf(1);
  ExpectNone(report);  // no steps were recorded
  Add(&report, 0, "yield");
  Add(&report, 0, "yield");
  ExpectNone(report);  // too few turns
  Add(&report, 0, "load n", 12);
  for (uint32_t i = 0; i < 40; ++i) Add(&report, 0, "store n", i);
  ExpectNone(report);  // always another place

  Report other = LivelockOf(2);
  for (int turn = 0; turn < 20; ++turn) Add(&other, 0, "yield");
  ExpectNone(other);  // T1 goes on, too, and has no step
}

TEST(CyclesTest, AreFoundUpToTheLongest) {
  for (const uint32_t length : {kLongestCycle, kLongestCycle + 1}) {
    Report report = LivelockOf(1);
    for (uint32_t i = 0; i < 100; ++i) Add(&report, 0, "yield", 1 + i % length);
    ShowCyclesOnce(&report);
    EXPECT_EQ(report.cycle_rows, length == kLongestCycle ? length : 0u);
  }
}

}  // namespace
}  // namespace heddle::internal
