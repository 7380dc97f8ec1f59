// SPDX-License-Identifier: Apache-2.0
//
// heddle::standard: the standard library's concurrency under the standard's own names, so that code which
// is written against a namespace runs on real threads in production and under Heddle's scheduler in tests.
// (The name says whose names these are, and `std` itself would hide ::std in namespace heddle.)
//
//   #ifdef CACHE_UNDER_HEDDLE                       // defined for the test's program
//   #include "heddle/sync/std.h"
//   namespace cache { namespace sync = heddle::standard; }
//   #else
//   #include <mutex>
//   namespace cache { namespace sync = std; }
//   #endif                                          // (at global scope POSIX has a function `sync`)
//
//   sync::unique_lock lock(mutex_);                 // compiles unchanged against both
//   ready_.wait_until(lock, sync::chrono::steady_clock::now() + 5ms, [&] { return full_; });
//
// scenarios/pool is a component built so, with its tests. Do not mix: a std::mutex held across a step stops
// every task. Compile all of the code under test with the switch: a library compiled without it and linked
// into the test has classes of the same names and another layout.
//
//   there                                        | is (its header is the manual)
//   mutex, timed_mutex, recursive_mutex,         | heddle::Mutex, RecursiveMutex, SharedMutex, OnceFlag
//   recursive_timed_mutex, shared_mutex,         |   (internal/std_mutex.h)
//   shared_timed_mutex, once_flag, call_once     |
//   lock_guard, scoped_lock, unique_lock,        | as std's, with the caller's line in reports
//   shared_lock, lock, try_lock and the tags     |   (internal/std_lock.h); lock and try_lock are std's
//   condition_variable(_any), cv_status          | heddle::ConditionVariable (internal/std_condition.h)
//   thread, jthread, this_thread                 | heddle::Task, Sleep, Yield (internal/std_thread.h)
//   stop_token, stop_source, stop_callback,      | own types: std's cannot tell one task from another
//   nostopstate                                  |   (internal/std_stop.h)
//   counting_semaphore, binary_semaphore, latch, | heddle::Semaphore, Latch, Barrier
//   barrier                                      |   (internal/std_counting.h)
//   atomic, atomic_flag, atomic_int, ...,        | heddle::Atomic (internal/std_atomic.h)
//   memory_order, atomic_thread_fence            |
//   promise, future, shared_future, async,       | on heddle::Event and Task; errors are std's
//   packaged_task, launch, future_error, ...     |   (internal/std_future.h, internal/std_async.h)
//   chrono and its literals                      | std::chrono with clocks of virtual time
//                                                |   (internal/std_time.h)
//
// What differs from std, apart from what the headers above say of their own subject:
//   - Each operation takes `heddle::Location where` as one more last argument, which nobody gives: reports
//     show the line of the call. A pointer to one of these functions has another type.
//   - What takes a step is not noexcept, destructors apart: an abandoned task is unwound by an exception
//     (`catch (...)` must rethrow what it does not know, or meets it again). Around blocking operations
//     `noexcept` costs the unwinding: that stack is left behind.
//   - In a destructor of such a task nothing blocks and no step is taken: try_lock is false, waits return, a
//     stop_callback is not registered, and a future's get that would have to wait throws broken_promise.
//   - Where the standard library itself calls std::terminate, and for what it leaves undefined where Heddle can
//     tell, there are verdicts: misuse, deadlock or exception. An exception that meets a noexcept function of
//     yours, or leaves a destructor, ends the process all the same; last words on stderr name the task, the
//     exception and the line that replays it.
//   - Constructors of what synchronises are not constexpr; globals are made anew for each execution.
//     A global future is not: it belongs to the execution in which it was taken.
//   - system_clock begins at its epoch, 1970, in each execution, and its points of time are no sys_time: what
//     makes a date of them takes time_since_epoch() (internal/std_time.h).
//   - thread_local is one variable for all tasks: heddle::TaskLocal is the task's own.
//   - Absent: native handles, everything `at_thread_exit`, atomic_ref, the free functions on atomics,
//     atomics of shared_ptr, allocators of promises, clocks other than the three.
#ifndef HEDDLE_SYNC_STD_H_
#define HEDDLE_SYNC_STD_H_

#include "heddle/sync/internal/std_async.h"      // IWYU pragma: export
#include "heddle/sync/internal/std_atomic.h"     // IWYU pragma: export
#include "heddle/sync/internal/std_condition.h"  // IWYU pragma: export
#include "heddle/sync/internal/std_counting.h"   // IWYU pragma: export
#include "heddle/sync/internal/std_future.h"     // IWYU pragma: export
#include "heddle/sync/internal/std_lock.h"       // IWYU pragma: export
#include "heddle/sync/internal/std_mutex.h"      // IWYU pragma: export
#include "heddle/sync/internal/std_stop.h"       // IWYU pragma: export
#include "heddle/sync/internal/std_thread.h"     // IWYU pragma: export
#include "heddle/sync/internal/std_time.h"       // IWYU pragma: export

#endif  // HEDDLE_SYNC_STD_H_
