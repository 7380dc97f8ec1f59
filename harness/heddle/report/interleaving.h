// SPDX-License-Identifier: Apache-2.0
//
// The interleaving of a failing execution: its last rows, with a column per task.
//
//   interleaving (4 steps, 1 preemption; ">" = switch, "!" = blocks here)
//   step   T0 main         T1 producer
//      1   spawn T1  :56
//      2                 > lock cart.mu       :44
//                          send orders 1/1 !  :46
//
// ":44" is a line of the body's file, other files are named. Where the columns do not fit, places
// move to one last column; where that is still too wide, or a row has no column, there is one row
// of `step  task  operation  at` per step.
#ifndef HEDDLE_REPORT_INTERLEAVING_H_
#define HEDDLE_REPORT_INTERLEAVING_H_

#include <string>
#include <string_view>

#include "heddle/core/report.h"

namespace heddle::internal {

// Of a longer interleaving only the last rows are printed.
inline constexpr size_t kMaxRows = 60;

// Empty for a report with neither rows nor steps. `above` is the text before: if it does not
// mention the file that ":44" is a line of, a line here does. Names and texts are escaped already.
std::string RenderInterleaving(const Report& report, std::string_view above);

}  // namespace heddle::internal

#endif  // HEDDLE_REPORT_INTERLEAVING_H_
