// SPDX-License-Identifier: Apache-2.0
//
// The executions of support/commute.h: what can be seen between two steps, and the strategy that takes two steps in
// a given order.
#ifndef HEDDLE_TESTS_SUPPORT_COMMUTE_STRATEGY_H_
#define HEDDLE_TESTS_SUPPORT_COMMUTE_STRATEGY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/core/dependence.h"
#include "heddle/core/random.h"
#include "heddle/core/verdict.h"
#include "heddle/runtime/execute.h"
#include "heddle/strategy/strategy.h"
#include "support/commute.h"

namespace heddle::testing_support {

struct StandingTask {
  uint32_t slot = 0;
  AnnouncedOperation at;
  bool finished = false;
  bool runnable = false;

  bool Clock() const { return slot == kClockSlot; }
};

// A state at which the strategy was asked, and whom it chose.
struct Asked {
  size_t decided = 0;  // decisions before it
  size_t steps = 0;    // before it
  std::vector<StandingTask> tasks;
  uint32_t chosen = 0;  // slot
};

struct Ended {
  Verdict verdict = Verdict::kPassed;
  StepTrace trace;
  std::vector<std::vector<int64_t>> notes;
  std::vector<uint64_t> states;    // folded, from the pair on
  std::vector<std::string> told;   // the same as texts, if asked for
  bool disabled = false;           // the second of the pair could not go on
  std::vector<uint32_t> runnable;  // slots of those who could go on when it failed
};

// Walks at random and takes down what it saw; or, told to Repeat, takes the decisions of that walk up to a pair,
// then the two tasks of the pair, and then goes on by what does not depend on their order.
class CommuteStrategy final : public Strategy {
 public:
  struct Pair {
    size_t decided = 0;  // decisions before it
    size_t steps = 0;    // before it
    uint32_t first = 0;  // slots
    uint32_t second = 0;
  };

  std::string_view name() const override { return "commute"; }
  void Begin(uint64_t seed) override;
  uint32_t ChooseTask(const Alternatives& alternatives) override;
  uint32_t ChooseIndex(uint32_t count, Operation operation) override;

  void Repeat(const Pair& pair, bool tell) {
    pair_ = pair;
    tell_ = tell;
  }

  std::vector<uint32_t> decisions;  // of the walk
  std::vector<Asked> asked;         // in the walk
  Ended* ended = nullptr;           // takes what is seen after the pair

 private:
  enum class Stage { kWalk, kPrefix, kSecond, kAfter };

  uint32_t Walk(const Alternatives& alternatives);
  uint32_t GoOn();

  std::optional<Pair> pair_;
  bool tell_ = false;
  Stage stage_ = Stage::kWalk;
  size_t index_ = 0;
  uint64_t seed_ = 0;
  Random random_;
};

// One execution of the program of that number.
void ExecuteWorld(const CommuteWorld& world, uint64_t program, CommuteStrategy& strategy,
                  Ended* ended);

// "T1 lock #2"
std::string Describe(const Operation& operation);

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_COMMUTE_STRATEGY_H_
