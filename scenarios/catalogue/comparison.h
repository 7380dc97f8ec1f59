// SPDX-License-Identifier: Apache-2.0
//
// How the default strategy does beside the samplers that it is made of, on the same subjects: it needs no tuning, so
// it must be worth as much as the best of them.
#ifndef SCENARIOS_CATALOGUE_COMPARISON_H_
#define SCENARIOS_CATALOGUE_COMPARISON_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/score.h"

namespace catalogue {

struct Comparison {
  std::string strategy = {};
  double mean = 0;  // of its medians (MeanOver)
  std::string best = {};
  double best_mean = 0;  // the least of another strategy
  // The most often that the best strategy's median goes into its own, among subjects on which that is kMany or more;
  // an endless one counts as the most that were made. 0: there is no such subject.
  double most_times = 0;
  std::string most_at = {};

  bool MeanHolds() const { return mean <= best_mean; }
  bool TimesHold() const;
  bool Holds() const { return MeanHolds() && TimesHold(); }
};

// None, unless `scores` has some of `strategy` and some of others.
std::optional<Comparison> Compare(const std::vector<Score>& scores, std::string_view strategy);

// Two lines, with the bars.
std::string ToString(const Comparison& comparison);

}  // namespace catalogue

#endif  // SCENARIOS_CATALOGUE_COMPARISON_H_
