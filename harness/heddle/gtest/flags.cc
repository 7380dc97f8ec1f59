// SPDX-License-Identifier: Apache-2.0
#include "heddle/gtest/flags.h"

#include <cstddef>
#include <cstdlib>
#include <string_view>

#include "heddle/explore/knobs.h"

namespace heddle::internal {
namespace {

std::string TakeFlag(std::string_view argument) {
  const size_t equals = argument.find('=');
  const std::string_view name = argument.substr(0, equals);
  const Knob* knob = FindKnob(name, &Knob::Flag);
  if (knob == nullptr) return NoSuchKnob(name, &Knob::Flag);
  if (equals == std::string_view::npos) return "write " + knob->Flag() + "=<value>";
  // As a variable, an empty value would count as unset.
  const std::string value(argument.substr(equals + 1));
  Settings unused;
  if (value.empty() || !knob->apply(value, unused)) return Refusal(*knob, &Knob::Flag, value);
  setenv(knob->Variable().c_str(), value.c_str(), 1);
  return "";
}

}  // namespace

std::string TakeFlags(int* argc, char** argv) {
  int kept = 1;
  for (int i = 1; i < *argc; ++i) {
    if (!std::string_view(argv[i]).starts_with("--heddle")) {
      argv[kept++] = argv[i];
    } else if (std::string error = TakeFlag(argv[i]); !error.empty()) {
      return error;
    }
  }
  if (kept < *argc) argv[kept] = nullptr;
  *argc = kept;
  return "";
}

std::string HelpOnKnobs() {
  std::string text =
      "\nHeddle's knobs. Each is a flag of this program and an environment variable of any; a flag "
      "goes\nbefore the variable, that before the code. Numbers are decimal or, after 0x, "
      "hexadecimal.\n";
  for (const Knob& knob : Knobs()) {
    text += "\n  " + knob.Flag() + "=, " + knob.Variable() + "=\n      " + knob.meaning +
            "\n      Default " + knob.default_value + (knob.unit.empty() ? "" : " " + knob.unit) +
            "; allowed: " + knob.allowed + "\n";
  }
  return text;
}

}  // namespace heddle::internal
