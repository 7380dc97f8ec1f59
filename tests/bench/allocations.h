// SPDX-License-Identifier: Apache-2.0
//
// Counts the calls of operator new in this program, which replaces it to that end.
#ifndef HEDDLE_TESTS_BENCH_ALLOCATIONS_H_
#define HEDDLE_TESTS_BENCH_ALLOCATIONS_H_

#include <cstdint>

namespace heddle::bench {

// So far. Stays 0 under a sanitizer, which brings its own operator new.
uint64_t Allocations();

}  // namespace heddle::bench

#endif  // HEDDLE_TESTS_BENCH_ALLOCATIONS_H_
