// SPDX-License-Identifier: Apache-2.0
//
// A table of text: columns as wide as their widest cell, two spaces between them. A table that
// would be too wide gives its widest columns less and wraps their cells: nothing is left out.
#ifndef HEDDLE_REPORT_TABLE_H_
#define HEDDLE_REPORT_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

namespace heddle::internal {

using TableRow = std::vector<std::string>;

// Renders `rows`, the header first, all of the same length, each line after `indent` spaces and at
// most `width` columns wide. Cells are single lines; their leading spaces are kept. The cells of
// the first `whole` columns are broken only where nothing else helps.
std::string RenderTable(const std::vector<TableRow>& rows, size_t whole, size_t indent,
                        size_t width);

}  // namespace heddle::internal

#endif  // HEDDLE_REPORT_TABLE_H_
