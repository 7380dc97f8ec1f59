// SPDX-License-Identifier: Apache-2.0
#include "heddle/core/check.h"

#include <cstdio>
#include <cstdlib>

namespace heddle::internal {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(
      stderr,
      "heddle: internal error: %s does not hold (%s:%d). This is a bug of Heddle, not of the "
      "code under test; please report it with the test's name and HEDDLE_SEED.\n",
      condition, file, line);
  std::abort();
}

}  // namespace heddle::internal
