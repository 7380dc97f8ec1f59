// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/recheck.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>

#include "heddle/core/sanitize.h"

#if HEDDLE_ASAN
extern "C" void __sanitizer_purge_allocator(void);
#endif

namespace heddle::internal {
namespace {

// Sizes that scenarios allocate: nodes, strings, small objects.
constexpr uint32_t kSizes = 16;
constexpr size_t SizeOf(uint32_t i) { return 16 * (size_t{i} + 1) - 8; }

struct Free {
  void operator()(void* block) const { std::free(block); }
};
using Block = std::unique_ptr<void, Free>;

// An allocator hands out first what was given back last. Giving back blocks in another order than
// they came in changes which of the scenario's objects lies below which.
void Shuffle(size_t size) {
  std::array<Block, 4> blocks;
  for (Block& block : blocks) {
    block.reset(std::malloc(size));
    asm volatile("" : : "r"(block.get()) : "memory");  // else the compiler drops the pair
  }
  for (size_t i : {size_t{2}, size_t{0}, size_t{3}, size_t{1}}) blocks[i].reset();
}

}  // namespace

// All sizes the first time, so that a scenario that is always wrong is caught at once; then in turn.
void Recheck::DisturbHeap() {
  if (turn_ == 0) {
    for (uint32_t i = 0; i < kSizes; ++i) Shuffle(SizeOf(i));
  } else {
    Shuffle(SizeOf(turn_ % kSizes));
  }
#if HEDDLE_ASAN
  __sanitizer_purge_allocator();  // else the blocks come back only after 256 MB of others
#endif
  ++turn_;
}

Outcome Recheck::Repeat(Scenario& scenario, const Options& options, uint64_t seed) {
  replay_.Assign(LatestDecisions());
  DisturbHeap();
  return ExecuteRepeated(scenario, options, replay_, seed, trace_);
}

}  // namespace heddle::internal
