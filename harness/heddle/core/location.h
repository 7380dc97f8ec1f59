// SPDX-License-Identifier: Apache-2.0
//
// Where in the user's source an operation stands.
//
// Every operation takes `Location where = Location::Here()` as its last parameter; a call that says
// nothing passes its own file, line and function. Locations appear in reports only: no decision, id
// or hash depends on them (two compilers count the lines of a call over several lines differently).
//
// A lock taken by std::scoped_lock or std::lock_guard is called from within the standard library,
// whose own header would be the location; heddle::MutexLock (sync/mutex.h) keeps the user's.
#ifndef HEDDLE_CORE_LOCATION_H_
#define HEDDLE_CORE_LOCATION_H_

#include <cstdint>
#include <string>

namespace heddle {

struct Location {
  const char* file = "";
  const char* function = "";
  uint32_t line = 0;

  // As a default argument: the place of the call. (Not std::source_location: clang 14 has none.)
  static constexpr Location Here(const char* file = __builtin_FILE(),
                                 const char* function = __builtin_FUNCTION(),
                                 uint32_t line = __builtin_LINE()) {
    return Location{file, function, line};
  }
};

// "file.cc:41": the file without its directories; "-" for a location that is not known.
std::string ToString(const Location& location);

}  // namespace heddle

#endif  // HEDDLE_CORE_LOCATION_H_
