// SPDX-License-Identifier: Apache-2.0
#include "support/text.h"

#include <regex>

namespace heddle::testing_support {
namespace {

std::regex Compiled(const std::string& pattern) {
  return std::regex(pattern, std::regex::ECMAScript | std::regex::multiline);
}

}  // namespace

std::vector<std::string> Matches(const std::string& text, const std::string& pattern) {
  const std::regex regex = Compiled(pattern);
  const int group = regex.mark_count() == 0 ? 0 : 1;
  return {std::sregex_token_iterator(text.begin(), text.end(), regex, group), {}};
}

std::string FirstMatch(const std::string& text, const std::string& pattern) {
  const std::vector<std::string> matches = Matches(text, pattern);
  return matches.empty() ? "" : matches.front();
}

std::string Replaced(const std::string& text, const std::string& pattern,
                     const std::string& replacement) {
  return std::regex_replace(text, Compiled(pattern), replacement);
}

}  // namespace heddle::testing_support
