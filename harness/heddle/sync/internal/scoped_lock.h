// SPDX-License-Identifier: Apache-2.0
//
// Holds a lock for a scope, like std::lock_guard; reports keep the user's source line.
#ifndef HEDDLE_SYNC_INTERNAL_SCOPED_LOCK_H_
#define HEDDLE_SYNC_INTERNAL_SCOPED_LOCK_H_

#include "heddle/core/location.h"

namespace heddle::internal {

template <class M>
class [[nodiscard]] ScopedLock {
 public:
  explicit ScopedLock(M& mutex, Location where = Location::Here()) : mutex_(mutex), where_(where) {
    mutex_.lock(where);
  }
  ~ScopedLock() { mutex_.unlock(where_); }
  ScopedLock(const ScopedLock&) = delete;
  ScopedLock& operator=(const ScopedLock&) = delete;

  M& mutex() const { return mutex_; }

 private:
  M& mutex_;
  Location where_;
};

}  // namespace heddle::internal

#endif  // HEDDLE_SYNC_INTERNAL_SCOPED_LOCK_H_
