// SPDX-License-Identifier: Apache-2.0
//
// Lost wake-up: the flag that was waited for was set outside the mutex.
//
// The waiter holds the mutex when it looks at the flag, and until it is in the line of the
// condition variable. Whoever sets the flag does so without the mutex, since the flag is atomic,
// and notifies. In between the look and the line, that reaches nobody, and the waiter waits for
// ever.
// Fixed: the flag is set under the mutex, so that nobody is between the two.
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct LostWakeup {
  Mutex mu{"mu"};
  ConditionVariable changed{"changed"};
  Atomic<bool> ready{false, "ready"};

  void Await() {
    MutexLock lock(mu);
    while (!ready.load()) changed.wait(lock);
  }

  void Announce(Version version) {
    if (version == Version::kFixed) mu.lock();
    ready.store(true);
    if (version == Version::kFixed) mu.unlock();
    changed.notify_one();
  }

  static void Run(Version version) {
    LostWakeup data;
    WaitGroup tasks("tasks");
    tasks.Go("waiter", [&] { data.Await(); });
    tasks.Go("announcer", [&] { data.Announce(version); });
    tasks.Wait();
  }
};

const Subject kLostWakeup = {{
    .name = "lost_wakeup",
    .suite = Suite::kClassics,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body = LostWakeup::Run,
    .explains = {"T1 -> needs a notify on condition variable \"changed\" -> T2 notified",
                 "before T1 waited", "lost_wakeup.cc:25", "lost_wakeup.cc:32"},
}};

}  // namespace
}  // namespace catalogue
