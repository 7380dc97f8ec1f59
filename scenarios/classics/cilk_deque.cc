// SPDX-License-Identifier: Apache-2.0
//
// Cilk's work-stealing queue: the thief looked before it had claimed.
//
// In the THE protocol the owner pops at the tail without a lock, thieves steal at the head under
// one. Each side first writes its own index and then reads the other's, as in Dekker's algorithm:
// when both want the last item, at least one of them sees the conflict, the thief backs out, and
// the owner looks again under the lock. This thief compares first and moves the head afterwards: an
// owner that pops in between sees no conflict, and both have the last item. (No wrap-around, and
// all accesses sequentially consistent: the mistake is none of memory orders.)
// Fixed: the thief moves the head first, then compares, and moves the head back if there is
// nothing.
#include <gtest/gtest.h>

#include <optional>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct CilkDeque {
  Atomic<int> head{0, "head"};
  Atomic<int> tail{0, "tail"};
  Mutex mu{"mu"};
  Atomic<int> items[3] = {{0, "items[0]"}, {0, "items[1]"}, {0, "items[2]"}};
  Atomic<int> takers[3] = {{0, "takers[0]"}, {0, "takers[1]"}, {0, "takers[2]"}};

  void Push(int item) {
    const int t = tail.load();
    items[t].store(item);
    tail.store(t + 1);
  }

  std::optional<int> Pop() {
    const int t = tail.load() - 1;
    tail.store(t);
    if (head.load() <= t) return items[t].load();
    tail.store(t + 1);  // A thief has claimed the same item, or there is none.
    MutexLock lock(mu);
    tail.store(t);
    if (head.load() <= t) return items[t].load();
    tail.store(t + 1);
    return std::nullopt;
  }

  std::optional<int> Steal(Version version) {
    MutexLock lock(mu);
    const int h = head.load();
    if (version == Version::kFixed) head.store(h + 1);
    if (h + 1 > tail.load()) {
      if (version == Version::kFixed) head.store(h);
      return std::nullopt;
    }
    if (version == Version::kBuggy) head.store(h + 1);
    return items[h].load();
  }

  void Use(std::optional<int> item) {
    if (!item) return;
    EXPECT_EQ(takers[*item].fetch_add(1), 0) << "an item is taken twice";
  }

  void Own() {
    Push(0);
    Push(1);
    Use(Pop());
    Push(2);
    while (std::optional<int> item = Pop()) Use(item);
  }

  static void Run(Version version) {
    CilkDeque deque;
    WaitGroup tasks("tasks");
    tasks.Go("owner", [&] { deque.Own(); });
    for (int i = 0; i < 2; ++i) {
      tasks.Go("thief", [&] {
        for (int attempt = 0; attempt < 2; ++attempt) deque.Use(deque.Steal(version));
      });
    }
    tasks.Wait();
    for (const Atomic<int>& count : deque.takers) EXPECT_EQ(count.load(), 1);
  }
};

const Subject kCilkDeque = {{
    .name = "cilk_deque",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body = CilkDeque::Run,
    .explains = {"an item is taken twice", "takers[*item].fetch_add(1)", "T1 owner",
                 "cilk_deque.cc:64"},
}};

}  // namespace
}  // namespace catalogue
