// SPDX-License-Identifier: Apache-2.0
//
// Keeps scenarios/README.md honest: its links lead somewhere, no scenario is left out, and what it quotes
// is what the reports say.
//
// A table with a column "the report says" makes claims: each row links a source, by the name of a subject
// that it registers, and each `...` in that column is a part of the report on that subject, from any
// seed. Within a quote, "..." stands for whatever differs between schedules.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "catalogue/runner.h"
#include "catalogue/subject.h"
#include "heddle/core/sanitize.h"
#include "heddle/report/text.h"
#include "support/golden.h"
#include "support/text.h"

namespace catalogue {
namespace {

namespace fs = std::filesystem;
using heddle::testing_support::FirstMatch;
using heddle::testing_support::LinesOf;
using heddle::testing_support::Matches;
using heddle::testing_support::Replaced;

constexpr uint64_t kSeedsQuoted = HEDDLE_ASAN || HEDDLE_TSAN ? 1 : 10;

fs::path Scenarios() { return fs::path(HEDDLE_SOURCE_DIR) / "scenarios"; }

std::string ContentsOf(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string Guide() { return ContentsOf(Scenarios() / "README.md"); }

// -- Claims ---------------------------------------------------------------------------------------

struct Claim {
  std::string row;
  std::string subject;
  std::string source;
  std::vector<std::string> quotes;
};

// The cells of a row of a table; none of another line.
std::vector<std::string> CellsOf(const std::string& line) {
  if (!line.starts_with("|")) return {};
  return Matches(line, R"(\|([^|]+))");
}

std::vector<Claim> ClaimsOf(const std::string& guide) {
  std::vector<Claim> claims;
  size_t column = 0;
  bool in_table = false;
  for (const std::string& line : LinesOf(guide)) {
    const std::vector<std::string> cells = CellsOf(line);
    if (!cells.empty() && !in_table) {
      column = std::find(cells.begin(), cells.end(), " the report says ") - cells.begin();
    }
    in_table = !cells.empty();
    if (column >= cells.size()) continue;
    const std::vector<std::string> quotes = Matches(cells[column], "`([^`]+)`");
    if (quotes.empty()) continue;
    claims.push_back({.row = line,
                      .subject = FirstMatch(line, R"(\[`(\w+)`\]\()"),
                      .source = FirstMatch(line, R"(\[`\w+`\]\(([^)]+)\))"),
                      .quotes = quotes});
  }
  return claims;
}

const SubjectInfo* Find(const std::string& name) {
  for (const SubjectInfo* subject : Subjects()) {
    if (name == subject->name) return subject;
  }
  return nullptr;
}

std::string OnOneLine(const std::string& text) { return Replaced(text, R"(\s+)", " "); }

// Whether the parts of `quote` that "..." divides stand in `text`, in this order.
bool Says(const std::string& text, const std::string& quote) {
  const std::string all = OnOneLine(text);
  size_t from = 0;
  for (const std::string& part : LinesOf(Replaced(OnOneLine(quote), R"( ?\.\.\. ?)", "\n"))) {
    const size_t found = all.find(part, from);
    if (found == std::string::npos) return false;
    from = found + part.size();
  }
  return true;
}

TEST(GuideTest, AQuoteIsFoundWhereverTheReportIsWrapped) {
  const std::string text = "why: T1 -> held by T2 (since step\n     7, a.cc:3), which has finished";
  EXPECT_TRUE(Says(text, "(since step 7, a.cc:3)"));
  EXPECT_TRUE(Says(text, "held by T2 ... which has finished"));
  EXPECT_FALSE(Says(text, "held by T3 ... which has finished"));
  EXPECT_FALSE(Says(text, "which has finished ... held by T2"));
  EXPECT_FALSE(Says(text, "which has finished its work"));
}

// -- The guide ------------------------------------------------------------------------------------

// Of a heading, as GitHub makes it.
std::string AnchorOf(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    if (std::isalnum(static_cast<unsigned char>(c))) anchor += static_cast<char>(std::tolower(c));
    if (c == ' ' || c == '-') anchor += '-';
  }
  return anchor;
}

bool LeadsSomewhere(const std::string& target) {
  const std::string path = FirstMatch(target, "^[^#]+");
  const fs::path file = Scenarios() / (path.empty() ? "README.md" : path);
  const std::string anchor = FirstMatch(target, "#(.*)$");
  if (anchor.empty()) return fs::exists(file);
  const std::vector<std::string> headings = Matches(ContentsOf(file), "^#+ (.*)$");
  return std::any_of(headings.begin(), headings.end(),
                     [&](const std::string& heading) { return AnchorOf(heading) == anchor; });
}

TEST(GuideTest, ItsLinksLeadSomewhere) {
  const std::vector<std::string> targets = Matches(Guide(), R"(\]\(([^) ]+)\))");
  EXPECT_GE(targets.size(), 100u);
  for (const std::string& target : targets) {
    EXPECT_TRUE(LeadsSomewhere(target)) << "scenarios/README.md links " << target;
  }
}

TEST(GuideTest, ItLeavesOutNoScenario) {
  const std::string guide = Guide();
  for (const char* directory : {"kernels", "classics", "patterns"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(Scenarios() / directory)) {
      const std::string path = directory + ("/" + entry.path().filename().string());
      EXPECT_NE(guide.find("](" + path + ")"), std::string::npos)
          << "scenarios/README.md has no link to " << path;
    }
  }
}

TEST(GuideTest, ItQuotesWhatTheReportsSay) {
  const std::vector<Claim> claims = ClaimsOf(Guide());
  EXPECT_GE(claims.size(), 50u);
  for (const Claim& claim : claims) {
    const SubjectInfo* subject = Find(claim.subject);
    ASSERT_NE(subject, nullptr) << "no subject is linked by its name in the row\n" << claim.row;
    EXPECT_NE(ContentsOf(Scenarios() / claim.source).find('"' + claim.subject + '"'),
              std::string::npos)
        << claim.subject << " is not in " << claim.source;
    for (uint64_t seed = 1; seed <= kSeedsQuoted; ++seed) {
      const std::string report = RenderText(Explore(*subject, {.seed = seed}));
      for (const std::string& quote : claim.quotes) {
        EXPECT_TRUE(Says(report, quote))
            << "scenarios/README.md quotes\n  " << quote << "\nof " << claim.subject
            << ", whose report from seed " << seed << " is\n"
            << report;
      }
    }
  }
}

}  // namespace
}  // namespace catalogue
