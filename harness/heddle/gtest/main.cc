// SPDX-License-Identifier: Apache-2.0
//
// main() for test programs: GoogleTest's and GoogleMock's flags, and a status that also counts a
// race which ThreadSanitizer saw outside all tests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "heddle/runtime/internal/tsan.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  const int status = RUN_ALL_TESTS();
  const int races = heddle::internal::TsanReportsOutside();
  if (status == 0 && races > 0) {
    std::fprintf(stderr, "heddle: ThreadSanitizer reported %d races outside all scenarios.\n",
                 races);
    return 1;
  }
  return status;
}
