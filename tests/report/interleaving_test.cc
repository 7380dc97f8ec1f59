// SPDX-License-Identifier: Apache-2.0
#include "heddle/report/interleaving.h"

#include <gtest/gtest.h>

#include <string>

#include "report/sample_reports.h"
#include "support/golden.h"

namespace heddle::internal {
namespace {

using testing_support::LinesOf;
using testing_support::Rows;

constexpr size_t kHeadLines = 2;  // the counts, the names of the columns

TEST(InterleavingTest, NothingRecorded) {
  Report report;
  EXPECT_EQ(RenderInterleaving(report, ""), "");
  report.step_count = 1;
  EXPECT_EQ(RenderInterleaving(report, ""),
            "  interleaving (1 step, 0 preemptions): no history was recorded\n");
}

TEST(InterleavingTest, PlacesInOtherFilesAreNamed) {
  Report report;
  report.columns = {"T0 main", "T1"};
  Rows(&report, "a.cc").Step(0, "spawn T1", 7);
  Rows(&report, "b.cc").Step(1, "yield", 8);
  EXPECT_EQ(RenderInterleaving(report, "at a.cc:7"),
            "  interleaving (2 steps, 0 preemptions; \">\" = switch, \"!\" = blocks here)\n"
            "  step   T0 main        T1\n"
            "     1   spawn T1  :7\n"
            "     2                > yield  b.cc:8\n");
}

TEST(InterleavingTest, TasksWithoutRowsHaveNoColumn) {
  Report report;
  report.columns = {"T0 main", "T1", "T2"};
  Rows(&report, "a.cc").Step(2, "yield", 8);
  EXPECT_NE(RenderInterleaving(report, "a.cc:8").find("\n  step   T2\n     1   yield  :8\n"),
            std::string::npos);
}

TEST(InterleavingTest, LastRowsOfALongOne) {
  Report report;
  report.columns = {"T0 main"};
  Rows rows(&report, "a.cc");
  for (size_t i = 0; i < kMaxRows; ++i) rows.Step(0, "yield", 8);
  EXPECT_EQ(LinesOf(RenderInterleaving(report, "a.cc:8")).size(), kHeadLines + kMaxRows);
  rows.Step(0, "last", 8);
  const std::string text = RenderInterleaving(report, "a.cc:8");
  EXPECT_NE(text.find("\n  the last 60 rows; 1 earlier one is left out\n"), std::string::npos);
  EXPECT_EQ(LinesOf(text).size(), kHeadLines + 1 + kMaxRows);
  EXPECT_NE(text.find("    61   last"), std::string::npos);
}

TEST(InterleavingTest, StepNumbersOfAnyLengthLineUp) {
  Report report;
  report.columns = {"T0 main"};
  report.step_count = 99998;
  Rows rows(&report, "a.cc");
  rows.Step(0, "yield", 8);
  rows.Blocked(0, "lock mu", 9);
  EXPECT_NE(RenderInterleaving(report, "a.cc:8")
                .find("\n   step   T0 main\n"
                      "  99999   yield      :8\n"
                      "          lock mu !  :9\n"),
            std::string::npos);
}

TEST(InterleavingTest, RowWithoutAColumnFallsBackToAList) {
  Report report;
  Rows(&report, "a.cc").Step(0, "yield", 8);
  EXPECT_EQ(RenderInterleaving(report, "a.cc:8"),
            "  interleaving (1 step, 0 preemptions; \">\" = switch, \"!\" = blocks here)\n"
            "  step    task  operation  at\n"
            "     1    ?     yield      :8\n");
}

}  // namespace
}  // namespace heddle::internal
