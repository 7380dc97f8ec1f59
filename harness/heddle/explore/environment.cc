// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/environment.h"

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

namespace heddle::internal {
namespace {

// Variables that are not ours to judge begin with one of these: those of the scripts, of the
// launcher and presets, of the tests, and names of CMake variables, of which CMake itself reads
// HEDDLE_ROOT (for find_package) and HEDDLE_DIR. HEDDLE_PORT and HEDDLE_SERVICE_... are set by
// Kubernetes where a service is called heddle.
constexpr std::string_view kExempt[] = {
    "HEDDLE_SKIP_SETUP", "HEDDLE_SETUP_",        "HEDDLE_LAUNCHER_",  "HEDDLE_PRESET_",
    "HEDDLE_BENCH_",     "HEDDLE_UPDATE_GOLDEN", "HEDDLE_BUILD_",     "HEDDLE_SANITIZE",
    "HEDDLE_WERROR",     "HEDDLE_INSTALL",       "HEDDLE_SOURCE_DIR", "HEDDLE_CCACHE",
    "HEDDLE_ROOT",       "HEDDLE_DIR",           "HEDDLE_PORT",       "HEDDLE_SERVICE_",
};

bool IsExempt(std::string_view variable) {
  for (std::string_view prefix : kExempt) {
    if (variable.starts_with(prefix)) return true;
  }
  return false;
}

std::string Get(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? value : "";
}

// The first misspelt variable, in a sentence.
std::string UnknownVariable() {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (!name.starts_with("HEDDLE_") || name.size() + 1 >= text.size() || IsExempt(name)) continue;
    if (FindKnob(name, &Knob::Variable) == nullptr) return NoSuchKnob(name, &Knob::Variable);
  }
  return "";
}

void ApplyVariables(Environment& environment) {
  for (const Knob& knob : Knobs()) {
    const std::string variable = knob.Variable();
    const std::string value = Get(variable);
    if (value.empty()) continue;
    if (!knob.apply(value, environment.settings)) {
      environment.error = Refusal(knob, &Knob::Variable, value);
      return;
    }
    if (!knob.shapes_execution) continue;
    environment.repeated += (environment.repeated.empty() ? "" : " ") + variable + "=" + value;
  }
}

// A budget that the deadline would always come before.
std::string UselessBudget(const Options& options) {
  const uint32_t budget = options.time_budget_ms, deadline = options.deadline_ms;
  if (budget == 0 || deadline == 0 || budget < deadline) return "";
  return "time_budget_ms=" + std::to_string(budget) +
         " is not below deadline_ms=" + std::to_string(deadline) +
         ", which would fail the exploration first; raise deadline_ms (HEDDLE_DEADLINE_MS)";
}

using ScenarioName = std::optional<std::string_view>;

TokenResult ReadScheduleFile(const std::string& path, ScenarioName scenario) {
  const std::string subject = "HEDDLE_REPLAY=\"@" + path + "\": ";
  std::ifstream file(path, std::ios::binary);
  if (!file) return {std::nullopt, subject + "the file cannot be read"};
  std::ostringstream contents;
  contents << file.rdbuf();
  TokenResult result = DecodeScheduleFile(contents.str(), scenario);
  if (!result.replay) result.error = subject + result.error;
  return result;
}

void DecodeReplay(Environment& environment, ScenarioName scenario) {
  const std::string& recorded = environment.settings.recorded;
  if (recorded.empty()) return;
  if (!Get("HEDDLE_SEED").empty()) {
    environment.error =
        "HEDDLE_REPLAY and HEDDLE_SEED name two different executions; unset one of them";
    return;
  }
  TokenResult result = recorded[0] == '@' ? ReadScheduleFile(recorded.substr(1), scenario)
                                          : DecodeToken(recorded, scenario);
  environment.replay = std::move(result.replay);
  if (!environment.replay) environment.error = std::move(result.error);
}

Environment Read(const Options& options, ScenarioName scenario) {
  Environment environment;
  environment.settings.options = options;
  if (const std::string dir = Get("TEST_UNDECLARED_OUTPUTS_DIR"); !dir.empty()) {
    environment.settings.out_dir = dir;
  }
  environment.error = UnknownVariable();
  if (environment.error.empty()) ApplyVariables(environment);
  if (environment.error.empty()) environment.error = UselessBudget(environment.settings.options);
  if (environment.error.empty()) DecodeReplay(environment, scenario);
  return environment;
}

// At once, so that no crash can lose it.
void SayDrawnBase(uint64_t base) {
  static bool said = false;
  if (said) return;
  said = true;
  std::printf("heddle: HEDDLE_SEED=random drew HEDDLE_SEED=%s\n", FormatSeed(base).c_str());
  std::fflush(stdout);
}

}  // namespace

Environment ReadEnvironment(const Options& options) {
  Environment environment = Read(options, options.name);
  if (environment.settings.seed_is_drawn && environment.error.empty()) {
    SayDrawnBase(environment.settings.options.seed);
  }
  return environment;
}

std::string CheckEnvironment() {
  // The code may set a deadline or none: only what the variables say themselves is an error.
  return Read({.deadline_ms = 0}, std::nullopt).error;
}

}  // namespace heddle::internal
