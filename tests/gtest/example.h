// SPDX-License-Identifier: Apache-2.0
//
// Runs example programs of heddle/gtest and reads what they print.
#ifndef HEDDLE_TESTS_GTEST_EXAMPLE_H_
#define HEDDLE_TESTS_GTEST_EXAMPLE_H_

#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>

#include "support/run.h"

namespace heddle::testing_support {

// One test, or those of a pattern, of tests/gtest/example_tests.cc. With `arguments` more flags, and
// with `variables` as in a shell: "HEDDLE_SEED=7".
inline RunResult RunExample(const std::string& filter, const std::string& arguments = "",
                            const std::string& variables = "") {
  return Run(variables + " '" + std::string(HEDDLE_GTEST_EXAMPLE) +
             "' --gtest_color=no --gtest_filter='" + filter + "' " + arguments);
}

inline RunResult RunUnderPlainMain(const std::string& filter, const std::string& variables = "") {
  return Run(variables + " '" + std::string(HEDDLE_GTEST_PLAIN_MAIN) +
             "' --gtest_color=no --gtest_filter='" + filter + "'");
}

inline size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The number of the only line of tests/gtest/example_tests.cc with `part`.
inline std::string ExampleLine(const std::string& part) {
  std::ifstream file(std::string(HEDDLE_SOURCE_DIR) + "/tests/gtest/example_tests.cc");
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.find(part) != std::string::npos) return std::to_string(number);
  }
  return "no line has " + part;
}

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_GTEST_EXAMPLE_H_
