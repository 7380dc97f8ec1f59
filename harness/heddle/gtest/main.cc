// SPDX-License-Identifier: Apache-2.0
//
// main() for test programs: GoogleTest's, and three traps less.
//   - A race which ThreadSanitizer saw outside all scenarios fails the program.
//   - A filter that selects no test, which to GoogleTest is a success, ends with status 2.
//   - So does a --heddle_ flag, of which there is none yet: misspelt or too new, it would be
//   ignored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "heddle/gtest/races.h"

namespace {

// Exit status for wrong usage.
constexpr int kUsage = 2;

bool RefuseUnknownFlag(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (!std::string_view(argv[i]).starts_with("--heddle")) continue;
    std::fprintf(stderr, "heddle: unknown flag %s; knobs are HEDDLE_... environment variables\n",
                 argv[i]);
    return true;
  }
  return false;
}

// One shard of many may well be empty.
bool NothingWasSelected() {
  if (GTEST_FLAG_GET(list_tests) || std::getenv("GTEST_TOTAL_SHARDS") != nullptr) return false;
  if (::testing::UnitTest::GetInstance()->test_to_run_count() > 0) return false;
  std::fprintf(stderr, "heddle: no test was run: --gtest_filter=%s selects none\n",
               GTEST_FLAG_GET(filter).c_str());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  heddle::internal::WatchForRaces();
  ::testing::InitGoogleMock(&argc, argv);
  if (RefuseUnknownFlag(argc, argv)) return kUsage;
  const int status = RUN_ALL_TESTS();
  if (const int races = heddle::internal::UntoldRaces(); races > 0) {
    std::fprintf(stderr, "heddle: ThreadSanitizer reported %d races outside all tests\n", races);
    return 1;
  }
  if (status == 0 && NothingWasSelected()) return kUsage;
  return status;
}
