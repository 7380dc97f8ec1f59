// SPDX-License-Identifier: Apache-2.0
//
// Fails, as it should: two locks, taken in two orders.
#include "heddle/gtest/heddle_test.h"
#include "heddle/heddle.h"

HEDDLE_TEST(Account, TransfersBothWays) {
  heddle::Mutex alice("alice"), bob("bob");
  heddle::Task there = heddle::Go("there", [&] {
    heddle::MutexLock first(alice);
    heddle::MutexLock second(bob);
  });
  heddle::Task back = heddle::Go("back", [&] {
    heddle::MutexLock first(bob);
    heddle::MutexLock second(alice);
  });
  there.Join();
  back.Join();
}
