// SPDX-License-Identifier: Apache-2.0
//
// Environment variables for the duration of a test.
//
//   CleanEnvironment clean;                         // none of Heddle's
//   ScopedVariable seed("HEDDLE_SEED", "0x5eed:3");
#ifndef HEDDLE_TESTS_SUPPORT_ENVIRONMENT_H_
#define HEDDLE_TESTS_SUPPORT_ENVIRONMENT_H_

#include <cstdlib>
#include <optional>
#include <string>

namespace heddle::testing_support {

class ScopedVariable {
 public:
  // Without a value the variable is unset.
  explicit ScopedVariable(const char* name, const std::optional<std::string>& value = {})
      : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    Set(value);
  }
  ~ScopedVariable() { Set(before_); }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  void Set(const std::optional<std::string>& value) {
    value ? setenv(name_, value->c_str(), 1) : unsetenv(name_);
  }

  const char* const name_;
  std::optional<std::string> before_;
};

struct CleanEnvironment {
  ScopedVariable seed{"HEDDLE_SEED"};
  ScopedVariable schedules{"HEDDLE_SCHEDULES"};
  ScopedVariable replay{"HEDDLE_REPLAY"};
  ScopedVariable out_dir{"HEDDLE_OUT_DIR"};
};

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_ENVIRONMENT_H_
