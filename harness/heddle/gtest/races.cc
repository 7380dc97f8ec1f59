// SPDX-License-Identifier: Apache-2.0
#include "heddle/gtest/races.h"

#include <gtest/gtest.h>

#include "heddle/runtime/internal/sanitizer.h"
#include "heddle/runtime/internal/tsan.h"

namespace heddle::internal {
namespace {

int told = 0;

// gtest allows failures in these events and counts them for the test, the suite and the program.
// The printer comes after us: listeners are called in reverse order at ends.
class RaceListener final : public ::testing::EmptyTestEventListener {
 public:
  void OnTestEnd(const ::testing::TestInfo&) override { Tell("this test or since the last one"); }
  void OnTestSuiteEnd(const ::testing::TestSuite&) override { Tell("this test suite's tear-down"); }
  void OnEnvironmentsTearDownEnd(const ::testing::UnitTest&) override { Tell("a tear-down"); }

 private:
  static void Tell(const char* where) {
    const int races = UntoldRaces();
    if (races == 0) return;
    told += races;
    ADD_FAILURE() << "ThreadSanitizer reported " << races << (races == 1 ? " race" : " races")
                  << " outside any scenario, in " << where << "; see its text above.";
  }
};

}  // namespace

int UntoldRaces() { return TsanReportsOutside() - told; }

bool WatchForRaces() {
#if HEDDLE_TSAN
  static bool watching = false;
  if (watching) return true;
  watching = true;
  ::testing::UnitTest::GetInstance()->listeners().Append(new RaceListener);
#endif
  return true;
}

}  // namespace heddle::internal
