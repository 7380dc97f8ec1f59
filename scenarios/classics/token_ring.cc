// SPDX-License-Identifier: Apache-2.0
//
// token_ring (SCTBench): the stations of a ring did not agree though each had copied its neighbour.
//
// The first station increments the value of the last, the second copies the first, the third copies
// the second, each in one step under a mutex. A check after all three expects one value everywhere.
// That holds only if the stations came in the order of the ring, which nothing ensures.
// Fixed: a station waits for its predecessor's token.
#include <gtest/gtest.h>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct ClassicTokenRing {
  struct Station {
    int value;
    bool done = false;
  };

  Mutex mu{"mu"};
  Event second_turn{"second_turn"};
  Event third_turn{"third_turn"};
  Station first{1};
  Station second{2};
  Station third{1};

  void Increment(Version version) {
    mu.lock();
    first = {(third.value + 1) % 4, true};
    mu.unlock();
    if (version == Version::kFixed) second_turn.Set();
  }

  void CopyFirst(Version version) {
    if (version == Version::kFixed) second_turn.Wait();
    mu.lock();
    second = {first.value, true};
    mu.unlock();
    if (version == Version::kFixed) third_turn.Set();
  }

  void CopySecond(Version version) {
    if (version == Version::kFixed) third_turn.Wait();
    MutexLock lock(mu);
    third = {second.value, true};
  }

  void Check() {
    MutexLock lock(mu);
    if (!first.done || !second.done || !third.done) return;
    EXPECT_TRUE(first.value == second.value && second.value == third.value)
        << "no agreement: " << first.value << ", " << second.value << ", " << third.value;
  }
};

const Subject kClassicTokenRing = {{
    .name = "token_ring",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body =
        [](Version version) {
          ClassicTokenRing ring;
          const Task first = Go("first", [&] { ring.Increment(version); });
          const Task second = Go("second", [&] { ring.CopyFirst(version); });
          const Task third = Go("third", [&] { ring.CopySecond(version); });
          const Task check = Go("check", [&] { ring.Check(); });
          check.Join();
          third.Join();
          second.Join();
          first.Join();
        },
    .explains =
        {"an assertion failed in T4 check",
         "token_ring.cc:56: Value of: first.value == second.value && second.value == third.value",
         "no agreement: "},
}};

}  // namespace
}  // namespace catalogue
