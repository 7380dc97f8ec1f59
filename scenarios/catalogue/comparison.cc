// SPDX-License-Identifier: Apache-2.0
#include "catalogue/comparison.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "absl/strings/str_format.h"
#include "heddle/strategy/portfolio.h"

namespace catalogue {
namespace {

// Fewer schedules to a bug are few enough, whoever needs even fewer.
constexpr double kMany = 20;

double MedianOf(const Score& score) {
  return static_cast<double>(score.median.value_or(score.schedules));
}

}  // namespace

bool Comparison::TimesHold() const { return most_times <= heddle::kPortfolioSamplers; }

std::optional<Comparison> Compare(const std::vector<Score>& scores, std::string_view strategy) {
  std::map<std::string, std::vector<Score>> by_strategy;
  std::map<std::string, double> least;  // of another strategy, by subject
  for (const Score& score : scores) {
    by_strategy[score.strategy].push_back(score);
    if (score.strategy == strategy) continue;
    const auto [it, is_first] = least.try_emplace(score.name, MedianOf(score));
    if (!is_first) it->second = std::min(it->second, MedianOf(score));
  }
  Comparison comparison{.strategy = std::string(strategy)};
  const auto mine = by_strategy.find(comparison.strategy);
  if (mine == by_strategy.end() || by_strategy.size() < 2) return std::nullopt;
  comparison.mean = MeanOver(mine->second);
  for (const auto& [name, others] : by_strategy) {
    const double mean = MeanOver(others);
    if (name == strategy || (!comparison.best.empty() && mean >= comparison.best_mean)) continue;
    comparison.best = name;
    comparison.best_mean = mean;
  }
  for (const Score& score : mine->second) {
    const auto other = least.find(score.name);
    if (other == least.end() || other->second < kMany) continue;
    const double times = MedianOf(score) / other->second;
    if (times <= comparison.most_times) continue;
    comparison.most_times = times;
    comparison.most_at = score.name;
  }
  return comparison;
}

std::string ToString(const Comparison& c) {
  const char* const kMissed = "   MISSED";
  std::string text =
      absl::StrFormat("%s: mean of medians %.2f, the best other's %.2f (%s; bar: no more)%s\n",
                      c.strategy, c.mean, c.best_mean, c.best, c.MeanHolds() ? "" : kMissed);
  if (c.most_at.empty()) return text;
  absl::StrAppendFormat(
      &text,
      "%s: at most %.1f times the best other's median where that is %.0f or more (%s; bar: %d)%s\n",
      c.strategy, c.most_times, kMany, c.most_at, heddle::kPortfolioSamplers,
      c.TimesHold() ? "" : kMissed);
  return text;
}

}  // namespace catalogue
