// SPDX-License-Identifier: Apache-2.0
//
// The text report: what a failed test prints.
//
//   DEADLOCK  3 of 3 live tasks are blocked, none can run (schedule 217 of 1000, step 25)
//
//     task         blocked in                                 at             holds
//     T1 producer  send to channel "orders" (full, 1/1)       checkout.cc:8  mutex "cart.mu"
//     T2 consumer  lock mutex "cart.mu" (held by T1, step 6)  checkout.cc:9  -
//     ...
//
// A pure function of the Report: the same report gives the same bytes. The only line with wall
// clock times is the provenance line, which begins with "  found by " or "  explored by ".
// No line is wider than 100 columns, except commands to be pasted, which are never broken. There is
// no colour; control characters in names and texts are escaped. tests/golden/report/ shows a report
// of each verdict.
#ifndef HEDDLE_REPORT_TEXT_H_
#define HEDDLE_REPORT_TEXT_H_

#include <string>

#include "heddle/core/report.h"

namespace heddle {

// Every line ends with a newline. A passed or skipped report is one line (wrapped if need be).
std::string RenderText(const Report& report);

}  // namespace heddle

#endif  // HEDDLE_REPORT_TEXT_H_
