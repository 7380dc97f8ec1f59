// SPDX-License-Identifier: Apache-2.0
//
// SharedMutex: many tasks hold it for reading, or one for writing. A writer that waits keeps new readers
// out, as in Go's RWMutex.
//
//   operation         | free        | held by readers         | a writer awaits     | held by a writer
//                     |             |                         | its readers         |
//   lock              | takes it    | becomes the writer that | blocks              | blocks
//                     |             | awaits them             |                     |
//   try_lock          | takes it,   | false                   | false               | false
//                     | true        |                         |                     |
//   lock_shared       | reads       | reads                   | blocks              | blocks
//   try_lock_shared   | reads, true | reads, true             | false               | false
//   unlock            | misuse      | misuse                  | misuse              | frees it; misuse
//                     |             |                         |                     | by another task
//   unlock_shared     | misuse      | one reader less; misuse | one reader less;    | misuse
//                     |             | by a task that does not | the last one lets   |
//                     |             | read                    | the writer take it  |
//   try_lock_for,     | as lock and lock_shared, until the deadline, then false: a writer that gives
//   try_lock_until,   | up lets readers in again
//   ..._shared_...    |
//   ~SharedMutex      | -           | misuse if the caller or a finished task holds it; else waiting
//                     |             | tasks stay blocked
//
// A lock that is destroyed while a task is about to try or to unlock it is misuse, and so is giving up waiting
// (at a deadline) for one that is gone.
//
// `lock` is two steps where there are readers: one in which the caller becomes the writer (from then on
// no reader comes in), one in which it takes the mutex from the last reader. Waiting before that is no
// step. Deadlines and faults (of try_lock and try_lock_shared) are as those of Mutex (sync/mutex.h).
//
// Deadlocks are cycles of owners: readers and writers wait for the writer that holds the mutex or
// awaits its readers without a deadline, that writer for every reader. So a second lock_shared of a
// reader is a deadlock if a writer came in between, and `lock` by a reader always is one.
//
// A SharedMutex{kUnowned} follows Go's rule: any task may unlock and unlock_shared (still misuse when
// it is not held so), and no cycle is inferred.
//
// Happens-before: an unlock happens before every later lock, lock_shared and successful try of either
// kind; an unlock_shared before every later lock and successful try of that, not before lock_shared.
//
// Which of several waiting tasks goes next is the strategy's choice. Cost: O(1) for writers, O(tasks
// that read) for readers.
//
// Works with std::shared_lock, std::unique_lock and std::scoped_lock; WriterLock and ReaderLock do the
// same and keep the user's source line in reports.
//
//   heddle::SharedMutex mu("table.mu");
//   { heddle::ReaderLock lock(mu); ... }
//   { heddle::WriterLock lock(mu); ... }
#ifndef HEDDLE_SYNC_SHARED_MUTEX_H_
#define HEDDLE_SYNC_SHARED_MUTEX_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/sync/internal/scoped_lock.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/time.h"

namespace heddle {
namespace internal {

class SharedMutexState final : public ObjectState {
 public:
  explicit SharedMutexState(bool is_owned)
      : ObjectState(ObjectKind::kSharedMutex), owned(is_owned) {}

  bool IsFree() const { return writer == nullptr && reading == 0; }
  bool IsReading(const TaskState& task) const;
  // `task` reads once more.
  void AddReader(TaskState* task);
  // Once less; of an unowned mutex for which `task` does not read, somebody else.
  void RemoveReader(const TaskState* task);
  // `task` is the writer from now on, and nobody else gets in.
  void Admit(TaskState* task);
  // There is no writer any more: everybody at `lock` and `lock_shared` can go on.
  void Dismiss();

  const TaskState* Owner(const TaskState& waiter, uint32_t n) const override;
  bool IsHeldBy(const TaskState& task) const override;
  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;

  struct Reader {
    TaskState* task;
    uint64_t times;
  };

  const bool owned;
  bool held = false;            // by `writer`, who awaits its readers otherwise
  TaskState* writer = nullptr;  // of an unowned mutex that is held: who locked it
  uint64_t reading = 0;         // lock_shareds not undone
  uint32_t reader_count = 0;    // tasks
  uint32_t reader_room = 0;
  Reader* readers = nullptr;  // in the order in which they came
  TaskSet writers_waiting;    // at `lock`
  TaskSet readers_waiting;    // at `lock_shared`
  VectorClock written;        // of unlock
  VectorClock read;           // of unlock_shared
  char read_edge = 0;         // its address stands for `read` in ThreadSanitizer
};

}  // namespace internal

class SharedMutex : private internal::Handle<internal::SharedMutexState, bool> {
 public:
  // `name` is what reports call it; it is copied.
  explicit SharedMutex(const char* name = nullptr, Location where = Location::Here())
      : Handle(ObjectKind::kSharedMutex, name, where, /*is_owned=*/true) {}
  explicit SharedMutex(Unowned, const char* name = nullptr, Location where = Location::Here())
      : Handle(ObjectKind::kSharedMutex, name, where, /*is_owned=*/false) {}
  ~SharedMutex();

  void lock(Location where = Location::Here());
  [[nodiscard]] bool try_lock(Location where = Location::Here());
  [[nodiscard]] bool try_lock_for(std::chrono::nanoseconds duration,
                                  Location where = Location::Here());
  [[nodiscard]] bool try_lock_until(VirtualClock::time_point deadline,
                                    Location where = Location::Here());
  void unlock(Location where = Location::Here());

  void lock_shared(Location where = Location::Here());
  [[nodiscard]] bool try_lock_shared(Location where = Location::Here());
  [[nodiscard]] bool try_lock_shared_for(std::chrono::nanoseconds duration,
                                         Location where = Location::Here());
  [[nodiscard]] bool try_lock_shared_until(VirtualClock::time_point deadline,
                                           Location where = Location::Here());
  void unlock_shared(Location where = Location::Here());

 private:
  using State = internal::SharedMutexState;
  using Kind = OperationKind;
  using Deadline = std::optional<int64_t>;

  bool Lock(Deadline deadline, Location where);
  bool LockShared(Deadline deadline, Location where);
  static bool AwaitReaders(State* s, Deadline deadline, Location where);
  void UnlockMisused(State* s, Location where);
  void UnlockSharedMisused(State* s, Location where);
};

// Holds the mutex for writing for a scope.
using WriterLock = internal::ScopedLock<SharedMutex>;

// Holds the mutex for reading for a scope.
class [[nodiscard]] ReaderLock {
 public:
  explicit ReaderLock(SharedMutex& mutex, Location where = Location::Here())
      : mutex_(mutex), where_(where) {
    mutex_.lock_shared(where);
  }
  ~ReaderLock() { mutex_.unlock_shared(where_); }
  ReaderLock(const ReaderLock&) = delete;
  ReaderLock& operator=(const ReaderLock&) = delete;

 private:
  SharedMutex& mutex_;
  Location where_;
};

}  // namespace heddle

#endif  // HEDDLE_SYNC_SHARED_MUTEX_H_
