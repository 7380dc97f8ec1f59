// SPDX-License-Identifier: Apache-2.0
#ifndef HEDDLE_TESTS_SYNC_CONDITION_ROOM_H_
#define HEDDLE_TESTS_SYNC_CONDITION_ROOM_H_

#include "heddle/sync/condition_variable.h"
#include "heddle/sync/mutex.h"
#include "support/scenario.h"

namespace heddle::testing_support {

// A scenario in which tasks wait at a condition variable, how many being known.
struct ConditionRoom {
  Mutex mu{"mu"};
  ConditionVariable cv{"cv"};
  Stage parked;  // tasks that hold `mu` and wait next: once `mu` is free they are parked

  void AwaitParked(int count) {
    parked.Await(count);
    MutexLock lock(mu);
  }
};

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SYNC_CONDITION_ROOM_H_
