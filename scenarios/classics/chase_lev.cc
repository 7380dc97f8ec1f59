// SPDX-License-Identifier: Apache-2.0
//
// Chase-Lev deque: the owner took the last item without competing for it.
//
// The owner pushes and takes at the bottom, thieves steal at the top, without a lock. They can only
// meet at the last item. There both must move `top` by a compare-exchange, and who fails goes
// without. This owner takes the last item like any other, by lowering `bottom`: a thief that read
// `bottom` before does not notice, moves `top` and has the same item. (Fixed capacity, and all
// accesses sequentially consistent: the mistake is none of memory orders.)
// Fixed: the owner competes for the last item, too, and then leaves the deque empty at the new
// `top`.
#include <gtest/gtest.h>

#include <optional>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct ChaseLev {
  Atomic<int> top{0, "top"};
  Atomic<int> bottom{0, "bottom"};
  Atomic<int> items[3] = {{0, "items[0]"}, {0, "items[1]"}, {0, "items[2]"}};
  Atomic<int> takers[3] = {{0, "takers[0]"}, {0, "takers[1]"}, {0, "takers[2]"}};

  void Push(int item) {
    const int b = bottom.load();
    items[b].store(item);
    bottom.store(b + 1);
  }

  std::optional<int> Take(Version version) {
    const int b = bottom.load() - 1;
    bottom.store(b);
    int t = top.load();
    if (t > b) {
      bottom.store(b + 1);
      return std::nullopt;
    }
    const int item = items[b].load();
    if (t < b || version == Version::kBuggy) return item;
    const bool won = top.compare_exchange_strong(t, t + 1);
    bottom.store(b + 1);
    return won ? std::optional(item) : std::nullopt;
  }

  std::optional<int> Steal() {
    int t = top.load();
    const int b = bottom.load();
    if (t >= b) return std::nullopt;
    const int item = items[t].load();
    return top.compare_exchange_strong(t, t + 1) ? std::optional(item) : std::nullopt;
  }

  void Use(std::optional<int> item) {
    if (!item) return;
    EXPECT_EQ(takers[*item].fetch_add(1), 0) << "an item is taken twice";
  }

  void Own(Version version) {
    Push(0);
    Push(1);
    Use(Take(version));
    Push(2);
    while (std::optional<int> item = Take(version)) Use(item);
  }

  static void Run(Version version) {
    ChaseLev deque;
    WaitGroup tasks("tasks");
    tasks.Go("owner", [&] { deque.Own(version); });
    for (int i = 0; i < 2; ++i) {
      tasks.Go("thief", [&] {
        for (int attempt = 0; attempt < 2; ++attempt) deque.Use(deque.Steal());
      });
    }
    tasks.Wait();
    for (const Atomic<int>& count : deque.takers) EXPECT_EQ(count.load(), 1);
  }
};

const Subject kChaseLev = {{
    .name = "chase_lev",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body = ChaseLev::Run,
    .explains = {"an item is taken twice", "takers[*item].fetch_add(1)", "T1 owner",
                 "chase_lev.cc:61"},
}};

}  // namespace
}  // namespace catalogue
