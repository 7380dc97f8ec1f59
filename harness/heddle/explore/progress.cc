// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/progress.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heddle/explore/coverage.h"

namespace heddle::internal {
namespace {

// "47 s", "12 min", "5 h", "40 d".
std::string Duration(double seconds) {
  if (seconds < 100) return absl::StrCat(std::ceil(seconds), " s");
  if (seconds < 100 * 60) return absl::StrCat(std::ceil(seconds / 60), " min");
  if (seconds < 72 * 3600) return absl::StrCat(std::ceil(seconds / 3600), " h");
  const double days = std::ceil(seconds / 86'400);
  return days < 1000 ? absl::StrCat(days, " d") : "years";
}

}  // namespace

std::string DescribeProgress(const std::string& scenario, const Explored& explored) {
  const double rate = static_cast<double>(explored.executions) / std::max(explored.seconds, 1e-3);
  const std::string speed = Grouped(static_cast<uint64_t>(rate)) + "/s";
  const std::string count = Grouped(explored.executions);
  std::string text = scenario + ": ";
  if (explored.planned != 0) {
    const double left = static_cast<double>(explored.planned - explored.executions);
    return absl::StrCat(text, count, " of ", Grouped(explored.planned), " schedules, ", speed, ", ",
                        Duration(left / std::max(rate, 1e-3)), " left");
  }
  absl::StrAppend(&text, count, " executions, ", speed);
  if (explored.left <= 0) return text;
  return absl::StrCat(text, ", ", Rounded(explored.left), " left (",
                      Duration(explored.left / std::max(rate, 1e-3)), ")");
}

Progress::Progress(std::FILE* out, bool shown, std::string scenario)
    : out_(out), shown_(shown), scenario_(std::move(scenario)) {}

Progress::~Progress() { Wipe(); }

void Progress::Show(const Explored& explored) {
  next_ = explored.seconds + kEvery;
  is_there_ = true;
  std::fprintf(out_, "\r%s\033[K", DescribeProgress(scenario_, explored).c_str());
  std::fflush(out_);
}

void Progress::Wipe() {
  if (!is_there_) return;
  is_there_ = false;
  std::fputs("\r\033[K", out_);
  std::fflush(out_);
}

}  // namespace heddle::internal
