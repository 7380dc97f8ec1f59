// SPDX-License-Identifier: Apache-2.0
#include "catalogue/score.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>

#include "absl/strings/str_format.h"
#include "heddle/core/report.h"
#include "heddle/strategy/make_strategy.h"

namespace catalogue {
namespace {

using heddle::Report;
using heddle::Verdict;
// determinism: printed as the time that was taken
using Clock = std::chrono::steady_clock;

constexpr uint64_t kEndless = ~uint64_t{0};

std::optional<uint64_t> UnlessEndless(uint64_t schedules) {
  return schedules == kEndless ? std::nullopt : std::optional(schedules);
}

std::string OrDash(std::optional<uint64_t> schedules) {
  return schedules ? absl::StrFormat("%d", *schedules) : "-";
}

std::string OrNull(std::optional<uint64_t> schedules) {
  return schedules ? absl::StrFormat("%d", *schedules) : "null";
}

// Both ToString give std::string_view, which the distribution's absl::StrFormat takes by "%s".
std::string_view NameOf(Verdict verdict) { return heddle::ToString(verdict); }

}  // namespace

uint32_t SchedulesFor(const SubjectInfo& subject, const Effort& effort) {
  const uint32_t usual = subject.suite == Suite::kClassics ? 10'000 : 1000;
  const bool by_bar = subject.bar.schedules != 0 && !heddle::IsSystematic(effort.strategy);
  return effort.schedules.value_or(by_bar ? subject.bar.schedules : usual);
}

Score Measure(const SubjectInfo& subject, const Effort& effort) {
  const Clock::time_point start = Clock::now();
  heddle::Options options = subject.options;
  options.strategy = effort.strategy;
  options.deadline_ms = 0;
  Score score;
  score.expected = subject.expected;
  score.schedules = SchedulesFor(subject, effort);
  score.seeds = effort.seeds;
  if (effort.strategy == heddle::Options().strategy && score.schedules >= subject.bar.schedules) {
    score.seeds_needed = (score.seeds * subject.bar.percent + 99) / 100;
    score.most_median = subject.bar.median;
  }
  std::vector<uint64_t> needed;
  for (uint64_t seed = 1; seed <= effort.seeds; ++seed) {
    const Exploration buggy = {.memory = effort.memory, .schedules = score.schedules, .seed = seed};
    const Report report = Explore(subject, buggy, options);
    const bool found = report.verdict == subject.expected;
    score.seeds_found += found ? 1 : 0;
    needed.push_back(found ? report.schedules_run : kEndless);
    if (score.found == Verdict::kPassed || score.found == subject.expected) {
      if (report.verdict != Verdict::kPassed) score.found = report.verdict;
    }
  }
  std::sort(needed.begin(), needed.end());
  score.median = UnlessEndless(needed[needed.size() / 2]);
  score.worst = UnlessEndless(needed.back());
  const Exploration fixed = {
      .version = Version::kFixed, .memory = effort.memory, .schedules = effort.fixed_schedules};
  const Report report = Explore(subject, fixed, options);
  score.fixed_schedules = report.schedules_run;
  // One that an exhaustive search refuses, of more than 63 tasks, is no report.
  const bool refused = report.verdict == Verdict::kVacuous && heddle::IsSystematic(effort.strategy);
  score.fixed_failures = report.passed() || refused ? 0 : 1;
  score.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return score;
}

double MeanOver(const std::vector<Score>& scores) {
  if (scores.empty()) return 0;
  double sum = 0;
  for (const Score& score : scores) {
    sum += std::log(static_cast<double>(score.median.value_or(score.schedules)));
  }
  return std::exp(sum / static_cast<double>(scores.size()));
}

std::string TableHeading() {
  return absl::StrFormat("%-9s%-33s%-9s %-11s%-11s%7s%8s%8s%15s%8s\n", "suite", "subject",
                         "strategy", "expected", "found", "seeds", "median", "worst",
                         "fixed passed", "time");
}

std::string TableRow(const Score& score) {
  const std::string seeds = absl::StrFormat("%d/%d", score.seeds_found, score.seeds);
  const std::string fixed = score.fixed_failures == 0
                                ? absl::StrFormat("%d", score.fixed_schedules)
                                : absl::StrFormat("FAILED at %d", score.fixed_schedules);
  std::string remark = !score.Holds() ? "  MISSED" : "";
  if (score.most_median != 0) remark += absl::StrFormat("  bar: median %d", score.most_median);
  if (score.seeds_needed > 0 && score.seeds_needed < score.seeds) {
    remark +=
        absl::StrFormat("  bar: %d/%d in %d", score.seeds_needed, score.seeds, score.schedules);
  }
  if (remark.empty() && score.seeds_found < score.seeds) remark = "  may miss";
  return absl::StrFormat("%-9s%-33s%-9s %-11s%-11s%7s%8s%8s%15s%6.2f s%s\n", ToString(score.suite),
                         score.name, score.strategy, NameOf(score.expected), NameOf(score.found),
                         seeds, OrDash(score.median), OrDash(score.worst), fixed, score.seconds,
                         remark);
}

std::string TableSummary(const std::vector<Score>& scores) {
  uint64_t found = 0;
  uint64_t fixed = 0;
  uint64_t false_reports = 0;
  double seconds = 0;
  for (const Score& score : scores) {
    found += score.seeds_found == score.seeds ? 1 : 0;
    fixed += score.fixed_schedules;
    false_reports += score.fixed_failures;
    seconds += score.seconds;
  }
  return absl::StrFormat(
      "%d of %d found with the expected verdict from every seed, mean of medians %.2f schedules; "
      "%d false reports in %d schedules of fixed twins; %.0f s\n",
      found, scores.size(), MeanOver(scores), false_reports, fixed, seconds);
}

std::string ToJson(const std::vector<Score>& scores) {
  std::string text = "[";
  for (const Score& score : scores) {
    // Names, verdicts and strategies are identifiers: nothing in them needs to be escaped.
    text += absl::StrFormat(
        "%s\n  {\"name\": \"%s\", \"suite\": \"%s\", \"strategy\": \"%s\", \"expected\": \"%s\", "
        "\"found\": \"%s\", \"seeds\": %d, \"seeds_found\": %d, \"median\": %s, \"worst\": %s, "
        "\"fixed_schedules\": %d, \"fixed_failures\": %d, \"seconds\": %.3f}",
        text.size() == 1 ? "" : ",", score.name, ToString(score.suite), score.strategy,
        NameOf(score.expected), NameOf(score.found), score.seeds, score.seeds_found,
        OrNull(score.median), OrNull(score.worst), score.fixed_schedules, score.fixed_failures,
        score.seconds);
  }
  return text + "\n]\n";
}

}  // namespace catalogue
