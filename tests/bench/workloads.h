// SPDX-License-Identifier: Apache-2.0
//
// The bodies that several benchmarks execute.
#ifndef HEDDLE_TESTS_BENCH_WORKLOADS_H_
#define HEDDLE_TESTS_BENCH_WORKLOADS_H_

#include "bench/sample.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"

namespace heddle::bench {

// W1/T: T tasks, each 10 x (lock; increment; unlock), joined by the body.
template <int tasks>
constexpr double kCounterOperations = 2 * tasks + 20 * tasks;

template <int tasks>
void CountTogether() {
  Mutex mu;
  Shared<int> counter(0);
  Task spawned[tasks];
  for (Task& task : spawned) {
    task = Go([&mu, &counter] {
      for (int i = 0; i < 10; ++i) {
        mu.lock();
        counter.Set(counter.Get() + 1);
        mu.unlock();
      }
    });
  }
  for (Task& task : spawned) task.Join();
  Require(counter.Get() == 10 * tasks);
}

// W2: one producer, one consumer, 100 values through a buffer of 4.
void PassValues();
// W5: four empty tasks.
void SpawnAndJoin();
// W6: four tasks, 100 yields each.
void YieldInTurn();

}  // namespace heddle::bench

#endif  // HEDDLE_TESTS_BENCH_WORKLOADS_H_
