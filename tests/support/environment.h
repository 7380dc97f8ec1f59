// SPDX-License-Identifier: Apache-2.0
//
// Environment variables for the duration of a test.
//
//   CleanEnvironment clean;                         // no knob is set
//   ScopedVariable seed("HEDDLE_SEED", "0x5eed:3");
#ifndef HEDDLE_TESTS_SUPPORT_ENVIRONMENT_H_
#define HEDDLE_TESTS_SUPPORT_ENVIRONMENT_H_

#include <cstdlib>
#include <list>
#include <optional>
#include <string>
#include <utility>

#include "heddle/explore/knobs.h"

namespace heddle::testing_support {

class ScopedVariable {
 public:
  // Without a value the variable is unset.
  explicit ScopedVariable(std::string name, const std::optional<std::string>& value = {})
      : name_(std::move(name)) {
    if (const char* before = std::getenv(name_.c_str())) before_ = before;
    Set(value);
  }
  ~ScopedVariable() { Set(before_); }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  void Set(const std::optional<std::string>& value) {
    value ? setenv(name_.c_str(), value->c_str(), 1) : unsetenv(name_.c_str());
  }

  const std::string name_;
  std::optional<std::string> before_;
};

class CleanEnvironment {
 public:
  CleanEnvironment() {
    for (const internal::Knob& knob : internal::Knobs()) unset_.emplace_back(knob.Variable());
    unset_.emplace_back("TEST_UNDECLARED_OUTPUTS_DIR");
  }

 private:
  std::list<ScopedVariable> unset_;
};

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_ENVIRONMENT_H_
