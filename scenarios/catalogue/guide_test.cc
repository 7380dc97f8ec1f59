// SPDX-License-Identifier: Apache-2.0
//
// The guide (scenarios/README.md) quotes what reports say: they still say it, and its links lead somewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "catalogue/runner.h"
#include "catalogue/score.h"
#include "catalogue/subject.h"
#include "heddle/gtest/matchers.h"

namespace catalogue {
namespace {

using heddle::FindsVerdict;

const std::filesystem::path& Scenarios() {
  static const std::filesystem::path path = std::filesystem::path(HEDDLE_SOURCE_DIR) / "scenarios";
  return path;
}

// The text between each `open` and the `close` after it.
std::vector<std::string> Between(const std::string& text, const std::string& open,
                                 const std::string& close) {
  std::vector<std::string> found;
  for (size_t at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
    at += open.size();
    const size_t end = text.find(close, at);
    if (end == std::string::npos) break;
    found.push_back(text.substr(at, end - at));
    at = end + close.size();
  }
  return found;
}

struct Row {
  std::vector<std::string> subjects;
  std::vector<std::string> quotes;
};

// Of the table of symptoms.
std::vector<Row> Rows(const std::string& guide) {
  const size_t begin = guide.find("## From the symptom");
  const std::string table = guide.substr(begin, guide.find("\n## ", begin) - begin);
  std::vector<Row> rows;
  const std::vector<std::string> lines = absl::StrSplit(table, '\n');
  for (const std::string& line : lines) {
    const std::vector<std::string> cells = absl::StrSplit(line, " | ");
    if (cells.size() != 4 || cells[1].find('[') == std::string::npos) continue;
    rows.push_back({Between(cells[1], "[`", "`]("), Between(cells[2], "`", "`")});
  }
  return rows;
}

std::string Guide() {
  std::ifstream stream(Scenarios() / "README.md");
  return {std::istreambuf_iterator<char>(stream), {}};
}

void ExpectQuoted(const std::string& name, const std::vector<std::string>& quotes) {
  const std::vector<const SubjectInfo*> subjects = Subjects();
  const auto subject = std::find_if(subjects.begin(), subjects.end(),
                                    [&](const SubjectInfo* s) { return s->name == name; });
  ASSERT_NE(subject, subjects.end()) << "there is no subject " << name;
  const heddle::Report report =
      Explore(**subject, {.schedules = SchedulesFor(**subject, Effort()), .seed = 1});
  for (const std::string& quote : quotes) {
    EXPECT_THAT(report, FindsVerdict((*subject)->expected, quote)) << name;
  }
}

TEST(GuideTest, QuotesWhatReportsSay) {
  const std::vector<Row> rows = Rows(Guide());
  EXPECT_GE(rows.size(), 25u);
  for (const Row& row : rows) {
    EXPECT_FALSE(row.subjects.empty());
    EXPECT_FALSE(row.quotes.empty());
    for (const std::string& subject : row.subjects) ExpectQuoted(subject, row.quotes);
  }
}

TEST(GuideTest, LinksToFilesThatExist) {
  uint32_t links = 0;
  for (const std::string& target : Between(Guide(), "](", ")")) {
    const std::string file = target.substr(0, target.find('#'));
    if (file.empty()) continue;
    ++links;
    EXPECT_TRUE(std::filesystem::exists(Scenarios() / file)) << target;
  }
  EXPECT_GE(links, 60u);
}

}  // namespace
}  // namespace catalogue
