// SPDX-License-Identifier: Apache-2.0
//
// serving#6472: items were queued before the count of what is pending had been set.
//
// Two workers take what the queue holds, an old item to begin with, and count the item's pending
// work down. A new item is queued first and its count raised after that, plainly: a worker that
// takes it in between counts below zero. If both workers look into the queue before, one finds it
// empty. An Atomic has no plain access in Heddle: here a mutex makes the workers' subtraction
// atomic, and the addition does without it.
// Fixed: the count is raised before the item is queued.
#include <chrono>
#include <deque>
#include <memory>
#include <utility>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

template <template <class> class Variable>
struct Serving6472Item {
  explicit Serving6472Item(int count) : pending(count, "pending") {}
  Variable<int> pending;
  Mutex mu{"item.mu"};
  bool ready = false;
};

template <template <class> class Variable>
struct Serving6472 {
  using Item = Serving6472Item<Variable>;

  Mutex queue_mu{"queue_mu"};
  std::deque<std::shared_ptr<Item>> queue{std::make_shared<Item>(1)};
  WaitGroup workers{"workers"};
  Channel<int> all_done{0, "all_done"};

  std::shared_ptr<Item> Take() {
    MutexLock lock(queue_mu);
    if (queue.empty()) return nullptr;
    auto item = queue.front();
    queue.pop_front();
    return item;
  }

  void Work() {
    if (auto item = Take()) {
      MutexLock lock(item->mu);
      item->ready = item->pending.Update([](int& count) { return --count == 0; });
    }
    workers.Done();
  }

  void Enqueue(std::shared_ptr<Item> item) {
    MutexLock lock(queue_mu);
    queue.push_back(std::move(item));
  }

  void Probe(Version version) {
    auto item = std::make_shared<Item>(version == Version::kFixed ? 1 : 0);
    Enqueue(item);
    if (version == Version::kBuggy) item->pending.Update([](int& count) { ++count; });
    Sleep(1ms);
    (void)all_done.Receive();
  }

  static void Run(Version version) {
    auto prober = std::make_shared<Serving6472>();
    for (int i = 0; i < 2; ++i) {
      prober->workers.Add(1);
      Go("worker", [prober] { prober->Work(); });
    }
    Go("joiner", [prober] {
      prober->workers.Wait();
      prober->all_done.Close();
    });
    prober->Probe(version);
  }
};

const Subject kServing6472 = {{
    .name = "serving_6472",
    .expected = Verdict::kRace,
    .when = When::kSome,
    .body = Serving6472<Shared>::Run,
    .plain = Serving6472<Plain>::Run,
    .explains = {"two accesses to variable \"pending\" are not ordered",
                 "write of variable \"pending\" by T0 main at serving_6472.cc:67",
                 "worker at serving_6472.cc:54"},
}};

}  // namespace
}  // namespace catalogue
