// SPDX-License-Identifier: Apache-2.0
//
// A pool's queue that saves a condition variable: submitters wait for room and workers for work at the same
// one. Wrong: notify_one, which may reach one of those for whom nothing has changed; it waits again, and the
// signal is lost. It takes a full queue, a submitter and the worker both in line, and the wrong choice. Right
// with one condition variable: notify_all. (thread_pool.h has two.)
#include <cstddef>
#include <deque>

#include "heddle/explore/explore.h"
#include "heddle/gtest/heddle_test.h"
#include "heddle/gtest/matchers.h"
#include "sync.h"

namespace pool {
namespace {

enum class Signal { kOne, kAll };

class OneSignalQueue {
 public:
  OneSignalQueue(size_t capacity, Signal signal) : capacity_(capacity), signal_(signal) {}

  void Push(int job) {
    sync::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return jobs_.size() < capacity_; });
    jobs_.push_back(job);
    Notify();
  }
  int Pop() {
    sync::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !jobs_.empty(); });
    const int job = jobs_.front();
    jobs_.pop_front();
    Notify();
    return job;
  }

 private:
  void Notify() {
    if (signal_ == Signal::kOne) {
      changed_.notify_one();
    } else {
      changed_.notify_all();
    }
  }

  const size_t capacity_;
  const Signal signal_;
  sync::mutex mutex_;
  sync::condition_variable changed_;
  std::deque<int> jobs_;
};

void ServeTwoSubmitters(Signal signal) {
  OneSignalQueue queue(1, signal);
  int sum = 0;
  sync::thread worker([&] {
    for (int i = 0; i < 3; ++i) sum += queue.Pop();
  });
  sync::thread submitter([&] { queue.Push(1), queue.Push(2); });
  queue.Push(4);
  submitter.join();
  worker.join();
  EXPECT_EQ(sum, 7);
}

TEST(OneSignal, NotifyOneIsLost) {
  heddle::Report report =
      heddle::Explore([] { ServeTwoSubmitters(Signal::kOne); }, {.name = "notify_one"});
  EXPECT_THAT(report, heddle::FindsDeadlock("woke another task"));
}

HEDDLE_TEST(OneSignal, NotifyAllSurvives, .schedules = 10'000) { ServeTwoSubmitters(Signal::kAll); }

}  // namespace
}  // namespace pool
