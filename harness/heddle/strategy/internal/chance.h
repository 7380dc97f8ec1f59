// SPDX-License-Identifier: Apache-2.0
//
// What randomised strategies share: where their chance comes from, and how far they look.
#ifndef HEDDLE_STRATEGY_INTERNAL_CHANCE_H_
#define HEDDLE_STRATEGY_INTERNAL_CHANCE_H_

#include <cstdint>
#include <optional>

#include "heddle/core/dependence.h"
#include "heddle/core/operation.h"
#include "heddle/core/random.h"
#include "heddle/strategy/runnable_set.h"

namespace heddle {

// Strategies that look at every runnable task choose one at random where there are more than these: a
// decision among thousands would cost microseconds.
inline constexpr uint32_t kMostCompared = 256;

// Strategies with priorities let nobody starve: every so many decisions somebody's, or everybody's, is drawn anew.
inline constexpr uint32_t kFairInterval = 1000;

// ... and that of a task that polled so often.
inline constexpr uint32_t kMostPolls = 16;

// Whether a task may repeat such an operation until another task has done something.
inline bool IsPolling(OperationKind kind) {
  using K = OperationKind;
  constexpr KindSet kPolling(K::kYield, K::kTryLock, K::kTryLockShared, K::kTryAcquire, K::kTrySend,
                             K::kTryReceive, K::kTrySelect, K::kTryWait, K::kLoad, K::kExchange,
                             K::kCompareExchange, K::kLength, K::kErr);
  return kPolling.Contains(kind);
}

inline bool TooManyToCompare(const RunnableSet& runnable) {
  return runnable.high_count() > kMostCompared;
}

// The two streams of an execution: one for the schedule, one for the values that a scenario draws, so that
// drawing one more changes no schedule.
class Chance {
 public:
  void Begin(uint64_t seed) {
    schedule_ = Random(seed);
    seed_ = seed;
    data_.reset();
  }

  Random& schedule() { return schedule_; }

  // Strategy::ChooseIndex: every index is equally likely.
  uint32_t Index(uint32_t count, Operation operation) {
    return operation.kind == OperationKind::kChoose ? Data().Below(count) : schedule_.Below(count);
  }
  // Each runnable task is equally likely.
  uint32_t AnyOf(const RunnableSet& runnable) {
    return runnable.Nth(schedule_.Below(runnable.Count()));
  }

 private:
  // Made when first drawn from: few scenarios do, and an execution begins faster without.
  Random& Data() {
    if (!data_) data_ = Random(seed_).Split(kDataStream);
    return *data_;
  }

  Random schedule_;
  uint64_t seed_ = 0;
  std::optional<Random> data_;
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_CHANCE_H_
