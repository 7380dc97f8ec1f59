// SPDX-License-Identifier: Apache-2.0
#include "bench/bars.h"

#include <cstdio>
#include <utility>

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

// In the order of the table.
constexpr Bar kBars[] = {
    {"bare_switch", "ns_per_op", "ns", 10},
    {"bare_switch", "x_division", "x division", 3},
    {"W1/2", "x_bare_switch", kSwitches, 190, 160},
    {"W1/4", "x_bare_switch", kSwitches, 380, 320},
    {"W2", "x_bare_switch", kSwitches, 1000, 870},
    {"W5", "x_bare_switch", kSwitches, 72, 58},
    {"W6", "x_bare_switch", kSwitches, 1300, 1100},
    {"W1/2-default", "x_bare_switch", kSwitches, 237},
    {"W1/4-default", "x_bare_switch", kSwitches, 475},
    {"W2-default", "x_bare_switch", kSwitches, 1250},
    {"W5-default", "x_bare_switch", kSwitches, 90},
    {"W6-default", "x_bare_switch", kSwitches, 1625},
    {"choice/random", "x_bare_switch", kSwitches, 1},
    {"choice/pct", "x_bare_switch", kSwitches, 2},
    {"choice/pos", "x_bare_switch", kSwitches, 7},
    {"choice/urw", "x_bare_switch", kSwitches, kNone},
    {"choice/surw", "x_bare_switch", kSwitches, 4},
    {"W1/2-explore", "x_bare_switch", kSwitches, kNone},
    {"W1/2-floating-point", "x_apart", "x W1/2 and the work", 1.05},
    {"W1/2-behind-4-calls", "x_bare_switch", kSwitches, 290},
    {"W1/2-4-calls-default", "x_bare_switch", kSwitches, 362},
    {"blocked/10000", "x_beside_none", "x beside none", 4},
    {"blocked/10000", "x_beside_1000", "x beside 1,000", 1.2},
    {"bare_switch/10000", "x_bare_switch", kSwitches, kNone},
    {"contending/10000", "x_bare_switch", kSwitches, 60},
    {"runnable/10000", "x_bare_switch", kSwitches, 15},
    {"blocked/10000-default", "x_beside_none", "x beside none", 5},
    {"blocked/10000-default", "x_beside_1000", "x beside 1,000", 1.5},
    {"contending/10000-default", "x_bare_switch", kSwitches, 75},
    {"runnable/10000-default", "x_bare_switch", kSwitches, 18.8},
    {"contending/10000-for-ever", "x_bare_switch", kSwitches, kNone},
    {"runnable/10000-for-ever", "x_bare_switch", kSwitches, kNone},
    {"select/4", "x_receive", "x buffered receive", 2},
    {"select/4-all-ready", "x_receive", "x buffered receive", 2},
    {"select/4-handlers", "x_receive", "x buffered receive", 2},
    {"cancel/10000", "x_1000", "x 1,000", 12},
    {"fire/1000000", "x_among_1000", "x among 1,000", 4},
    {"jobs/2", "x_one", "x time of one process", 0.556},  // 1.8 times the schedules a second
    {"exhaustive/2x8", "x_bare_switch", kSwitches, 2000},
    {"exhaustive/memory", "bytes", "bytes at depth 400", kNone},
    {"exhaustive/memory", "x_half", "x half the depth", 2.2},
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

double MedianOf(const std::vector<benchmark::BenchmarkReporter::Run>& runs, const char* counter) {
  std::vector<double> values;
  for (const auto& run : runs) values.push_back(run.counters.at(counter));
  return Median(std::move(values));
}

const char* Mark(const Bar& bar, double value) {
  if (!kBarsApply || bar.bar == kNone) return "";
  if (value > bar.bar) return "MISSED";
  return value <= bar.stretch ? "holds, stretch too" : "holds";
}

}  // namespace

void BarReporter::ReportRuns(const std::vector<Run>& runs) {
  if (runs.front().run_type != Run::RT_Iteration) return;  // we take the median ourselves
  std::vector<Run>& all = runs_[runs.front().run_name.function_name];
  all.insert(all.end(), runs.begin(), runs.end());
}

void BarReporter::Finalize() {
  int rows = 0;
  int bars = 0;
  int missed = 0;
  std::printf("%-25s %9s %9s %-20s %7s %8s\n", "figure", "ns/op", "measured", "in", "bar",
              "stretch");
  for (const Bar& bar : kBars) {
    const auto found = runs_.find(bar.benchmark);
    if (found == runs_.end()) continue;
    const double value = MedianOf(found->second, bar.counter);
    ++rows;
    if (kBarsApply && bar.bar != kNone) {
      ++bars;
      missed += value > bar.bar;
    }
    std::printf("%-25s %9s %9s %-20s %7s %8s  %s\n", bar.benchmark,
                Figure(MedianOf(found->second, "ns_per_op")).c_str(), Figure(value).c_str(),
                bar.unit, Figure(bar.bar).c_str(), Figure(bar.stretch).c_str(), Mark(bar, value));
  }
  if (bars > 0) std::printf("%d of %d bars hold\n", bars - missed, bars);
  holds_ = rows > 0 && missed == 0;
}

}  // namespace heddle::bench
