// SPDX-License-Identifier: Apache-2.0
//
// Readers and writers: readers kept overtaking a writer, which starved.
//
// A readers-writer lock made of a mutex and a condition variable lets readers in whenever nobody
// writes. While two readers come and go so that one of them is always inside, or is back before the
// writer has woken up, the writer never gets in. For ever is more than one execution can show, and
// a fair scheduler lets the writer in at some time. So what is asserted is a bound: once the writer
// waits, two more reads at most begin before its turn, one of each reader, who may have been at the
// door. (Each reader comes six times, and the writer once.)
// Fixed: readers stay out while a writer waits.
#include <gtest/gtest.h>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

constexpr int kStarvationReaders = 2;

struct StarvingLock {
  Mutex mu{"mu"};
  ConditionVariable changed{"changed"};
  int readers = 0;
  int waiting_writers = 0;
  bool writing = false;
  int overtakes = 0;

  void LockShared(Version version) {
    MutexLock lock(mu);
    while (writing || (version == Version::kFixed && waiting_writers > 0)) changed.wait(lock);
    ++readers;
    if (waiting_writers == 0) return;
    EXPECT_LE(++overtakes, kStarvationReaders) << "the writer starves";
  }

  void UnlockShared() {
    MutexLock lock(mu);
    if (--readers == 0) changed.notify_all();
  }

  void Lock() {
    MutexLock lock(mu);
    ++waiting_writers;
    while (writing || readers > 0) changed.wait(lock);
    --waiting_writers;
    writing = true;
  }

  void Unlock() {
    MutexLock lock(mu);
    writing = false;
    changed.notify_all();
  }

  static void Run(Version version) {
    StarvingLock rw;
    WaitGroup tasks("tasks");
    for (int i = 0; i < kStarvationReaders; ++i) {
      tasks.Go("reader", [&] {
        for (int read = 0; read < 6; ++read) {
          rw.LockShared(version);
          rw.UnlockShared();
        }
      });
    }
    tasks.Go("writer", [&] {
      rw.Lock();
      rw.Unlock();
    });
    tasks.Wait();
  }
};

const Subject kStarvation = {{
    .name = "starvation",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body = StarvingLock::Run,
    .explains = {"the writer starves", "T3 writer", "wait changed", "starvation.cc:37"},
}};

}  // namespace
}  // namespace catalogue
