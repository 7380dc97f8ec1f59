// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/cycles.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::internal {
namespace {

// "try_lock mu" of "try_lock mu -> true".
std::string_view WithoutResult(std::string_view text) { return text.substr(0, text.find(" -> ")); }

bool IsSameOperation(const StepReport& a, const StepReport& b) {
  return a.at == b.at && WithoutResult(a.text) == WithoutResult(b.text);
}

// The latest rows of a column, first the last one; as many as the longest cycle needs.
std::vector<size_t> LatestRows(const std::vector<StepReport>& steps, uint32_t column) {
  std::vector<size_t> rows;
  for (size_t i = steps.size(); i-- > 0 && rows.size() < kLongestCycle * kLeastTurns;) {
    if (steps[i].column == column) rows.push_back(i);
  }
  return rows;
}

// The length of the shortest cycle of which all these rows are turns; 0: there is none.
uint32_t CycleOf(const std::vector<StepReport>& steps, std::span<const size_t> rows) {
  for (uint32_t length = 1; length <= kLongestCycle; ++length) {
    if (rows.size() < size_t{length} * kLeastTurns) return 0;
    bool repeats = true;
    for (size_t i = length; i < rows.size() && repeats; ++i) {
      repeats = IsSameOperation(steps[rows[i]], steps[rows[i - length]]);
    }
    if (repeats) return length;
  }
  return 0;
}

// "T1 left repeats: try_lock mu at pool.cc:108, unlock mu at pool.cc:108"
std::string Tell(const Report& report, std::span<const size_t> cycle) {
  std::string text;
  for (size_t i = cycle.size(); i-- > 0;) {
    const StepReport& step = report.steps[cycle[i]];
    text += (text.empty() ? "" : ", ") + std::string(WithoutResult(step.text));
    if (!step.at.empty()) text += " at " + step.at;
  }
  return report.columns[report.steps[cycle.front()].column] + " repeats: " + text;
}

}  // namespace

void ShowCyclesOnce(Report* report) {
  size_t begin = report->steps.size();
  std::vector<std::string> why = report->why;
  for (uint32_t column = 0; column < report->columns.size(); ++column) {
    const std::string goes_on = report->columns[column] + " goes on at ";
    const auto line = std::ranges::find_if(
        why, [&](const std::string& reason) { return reason.starts_with(goes_on); });
    if (line == why.end()) continue;
    const std::vector<size_t> rows = LatestRows(report->steps, column);
    const uint32_t length = CycleOf(report->steps, rows);
    if (length == 0) return;
    const std::span<const size_t> cycle = std::span(rows).first(length);
    *line = Tell(*report, cycle);
    begin = std::min(begin, cycle.back());
  }
  if (begin == report->steps.size()) return;
  report->why = std::move(why);
  report->cycle_rows = report->steps.size() - begin;
}

}  // namespace heddle::internal
