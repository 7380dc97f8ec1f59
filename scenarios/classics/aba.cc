// SPDX-License-Identifier: Apache-2.0
//
// ABA on a free list: a block was handed out twice.
//
// The free blocks are a stack, linked by number. Allocating reads the first block A and its
// successor B, and moves `head` from A to B by a compare-exchange. If meanwhile A and B were
// allocated and A was freed, the first block is A again: the exchange succeeds, and `head` is B,
// which somebody has. (Or A has another successor by now, which is lost.)
// Fixed: `head` carries a tag that every allocation counts up, so that A is not the same A.
#include <gtest/gtest.h>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

// Six blocks can be had; the seventh ends the list and is never free.
struct AbaFreeList {
  Atomic<int> head{0, "head"};  // the first block; from the ninth bit on the tag
  Atomic<int> next[7] = {{1, "next[0]"}, {2, "next[1]"}, {3, "next[2]"}, {4, "next[3]"},
                         {5, "next[4]"}, {6, "next[5]"}, {6, "next[6]"}};
  Atomic<bool> used[7] = {{false, "used[0]"}, {false, "used[1]"}, {false, "used[2]"},
                          {false, "used[3]"}, {false, "used[4]"}, {false, "used[5]"},
                          {true, "used[6]"}};

  static int BlockOf(int head) { return head & 0xff; }
  static int TagOf(int head) { return head & ~0xff; }

  int Allocate(Version version) {
    int first = head.load();
    int second = 0;
    do {
      second = next[BlockOf(first)].load();
      if (version == Version::kFixed) second += TagOf(first) + 0x100;
    } while (!head.compare_exchange_strong(first, second));
    EXPECT_FALSE(used[BlockOf(first)].exchange(true)) << "a block is handed out that is not free";
    return BlockOf(first);
  }

  void Free(int block) {
    used[block].store(false);
    int first = head.load();
    do {
      next[block].store(BlockOf(first));
    } while (!head.compare_exchange_strong(first, TagOf(first) + block));
  }

  static void Run(Version version) {
    AbaFreeList list;
    WaitGroup tasks("tasks");
    for (int i = 0; i < 3; ++i) {
      tasks.Go("worker", [&] {
        for (int round = 0; round < 2; ++round) {
          const int first = list.Allocate(version);
          const int second = list.Allocate(version);
          list.Free(first);
          list.Free(second);
        }
      });
    }
    tasks.Wait();
    // All six must be there again: a damage that nobody has met is noticed here.
    for (int i = 0; i < 6; ++i) list.Allocate(version);
  }
};

const Subject kAba = {{
    .name = "aba",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body = AbaFreeList::Run,
    .explains = {"a block is handed out that is not free", "used[BlockOf(first)].exchange(true)",
                 "aba.cc:39"},
}};

}  // namespace
}  // namespace catalogue
