// SPDX-License-Identifier: Apache-2.0
//
// The only place that knows the sanitizers' interfaces for fibers.
//
// ThreadSanitizer sees the code under test exactly as if every task were a thread:
//   - each task has a TSan fiber, and a switch creates no happens-before edge;
//   - each effect publishes its own edges by TsanAcquire and TsanRelease, after the decision and
//     outside any Hidden region (inside one they do nothing);
//   - all that the harness itself does stands in a Hidden region, which belongs to the TSan fiber
//   and
//     so survives a switch.
// In other builds everything here is empty. AddressSanitizer is told of each switch of stacks.
//
// The functions are always inlined: a frame of their own, entered on one fiber and left on another,
// would unbalance TSan's shadow call stack.
#ifndef HEDDLE_RUNTIME_INTERNAL_SANITIZER_H_
#define HEDDLE_RUNTIME_INTERNAL_SANITIZER_H_

#include <cstddef>

#include "heddle/core/sanitize.h"

#define HEDDLE_ALWAYS_INLINE [[gnu::always_inline]] inline

// A program with a sanitizer needs a Heddle with it, and the other way round: fibers differ. Where the
// two do not fit, the linker misses this variable, whose name says why; the program would crash.
#if HEDDLE_TSAN
#define HEDDLE_BUILT_FOR heddle_built_with_fsanitize_thread
#elif HEDDLE_ASAN
#define HEDDLE_BUILT_FOR heddle_built_with_fsanitize_address
#else
#define HEDDLE_BUILT_FOR heddle_built_without_sanitizers
#endif
extern "C" const char HEDDLE_BUILT_FOR;
namespace heddle::internal {
[[gnu::used, maybe_unused]] static const char* const built_for = &HEDDLE_BUILT_FOR;
}  // namespace heddle::internal

// How the operations of the primitives are compiled. HEDDLE_OPERATION stands for those that run no
// code of the user's, HEDDLE_USER_OPERATION for those that move the user's values.
//   plain builds   inlined into the user's function, for the sake of speed
//   TSan           a function that is not instrumented, which halves its cost; or an ordinary one
//   ASan           an ordinary function: inlined, the instrumented code takes minutes to compile
#if HEDDLE_TSAN
#if defined(__clang__)
#define HEDDLE_OPERATION \
  inline __attribute__((noinline, no_sanitize("thread"), disable_sanitizer_instrumentation))
#else
#define HEDDLE_OPERATION inline __attribute__((noinline, no_sanitize("thread")))
#endif
#define HEDDLE_USER_OPERATION inline
#elif HEDDLE_ASAN
#define HEDDLE_OPERATION inline
#define HEDDLE_USER_OPERATION inline
#else
#define HEDDLE_OPERATION HEDDLE_ALWAYS_INLINE
#define HEDDLE_USER_OPERATION HEDDLE_ALWAYS_INLINE
#endif

#if HEDDLE_TSAN
extern "C" {
void* __tsan_get_current_fiber(void);
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_set_fiber_name(void* fiber, const char* name);
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void __tsan_mutex_pre_signal(void* address, unsigned flags);
void __tsan_mutex_post_signal(void* address, unsigned flags);
void __tsan_flush_memory(void);
}
#endif

#if HEDDLE_ASAN
extern "C" {
void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, size_t size);
void __sanitizer_finish_switch_fiber(void* fake_stack, const void** old_bottom, size_t* old_size);
void __asan_unpoison_memory_region(const volatile void* address, size_t size);
void __lsan_register_root_region(const void* address, size_t size);
}
#endif

namespace heddle::internal {

#if HEDDLE_TSAN
// No memory access and no synchronisation in this scope is seen by ThreadSanitizer. (The annotation
// of a mutex's signal is the cheapest of the runtime's ways to say that.)
class Hidden {
 public:
  HEDDLE_ALWAYS_INLINE Hidden() { Enter(); }
  HEDDLE_ALWAYS_INLINE ~Hidden() { Leave(); }
  // By hand, where the region is no scope.
  HEDDLE_ALWAYS_INLINE static void Enter() {
    __tsan_mutex_pre_signal(nullptr, 0);
    ++depth;
  }
  HEDDLE_ALWAYS_INLINE static void Leave() {
    --depth;
    __tsan_mutex_post_signal(nullptr, 0);
  }
  // Regions that are open on the running fiber.
  static inline int depth = 0;
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;
};
HEDDLE_ALWAYS_INLINE void TsanAcquire(const void* address) {
  __tsan_acquire(const_cast<void*>(address));
}
HEDDLE_ALWAYS_INLINE void TsanRelease(const void* address) {
  __tsan_release(const_cast<void*>(address));
}
#else
class Hidden {
 public:
  HEDDLE_ALWAYS_INLINE Hidden() {}
  HEDDLE_ALWAYS_INLINE ~Hidden() {}
  static constexpr int depth = 0;
  HEDDLE_ALWAYS_INLINE static void Enter() {}
  HEDDLE_ALWAYS_INLINE static void Leave() {}
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;
};
HEDDLE_ALWAYS_INLINE void TsanAcquire(const void*) {}
HEDDLE_ALWAYS_INLINE void TsanRelease(const void*) {}
#endif

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_SANITIZER_H_
