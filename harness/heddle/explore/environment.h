// SPDX-License-Identifier: Apache-2.0
//
// What the environment says about an exploration: the variables of the knobs (knobs.h).
//
// A variable that is set but empty counts as unset. One that begins with HEDDLE_ and is no knob is
// an error, as misspelt it would be ignored; exempt are the variables of the build and the scripts.
// HEDDLE_REPLAY and HEDDLE_SEED together are one, too: they name two executions. HEDDLE_SCHEDULES
// may stay set: it is a limit, and a replay is one execution. So is a time budget that is not below
// the deadline, whoever set them: it would never be spent.
#ifndef HEDDLE_EXPLORE_ENVIRONMENT_H_
#define HEDDLE_EXPLORE_ENVIRONMENT_H_

#include <optional>
#include <string>

#include "heddle/core/options.h"
#include "heddle/core/schedule.h"
#include "heddle/explore/knobs.h"

namespace heddle::internal {

struct Environment {
  Settings settings;             // the options given, overridden
  std::optional<Replay> replay;  // HEDDLE_REPLAY, decoded for the scenario
  std::string repeated;  // "HEDDLE_MAX_STEPS=50 HEDDLE_CLOCK=when_idle": for the reproduce line
  std::string error;     // one sentence that names the variable, its value and what is allowed
};

// Reads the process's environment for the scenario called `options.name`. The first call with
// HEDDLE_SEED=random says on stdout which base was drawn.
Environment ReadEnvironment(const Options& options);

// What is wrong with it whatever the scenario is; empty: nothing.
std::string CheckEnvironment();

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_ENVIRONMENT_H_
