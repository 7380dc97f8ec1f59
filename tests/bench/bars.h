// SPDX-License-Identifier: Apache-2.0
//
// What the figures must not exceed, and the table that says whether they do.
#ifndef HEDDLE_TESTS_BENCH_BARS_H_
#define HEDDLE_TESTS_BENCH_BARS_H_

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

namespace heddle::bench {

// Prints one row per figure when all are there, the median of its repetitions with its bar beside
// it. In a sanitizer's build there are no bars: these are for release builds.
class BarReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

  // Something was measured and no bar was missed.
  bool Holds() const { return holds_; }

 private:
  std::map<std::string, std::vector<Run>> runs_;  // by the name of the benchmark
  bool holds_ = false;
};

}  // namespace heddle::bench

#endif  // HEDDLE_TESTS_BENCH_BARS_H_
