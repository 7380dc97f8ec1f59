// SPDX-License-Identifier: Apache-2.0
//
// Schedules for the tests of their two printed forms, and what is said of a spoilt one.
#ifndef HEDDLE_TESTS_SUPPORT_REPLAYS_H_
#define HEDDLE_TESTS_SUPPORT_REPLAYS_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "heddle/core/random.h"
#include "heddle/core/schedule.h"

namespace heddle::testing_support {

inline constexpr std::string_view kName = "CheckoutTest.DrainsOnClose";
inline constexpr uint32_t kMax32 = std::numeric_limits<uint32_t>::max();

inline Replay Sample() {
  return Replay{.scenario = HashName(kName),
                .trace_hash = 0x0123456789abcdefu,
                .decisions = 41,
                .deviations = {{0, {1, 0x5c}}, {3, {2, 0x00}}, {17, {0, 0xff}}}};
}

// The token of Sample().
inline constexpr std::string_view kGoldenToken = "v1:AkszaWRAEjRWeJq83vBUSlxsAHf8tDLlJ";

inline const testing::Matcher<const std::string&> kSaysCut = testing::HasSubstr(" is cut short");
inline const testing::Matcher<const std::string&> kSaysAltered =
    testing::HasSubstr(" is altered: ");
inline const testing::Matcher<const std::string&> kSaysVersion =
    testing::HasSubstr(", this build reads v1; ");
inline const testing::Matcher<const std::string&> kSaysNoToken =
    testing::HasSubstr(" is no replay token: ");
inline const testing::Matcher<const std::string&> kSaysNoFile =
    testing::HasSubstr("the schedule file is none: ");
inline const testing::Matcher<const std::string&> kSaysScenario =
    testing::HasSubstr(" belongs to another scenario than ");

// A replay of up to `max_deviations`, its numbers of all magnitudes.
inline Replay AnyReplay(Random& random, uint32_t max_deviations) {
  auto any = [&random](uint32_t bits) { return random.Next() >> (32 - 1 - random.Below(bits)); };
  Replay replay;
  replay.scenario = HashName(kName);
  replay.trace_hash = static_cast<uint64_t>(random.Next()) << 32 | random.Next();
  const uint32_t count = random.Below(max_deviations + 1);
  uint64_t next = 0;
  for (uint32_t i = 0; i < count && next < kMax32; ++i) {
    const uint64_t index = next + any(random.Below(8) == 0 ? 30 : 6);
    if (index >= kMax32) break;
    const Decision decision{static_cast<uint16_t>(any(16)),
                            static_cast<uint16_t>(random.Below(1u << kDecisionCheckBits))};
    replay.deviations.push_back({static_cast<uint32_t>(index), decision});
    next = index + 1;
  }
  replay.decisions = static_cast<uint32_t>(std::min<uint64_t>(next + any(10), kMax32));
  return replay;
}

// All fields at their greatest.
inline Replay GreatestReplay() {
  const Decision greatest{std::numeric_limits<uint16_t>::max(), (1 << kDecisionCheckBits) - 1};
  return Replay{.scenario = HashName(kName),
                .trace_hash = std::numeric_limits<uint64_t>::max(),
                .decisions = kMax32,
                .deviations = {{0, greatest}, {kMax32 - 1, greatest}}};
}

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_REPLAYS_H_
