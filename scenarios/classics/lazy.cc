// SPDX-License-Identifier: Apache-2.0
//
// lazy (lazy01 of SCTBench): a reader that was to come before the initialisation came after it.
//
// Two tasks each add their part to a value, a third reads it and expects that at least one part is
// still missing. All lock the same mutex, but nothing says who comes when: it may be the last.
// Fixed: the larger part is added only after the reader has looked.
#include <gtest/gtest.h>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct ClassicLazy {
  static constexpr int kComplete = 3;

  Mutex mu{"mu"};
  Event looked{"looked"};
  int value = 0;

  void AddOne() {
    MutexLock lock(mu);
    value += 1;
  }

  void AddTwo(Version version) {
    if (version == Version::kFixed) looked.Wait();
    MutexLock lock(mu);
    value += 2;
  }

  void Look(Version version) {
    mu.lock();
    EXPECT_LT(value, kComplete) << "looked too late";
    mu.unlock();
    if (version == Version::kFixed) looked.Set();
  }
};

const Subject kClassicLazy = {{
    .name = "lazy",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body =
        [](Version version) {
          ClassicLazy lazy;
          const Task reader = Go("reader", [&] { lazy.Look(version); });
          const Task two = Go("adds two", [&] { lazy.AddTwo(version); });
          const Task one = Go("adds one", [&] { lazy.AddOne(); });
          one.Join();
          two.Join();
          reader.Join();
        },
    .explains = {"an assertion failed in T1 reader",
                 "lazy.cc:38: Expected: (value) < (kComplete), actual: 3 vs 3", "looked too late"},
}};

}  // namespace
}  // namespace catalogue
