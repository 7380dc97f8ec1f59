// SPDX-License-Identifier: Apache-2.0
//
// Which sanitizer this source is compiled for, and what it need not check.
#ifndef HEDDLE_CORE_SANITIZE_H_
#define HEDDLE_CORE_SANITIZE_H_

// In a ThreadSanitizer build, sources that are not instrumented have HEDDLE_TSAN defined all the same
// (harness/CMakeLists.txt): it decides about layouts.
#if defined(HEDDLE_TSAN)
#elif defined(__SANITIZE_THREAD__)
#define HEDDLE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HEDDLE_TSAN 1
#endif
#endif
#ifndef HEDDLE_TSAN
#define HEDDLE_TSAN 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define HEDDLE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEDDLE_ASAN 1
#endif
#endif
#ifndef HEDDLE_ASAN
#define HEDDLE_ASAN 0
#endif

// For small functions of the step loop that touch Heddle's own memory alone: checked, they would be
// most of the cost of a step, and there is nothing of the user's to find.
#if HEDDLE_TSAN
#define HEDDLE_UNCHECKED __attribute__((no_sanitize("thread")))
#elif HEDDLE_ASAN
#define HEDDLE_UNCHECKED __attribute__((no_sanitize("address"), no_sanitize("undefined")))
#else
#define HEDDLE_UNCHECKED
#endif

#endif  // HEDDLE_CORE_SANITIZE_H_
