// SPDX-License-Identifier: Apache-2.0
//
// SafeStack: two threads owned the same element of Dmitry Vyukov's lock-free stack.
//
// Three threads pop an element each, write to it and push it again, twice. The elements are linked
// by index. A pop takes the link out of the top element (so that nobody else can pop it), moves
// `head` to what lies below, and puts the link back if `head` has moved meanwhile. But the element
// may have been popped in between, and be on its way back with another link, which the old one then
// replaces: below the top is now an element that somebody owns, and it is popped a second time.
// That takes all three threads and at least five preemptions. The threads are those of the
// well-known program: they try again without a pause, and check that what they wrote is still there
// (not that no element is lost, which is more often).
// Hard: a random walk finds it in about one schedule of a million.
// Fixed: `head` carries a tag that every pop counts up, as is usual against ABA. A pop then need
// not take the link out: its compare-exchange fails whenever anybody popped since it read `head`.
#include <gtest/gtest.h>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct SafeStack {
  struct Element {
    Atomic<int> value;
    Atomic<int> next;
  };

  Element elements[3] = {{{-1, "value[0]"}, {1, "next[0]"}},
                         {{-1, "value[1]"}, {2, "next[1]"}},
                         {{-1, "value[2]"}, {-1, "next[2]"}}};
  Atomic<int> head{0, "head"};  // an index; from the ninth bit on the tag
  Atomic<int> count{3, "count"};

  static int IndexOf(int head) { return head & 0xff; }
  static int TagOf(int head) { return head & ~0xff; }

  int PopBuggy() {
    while (count.load() > 1) {
      const int index = head.load();
      const int below = elements[index].next.exchange(-1);
      if (below < 0) continue;
      int top = index;
      if (head.compare_exchange_strong(top, below)) {
        count.fetch_sub(1);
        return index;
      }
      elements[index].next.exchange(below);
    }
    return -1;
  }

  int PopFixed() {
    while (count.load() > 1) {
      int top = head.load();
      const int index = IndexOf(top);
      const int below = elements[index].next.load();
      if (below < 0) continue;
      if (head.compare_exchange_strong(top, TagOf(top) + 0x100 + below)) {
        count.fetch_sub(1);
        return index;
      }
    }
    return -1;
  }

  void Push(int index) {
    int top = head.load();
    do {
      elements[index].next.store(IndexOf(top));
    } while (!head.compare_exchange_strong(top, TagOf(top) + index));
    count.fetch_add(1);
  }

  void Work(Version version, int me) {
    for (int round = 0; round < 2; ++round) {
      int index = -1;
      while (index < 0) index = version == Version::kFixed ? PopFixed() : PopBuggy();
      elements[index].value.store(me);
      EXPECT_EQ(elements[index].value.load(), me) << "the element has another owner";
      Push(index);
    }
  }

  static void Run(Version version) {
    SafeStack stack;
    WaitGroup tasks("tasks");
    for (int i = 0; i < 3; ++i) {
      tasks.Go("worker", [&stack, version, i] { stack.Work(version, i); });
    }
    tasks.Wait();
  }
};

const Subject kSafeStack = {{
    .name = "safe_stack",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body = SafeStack::Run,
    .explains = {"the element has another owner", "elements[index].value.load()",
                 "safe_stack.cc:83"},
    .bar = {.percent = 50, .schedules = 400'000},
}};

}  // namespace
}  // namespace catalogue
