// SPDX-License-Identifier: Apache-2.0
//
// istio#8214: a counter was incremented atomically and copied plainly.
//
// Two tasks each add one to a cache's count of writes and then copy the statistics. Whichever comes
// first copies while nothing orders that with the other's addition. An Atomic has no plain read in
// Heddle: here a mutex makes the additions atomic, and the copy does without it.
// Fixed: the copy takes the mutex.
#include <gtest/gtest.h>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <template <class> class Variable>
struct Istio8214 {
  Variable<int> writes{0, "writes"};
  Mutex mu{"mu"};
  WaitGroup tasks{"tasks"};

  void Set() {
    MutexLock lock(mu);
    writes.Update([](int& count) { ++count; });
  }

  int Stats(Version version) {
    if (version == Version::kFixed) mu.lock();
    const int copy = writes.Get();
    if (version == Version::kFixed) mu.unlock();
    return copy;
  }

  void UseCache(Version version) {
    Set();
    EXPECT_GE(Stats(version), 1);
  }

  static void Run(Version version) {
    Istio8214 cache;
    cache.tasks.Go("test", [&] {
      cache.tasks.Go("worker", [&] { cache.UseCache(version); });
      cache.tasks.Go("worker", [&] { cache.UseCache(version); });
    });
    cache.tasks.Wait();
  }
};

const Subject kIstio8214 = {{
    .name = "istio_8214",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Istio8214<Shared>::Run,
    .plain = Istio8214<Plain>::Run,
    .explains = {"two accesses to variable \"writes\" are not ordered",
                 "worker at istio_8214.cc:33", "worker at istio_8214.cc:28"},
}};

}  // namespace
}  // namespace catalogue
