// SPDX-License-Identifier: Apache-2.0
//
// What tokens and schedule files have in common. Both are a text of fixed frame: a start that names the
// version, the length of the whole, the contents, and a checksum of all before it. The length is what
// tells a text that was cut short from one that was altered; an altered length is told from both because
// the checksum holds once the true length is put in its place.
#ifndef HEDDLE_CORE_INTERNAL_SCHEDULE_FRAME_H_
#define HEDDLE_CORE_INTERNAL_SCHEDULE_FRAME_H_

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "heddle/core/schedule.h"

namespace heddle::internal {

inline constexpr uint32_t kMax32 = std::numeric_limits<uint32_t>::max();
inline constexpr uint64_t kMax64 = std::numeric_limits<uint64_t>::max();
inline constexpr uint16_t kMaxChoice = std::numeric_limits<uint16_t>::max();
inline constexpr uint16_t kMaxCheck = (1 << kDecisionCheckBits) - 1;

// What the two forms of a schedule are called in sentences.
struct Form {
  std::string_view unit;   // of the length
  std::string_view whole;  // what to copy
};

// What may be wrong with a text, each as the rest of a sentence with what to do.
std::string CutShort(const Form& form, uint64_t actual, uint64_t stated);
std::string Altered(const Form& form, std::string_view how);
std::string OtherVersion(std::string_view version);

// What is wrong with a frame; empty: nothing. `checksum_holds`: for the text with its actual length
// in place of the stated one.
std::string JudgeFrame(const Form& form, uint64_t stated, uint64_t actual, bool checksum_holds);

// Adds a deviation that was decoded; false if no execution can have taken it.
bool AddDeviation(uint64_t index, Decision decision, Replay* replay);

// `text` in quotes, fit to stand in a sentence: abbreviated, printable characters only.
std::string Quoted(std::string_view text);
// A name on one line.
std::string OneLine(std::string_view name);
std::string_view Trimmed(std::string_view text, std::string_view unwanted);
// The digits with which `text` begins.
std::string_view LeadingDecimals(std::string_view text);

TokenResult Refuse(std::string sentence);

}  // namespace heddle::internal

#endif  // HEDDLE_CORE_INTERNAL_SCHEDULE_FRAME_H_
