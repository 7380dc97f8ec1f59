// SPDX-License-Identifier: Apache-2.0
//
// Bounded queue: producers and consumers waited for the same condition variable, and one was
// notified.
//
// There is room for one value. A consumer that takes it notifies one of those who wait, for a
// producer may wait for room. But another consumer may wait, too: if it is the one that is
// notified, it finds nothing and waits again, and nobody tells the producer.
// Fixed: all are notified, and those who cannot go on wait again.
#include <deque>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct NotifyOneQueue {
  const Version version;
  Mutex mu{"mu"};
  ConditionVariable changed{"changed"};
  std::deque<int> values;

  void Put(int value) {
    MutexLock lock(mu);
    while (!values.empty()) changed.wait(lock);
    values.push_back(value);
    Notify();
  }

  int Take() {
    MutexLock lock(mu);
    while (values.empty()) changed.wait(lock);
    const int value = values.front();
    values.pop_front();
    Notify();
    return value;
  }

  void Notify() {
    if (version == Version::kFixed) {
      changed.notify_all();
    } else {
      changed.notify_one();
    }
  }

  static void Run(Version version) {
    NotifyOneQueue queue{version};
    WaitGroup tasks("tasks");
    for (int i = 0; i < 2; ++i) {
      tasks.Go("producer", [&] {
        queue.Put(1);
        queue.Put(2);
      });
      tasks.Go("consumer", [&] {
        queue.Take();
        queue.Take();
      });
    }
    tasks.Wait();
  }
};

const Subject kNotifyOne = {{
    .name = "notify_one",
    .suite = Suite::kClassics,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body = NotifyOneQueue::Run,
    .explains = {"needs a notify on condition variable \"changed\"", "and woke another task",
                 "notify_one.cc:46"},
}};

}  // namespace
}  // namespace catalogue
