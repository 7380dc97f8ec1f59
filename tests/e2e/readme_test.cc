// SPDX-License-Identifier: Apache-2.0
//
// The README's first test prints what the README says it prints, and its table has every knob.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "heddle/explore/knobs.h"
#include "support/golden.h"
#include "support/run.h"

namespace heddle {
namespace {

using testing_support::DiffOf;
using testing_support::MaskTimes;

std::string ReadReadme() {
  std::ifstream file(std::string(HEDDLE_SOURCE_DIR) + "/README.md");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// From the verdict to the end of the report.
std::string ReportIn(const std::string& text, const std::string& end) {
  const size_t start = text.find("DEADLOCK  ");
  return start == std::string::npos ? text : text.substr(start, text.find(end, start) - start);
}

TEST(Readme, ShowsWhatItsFirstTestPrints) {
  const std::filesystem::path binary = HEDDLE_ACCOUNT_TEST;
  const std::string printed =
      testing_support::Run("cd '" + binary.parent_path().string() + "' && ./account_test").output;
  const std::string expected = MaskTimes(ReportIn(ReadReadme(), "\n```"));
  const std::string actual = MaskTimes(ReportIn(printed, "\n[  FAILED"));
  EXPECT_EQ(expected, actual) << DiffOf(expected, actual) << "\nprinted:\n" << printed;
}

TEST(Readme, ShowsEveryKnobAsTheTableHasIt) {
  std::string readme = ReadReadme();
  std::erase(readme, '`');
  for (const internal::Knob& knob : internal::Knobs()) {
    // That of a build without AddressSanitizer.
    const std::string default_value = knob.name == "stack_kib" ? "256" : knob.default_value;
    const std::string row = "\n| " + knob.Flag() + "= | " + knob.Variable() + " | " +
                            default_value + " | " + (knob.unit.empty() ? "-" : knob.unit) + " | " +
                            knob.meaning + " |\n";
    EXPECT_NE(readme.find(row), std::string::npos) << "the README lacks this row:" << row;
  }
}

}  // namespace
}  // namespace heddle
