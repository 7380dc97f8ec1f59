// SPDX-License-Identifier: Apache-2.0
//
// The benchmarks with their bars. Status 0: all bars of what was measured hold; 1: one does not, or
// the measurement would be void. The options are Google Benchmark's.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/bare_switch.h"
#include "bench/bars.h"

int main(int argc, char** argv) {
  // Defaults, which options of the caller's replace. A machine that is busy for a second spoils one
  // repetition of several benchmarks, not all of one.
  char repetitions[] = "--benchmark_repetitions=5";
  char interleaved[] = "--benchmark_enable_random_interleaving=true";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, {repetitions, interleaved});
  int count = argc + 2;
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;
  heddle::bench::RequirePlausibleBareSwitch();
  heddle::bench::BarReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return reporter.Holds() ? 0 : 1;
}
