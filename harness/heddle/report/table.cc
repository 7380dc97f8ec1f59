// SPDX-License-Identifier: Apache-2.0
#include "heddle/report/table.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "heddle/report/layout.h"

namespace heddle::internal {
namespace {

constexpr size_t kColumnGap = 2;

size_t LongestWord(std::string_view text) {
  size_t longest = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    longest = std::max(longest, Width(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return longest;
}

// The widest column that is still wider than its floor; `widths.size()` if there is none.
size_t Widest(const std::vector<size_t>& widths, const std::vector<size_t>& floors) {
  size_t widest = widths.size();
  for (size_t c = 0; c < widths.size(); ++c) {
    if (widths[c] <= floors[c]) continue;
    if (widest == widths.size() || widths[c] > widths[widest]) widest = c;
  }
  return widest;
}

// Natural widths, cut to a sum of `room`: first where cells break between words, then anywhere.
std::vector<size_t> FitColumns(const std::vector<TableRow>& rows, size_t whole, size_t room) {
  const size_t count = rows.front().size();
  std::vector<size_t> widths(count, 1);
  std::vector<size_t> words(count, 1);
  for (const TableRow& row : rows) {
    for (size_t c = 0; c < count; ++c) {
      widths[c] = std::max(widths[c], Width(row[c]));
      words[c] = std::max(words[c], c < whole ? Width(row[c]) : LongestWord(row[c]));
    }
  }
  const std::vector<size_t> ones(count, 1);
  for (size_t sum = std::reduce(widths.begin(), widths.end()); sum > room; --sum) {
    size_t widest = Widest(widths, words);
    if (widest == count) widest = Widest(widths, ones);
    if (widest == count) break;
    --widths[widest];
  }
  return widths;
}

void AppendRow(std::string* out, const TableRow& row, const std::vector<size_t>& widths,
               size_t indent) {
  std::vector<std::vector<std::string>> cells;
  size_t height = 1;
  for (size_t c = 0; c < row.size(); ++c) {
    cells.push_back(Wrap(row[c], widths[c], widths[c]));
    height = std::max(height, cells.back().size());
  }
  for (size_t i = 0; i < height; ++i) {
    std::string line(indent, ' ');
    for (size_t c = 0; c < cells.size(); ++c) {
      if (c > 0) line.append(kColumnGap, ' ');
      line += PadRight(i < cells[c].size() ? cells[c][i] : "", widths[c]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    *out += line + "\n";
  }
}

}  // namespace

std::string RenderTable(const std::vector<TableRow>& rows, size_t whole, size_t indent,
                        size_t width) {
  std::string out;
  if (rows.empty() || rows.front().empty()) return out;
  const size_t gaps = kColumnGap * (rows.front().size() - 1);
  const size_t room = width - std::min(width, indent + gaps);
  const std::vector<size_t> widths = FitColumns(rows, whole, room);
  for (const TableRow& row : rows) AppendRow(&out, row, widths, indent);
  return out;
}

}  // namespace heddle::internal
