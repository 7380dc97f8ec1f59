// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/knobs.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <numeric>
#include <random>
#include <system_error>
#include <utility>

#include "heddle/explore/workers.h"

namespace heddle::internal {
namespace {

constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();

// -- Values ---------------------------------------------------------------------------------------

// Decimal, or hexadecimal after "0x".
std::optional<uint64_t> ParseNumber(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// One base for all explorations of the process.
uint64_t DrawnBase() {
  static const uint64_t base = [] {
    std::random_device device;  // determinism: asked for, and the base that it gives is printed
    return uint64_t{device()} << 32 | device();
  }();
  return base;
}

bool ApplySeed(std::string_view value, Settings& settings) {
  if (value == "random") {
    settings.options.seed = DrawnBase();
    settings.seed_is_drawn = true;
    return true;
  }
  const size_t colon = value.find(':');
  const std::optional<uint64_t> base = ParseNumber(value.substr(0, colon));
  if (!base) return false;
  if (colon != std::string_view::npos) {
    const std::optional<uint64_t> index = ParseNumber(value.substr(colon + 1));
    if (!index || *index > kMost) return false;
    settings.only = static_cast<uint32_t>(*index);
  }
  settings.options.seed = *base;
  return true;
}

// Whether it is a token of this scenario is found out when the scenario is known.
bool ApplyReplay(std::string_view value, Settings& settings) {
  settings.recorded = value;
  return true;
}

bool ApplyCoverage(std::string_view value, Settings& settings) {
  settings.options.coverage = value == "1";
  return value == "0" || value == "1";
}

// It need not exist yet.
bool MayBeDirectory(std::string_view value) {
  std::error_code none;
  const std::filesystem::file_status found = std::filesystem::status(value, none);
  return !std::filesystem::exists(found) || std::filesystem::is_directory(found);
}

bool ApplyOutDir(std::string_view value, Settings& settings) {
  settings.out_dir = value;
  return MayBeDirectory(value);
}

bool ApplyResume(std::string_view value, Settings& settings) {
  settings.resume_dir = value;
  return MayBeDirectory(value);
}

// -- Rows -----------------------------------------------------------------------------------------

Knob Number(Knob knob, uint32_t Options::*field, uint32_t least = 0, uint32_t most = kMost) {
  knob.default_value = std::to_string(Options().*field);
  knob.allowed = std::to_string(least) + " to " + std::to_string(most);
  knob.apply = [=](std::string_view text, Settings& settings) {
    const std::optional<uint64_t> value = ParseNumber(text);
    if (!value || *value < least || *value > most) return false;
    settings.options.*field = static_cast<uint32_t>(*value);
    return true;
  };
  return knob;
}

template <class Enum>
using Names = std::vector<std::pair<std::string_view, Enum>>;

template <class Enum>
Knob OneOf(Knob knob, Enum Options::*field, const Names<Enum>& names) {
  for (const auto& [name, value] : names) {
    if (value == Options().*field) knob.default_value = name;
    knob.allowed += (knob.allowed.empty() ? "" : ", ") + std::string(name);
  }
  knob.apply = [=](std::string_view text, Settings& settings) {
    for (const auto& [name, value] : names) {
      if (name != text) continue;
      settings.options.*field = value;
      return true;
    }
    return false;
  };
  return knob;
}

// What explores, and for how long.
std::vector<Knob> ExplorationKnobs() {
  const Names<StrategyKind> strategies = {{"portfolio", StrategyKind::kPortfolio},
                                          {"random", StrategyKind::kRandom},
                                          {"pct", StrategyKind::kPct},
                                          {"pos", StrategyKind::kPos},
                                          {"urw", StrategyKind::kUrw},
                                          {"surw", StrategyKind::kSurw},
                                          {"rfpos", StrategyKind::kRfPos},
                                          {"exhaustive", StrategyKind::kExhaustive},
                                          {"preemption_bounded", StrategyKind::kPreemptionBounded},
                                          {"delay_bounded", StrategyKind::kDelayBounded}};
  return {
      {.name = "seed",
       .meaning = "Base of all seeds; <base>:<i> runs execution i alone, random draws a base and "
                  "prints it.",
       .default_value = FormatSeed(kDefaultSeed),
       .allowed = "<base> (64 bits, decimal or 0x...), <base>:<i> or random",
       .apply = ApplySeed},
      Number({.name = "schedules",
              .unit = "schedules",
              .meaning = "How many executions an exploration makes unless one fails before."},
             &Options::schedules, 1),
      {.name = "replay",
       .meaning =
           "One recorded execution instead of an exploration: a token, or @ and a schedule file.",
       .default_value = "none",
       .allowed = "<token>, @<file>",
       .apply = ApplyReplay},
      OneOf({.name = "strategy", .meaning = "Who makes the decisions.", .shapes_execution = true},
            &Options::strategy, strategies),
      Number({.name = "deadline_ms",
              .unit = "ms",
              .meaning = "Real time for an exploration; reaching it fails. 0: none."},
             &Options::deadline_ms),
      Number({.name = "time_budget_ms",
              .unit = "ms",
              .meaning = "Real time after which an exploration stops and passes if nothing failed. "
                         "0: none."},
             &Options::time_budget_ms),
      Number({.name = "jobs",
              .unit = "processes",
              .meaning = "Processes that share the executions; the result is the same for every "
                         "number."},
             &Options::jobs, 1, kMostJobs),
      {.name = "coverage",
       .meaning = "1: tells after an exploration how many different schedules it saw, how many it "
                  "did not.",
       .default_value = "0",
       .allowed = "0, 1",
       .apply = ApplyCoverage},
      {.name = "resume",
       .meaning =
           "Where a systematic search that a limit ended leaves how far it came, and goes on from.",
       .default_value = "nowhere",
       .allowed = "<directory>",
       .apply = ApplyResume},
      {.name = "out_dir",
       .meaning = "Where schedules too long for a token go; unset, TEST_UNDECLARED_OUTPUTS_DIR if "
                  "that is set.",
       .default_value = Settings().out_dir,
       .allowed = "<directory>",
       .apply = ApplyOutDir},
  };
}

// What one execution may do.
std::vector<Knob> ExecutionKnobs() {
  const Names<ClockPolicy> clocks = {{"when_idle", ClockPolicy::kWhenIdle},
                                     {"anytime", ClockPolicy::kAnytime}};
  std::vector<Knob> knobs = {
      Number({.name = "max_steps",
              .unit = "steps",
              .meaning = "Steps of an execution; reaching it is a livelock, or a deadlock if the "
                         "body was blocked."},
             &Options::max_steps, 1),
      Number(
          {.name = "drain_steps",
           .unit = "steps",
           .meaning = "Steps the other tasks may take after the body; who is unfinished then has "
                      "leaked."},
          &Options::drain_steps),
      OneOf({.name = "clock",
             .meaning = "When virtual time moves on: when_idle, only when no task is runnable; "
                        "anytime, also before.",
             .default_value = "anytime"},
            &Options::clock, clocks),
      Number(
          {.name = "early_timers",
           .unit = "timers",
           .meaning = "How often in an execution with clock=anytime a timer may fire though a task "
                      "could run."},
          &Options::early_timers),
      // As tried: in 16 KiB a small scenario still runs, a gibibyte can still be mapped.
      Number({.name = "stack_kib", .unit = "KiB", .meaning = "Stack of every task."},
             &Options::stack_kib, 16, 1'048'576),
  };
  for (Knob& knob : knobs) knob.shapes_execution = true;
  return knobs;
}

// -- Spelling -------------------------------------------------------------------------------------

std::string Upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

// Levenshtein's: how many letters must be inserted, deleted or replaced.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string Knob::Variable() const { return "HEDDLE_" + Upper(name); }
std::string Knob::Flag() const { return "--heddle_" + name; }

const std::vector<Knob>& Knobs() {
  static const std::vector<Knob>& knobs = *[] {
    auto* all = new std::vector<Knob>(ExplorationKnobs());
    for (Knob& knob : ExecutionKnobs()) all->push_back(std::move(knob));
    return all;
  }();
  return knobs;
}

const Knob* FindKnob(std::string_view spelt, Spelling spelling) {
  for (const Knob& knob : Knobs()) {
    if ((knob.*spelling)() == spelt) return &knob;
  }
  return nullptr;
}

std::string Refusal(const Knob& knob, Spelling spelling, std::string_view value) {
  return (knob.*spelling)() + "=\"" + std::string(value) +
         "\" cannot be used; allowed: " + knob.allowed;
}

std::string NoSuchKnob(std::string_view spelt, Spelling spelling) {
  // A name that was begun is meant before one that is spelt alike.
  const auto unlike = [&](const std::string& known) {
    return known.starts_with(spelt) ? 0 : Distance(spelt, known);
  };
  std::string all, nearest;
  for (const Knob& knob : Knobs()) {
    const std::string known = (knob.*spelling)();
    all += (all.empty() ? "" : ", ") + known;
    if (nearest.empty() || unlike(known) < unlike(nearest)) nearest = known;
  }
  return std::string(spelt) + " is no knob; did you mean " + nearest + "? There are " + all;
}

std::string FormatSeed(uint64_t base) {
  char text[16];
  const auto [end, error] = std::to_chars(text, text + sizeof text, base, 16);
  return "0x" + std::string(text, end);
}

std::string FormatSeed(uint64_t base, uint32_t index) {
  return FormatSeed(base) + ":" + std::to_string(index);
}

}  // namespace heddle::internal
