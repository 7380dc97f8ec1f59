// SPDX-License-Identifier: Apache-2.0
//
// Programs that are compiled twice, against std and against heddle::standard, and do the same on real
// threads and under every schedule that is explored:
//
//   namespace real { namespace sync = std; #include "std_mutex_programs.inc" }
//   namespace explored { namespace sync = heddle::standard; #include "std_mutex_programs.inc" }
//   TEST(...) { ExpectParity(real::kPrograms, explored::kPrograms); }
#ifndef HEDDLE_TESTS_SYNC_STD_PARITY_H_
#define HEDDLE_TESTS_SYNC_STD_PARITY_H_

#include <cstddef>
#include <stdexcept>
#include <string>

#include "heddle/core/sanitize.h"
#include "support/scenario.h"

namespace heddle::testing_support {

struct StdProgram {
  const char* name;
  void (*run)();
};

// What a program expects: an exception is seen on either side, in every thread.
inline void Require(bool holds, const char* what, int line) {
  if (holds) return;
  throw std::logic_error(std::string(what) + " does not hold, line " + std::to_string(line));
}

template <size_t n>
void ExpectParity(const StdProgram (&real)[n], const StdProgram (&explored)[n]) {
  for (size_t i = 0; i < n; ++i) {
    SCOPED_TRACE(real[i].name);
    EXPECT_STREQ(real[i].name, explored[i].name);
    // First where a program that hangs is told so.
    const Report report = Try([&] { explored[i].run(); }, {.clock = ClockPolicy::kWhenIdle});
    ASSERT_THAT(report, Passes());
#if !HEDDLE_TSAN
    // Of the standard's library ThreadSanitizer does not see all: how exceptions are counted, timed locks.
    for (int run = 0; run < 20; ++run) EXPECT_NO_THROW(real[i].run());
#endif
  }
}

}  // namespace heddle::testing_support

#define HEDDLE_REQUIRE(...) \
  ::heddle::testing_support::Require(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __LINE__)

#endif  // HEDDLE_TESTS_SYNC_STD_PARITY_H_
