// SPDX-License-Identifier: Apache-2.0
//
// A schedule: the decisions that, with the scenario, determine an execution; and the replay token,
// its printed form.
//
// The token says only where the schedule deviates from the non-preemptive default, which every
// replay can compute for itself: at a task decision the task that ran last goes on if it can, else
// the runnable task with the lowest slot goes; at any other decision alternative 0 is taken.
//
//   v1: length contents checksum
//
// All in digits of base64url (six bits each, highest bit first): two for the number of characters
// of the whole token, five for the checksum of all characters before it. The contents are a string
// of bits, filled up with zeros:
//
//   scenario    32  the upper bits of HashName of its name
//   trace hash  64
//   decisions    n  how many the execution took in all
//   deviations   n  how many follow, each as
//     distance   n  decisions since the deviation before that took the default
//     choice     n
//     check      8  kDecisionCheckBits
//
// where n is a number x in the exponential Golomb code: as many zeros as x + 1 has bits after its
// first, then x + 1. The numbers 0, 1-2, 3-6, 7-14 take 1, 3, 5, 7 bits.
//
// Only letters, digits, ':', '-' and '_' occur: a token needs no quoting in any shell. Tokens of
// this version will be decoded, or refused by name, by all later ones.
//
//   Replay replay = ...;                                     // from a failing execution
//   std::string token = EncodeToken(replay);
//   TokenResult result = DecodeToken(token, "Suite.Test");   // result.replay or result.error
#ifndef HEDDLE_CORE_SCHEDULE_H_
#define HEDDLE_CORE_SCHEDULE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/core/decision.h"

namespace heddle {

// Decision number `index` (from 0) differs from the default.
struct Deviation {
  uint32_t index = 0;
  Decision decision;

  friend constexpr bool operator==(const Deviation&, const Deviation&) = default;
};

// What a replay needs to know of an execution. A value.
struct Replay {
  uint64_t scenario = 0;  // HashName of the scenario's name
  uint64_t trace_hash = 0;
  uint32_t decisions = 0;                  // how many the execution took in all
  std::vector<Deviation> deviations = {};  // ascending by index

  friend bool operator==(const Replay&, const Replay&) = default;
};

// Longer tokens are not printed: the failure then shows the seed form and names a schedule file.
inline constexpr size_t kMaxTokenLength = 200;

// Requires deviations that ascend, with indices below `decisions`. May be longer than
// kMaxTokenLength, and is decoded all the same.
std::string EncodeToken(const Replay& replay);

struct TokenResult {
  std::optional<Replay> replay;
  std::string error;  // if there is no replay: why not and what to do, one sentence; else empty
};

// Decodes a token for the scenario named `scenario`; white space and quotes around it are ignored.
// Refuses, each with its own sentence, a token that is not one, of another version, cut short,
// altered, or of another scenario:
//
//   HEDDLE_REPLAY "v1:Aksz" is cut short: 7 of 36 characters; copy the whole line
// Without a scenario, one of any scenario is decoded: to find out whether it is a token at all.
TokenResult DecodeToken(std::string_view token, std::optional<std::string_view> scenario);

// The contents of a schedule file: a commented line-based text that holds the same Replay without a
// limit of length. DecodeScheduleFile refuses as DecodeToken does ('the schedule file is ...').
std::string EncodeScheduleFile(const Replay& replay, std::string_view scenario);
TokenResult DecodeScheduleFile(std::string_view contents, std::optional<std::string_view> scenario);

}  // namespace heddle

#endif  // HEDDLE_CORE_SCHEDULE_H_
