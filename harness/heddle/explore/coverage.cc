// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/coverage.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "heddle/detect/internal/saturation.h"

namespace heddle::internal {

std::string Grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string Rounded(double number) {
  if (!(number < 1e15)) return "more than 10^15";
  double unit = 1;
  while (number / unit >= 1000) unit *= 10;
  return "about " + Grouped(static_cast<uint64_t>(std::round(number / unit) * unit));
}

namespace {

std::string Counted(uint64_t number, std::string_view what) {
  return Grouped(number) + " " + std::string(what) + (number == 1 ? "" : "s");
}

// "1.2 %", "63 %".
std::string Percent(double share, double (*round)(double)) {
  const double percent = share * 100;
  return percent < 10 && percent > 0 ? absl::StrFormat("%.1f %%", round(percent * 10) / 10)
                                     : absl::StrFormat("%.0f %%", round(percent));
}
std::string AtMost(double share) {
  return Percent(share, [](double percent) { return std::ceil(std::max(percent - 1e-9, 0.0)); });
}
std::string AtLeast(double share) {
  return Percent(share, [](double percent) { return std::floor(percent); });
}

// ", with at most 1 spurious wakeup and 2 failed try-locks"; empty without any.
std::string Budget(const Faults& faults) {
  const std::pair<uint32_t, std::string_view> kinds[] = {
      {faults.spurious_wakeups, "spurious wakeup"}, {faults.failed_try_locks, "failed try-lock"},
      {faults.failed_exchanges, "failed exchange"}, {faults.early_timeouts, "early timeout"},
      {faults.cancellations, "cancellation"},
  };
  std::string text;
  for (const auto& [most, what] : kinds) {
    if (most != 0) text += (text.empty() ? ", with at most " : " and ") + Counted(most, what);
  }
  return text;
}

}  // namespace

std::string DescribeSaturation(const Saturation& seen) {
  std::string text = absl::StrFormat(
      "%s, %s of them different up to equivalence, %d of the last %d new; about %s of further ones "
      "would be (estimate)",
      Counted(seen.executions(), "schedule"), Grouped(seen.different()), seen.new_lately(),
      seen.latest(), AtMost(seen.unseen()));
  if (seen.by_pct() == 0) return text;
  return text + absl::StrFormat(
                    "; %s by pct, with %s and at most %s: a bug that needs two steps in a certain "
                    "order would have shown with a probability of at least %s",
                    Grouped(seen.by_pct()), Counted(seen.most_tasks(), "task"),
                    Counted(seen.most_decisions(), "decision"), AtLeast(seen.guaranteed()));
}

std::string DescribeCoverage(const Coverage& coverage, uint64_t cut, uint32_t early_timers,
                             const Faults& faults) {
  std::string text;
  const std::string only_cut =
      cut == 0 ? "" : ", but " + Grouped(cut) + " of them only up to max_steps";
  if (!coverage.exhausted && !coverage.counted.empty()) {
    const auto bound = static_cast<uint64_t>(coverage.complete_up_to);
    text = Counted(coverage.executions, "execution") + " explored, complete up to " +
           (coverage.complete_up_to < 0 ? "no bound" : Counted(bound, coverage.counted)) +
           (coverage.is_full ? ", with too many left to remember more" : "") + only_cut;
  } else if (!coverage.exhausted) {
    text = Counted(coverage.executions, "execution") + " explored, " +
           Rounded(std::max(coverage.left, 1.0)) + " left (estimate)" + only_cut;
  } else if (cut > 0) {
    text = "all " + Counted(coverage.executions, "execution") + " explored" + only_cut;
  } else if (coverage.fair > 0) {
    text = "all " + Counted(coverage.executions, "execution") + " explored";
  } else {
    text = coverage.executions == 1
               ? "verified: the only execution"
               : "verified: all " + Grouped(coverage.executions) + " executions";
    if (!coverage.unreduced) text += ", up to equivalence";
    if (coverage.has_timers && early_timers == 0) {
      text += ", with timers that fire only when no task can run";
    } else if (coverage.has_timers) {
      text += ", with at most " + Counted(early_timers, "timer") + " that " +
              (early_timers == 1 ? "fires" : "fire") + " while a task can run";
    }
    if (coverage.has_rereads) text += ", with polling loops waiting for a change";
    text += Budget(faults);
  }
  if (coverage.fair > 0) {
    text += (cut > 0 ? " and " : ", but ") + Grouped(coverage.fair) +
            " of them only up to half of max_steps, where the fair part begins";
  }
  if (coverage.redundant > 0) {
    text += " (and " + Counted(coverage.redundant, "redundant one") + ")";
  }
  return text;
}

}  // namespace heddle::internal
