// SPDX-License-Identifier: Apache-2.0
//
// Runs a shell command and reads what it prints: for end-to-end tests.
#ifndef HEDDLE_TESTS_SUPPORT_RUN_H_
#define HEDDLE_TESTS_SUPPORT_RUN_H_

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace heddle::testing_support {

struct RunResult {
  int status = -1;     // exit status; 128 + signal if it was killed
  std::string output;  // stdout and stderr
};

inline RunResult Run(const std::string& command) {
  RunResult result;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 4096> buffer;
  for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    result.output.append(buffer.data(), n);
  }
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_RUN_H_
