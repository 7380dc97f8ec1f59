// SPDX-License-Identifier: Apache-2.0
//
// What holds for every report, tried on random ones: names with spaces, control characters and
// UTF-8, far too long, empty; columns that do not exist; numbers at their limits.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "heddle/core/random.h"
#include "heddle/core/report.h"
#include "heddle/core/sanitize.h"
#include "heddle/report/text.h"
#include "support/golden.h"

namespace heddle::testing_support {
namespace {

std::string RandomText(Random* random, uint32_t longest) {
  // clang-format off
  static const std::vector<std::string> kParts = {
      "a", "b", "mu", " ", "  ", "send", "\"", "T1", "orders.cc:12", "\xc3\xa9", "\xe2\x86\x92",
      "\n", "\t", "\r", "\x1b[31m", "\x80", "std::vector<int>", "(held", "step", "-", "'"};
  // clang-format on
  std::string text;
  const uint32_t length = random->Below(4) == 0 ? 0 : random->Below(longest);
  while (text.size() < length) {
    text += kParts[random->Below(static_cast<uint32_t>(kParts.size()))];
  }
  return text;
}

uint64_t RandomNumber(Random* random) {
  const uint64_t wide = static_cast<uint64_t>(random->Next()) << 32 | random->Next();
  return random->Below(8) == 0 ? wide : wide % 1000;
}

void FillParts(Random* random, uint32_t longest, Report* report) {
  static const std::vector<std::string> kStates = {"blocked", "runnable", "not started", "running"};
  const auto text = [&] { return RandomText(random, longest); };
  for (uint32_t i = random->Below(6); i > 0; --i) {
    report->tasks.push_back(
        {text(), kStates[random->Below(4)], text(), text(), text(), text(), random->Below(2) == 0});
  }
  for (uint32_t i = random->Below(3); i > 0; --i) {
    report->accesses.push_back({text(), text(), text(), {}});
    std::vector<std::string>& stack = report->accesses.back().stack;
    for (uint32_t k = random->Below(30); k > 0; --k) stack.push_back(text());
  }
  for (uint32_t i = random->Below(4); i > 0; --i) report->details.push_back(text());
  for (uint32_t i = random->Below(4); i > 0; --i) report->why.push_back(text());
  for (uint32_t i = random->Below(8); i > 0; --i) report->columns.push_back(text());
  for (uint32_t i = random->Below(90); i > 0; --i) {
    const auto count = static_cast<uint32_t>(report->columns.size());
    const uint32_t column = random->Below(50) == 0 ? count : random->Below(count + (count == 0));
    report->steps.push_back({RandomNumber(random), column, text(),
                             static_cast<uint32_t>(RandomNumber(random)), text(),
                             random->Below(2) == 0, random->Below(2) == 0, random->Below(9) == 0});
  }
}

Report RandomReport(uint64_t seed) {
  Random random(seed);
  const uint32_t longest = 2 + random.Below(random.Below(2) == 0 ? 20 : 300);
  const auto text = [&] { return RandomText(&random, longest); };
  Report report;
  report.verdict = static_cast<Verdict>(random.Below(static_cast<uint32_t>(Verdict::kSkipped) + 1));
  report.headline = text();
  report.at = text();
  report.remedy = text();
  FillParts(&random, longest, &report);
  report.step_count = RandomNumber(&random);
  report.preemptions = RandomNumber(&random);
  report.replay = text();
  report.command = text();
  report.schedule_file = text();
  report.seed = text();
  report.strategy = random.Below(3) == 0 ? "replay" : text();
  report.trace_hash = RandomNumber(&random);
  report.reproduced = random.Below(2) == 0;
  report.not_reproduced = text();
  report.schedules_planned = RandomNumber(&random);
  report.schedules_run = RandomNumber(&random);
  report.cut = RandomNumber(&random);
  report.total_steps = RandomNumber(&random);
  report.seconds = static_cast<double>(random.Next()) / 1e6;
  return report;
}

// Columns, counted here on its own: bytes that are no UTF-8 continuation.
size_t ColumnsOf(const std::string& line) {
  size_t columns = 0;
  for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return columns;
}

bool HasControlCharacter(const std::string& line) {
  for (const char c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

TEST(TextPropertyTest, LinesFitAndAreClean) {
  for (uint64_t seed = 0; seed < (HEDDLE_TSAN ? 200 : 2000); ++seed) {
    const std::string text = RenderText(RandomReport(seed));
    ASSERT_TRUE(text.ends_with('\n')) << seed;
    bool command = false;  // the lines of the reproduce block
    for (const std::string& line : LinesOf(text)) {
      ASSERT_FALSE(HasControlCharacter(line)) << "seed " << seed << ": " << line;
      ASSERT_FALSE(line.ends_with(' ') && !command) << "seed " << seed << ": " << line;
      if (line.starts_with("  reproduce (same binary")) command = true;
      if (line.empty()) command = false;
      if (!command) {
        ASSERT_LE(ColumnsOf(line), 100u) << "seed " << seed << ": " << line;
      }
    }
  }
}

TEST(TextPropertyTest, RenderingIsAFunction) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_EQ(RenderText(RandomReport(seed)), RenderText(RandomReport(seed)));
  }
}

}  // namespace
}  // namespace heddle::testing_support
