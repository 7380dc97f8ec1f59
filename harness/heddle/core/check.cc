// SPDX-License-Identifier: Apache-2.0
#include "heddle/core/check.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace heddle::internal {
namespace {

[[noreturn]] void EndProcess() {
  const int status = bug_found_status != 0 ? bug_found_status : internal_error_status;
  if (status == 0) std::abort();
  std::fflush(nullptr);
  _exit(status);  // no destructor runs: they may rely on what does not hold
}

}  // namespace

void CheckFailed(const char* condition, const char* file, int line) {
  // Without a string: the heap may be what is broken.
  std::fprintf(
      stderr,
      "heddle: internal error: %s does not hold (%s:%d). This is a bug of Heddle, not of the "
      "code under test; please report it with the test's name and HEDDLE_SEED.\n",
      condition, file, line);
  EndProcess();
}

void GiveUp(const std::string& message) {
  std::fprintf(stderr, "heddle: %s\n", message.c_str());
  EndProcess();
}

}  // namespace heddle::internal
