// SPDX-License-Identifier: Apache-2.0
//
// Chains keep their order, sequences share beginnings, and places are used again.
#include "heddle/strategy/internal/wakeups.h"

#include <cstdint>
#include <string>

#include "gtest/gtest.h"

namespace heddle {
namespace {

SearchStep StepOf(uint32_t slot) { return {.slot = slot}; }

// "1(2 3) 4": 1 and 4 are alternatives, and so are 2 and 3 after 1.
std::string TreeAt(const Wakeups& wakeups, uint32_t chain) {
  std::string text;
  for (uint32_t at = chain; at != 0; at = wakeups.Next(at)) {
    if (!text.empty()) text += " ";
    text += std::to_string(wakeups.StepAt(at).slot);
    if (wakeups.Following(at) != 0) text += "(" + TreeAt(wakeups, wakeups.Following(at)) + ")";
  }
  return text;
}

TEST(WakeupsTest, AChainKeepsTheOrderOfItsSteps) {
  Wakeups wakeups;
  uint32_t chain = 0;
  for (uint32_t slot : {3, 1, 2}) wakeups.Append(&chain, StepOf(slot));
  EXPECT_EQ(TreeAt(wakeups, chain), "3 1 2");
}

TEST(WakeupsTest, SequencesShareTheirBeginning) {
  Wakeups wakeups;
  uint32_t chain = 0;
  const uint32_t first = wakeups.Append(&chain, StepOf(1));
  wakeups.Append(&chain, StepOf(4));
  const uint32_t second = wakeups.AppendAfter(first, StepOf(2));
  wakeups.AppendAfter(first, StepOf(3));
  wakeups.AppendAfter(second, StepOf(5));
  EXPECT_EQ(TreeAt(wakeups, chain), "1(2(5) 3) 4");

  const uint32_t following = wakeups.Pop(&chain);
  EXPECT_EQ(TreeAt(wakeups, following), "2(5) 3");
  EXPECT_EQ(TreeAt(wakeups, chain), "4");
  EXPECT_EQ(wakeups.Pop(&chain), 0u);
  EXPECT_EQ(chain, 0u);
}

TEST(WakeupsTest, WhatIsReleasedIsUsedAgain) {
  Wakeups wakeups;
  uint64_t bytes = 0;
  for (int i = 0; i < 10; ++i) {
    uint32_t chain = 0;
    uint32_t at = wakeups.Append(&chain, StepOf(0));
    for (uint32_t slot = 1; slot < 20; ++slot) {
      wakeups.Append(&chain, StepOf(slot));
      at = wakeups.AppendAfter(at, StepOf(slot));
    }
    if (i == 0) bytes = wakeups.Bytes();
    EXPECT_EQ(wakeups.Bytes(), bytes);
    wakeups.Release(&chain);
    EXPECT_EQ(chain, 0u);
  }
}

}  // namespace
}  // namespace heddle
