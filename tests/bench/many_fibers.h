// SPDX-License-Identifier: Apache-2.0
//
// Jumps between thousands of plain fibers in random order, and nothing else: the least that a step can
// cost where as many tasks take turns. Each jump meets a stack that has left the caches, and a page
// that has left the TLB.
#ifndef HEDDLE_TESTS_BENCH_MANY_FIBERS_H_
#define HEDDLE_TESTS_BENCH_MANY_FIBERS_H_

#include <cstdint>

namespace heddle::bench {

// Nanoseconds of one jump between `count` fibers whose stacks are those of tasks.
double SwitchNanosecondsAmong(uint32_t count);
// Gives their stacks back: a process with 10,000 mappings forks slowly.
void DropFibers();

}  // namespace heddle::bench

#endif  // HEDDLE_TESTS_BENCH_MANY_FIBERS_H_
