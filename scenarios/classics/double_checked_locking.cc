// SPDX-License-Identifier: Apache-2.0
//
// Double-checked locking: an object was used before it was filled in.
//
// The settings are read at the first use. So that later uses need no lock, a pointer to them is
// looked at without one; only who finds none takes the lock and looks again. The pointer is atomic,
// but it is stored and read with relaxed order, which promises nothing about the settings it points
// to: compiler and processor may publish it first and fill the settings in afterwards. So a user
// who found the pointer reads settings that another one may still be filling in.
// Fixed: the pointer is stored with release order and read with acquire order.
#include <gtest/gtest.h>

#include <atomic>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <template <class> class Variable>
struct DoubleCheckedLocking {
  const Version version;
  Variable<int> timeout{0, "settings.timeout"};
  Atomic<const Variable<int>*> settings{nullptr, "settings"};
  Mutex mu{"mu"};

  const Variable<int>& Settings() {
    const bool fixed = version == Version::kFixed;
    const auto* found =
        settings.load(fixed ? std::memory_order_acquire : std::memory_order_relaxed);
    if (found != nullptr) return *found;
    MutexLock lock(mu);
    if (settings.load(std::memory_order_relaxed) == nullptr) {
      timeout.Set(30);
      settings.store(&timeout, fixed ? std::memory_order_release : std::memory_order_relaxed);
    }
    return timeout;
  }

  static void Run(Version version) {
    DoubleCheckedLocking program{version};
    WaitGroup tasks("tasks");
    for (int i = 0; i < 2; ++i) {
      tasks.Go("user", [&] { EXPECT_EQ(program.Settings().Get(), 30); });
    }
    tasks.Wait();
  }
};

const Subject kDoubleCheckedLocking = {{
    .name = "double_checked_locking",
    .suite = Suite::kClassics,
    .expected = Verdict::kRace,
    .when = When::kSome,
    .body = DoubleCheckedLocking<Shared>::Run,
    .plain = DoubleCheckedLocking<Plain>::Run,
    .explains = {"two accesses to variable \"settings.timeout\" are not ordered",
                 "user at double_checked_locking.cc:38", "read of variable \"settings.timeout\"",
                 "user at double_checked_locking.cc:48"},
}};

}  // namespace
}  // namespace catalogue
