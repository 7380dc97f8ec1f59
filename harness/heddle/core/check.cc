// SPDX-License-Identifier: Apache-2.0
#include "heddle/core/check.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace heddle::internal {

void CheckFailed(const char* condition, const char* file, int line) {
  GiveUp("internal error: " + std::string(condition) + " does not hold (" + file + ":" +
         std::to_string(line) +
         "). This is a bug of Heddle, not of the code under test; please report it with the test's "
         "name and HEDDLE_SEED.");
}

void GiveUp(const std::string& message) {
  std::fprintf(stderr, "heddle: %s\n", message.c_str());
  const int status = bug_found_status != 0 ? bug_found_status : internal_error_status;
  if (status == 0) std::abort();
  std::fflush(nullptr);
  _exit(status);  // no destructor runs: they may rely on what does not hold
}

}  // namespace heddle::internal
