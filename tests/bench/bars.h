// SPDX-License-Identifier: Apache-2.0
//
// What the figures must not exceed, and the table that says whether they do.
#ifndef HEDDLE_TESTS_BENCH_BARS_H_
#define HEDDLE_TESTS_BENCH_BARS_H_

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace heddle::bench {

// Prints one row per figure as it arrives, the median of its repetitions, with its bar beside it.
// A benchmark that has no bar is told as a multiple of a bare switch. In a sanitizer's build the
// figures are printed without bars: these are for release builds.
class BarReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

  // Something was measured and no bar was missed.
  bool Holds() const { return rows_ > 0 && missed_.empty(); }

 private:
  void Row(const std::string& benchmark, const std::vector<Run>& runs, const char* counter,
           const char* unit, double bar, double stretch);

  int rows_ = 0;
  int bars_ = 0;
  std::vector<std::string> missed_;
};

}  // namespace heddle::bench

#endif  // HEDDLE_TESTS_BENCH_BARS_H_
