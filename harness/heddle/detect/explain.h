// SPDX-License-Identifier: Apache-2.0
//
// Why an execution failed, in words: the wait-for graph of its final state, read together with the
// recorded history.
//
// Pure functions of values. For every task that can never go on the explanation names what it
// needs, who alone could provide that and why that one does not; then one remedy, for the pattern
// that fits.
#ifndef HEDDLE_DETECT_EXPLAIN_H_
#define HEDDLE_DETECT_EXPLAIN_H_

#include <string>
#include <vector>

#include "heddle/core/snapshot.h"

namespace heddle {

struct Explanation {
  std::string headline;
  std::vector<std::string> why;
  std::string remedy;
};

Explanation Explain(const Failure& failure, const Snapshot& snapshot);

}  // namespace heddle

#endif  // HEDDLE_DETECT_EXPLAIN_H_
