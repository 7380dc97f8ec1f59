// SPDX-License-Identifier: Apache-2.0
//
// Runs a shell command and reads what it prints: for end-to-end tests.
#ifndef HEDDLE_TESTS_SUPPORT_RUN_H_
#define HEDDLE_TESTS_SUPPORT_RUN_H_

#include <string>

namespace heddle::testing_support {

struct RunResult {
  int status = -1;     // exit status; 128 + signal if it was killed
  std::string output;  // stdout and stderr
};

RunResult Run(const std::string& command);

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_RUN_H_
