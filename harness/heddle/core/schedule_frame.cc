// SPDX-License-Identifier: Apache-2.0
#include "heddle/core/internal/schedule_frame.h"

#include <algorithm>
#include <utility>

namespace heddle::internal {

std::string CutShort(const Form& form, uint64_t actual, uint64_t stated) {
  const std::string of = stated == 0
                             ? " after " + std::to_string(actual)
                             : ": " + std::to_string(actual) + " of " + std::to_string(stated);
  return "is cut short" + of + " " + std::string(form.unit) + "; copy the whole " +
         std::string(form.whole);
}

std::string Altered(const Form& form, std::string_view how) {
  return "is altered: " + std::string(how) + "; copy the " + std::string(form.whole) + " again";
}

std::string OtherVersion(std::string_view version) {
  return "is of version v" + std::string(version.substr(0, 20)) +
         ", this build reads v1; replay it with the version of Heddle that wrote it";
}

std::string JudgeFrame(const Form& form, uint64_t stated, uint64_t actual, bool checksum_holds) {
  if (!checksum_holds && actual < stated) return CutShort(form, actual, stated);
  if (stated != actual) {
    return Altered(form, "it has " + std::to_string(actual) + " " + std::string(form.unit) +
                             " and says " + std::to_string(stated));
  }
  return checksum_holds ? "" : Altered(form, "its checksum does not hold");
}

bool AddDeviation(uint64_t index, Decision decision, Replay* replay) {
  const uint64_t first = replay->deviations.empty() ? 0 : replay->deviations.back().index + 1ull;
  if (index < first || index >= replay->decisions) return false;
  replay->deviations.push_back({static_cast<uint32_t>(index), decision});
  return true;
}

std::string Quoted(std::string_view text) {
  constexpr size_t kHead = 32, kTail = 8;
  std::string quoted(text);
  if (quoted.size() > kHead + kTail + 3) {
    quoted = quoted.substr(0, kHead) + "..." + quoted.substr(quoted.size() - kTail);
  }
  for (char& c : quoted) {
    if (c < ' ' || c > '~') c = '?';
  }
  return '"' + quoted + '"';
}

std::string_view Trimmed(std::string_view text, std::string_view unwanted) {
  const size_t first = text.find_first_not_of(unwanted);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(unwanted) - first + 1);
}

std::string_view LeadingDecimals(std::string_view text) {
  return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
}

TokenResult Refuse(std::string sentence) { return {std::nullopt, std::move(sentence)}; }

std::string OneLine(std::string_view name) {
  std::string line(name);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  }
  return line;
}

}  // namespace heddle::internal
