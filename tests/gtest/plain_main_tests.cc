// SPDX-License-Identifier: Apache-2.0
//
// HEDDLE_TEST under GoogleTest's own main().
#include <thread>

#include "heddle/core/check.h"
#include "heddle/gtest/heddle_test.h"
#include "heddle/heddle.h"

namespace {

using namespace heddle;

void LockBoth(Mutex& first, Mutex& second) {
  MutexLock outer(first);
  MutexLock inner(second);
}

HEDDLE_TEST(PlainMain, FindsADeadlock) {
  Mutex a("a"), b("b");
  Task left = Go("left", [&] { LockBoth(a, b); });
  Task right = Go("right", [&] { LockBoth(b, a); });
  left.Join();
  right.Join();
}

HEDDLE_TEST(PlainMain, Passes, .schedules = 50) {
  Mutex a("a"), b("b");
  Task left = Go("left", [&] { LockBoth(a, b); });
  Task right = Go("right", [&] { LockBoth(a, b); });
  left.Join();
  right.Join();
}

HEDDLE_TEST(PlainMain, Vacuous, .schedules = 0) {}

HEDDLE_TEST(PlainMain, InternalError) { HEDDLE_CHECK(1 + 1 == 3); }

volatile int unguarded = 0;  // else nobody reads it, and the compiler leaves it out

TEST(PlainMain, RacesOutside) {
  std::thread first([] { unguarded = 1; });
  std::thread second([] { unguarded = 1; });
  first.join();
  second.join();
}

}  // namespace
