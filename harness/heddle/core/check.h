// SPDX-License-Identifier: Apache-2.0
//
// Our own bugs: HEDDLE_CHECK(condition) ends the process and says that Heddle, not the code under
// test, is at fault. Never used for misuse by the user and never for bad flags or tokens. The process
// aborts; under heddle::gtest_main it exits with status 3, or with 1 if a bug was found before.
#ifndef HEDDLE_CORE_CHECK_H_
#define HEDDLE_CORE_CHECK_H_

#include <string>

namespace heddle::internal {

// The exit status after a failed check; 0: abort.
inline int internal_error_status = 0;

// If not 0, how the process exits whatever ends it: a bug in the code under test was found before.
// Plain memory, since a signal handler reads it.
inline volatile int bug_found_status = 0;

[[noreturn, gnu::cold]] void CheckFailed(const char* condition, const char* file, int line);

// Ends the process in the same way with "heddle: " and `message`: the system refuses what Heddle cannot
// do without.
[[noreturn, gnu::cold]] void GiveUp(const std::string& message);

}  // namespace heddle::internal

#define HEDDLE_CHECK(condition)       \
  (__builtin_expect(!!(condition), 1) \
       ? static_cast<void>(0)         \
       : ::heddle::internal::CheckFailed(#condition, __FILE__, __LINE__))

#endif  // HEDDLE_CORE_CHECK_H_
