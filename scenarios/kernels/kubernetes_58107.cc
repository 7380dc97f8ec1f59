// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#58107: workers slept on an empty queue with a read lock held.
//
// A worker takes the workers' read lock and then waits, with it, for an item of its queue.
// Resyncing asks for the write lock. If the first worker sleeps and resyncing asks, the second
// worker's read lock queues up behind that though there is work in its queue. The body feeds the
// first queue only when the second worker is through: it waits for that worker, which waits for the
// resync, which waits for the first worker. (The original signals both queues many times over and
// returns: a leak; and as its queues have no counter, a worker that comes after the last signal
// hangs, too. This is the distilled form, so the body is among those who wait: a deadlock. Two
// resyncs instead of 100,000.)
// Fixed: a worker takes the read lock when it has an item, while it processes that.
#include <chrono>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

class Kubernetes58107Queue {
 public:
  explicit Kubernetes58107Queue(const char* name) : added_(name) {}

  void Add() {
    MutexLock lock(mu_);
    ++items_;
    added_.notify_one();
  }
  void Get() {
    MutexLock lock(mu_);
    while (items_ == 0) added_.wait(lock);
    --items_;
  }

 private:
  Mutex mu_{"queue.mu"};
  ConditionVariable added_;
  int items_ = 0;
};

struct Kubernetes58107 {
  SharedMutex workers{"workers"};
  Kubernetes58107Queue queue1{"queue 1"};
  Kubernetes58107Queue queue2{"queue 2"};
  Channel<int> processed{2, "processed"};

  void Work(Kubernetes58107Queue& queue, Version version) {
    if (version == Version::kFixed) queue.Get();
    ReaderLock lock(workers);
    if (version == Version::kBuggy) queue.Get();
    processed.Send(1);
  }

  void Resync() {
    for (int i = 0; i < 2; ++i) {
      WriterLock lock(workers);
      Sleep(1ns);
    }
  }

  static void Start(const std::shared_ptr<Kubernetes58107>& controller, Version version) {
    Go("worker 1", [=] { controller->Work(controller->queue1, version); });
    Go("worker 2", [=] { controller->Work(controller->queue2, version); });
  }
};

const Subject kKubernetes58107 = {{
    .name = "kubernetes_58107",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto controller = std::make_shared<Kubernetes58107>();
          Go("starter", [=] { Kubernetes58107::Start(controller, version); });
          Go("resync", [=] { controller->Resync(); });
          controller->queue2.Add();
          (void)controller->processed.Receive();
          controller->queue1.Add();
        },
    .explains = {"T1.1 -> needs a notify on condition variable \"queue 1\"",
                 "T2 -> needs the readers of shared mutex \"workers\" to leave -> read by T1.1",
                 "T1.2 -> needs shared mutex \"workers\" -> the writer T2",
                 "let T1.1 unlock shared mutex \"workers\" before kubernetes_58107.cc:37"},
}};

}  // namespace
}  // namespace catalogue
