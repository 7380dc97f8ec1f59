// SPDX-License-Identifier: Apache-2.0
#include "support/golden.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "support/text.h"

namespace heddle::testing_support {

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string MaskTimes(const std::string& text) {
  return Replaced(text,
                  R"(^(  (?:found|explored) by .*) in [0-9]+\.[0-9]+ s(?: \([0-9.]+[kM]?/s\))?$)",
                  "$1 in <time>");
}

std::string DiffOf(const std::string& expected, const std::string& actual) {
  constexpr size_t kContext = 3;
  const std::vector<std::string> a = LinesOf(expected);
  const std::vector<std::string> b = LinesOf(actual);
  const size_t shorter = std::min(a.size(), b.size());
  size_t head = 0;
  while (head < shorter && a[head] == b[head]) ++head;
  size_t tail = 0;
  while (tail < shorter - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  std::ostringstream out;
  out << "first difference in line " << head + 1 << " (- golden, + actual)\n";
  for (size_t i = head - std::min(head, kContext); i < head; ++i) out << "  " << a[i] << "\n";
  for (size_t i = head; i < a.size() - tail; ++i) out << "- " << a[i] << "\n";
  for (size_t i = head; i < b.size() - tail; ++i) out << "+ " << b[i] << "\n";
  for (size_t i = a.size() - tail; i < std::min(a.size(), a.size() - tail + kContext); ++i) {
    out << "  " << a[i] << "\n";
  }
  if (head == a.size() && head == b.size()) out << "(only the newline at the end differs)\n";
  return out.str();
}

::testing::AssertionResult MatchesGolden(const std::string& actual, const std::string& path) {
  const std::filesystem::path file =
      std::filesystem::path(HEDDLE_SOURCE_DIR) / "tests" / "golden" / path;
  const char* update = std::getenv("HEDDLE_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << actual;
    return ::testing::AssertionFailure()
           << "rewrote " << file.string() << "; run again without HEDDLE_UPDATE_GOLDEN";
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return ::testing::AssertionFailure()
           << "cannot read " << file.string() << "; HEDDLE_UPDATE_GOLDEN=1 writes it. Actual:\n"
           << actual;
  }
  const std::string expected{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (expected == actual) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "differs from " << file.string() << ":\n"
         << DiffOf(expected, actual) << "HEDDLE_UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace heddle::testing_support
