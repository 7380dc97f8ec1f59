// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/internal/saturation.h"

#include <algorithm>
#include <cmath>

namespace heddle {

void Saturation::Add(const Sample& sample) {
  const uint32_t times = ++times_[order_.Of(sample.steps)];
  if (times == 1) ++once_;
  if (times == 2) --once_;
  if (is_new_.size() < kLatest) {
    is_new_.push_back(times == 1);
  } else {
    is_new_[executions_ % kLatest] = times == 1;
  }
  ++executions_;
  if (!sample.by_pct) return;
  ++by_pct_;
  most_tasks_ = std::max(most_tasks_, sample.tasks);
  most_decisions_ = std::max(most_decisions_, sample.decisions);
}

uint64_t Saturation::new_lately() const {
  return static_cast<uint64_t>(std::ranges::count(is_new_, true));
}

double Saturation::unseen() const {
  return executions_ == 0 ? 1 : static_cast<double>(once_) / static_cast<double>(executions_);
}

double Saturation::guaranteed() const {
  if (by_pct_ == 0) return 0;
  // Where there was no decision, each execution shows what there is.
  const double n = std::max(most_tasks_, 1u);
  const double k = std::max(most_decisions_, 1u);
  return 1 - std::pow(1 - 1 / (n * k), static_cast<double>(by_pct_));
}

}  // namespace heddle
