// SPDX-License-Identifier: Apache-2.0
//
// Regular expressions (ECMAScript, ^ and $ match at every line), without what <regex> costs to compile.
#ifndef HEDDLE_TESTS_SUPPORT_TEXT_H_
#define HEDDLE_TESTS_SUPPORT_TEXT_H_

#include <string>
#include <vector>

namespace heddle::testing_support {

// Of every match the first group, or all of it if the pattern has no group.
std::vector<std::string> Matches(const std::string& text, const std::string& pattern);

// The first of them; empty if there is none.
std::string FirstMatch(const std::string& text, const std::string& pattern);

// `text` with every match replaced.
std::string Replaced(const std::string& text, const std::string& pattern,
                     const std::string& replacement);

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_TEXT_H_
