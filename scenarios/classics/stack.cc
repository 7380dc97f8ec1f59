// SPDX-License-Identifier: Apache-2.0
//
// stack (SCTBench): a task popped from an empty stack.
//
// One task pushes ten times, another pops up to ten times, each time under a mutex. The popping
// task asks a flag whether it may pop. The flag is set by a push and never reset: it says that
// something has been pushed, not that something is there.
// Fixed: the popping task asks whether the stack is empty.
#include <gtest/gtest.h>

#include <array>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct ClassicStack {
  static constexpr int kSize = 10;

  Mutex mu{"mu"};
  std::array<int, kSize> elements = {};
  int top = 0;
  bool pushed = false;

  void Push() {
    for (int i = 0; i < kSize; ++i) {
      MutexLock lock(mu);
      ASSERT_LT(top, kSize) << "overflow";
      elements[top++] = i;
      pushed = true;
    }
  }

  void Pop(Version version) {
    for (int i = 0; i < kSize; ++i) {
      MutexLock lock(mu);
      const bool may_pop = version == Version::kFixed ? top > 0 : pushed;
      if (!may_pop) continue;
      ASSERT_GT(top, 0) << "underflow";
      --top;
    }
  }
};

const Subject kClassicStack = {{
    .name = "stack",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body =
        [](Version version) {
          ClassicStack stack;
          const Task pusher = Go("pusher", [&] { stack.Push(); });
          const Task popper = Go("popper", [&] { stack.Pop(version); });
          pusher.Join();
          popper.Join();
        },
    .explains = {"an assertion failed in T2 popper",
                 "stack.cc:43: Expected: (top) > (0), actual: 0 vs 0", "underflow"},
}};

}  // namespace
}  // namespace catalogue
