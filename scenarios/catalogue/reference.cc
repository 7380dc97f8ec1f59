// SPDX-License-Identifier: Apache-2.0
#include "catalogue/reference.h"

#include <cstdint>
#include <limits>
#include <string_view>

#include "absl/strings/str_format.h"
#include "catalogue/runner.h"
#include "catalogue/subject.h"
#include "heddle/strategy/make_strategy.h"

namespace catalogue {
namespace {

using heddle::Report;
using heddle::StrategyKind;

constexpr double kFactor = 2;

}  // namespace

const std::vector<Reference>& References() {
  static const std::vector<Reference> all = {
      {"reorder_3", StrategyKind::kRandom, 41},
      {"reorder_3", StrategyKind::kPct, 32},
      {"reorder_3", StrategyKind::kPos, 16},
      {"reorder_3", StrategyKind::kUrw, 11},
      {"reorder_4", StrategyKind::kRandom, 113},
      {"reorder_4", StrategyKind::kPct, 54},
      {"reorder_4", StrategyKind::kPos, 23},
      {"reorder_4", StrategyKind::kUrw, 12},
      {"reorder_5", StrategyKind::kRandom, 354},
      {"reorder_5", StrategyKind::kPct, 137},
      {"reorder_5", StrategyKind::kPos, 49},
      {"reorder_5", StrategyKind::kUrw, 16},
      {"reorder_10", StrategyKind::kRandom, 20'000, /*at_least=*/true},
      {"reorder_10", StrategyKind::kPct, 1053},
      {"reorder_10", StrategyKind::kPos, 901},
      {"reorder_10", StrategyKind::kUrw, 44},
      {"reorder_20", StrategyKind::kRandom, 10'000, /*at_least=*/true},
      {"reorder_20", StrategyKind::kPct, 516},
      {"reorder_20", StrategyKind::kPos, 1503},
      {"reorder_20", StrategyKind::kUrw, 5.5},
      {"twostage_2", StrategyKind::kRandom, 25},
      {"twostage_2", StrategyKind::kPct, 9},
      {"twostage_2", StrategyKind::kPos, 13},
      {"twostage_2", StrategyKind::kUrw, 18},
  };
  return all;
}

double MeanOf(const Reference& reference) {
  const SubjectInfo& subject = *FindSubject(reference.subject);
  heddle::Options options = subject.options;
  options.strategy = reference.strategy;
  options.deadline_ms = 0;
  double schedules = 0;
  double found = 0;
  const uint64_t explorations = reference.at_least ? 20 : 200;
  for (uint64_t seed = 1; seed <= explorations; ++seed) {
    const Report report = Explore(subject, {.schedules = 20'000, .seed = seed}, options);
    schedules += static_cast<double>(report.schedules_run);
    found += report.passed() ? 0 : 1;
  }
  return found == 0 ? std::numeric_limits<double>::infinity() : schedules / found;
}

bool Holds(const Reference& reference, double mean) {
  return mean * kFactor >= reference.mean &&
         (reference.at_least || mean <= reference.mean * kFactor);
}

std::string ReferenceHeading() {
  return absl::StrFormat("%-12s%-8s%12s%12s%8s%12s\n", "subject", "sampler", "mean", "reference",
                         "ratio", "bar");
}

std::string ReferenceRow(const Reference& reference, double mean) {
  const std::string expected =
      absl::StrFormat("%s%.5g", reference.at_least ? "> " : "", reference.mean);
  const char* const missed = Holds(reference, mean) ? "" : "  MISSED";
  return absl::StrFormat("%-12s%-8s%12.1f%12s%8.2f%12s%s\n", reference.subject,
                         heddle::MakeStrategy(reference.strategy)->name(), mean, expected,
                         mean / reference.mean, reference.at_least ? "> 0.5" : "0.5 to 2", missed);
}

}  // namespace catalogue
