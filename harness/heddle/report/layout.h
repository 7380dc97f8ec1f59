// SPDX-License-Identifier: Apache-2.0
//
// Words into lines: width, escaping, wrapping and abbreviation for the text report.
//
// A column is one UTF-8 code point; double-width and combining characters are not looked up.
#ifndef HEDDLE_REPORT_LAYOUT_H_
#define HEDDLE_REPORT_LAYOUT_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::internal {

inline constexpr size_t kReportWidth = 100;

// How many columns `text` takes.
size_t Width(std::string_view text);

// `text` followed by spaces up to `width` columns; unchanged if it is as wide already.
std::string PadRight(std::string text, size_t width);
std::string PadLeft(std::string text, size_t width);

// "1 step", "2 steps".
std::string Count(unsigned long long n, std::string_view noun);

// `text` as part of one line: control characters, newlines among them, become \n, \t, \x1b.
std::string Escape(std::string_view text);

// `text` as lines, at least one: split at newlines, tabs become four spaces, the rest is escaped.
std::vector<std::string> SplitLines(std::string_view text);

// Breaks one line at spaces into lines of at most `first` and then `rest` columns; words that are
// too long are cut. Nothing but the spaces at a break is lost. At least one line.
std::vector<std::string> Wrap(std::string_view line, size_t first, size_t rest);

// Appends `text`, wrapped to the report's width, to `out`: the first line after `prefix`, those
// that follow after `hang` spaces. Newlines in `text` are kept.
void AppendWrapped(std::string* out, std::string_view prefix, size_t hang, std::string_view text);

// For each of `names` a form of at most `width` columns (at least 16). Different names have
// different forms: "long_na...", or where that is not enough "lon...ame", or "long_n...#2".
std::map<std::string, std::string> Abbreviate(const std::vector<std::string>& names, size_t width);

}  // namespace heddle::internal

#endif  // HEDDLE_REPORT_LAYOUT_H_
