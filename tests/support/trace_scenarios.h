// SPDX-License-Identifier: Apache-2.0
//
// A few scenarios that together use every kind of operation, of decision and of end. Their traces are
// held by tests/golden/trace_hashes.txt, so what is here never changes; new scenarios are added at
// the end.
#ifndef HEDDLE_TESTS_SUPPORT_TRACE_SCENARIOS_H_
#define HEDDLE_TESTS_SUPPORT_TRACE_SCENARIOS_H_

#include <vector>

#include "heddle/core/options.h"

namespace heddle::testing_support {

struct TraceScenario {
  const char* name;
  void (*body)();
  Options options = {};
};

const std::vector<TraceScenario>& TraceScenarios();

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_TRACE_SCENARIOS_H_
