// SPDX-License-Identifier: Apache-2.0
//
// The knobs: everything about an exploration that can be set from outside the code, in one table.
//
// The knob `max_steps` is the variable HEDDLE_MAX_STEPS under any main() and the flag
// --heddle_max_steps= under heddle::gtest_main. A flag goes before the variable, that before the
// code (heddle::Options), that before the default. Numbers are decimal or, after 0x, hexadecimal.
// Parsing, --help, the README, error messages and the line that reproduces a failure follow this
// table: a new knob is a new row.
#ifndef HEDDLE_EXPLORE_KNOBS_H_
#define HEDDLE_EXPLORE_KNOBS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/core/options.h"

namespace heddle::internal {

// What knobs are applied to.
struct Settings {
  Options options = {};               // the code's
  std::optional<uint32_t> only = {};  // the <i> of seed=<base>:<i>: this execution alone
  bool seed_is_drawn = false;         // seed=random
  std::string recorded = {};          // a token or "@<file>": this execution alone
  std::string out_dir = "heddle-out";
  std::string resume_dir = {};  // of searches (explore/checkpoint.h); empty: none
};

struct Knob {
  std::string name = {};           // "max_steps"
  std::string unit = {};           // "steps"; empty: none
  std::string meaning = {};        // one sentence
  bool shapes_execution = false;   // the reproduce line repeats it where it was set
  std::string default_value = {};  // "100000"
  std::string allowed = {};        // "1 to 4294967295"
  // False, with nothing applied: the value is none of the allowed ones.
  std::function<bool(std::string_view value, Settings& settings)> apply = {};

  std::string Variable() const;  // "HEDDLE_MAX_STEPS"
  std::string Flag() const;      // "--heddle_max_steps"
};

const std::vector<Knob>& Knobs();

// How a knob is spelt: &Knob::Variable or &Knob::Flag.
using Spelling = std::string (Knob::*)() const;

// The knob with that spelling; null: there is none.
const Knob* FindKnob(std::string_view spelt, Spelling spelling);

// 'HEDDLE_CLOCK="later" cannot be used; allowed: when_idle, anytime'
std::string Refusal(const Knob& knob, Spelling spelling, std::string_view value);

// "HEDDLE_SCHEDULE is no knob; did you mean HEDDLE_SCHEDULES? There are HEDDLE_SEED, ..."
std::string NoSuchKnob(std::string_view spelt, Spelling spelling);

// "0x5eed", and "0x5eed:7" for one execution of it: values of the knob `seed`.
std::string FormatSeed(uint64_t base);
std::string FormatSeed(uint64_t base, uint32_t index);

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_KNOBS_H_
