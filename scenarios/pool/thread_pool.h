// SPDX-License-Identifier: Apache-2.0
//
// A thread pool with a bounded queue, as a project may have one. It knows nothing of Heddle: its threads,
// locks and futures are those of pool::sync (pool/sync.h).
//
//   operation | open                                   | shut down
//   Submit    | queues the call, its result is in the  | PoolClosed
//             | future; blocks while the queue is full |
//   Shutdown  | lets what is queued run, then joins    | waits for nobody
//   ~         | Shutdown                               | -
//
// Not from a task of the pool itself: Shutdown, or a Submit that may block.
#ifndef SCENARIOS_POOL_THREAD_POOL_H_
#define SCENARIOS_POOL_THREAD_POOL_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "sync.h"

namespace pool {

class PoolClosed : public std::runtime_error {
 public:
  PoolClosed() : std::runtime_error("the pool is shut down") {}
};

class ThreadPool {
 public:
  ThreadPool(unsigned threads, size_t capacity) : capacity_(capacity) {
    for (unsigned i = 0; i < threads; ++i) {
      workers_.push_back(sync::jthread([this](sync::stop_token stop) { Work(stop); }));
    }
  }
  ~ThreadPool() { Shutdown(); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // The result of function(arguments...), called with copies by one of the threads.
  template <class F, class... Args>
  auto Submit(F&& function, Args&&... arguments) {
    using R = std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>;
    auto task = std::make_shared<sync::packaged_task<R()>>(
        [function = std::decay_t<F>(std::forward<F>(function)),
         arguments =
             std::tuple<std::decay_t<Args>...>(std::forward<Args>(arguments)...)]() mutable {
          return std::apply(std::move(function), std::move(arguments));
        });
    sync::future<R> result = task->get_future();
    Push([task = std::move(task)] { (*task)(); });
    return result;
  }

  void Shutdown() {
    std::vector<sync::jthread> leaving;
    {
      sync::lock_guard lock(mutex_);
      closed_ = true;
      leaving.swap(workers_);
    }
    room_.notify_all();
    for (sync::jthread& worker : leaving) worker.request_stop();
  }  // joins

 private:
  using Job = std::function<void()>;

  void Push(Job job) {
    {
      sync::unique_lock lock(mutex_);
      room_.wait(lock, [this] { return closed_ || queue_.size() < capacity_; });
      if (closed_) throw PoolClosed();
      queue_.push_back(std::move(job));
    }
    work_.notify_one();
  }

  void Work(const sync::stop_token& stop) {
    for (;;) {
      Job job;
      {
        sync::unique_lock lock(mutex_);
        // A stop ends the waiting, not the work: false means that nothing is left.
        if (!work_.wait(lock, stop, [this] { return !queue_.empty(); })) return;
        job = std::move(queue_.front());
        queue_.pop_front();
      }
      room_.notify_one();
      job();
    }
  }

  const size_t capacity_;
  sync::mutex mutex_;
  sync::condition_variable_any work_;   // there is a job
  sync::condition_variable room_;       // there is room for one, or the pool is closed
  std::deque<Job> queue_;               // by mutex_
  bool closed_ = false;                 // by mutex_
  std::vector<sync::jthread> workers_;  // by mutex_
};

}  // namespace pool

#endif  // SCENARIOS_POOL_THREAD_POOL_H_
