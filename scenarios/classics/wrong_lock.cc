// SPDX-License-Identifier: Apache-2.0
//
// wrong_lock_N (wronglock of SCTBench): a value changed under the lock of its owner.
//
// One task increments a value under the mutex that guards it and expects to find it one higher. N
// others increment it, too, but under a mutex that has nothing to do with it. The value is atomic,
// so that it is the expectation that fails and not a race; an increment is a load and a store, as
// of a plain variable.
// Fixed: all lock the mutex of the value.
#include <gtest/gtest.h>

#include <vector>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <int kOthers>
struct ClassicWrongLock {
  Mutex value_mu{"value_mu"};
  Mutex other_mu{"other_mu"};
  Atomic<int> value{0, "value"};

  void IncrementAndCheck() {
    MutexLock lock(value_mu);
    const int before = value.load();
    value.store(value.load() + 1);
    EXPECT_EQ(value.load(), before + 1) << "somebody else wrote meanwhile";
  }

  void Increment(Version version) {
    MutexLock lock(version == Version::kFixed ? value_mu : other_mu);
    value.store(value.load() + 1);
  }

  static void Run(Version version) {
    ClassicWrongLock shared;
    std::vector<Task> tasks;
    tasks.push_back(Go("owner", [&] { shared.IncrementAndCheck(); }));
    for (int i = 0; i < kOthers; ++i) {
      tasks.push_back(Go("other", [&] { shared.Increment(version); }));
    }
    for (const Task& task : tasks) task.Join();
  }
};

SubjectInfo ClassicWrongLockInfo(const char* name, Body body) {
  return {
      .name = name,
      .suite = Suite::kClassics,
      .expected = Verdict::kAssertion,
      .when = When::kSome,
      .body = body,
      .explains = {"an assertion failed in T1 owner", "wrong_lock.cc:32: Expected equality",
                   "lock value_mu", "lock other_mu"},
  };
}

const Subject kClassicWrongLock2 = ClassicWrongLockInfo("wrong_lock_2", ClassicWrongLock<2>::Run);
const Subject kClassicWrongLock8 = ClassicWrongLockInfo("wrong_lock_8", ClassicWrongLock<8>::Run);

}  // namespace
}  // namespace catalogue
