// SPDX-License-Identifier: Apache-2.0
//
// Explores a scenario: executes it under many schedules and reports the first that fails.
//
// Execution i runs with the seed Mix(base, hash of the name, i), whatever the order, filter or
// number of tests, so that every failure can be had again by `HEDDLE_SEED=<base>:<i>` in the same
// build, and by its token (`HEDDLE_REPLAY=v1:...`) in every build. Where the strategy learns, an execution run
// alone is preceded by those it would have learned from (strategy/strategy.h), which are not judged. A failing execution is run once
// more with its history recorded; the report is made from that second run. ThreadSanitizer may miss a
// race in a run that has it: in its builds a second run, a replay and a single execution by seed in
// which nothing fails are repeated up to 16 times.
//
// Besides, an exploration fails when
//   - the same schedule takes other steps when it is run again: one of every 20 executions is
//     (`diverged`, explore/recheck.h);
//   - nothing could differ between executions, of a single task say (`vacuous`, detect/vacuity.h);
//   - its deadline passes (`deadline`). A task that never reaches its next step cannot be made to
//     return: then the process ends with status 4, having said which task it is and how to replay it
//     (runtime/internal/deadline.h).
//
// The environment overrides the options: HEDDLE_SEED, HEDDLE_SCHEDULES, HEDDLE_REPLAY and the other
// knobs (heddle/explore/knobs.h). A value that cannot be used, and a misspelt name, is a report
// with the verdict `vacuous`. Several processes may share the executions (.jobs, explore/workers.h). With a time budget the exploration stops when it is spent and passes
// if nothing failed; Report::time_budget_ms says so.
//
//   Report report = heddle::Explore([] { ... }, {.name = "transfer", .schedules = 5000});
//   EXPECT_THAT(report, heddle::FindsDeadlock());    // heddle/gtest/matchers.h
#ifndef HEDDLE_EXPLORE_EXPLORE_H_
#define HEDDLE_EXPLORE_EXPLORE_H_

#include <functional>
#include <memory>
#include <string>

#include "heddle/core/options.h"
#include "heddle/core/report.h"
#include "heddle/runtime/execute.h"

namespace heddle {

// `body` is called once per execution, as task T0. Not from inside a scenario: that is a misuse by
// the task that does it, and nothing is explored.
[[nodiscard]] Report Explore(const std::function<void()>& body, const Options& options = {});

// The general form. `command` is what a shell needs besides the replay variable to run this
// scenario alone: "./cart_test --gtest_filter=Cart.Drains".
[[nodiscard]] Report Explore(Scenario& scenario, const Options& options,
                             const std::string& command);

namespace internal {

// If set, called before every exploration; what it returns is destroyed at the end of it. This is
// how heddle/gtest takes the assertions that fail in tasks.
inline std::shared_ptr<void> (*exploration_guard)() = nullptr;

}  // namespace internal

}  // namespace heddle

#endif  // HEDDLE_EXPLORE_EXPLORE_H_
