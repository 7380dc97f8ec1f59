// SPDX-License-Identifier: Apache-2.0
//
// A replay follows what was recorded, and says in a sentence where it cannot.
#include "heddle/strategy/replay.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace heddle {
namespace {

// Tasks 0..3, of which task t stands at a lock of object t + 1.
class ReplayStrategyTest : public ::testing::Test {
 protected:
  ReplayStrategyTest() {
    for (uint32_t t = 0; t < 4; ++t) {
      stands_[t].word = Operation{OperationKind::kLock, TaskId{t}, ObjectId{t + 1}}.Word();
    }
    alternatives_.Bind(stands_, sizeof stands_[0]);
    alternatives_.runnable().InsertLow(0b1111);
  }

  Decision Recorded(uint32_t slot) const {
    return Decision{static_cast<uint16_t>(slot), DecisionCheck(stands_[slot].word)};
  }
  Decision RecordedIndex(uint32_t index) const {
    return Decision{static_cast<uint16_t>(index), DecisionCheck(kSend.Word())};
  }
  // Chooses, and the chosen task is then the last that ran.
  uint32_t Choose(ReplayStrategy& replay) {
    const uint32_t slot = replay.ChooseTask(alternatives_);
    if (slot != Strategy::kDiverged) alternatives_.set_last(slot);
    return slot;
  }

  static constexpr Operation kSend{OperationKind::kSend, TaskId{1}, ObjectId{9}};
  Stand stands_[4];
  Alternatives alternatives_;
};

constexpr uint32_t kDiverged = Strategy::kDiverged;

TEST_F(ReplayStrategyTest, FollowsAllDecisions) {
  ReplayStrategy replay({Recorded(2), Recorded(0), RecordedIndex(3), Recorded(3)});
  for (int run = 0; run < 2; ++run) {
    replay.Begin(77);
    EXPECT_EQ(Choose(replay), 2u);
    EXPECT_EQ(Choose(replay), 0u);
    EXPECT_EQ(replay.ChooseIndex(4, kSend), 3u);
    EXPECT_EQ(Choose(replay), 3u);
    EXPECT_EQ(replay.decided(), 4u);
    EXPECT_EQ(replay.divergence(), "");
  }
  EXPECT_EQ(replay.name(), "replay");
}

TEST_F(ReplayStrategyTest, FollowsDeviationsAndTheDefaultBetween) {
  Replay recorded;
  recorded.decisions = 7;
  recorded.deviations = {{1, Recorded(2)}, {4, RecordedIndex(1)}, {5, Recorded(1)}};
  ReplayStrategy replay(recorded);
  for (int run = 0; run < 2; ++run) {
    replay.Begin(0);
    alternatives_.set_last(3);
    EXPECT_EQ(Choose(replay), 3u);                // the default: whoever ran last goes on
    EXPECT_EQ(Choose(replay), 2u);                // deviation
    EXPECT_EQ(Choose(replay), 2u);                // goes on
    EXPECT_EQ(replay.ChooseIndex(3, kSend), 0u);  // the default is the first
    EXPECT_EQ(replay.ChooseIndex(3, kSend), 1u);  // deviation
    EXPECT_EQ(Choose(replay), 1u);                // deviation
    alternatives_.runnable().EraseLow(0b0010);    // it blocks:
    EXPECT_EQ(Choose(replay), 0u);                // the lowest slot is the default
    alternatives_.runnable().InsertLow(0b0010);
    EXPECT_EQ(replay.decided(), 7u);
    EXPECT_EQ(replay.divergence(), "");
  }
}

TEST_F(ReplayStrategyTest, TheClockNeverGoesOnByDefault) {
  Replay recorded;
  recorded.decisions = 1;
  ReplayStrategy replay(recorded);
  replay.Begin(0);
  alternatives_.runnable().InsertLow(uint64_t{1} << kClockSlot);
  alternatives_.set_last(kClockSlot);
  EXPECT_EQ(replay.ChooseTask(alternatives_), 0u);
}

TEST_F(ReplayStrategyTest, DivergesIfTheTaskIsNotRunnable) {
  const char kSentence[] =
      "decision 2 of 3: the task that went on in the recording cannot go on here";
  alternatives_.runnable().EraseLow(0b0100);

  ReplayStrategy complete({Recorded(1), Recorded(2), Recorded(1)});
  complete.Begin(0);
  EXPECT_EQ(Choose(complete), 1u);
  EXPECT_EQ(Choose(complete), kDiverged);
  EXPECT_EQ(complete.divergence(), kSentence);
  EXPECT_EQ(complete.decided(), 1u);

  Replay recorded;
  recorded.decisions = 3;
  recorded.deviations = {{1, Recorded(2)}};
  ReplayStrategy deviating(recorded);
  deviating.Begin(0);
  EXPECT_NE(Choose(deviating), kDiverged);
  EXPECT_EQ(Choose(deviating), kDiverged);
  EXPECT_EQ(deviating.divergence(), kSentence);
}

TEST_F(ReplayStrategyTest, DivergesIfThereCanBeNoSuchTask) {
  for (uint16_t choice : {uint16_t{4}, uint16_t{63}, uint16_t{64}, uint16_t{kMaxTasks - 1},
                          uint16_t{kMaxTasks}, uint16_t{0xffff}}) {
    ReplayStrategy replay({Decision{choice, 0}});
    replay.Begin(0);
    EXPECT_EQ(Choose(replay), kDiverged) << choice;
    EXPECT_EQ(replay.divergence(),
              "decision 1 of 1: the task that went on in the recording cannot go on here");
  }
}

TEST_F(ReplayStrategyTest, DivergesIfTheTaskStandsAtAnotherOperation) {
  const std::vector<Decision> decisions = {Recorded(1), Recorded(3)};
  stands_[3].word = Operation{OperationKind::kTryReceive, TaskId{3}, ObjectId{4}}.Word();
  const char kSentence[] =
      "decision 2 of 2: the task stands at another operation than in the recording (here: "
      "try-receive)";

  ReplayStrategy complete(decisions);
  complete.Begin(0);
  EXPECT_EQ(Choose(complete), 1u);
  EXPECT_EQ(Choose(complete), kDiverged);
  EXPECT_EQ(complete.divergence(), kSentence);

  Replay recorded;
  recorded.decisions = 2;
  recorded.deviations = {{1, decisions[1]}};
  ReplayStrategy deviating(recorded);
  deviating.Begin(0);
  EXPECT_NE(Choose(deviating), kDiverged);
  EXPECT_EQ(Choose(deviating), kDiverged);
  EXPECT_EQ(deviating.divergence(), kSentence);
}

TEST_F(ReplayStrategyTest, DivergesAfterTheLastRecordedDecision) {
  ReplayStrategy complete({Recorded(1)});
  complete.Begin(0);
  EXPECT_EQ(Choose(complete), 1u);
  EXPECT_EQ(Choose(complete), kDiverged);
  EXPECT_EQ(complete.divergence(), "decision 2 of 1: the recorded execution had ended before it");

  Replay recorded;
  recorded.decisions = 0;
  ReplayStrategy none(recorded);
  none.Begin(0);
  EXPECT_EQ(none.ChooseIndex(2, kSend), kDiverged);
  EXPECT_EQ(none.divergence(), "decision 1 of 0: the recorded execution had ended before it");
  none.Begin(0);
  EXPECT_EQ(Choose(none), kDiverged);
  EXPECT_EQ(none.divergence(), "decision 1 of 0: the recorded execution had ended before it");
}

TEST_F(ReplayStrategyTest, DivergesIfThereIsNoSuchIndex) {
  const char kSentence[] = "decision 1 of 1: the choice made in the recording does not exist here";
  ReplayStrategy complete({RecordedIndex(2)});
  complete.Begin(0);
  EXPECT_EQ(complete.ChooseIndex(2, kSend), kDiverged);
  EXPECT_EQ(complete.divergence(), kSentence);
  complete.Begin(0);
  EXPECT_EQ(complete.divergence(), "");
  EXPECT_EQ(complete.ChooseIndex(3, kSend), 2u);

  Replay recorded;
  recorded.decisions = 1;
  recorded.deviations = {{0, RecordedIndex(2)}};
  ReplayStrategy deviating(recorded);
  deviating.Begin(0);
  EXPECT_EQ(deviating.ChooseIndex(2, kSend), kDiverged);
  EXPECT_EQ(deviating.divergence(), kSentence);
}

TEST_F(ReplayStrategyTest, DivergesIfTheChoiceBelongsToAnotherOperation) {
  ReplayStrategy replay({RecordedIndex(1)});
  replay.Begin(0);
  const Operation receive{OperationKind::kReceive, TaskId{1}, ObjectId{9}};
  EXPECT_EQ(replay.ChooseIndex(2, receive), kDiverged);
  EXPECT_EQ(replay.divergence(),
            "decision 1 of 1: the choice made in the recording does not exist here");
}

}  // namespace
}  // namespace heddle
