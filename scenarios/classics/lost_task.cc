// SPDX-License-Identifier: Apache-2.0
//
// Thread pool: what was queued at shutdown was never run.
//
// A worker waits until there is a job or the pool shuts down, and leaves in the latter case,
// without a look at the queue. The jobs left there are dropped, and who submitted one waits for its
// result for ever.
// Fixed: a worker leaves when the pool shuts down and the queue is empty.
#include <deque>
#include <functional>
#include <utility>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct LosingPool {
  const Version version;
  Mutex mu{"mu"};
  ConditionVariable changed{"changed"};
  std::deque<std::function<void()>> queue;
  bool stopping = false;
  WaitGroup workers{"workers"};

  void Start() {
    for (int i = 0; i < 2; ++i) workers.Go("worker", [this] { Work(); });
  }

  void Work() {
    for (;;) {
      std::function<void()> job;
      {
        MutexLock lock(mu);
        changed.wait(lock, [this] { return stopping || !queue.empty(); });
        if (stopping && (version == Version::kBuggy || queue.empty())) return;
        job = std::move(queue.front());
        queue.pop_front();
      }
      job();
    }
  }

  void Submit(std::function<void()> job) {
    MutexLock lock(mu);
    queue.push_back(std::move(job));
    changed.notify_one();
  }

  void Shutdown() {
    {
      MutexLock lock(mu);
      stopping = true;
      changed.notify_all();
    }
    workers.Wait();
  }

  static void Run(Version version) {
    LosingPool pool{version};
    pool.Start();
    Channel<int> results(3, "results");
    for (int job = 0; job < 3; ++job) {
      pool.Submit([=] { results.Send(job); });
    }
    pool.Shutdown();
    for (int job = 0; job < 3; ++job) (void)results.Receive();
  }
};

const Subject kLostTask = {{
    .name = "lost_task",
    .suite = Suite::kClassics,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body = LosingPool::Run,
    .explains = {"T0 -> needs a send on channel \"results\"",
                 "receive from channel \"results\" (empty, 0/3)", "lost_task.cc:70"},
}};

}  // namespace
}  // namespace catalogue
