// SPDX-License-Identifier: Apache-2.0
//
// main() for test programs: GoogleTest's, with the knobs as flags (flags.h) and more exit codes
// (status.h). Nothing runs if a flag or a HEDDLE_ variable is wrong. Two traps less:
//   - A race which ThreadSanitizer saw outside all scenarios fails the program.
//   - A filter that selects no test, which to GoogleTest is a success, ends with status 2.
// NO_COLOR (https://no-color.org) goes before --gtest_color and GTEST_COLOR, those before
// CLICOLOR_FORCE, that before what the terminal can do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "heddle/core/check.h"
#include "heddle/explore/environment.h"
#include "heddle/gtest/flags.h"
#include "heddle/gtest/races.h"
#include "heddle/gtest/status.h"

namespace {

// True, with the sentence said, if there is one.
bool Refuse(const std::string& error) {
  if (error.empty()) return false;
  std::fprintf(stderr, "heddle: %s\n", error.c_str());
  return true;
}

// GoogleTest's spellings. It prints its own help itself.
bool AsksForHelp(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--help" || argument == "-h" || argument == "-?" || argument == "/?") {
      return true;
    }
  }
  return false;
}

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

void ChooseColor() {
  const std::string_view force = Variable("CLICOLOR_FORCE");
  if (!Variable("NO_COLOR").empty()) {
    GTEST_FLAG_SET(color, "no");
  } else if (GTEST_FLAG_GET(color) == "auto" && !force.empty() && force != "0") {
    GTEST_FLAG_SET(color, "yes");
  }
}

// A shard may well be empty, but the first only if all are.
bool NothingWasSelected() {
  const bool sharded = std::getenv("GTEST_TOTAL_SHARDS") != nullptr;
  if (sharded && Variable("GTEST_SHARD_INDEX") != "0") return false;
  if (::testing::UnitTest::GetInstance()->test_to_run_count() > 0) return false;
  std::fprintf(
      stderr,
      "heddle: no test was run: an argument is unknown, or --gtest_filter=%s selects none\n",
      GTEST_FLAG_GET(filter).c_str());
  return true;
}

int Status(int gtests) {
  using namespace heddle::internal;
  if (const int races = UntoldRaces(); races > 0) {
    std::fprintf(stderr, "heddle: ThreadSanitizer reported %d races outside all tests\n", races);
    return kFoundBug;
  }
  const bool nothing_shown = gtests == 0 ? NothingWasSelected() : OnlyInconclusiveFailures();
  return nothing_shown ? kNothingShown : gtests;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace heddle::internal;
  internal_error_status = kInternalError;
  WatchForRaces();
  if (Refuse(TakeFlags(&argc, argv))) return kNothingShown;
  ::testing::InitGoogleMock(&argc, argv);
  if (AsksForHelp(argc, argv)) {
    std::fputs(HelpOnKnobs().c_str(), stdout);
    return 0;
  }
  if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();
  if (Refuse(CheckEnvironment())) return kNothingShown;
  ChooseColor();
  CountFailures();
  return Status(RUN_ALL_TESTS());
}
