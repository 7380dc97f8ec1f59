// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/vacuity.h"

#include <string>

namespace heddle {

std::optional<Explanation> Vacuity::Judge() const {
  if (executions_ == 0) return std::nullopt;
  const bool alike = all_equal_ && executions_ >= kEnough;
  if (decided_ && !alike) return std::nullopt;
  Explanation explanation;
  if (most_tasks_ == 1) {
    explanation.headline = "nothing was explored: the scenario has a single task";
    explanation.remedy =
        "start what is to run concurrently with heddle::Go, or make it a plain TEST; if a case "
        "with "
        "a single task is meant, say .vacuous_ok = true";
    return explanation;
  }
  explanation.headline = decided_
                             ? "nothing was explored: all " + std::to_string(executions_) +
                                   " executions took the same steps"
                             : "nothing was explored: never could two tasks go on at the same time";
  explanation.remedy =
      "let the tasks run side by side: start all of them before joining the first; if that is "
      "meant, "
      "say .vacuous_ok = true";
  return explanation;
}

}  // namespace heddle
