// SPDX-License-Identifier: Apache-2.0
//
// What one blocked task needs and who could provide it.
#ifndef HEDDLE_DETECT_REASONS_H_
#define HEDDLE_DETECT_REASONS_H_

#include <string>
#include <vector>

#include "heddle/core/snapshot.h"

namespace heddle {

// 'T2 -> needs mutex "cart.mu" -> held by T1, locked at cart.cc:44 (step 6)'
std::string ReasonOf(const TaskSnapshot& task, const Snapshot& snapshot);

// What to do, for the pattern that `stuck`, the tasks that never go on, show.
std::string RemedyFor(const std::vector<const TaskSnapshot*>& stuck, const Snapshot& snapshot);

}  // namespace heddle

#endif  // HEDDLE_DETECT_REASONS_H_
