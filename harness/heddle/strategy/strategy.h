// SPDX-License-Identifier: Apache-2.0
//
// Whoever makes the decisions.
//
// A strategy sees values only: which tasks are runnable and the operations at which they stand. It
// is asked only where there are at least two alternatives, it never sees an address, and it draws
// from its own seeded generator alone: the same seed makes the same decisions everywhere.
//
//   class NeverPreempt final : public Strategy {
//    public:
//     uint32_t ChooseTask(const Alternatives& a) override { return a.Default(); }
//     uint32_t ChooseIndex(uint32_t, Operation) override { return 0; }
//     ...
//   };
//
// The step loop makes one virtual call per decision and none at points without a choice.
//
// Some strategies learn: how long executions are, say. They do so from the first kLessons executions of an
// exploration alone and never change after that, so that the decisions of execution i depend on the base
// seed and i, and on nothing else: every shard, job and single execution runs those first. Others search: they see
// every step (strategy/search.h).
#ifndef HEDDLE_STRATEGY_STRATEGY_H_
#define HEDDLE_STRATEGY_STRATEGY_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "heddle/core/operation.h"
#include "heddle/strategy/runnable_set.h"

namespace heddle {

// Where a task stands.
struct Stand {
  uint64_t word = 0;     // the announced operation (Operation::Word)
  uint32_t unasked = 0;  // steps that it has taken without a decision: nobody else could
};

// The tasks among which a strategy chooses, and where they stand.
class Alternatives {
 public:
  // `first` is that of slot 0, that of slot s is s * `stride` bytes on; so is what it has as its operand. Without
  // `first_operand` nobody has any.
  void Bind(const Stand* first, size_t stride, const uint64_t* first_operand = nullptr) {
    first_ = reinterpret_cast<const std::byte*>(first);
    first_operand_ = reinterpret_cast<const std::byte*>(first_operand);
    stride_ = stride;
  }

  const RunnableSet& runnable() const { return runnable_; }
  RunnableSet& runnable() { return runnable_; }
  // The slot of the task that took the last step.
  uint32_t last() const { return last_; }
  void set_last(uint32_t slot) { last_ = slot; }

  // What the task in `slot` is about to do.
  Operation Announced(uint32_t slot) const { return Operation::FromWord(Word(slot)); }
  uint64_t Word(uint32_t slot) const { return At(slot).word; }
  // What it is about to do that with: of two operations with different ones only one may be possible.
  uint64_t Operand(uint32_t slot) const {
    if (first_operand_ == nullptr) return 0;
    return *reinterpret_cast<const uint64_t*>(first_operand_ + slot * stride_);
  }
  // Steps that it has taken without a decision.
  uint32_t Unasked(uint32_t slot) const { return At(slot).unasked; }

  // The non-preemptive default: the last task if it can go on, else the lowest runnable slot. (The
  // clock never goes on by default.)
  uint32_t Default() const {
    return last_ != kClockSlot && runnable_.Contains(last_) ? last_ : runnable_.First();
  }

 private:
  const Stand& At(uint32_t slot) const {
    return *reinterpret_cast<const Stand*>(first_ + slot * stride_);
  }

  RunnableSet runnable_;
  uint32_t last_ = 0;
  const std::byte* first_ = nullptr;
  const std::byte* first_operand_ = nullptr;
  size_t stride_ = 0;
};

// Strategies learn from executions 0 to kLessons - 1.
inline constexpr uint32_t kLessons = 32;

// What an execution that passed was like.
struct Lesson {
  uint32_t decisions = 0;
  std::span<const Operation> steps;  // the operation of every step, in order
};

class Search;

class Strategy {
 public:
  // Instead of a choice: the decisions asked for do not fit this execution (replay only).
  static constexpr uint32_t kDiverged = 0xffff'ffff;

  virtual ~Strategy() = default;

  // The word for reports and HEDDLE_STRATEGY.
  virtual std::string_view name() const = 0;
  // Whether lessons are to be given.
  virtual bool Learns() const { return false; }
  // One of executions 0 to kLessons - 1 passed, whoever decided in it.
  virtual void Learn(const Lesson&) {}
  // Who decides in execution `index`: this strategy, or one of those among which it divides them.
  virtual Strategy& ForExecution(uint32_t /*index*/) { return *this; }
  // Itself, if it is systematic (strategy/search.h).
  virtual Search* AsSearch() { return nullptr; }

  // An execution begins. `seed` is the only source of chance.
  virtual void Begin(uint64_t seed) = 0;
  // The slot of a runnable task. At least two are runnable.
  virtual uint32_t ChooseTask(const Alternatives& alternatives) = 0;
  // An index below `count` (at least 2): a choice in the effect of `operation`.
  virtual uint32_t ChooseIndex(uint32_t count, Operation operation) = 0;
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_STRATEGY_H_
