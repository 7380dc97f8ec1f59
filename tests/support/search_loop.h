// SPDX-License-Identifier: Apache-2.0
//
// Exhaustive searches of bodies that poll.
#ifndef HEDDLE_TESTS_SUPPORT_SEARCH_LOOP_H_
#define HEDDLE_TESTS_SUPPORT_SEARCH_LOOP_H_

#include <functional>

#include "heddle/explore/explore.h"

namespace heddle::testing_support {

inline Report SearchLoop(const std::function<void()>& body) {
  return Explore(body, {.name = "loop", .strategy = StrategyKind::kExhaustive, .max_steps = 1000});
}

// What its coverage says if a task was held back.
inline constexpr char kWaitsForAChange[] = "with polling loops waiting for a change";

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_SEARCH_LOOP_H_
