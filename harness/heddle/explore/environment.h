// SPDX-License-Identifier: Apache-2.0
//
// What the environment says about an exploration.
#ifndef HEDDLE_EXPLORE_ENVIRONMENT_H_
#define HEDDLE_EXPLORE_ENVIRONMENT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "heddle/core/options.h"
#include "heddle/core/schedule.h"

namespace heddle::internal {

struct Environment {
  std::optional<uint64_t> seed;       // HEDDLE_SEED=<base>[:<i>]
  std::optional<uint32_t> only;       // the <i>
  std::optional<uint32_t> schedules;  // HEDDLE_SCHEDULES
  std::optional<Replay> replay;       // HEDDLE_REPLAY, decoded for the scenario
  std::string out_dir;                // HEDDLE_OUT_DIR
  std::string error;  // one sentence that names the variable, its value and what is allowed
};

// Reads the process's environment for the scenario called `scenario`.
Environment ReadEnvironment(const std::string& scenario);

// "0x5eed", and "0x5eed:7" for one execution of it: what ReadEnvironment accepts.
std::string FormatSeed(uint64_t base);
std::string FormatSeed(uint64_t base, uint32_t index);

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_ENVIRONMENT_H_
