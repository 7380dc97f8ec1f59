// SPDX-License-Identifier: Apache-2.0
#include "bench/allocations.h"

#include <cstdlib>
#include <new>

#include "heddle/runtime/internal/sanitizer.h"

namespace {
uint64_t allocations = 0;
}

namespace heddle::bench {

uint64_t Allocations() { return allocations; }

}  // namespace heddle::bench

#if !HEDDLE_TSAN && !HEDDLE_ASAN
// The others of the standard library call these.
void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(size_t size, std::align_val_t align) {
  ++allocations;
  const auto alignment = static_cast<size_t>(align);
  const size_t rounded = (size + alignment - 1) & ~(alignment - 1);
  if (void* memory = std::aligned_alloc(alignment, rounded)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
#endif
