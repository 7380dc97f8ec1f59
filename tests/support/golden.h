// SPDX-License-Identifier: Apache-2.0
//
// Comparison of a text with a golden file under tests/golden/.
//
//   EXPECT_TRUE(MatchesGolden(RenderText(report), "report/deadlock.txt"));
//   EXPECT_TRUE(MatchesGolden(MaskTimes(output), "e2e/checkout.txt"));
//
// A mismatch shows the lines between the first and the last difference. With
// HEDDLE_UPDATE_GOLDEN=1 in the environment the file is rewritten and the assertion fails, so that
// no run that rewrites can pass. Needs the compile definition HEDDLE_SOURCE_DIR, the repository.
#ifndef HEDDLE_TESTS_SUPPORT_GOLDEN_H_
#define HEDDLE_TESTS_SUPPORT_GOLDEN_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace heddle::testing_support {

inline std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// `text` with the times of provenance lines, the only ones of a report that have any, replaced:
// "  found by random, HEDDLE_SEED=0x5eed:216, after 217 schedules in <time>".
inline std::string MaskTimes(const std::string& text) {
  static const std::regex* const time =
      new std::regex(R"( in [0-9]+\.[0-9]+ s( \([0-9.]+[kM]?/s\))?$)");
  std::string out;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    if (line.starts_with("  found by ") || line.starts_with("  explored by ")) {
      line = std::regex_replace(line, *time, " in <time>");
    }
    out += line;
    if (end < text.size()) out += '\n';
    begin = end + 1;
  }
  return out;
}

// The differing middle of two texts as "-expected" and "+actual" lines, with a few lines around.
inline std::string DiffOf(const std::string& expected, const std::string& actual) {
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

// Whether `actual` is the contents of tests/golden/<path>.
inline ::testing::AssertionResult MatchesGolden(const std::string& actual,
                                                const std::string& path) {
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

#endif  // HEDDLE_TESTS_SUPPORT_GOLDEN_H_
