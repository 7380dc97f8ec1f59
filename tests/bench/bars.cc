// SPDX-License-Identifier: Apache-2.0
#include "bench/bars.h"

#include <cstdio>

#include "bench/sample.h"
#include "heddle/runtime/internal/sanitizer.h"

namespace heddle::bench {
namespace {

constexpr double kNone = -1;

struct Bar {
  const char* benchmark;
  const char* counter;
  const char* unit;
  double bar;
  double stretch = kNone;  // where we would like to be
};

constexpr char kSwitches[] = "x bare switch";

constexpr Bar kBars[] = {
    {"bare_switch", "ns_per_op", "ns", 10},
    {"bare_switch", "x_division", "x division", 3},
    {"W1/2", "x_bare_switch", kSwitches, 190, 160},
    {"W1/4", "x_bare_switch", kSwitches, 380, 320},
    {"W2", "x_bare_switch", kSwitches, 1000, 870},
    {"W5", "x_bare_switch", kSwitches, 72, 58},
    {"W6", "x_bare_switch", kSwitches, 1300, 1100},
    {"W1/2-floating-point", "x_apart", "x W1/2 and the work", 1.05},
    {"W1/2-behind-4-calls", "x_bare_switch", kSwitches, 290},
    {"blocked/10000", "x_beside_none", "x beside none", 4},
    {"blocked/10000", "x_beside_1000", "x beside 1,000", 1.2},
    {"contending/10000", "x_bare_switch", kSwitches, 60},
    {"runnable/10000", "x_bare_switch", kSwitches, 15},
    {"memory", "allocations", "calls of new", 0},
    {"memory", "heap_growth", "bytes of heap", 0},
    {"memory", "resident_growth", "bytes resident", 262'144},
    {"memory-explore", "allocations_per_run", "new per exploration", kNone},
    {"memory-explore", "heap_growth", "bytes of heap", 0},
    {"memory-explore", "resident_growth", "bytes resident", 262'144},
};

#if HEDDLE_TSAN || HEDDLE_ASAN
constexpr bool kBarsApply = false;
#else
constexpr bool kBarsApply = true;
#endif

std::string Figure(double value) {
  if (value == kNone) return "";
  char text[32];
  std::snprintf(text, sizeof text, value < 100 ? "%.2f" : "%.0f", value);
  return text;
}

}  // namespace

bool BarReporter::ReportContext(const Context&) {
  std::printf("%-20s %9s %9s %-20s %7s %8s\n", "figure", "ns/op", "measured", "in", "bar",
              "stretch");
  return true;
}

void BarReporter::ReportRuns(const std::vector<Run>& runs) {
  if (runs.front().run_type != Run::RT_Iteration) return;  // we take the median ourselves
  const std::string benchmark = runs.front().run_name.function_name;
  bool has_bar = false;
  for (const Bar& bar : kBars) {
    if (bar.benchmark != benchmark) continue;
    has_bar = true;
    Row(benchmark, runs, bar.counter, bar.unit, bar.bar, bar.stretch);
  }
  if (!has_bar) Row(benchmark, runs, "x_bare_switch", kSwitches, kNone, kNone);
  std::fflush(stdout);
}

void BarReporter::Row(const std::string& benchmark, const std::vector<Run>& runs,
                      const char* counter, const char* unit, double bar, double stretch) {
  std::vector<double> times;
  std::vector<double> values;
  for (const Run& run : runs) {
    times.push_back(run.counters.at("ns_per_op"));
    values.push_back(run.counters.at(counter));
  }
  const double value = Median(values);
  const char* mark = "";
  ++rows_;
  if (kBarsApply && bar != kNone) {
    ++bars_;
    mark = value > bar                            ? "MISSED"
           : stretch != kNone && value <= stretch ? "holds, stretch too"
                                                  : "holds";
    if (value > bar) missed_.push_back(benchmark + " (" + unit + ")");
  }
  std::printf("%-20s %9s %9s %-20s %7s %8s  %s\n", benchmark.c_str(), Figure(Median(times)).c_str(),
              Figure(value).c_str(), unit, Figure(bar).c_str(), Figure(stretch).c_str(), mark);
}

void BarReporter::Finalize() {
  if (rows_ == 0) {
    std::printf("nothing was measured\n");
  } else if (!missed_.empty()) {
    std::printf("%zu of %d bars missed:", missed_.size(), bars_);
    for (const std::string& figure : missed_) std::printf(" %s", figure.c_str());
    std::printf("\n");
  } else if (bars_ > 0) {
    std::printf("%d of %d bars hold\n", bars_, bars_);
  }
}

}  // namespace heddle::bench
