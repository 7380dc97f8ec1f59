// SPDX-License-Identifier: Apache-2.0
#include "bench/many_fibers.h"

#include <boost/context/detail/fcontext.hpp>
#include <cstddef>
#include <vector>

#include "bench/bare_switch.h"
#include "bench/sample.h"
#include "heddle/core/options.h"
#include "heddle/core/random.h"
#include "heddle/runtime/internal/stack.h"

namespace heddle::bench {
namespace {

namespace fc = boost::context::detail;

constexpr size_t kBytes = kDefaultStackKib * size_t{1024};

struct Ring {
  std::vector<fc::fcontext_t> fibers;
  std::vector<char*> stacks;
  fc::fcontext_t home = nullptr;
  uint32_t current = 0;
  int64_t left = 0;
  Random random;
};
Ring ring;

uint32_t AnotherFiber() {
  const auto count = static_cast<uint32_t>(ring.fibers.size());
  return (ring.current + 1 + ring.random.Below(count - 1)) % count;
}

// Whoever is landed on keeps where the other can be resumed.
void Keep(fc::transfer_t from) { *static_cast<fc::fcontext_t*>(from.data) = from.fctx; }

void JumpOn(fc::transfer_t from) {
  for (;;) {
    Keep(from);
    fc::fcontext_t* const me = &ring.fibers[ring.current];
    if (--ring.left == 0) {
      from = fc::jump_fcontext(ring.home, me);
      continue;
    }
    ring.current = AnotherFiber();
    from = fc::jump_fcontext(ring.fibers[ring.current], me);
  }
}

void MakeFibers(uint32_t count) {
  while (ring.fibers.size() < count) {
    // Starting at different places, as the stacks of tasks.
    char* const stack = internal::MapStack(kBytes);
    Require(stack != nullptr);
    ring.stacks.push_back(stack);
    char* const top = stack + kBytes - ring.fibers.size() * 7 % 32 * 128;
    ring.fibers.push_back(fc::make_fcontext(top, kBytes / 2, JumpOn));
  }
}

}  // namespace

double SwitchNanosecondsAmong(uint32_t count) {
  constexpr int64_t kJumps = 200'000;
  SetStickyFlags();
  MakeFibers(count);
  ring.left = kJumps;
  const double start = Nanoseconds();
  Keep(fc::jump_fcontext(ring.fibers[ring.current], &ring.home));
  return (Nanoseconds() - start) / static_cast<double>(kJumps);
}

void DropFibers() {
  for (char* const stack : ring.stacks) internal::UnmapStack(stack, kBytes);
  ring = Ring();
}

}  // namespace heddle::bench
