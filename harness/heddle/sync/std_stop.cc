// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/internal/std_stop.h"

#include <utility>

#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/unwind.h"

namespace heddle::internal {

// What was done so far happens before a callback that the request runs.
void StopCallback::Register() {
  if (state_ == nullptr) return;
  if (state_->requested_.fetch_or(0, std::memory_order_acq_rel, where_) != 0) return run_(this);
  Hidden hidden;
  registered_ = in_line_ = true;
  next_ = state_->first_;
  if (next_ != nullptr) next_->previous_ = this;
  state_->first_ = this;
}

// A step, so that the request may come right before it.
void StopCallback::Withdraw() {
  if (!registered_) return;
  state_->requested_.fetch_or(0, std::memory_order_acquire, where_);
  {
    Hidden hidden;
    if (in_line_) return state_->Remove(this);
    if (state_->running_ == this && state_->requester_ == x.current) {
      *destroyed_ = true;
      return;
    }
  }
  try {
    done_.Wait(where_);
  } catch (const Unwind&) {
    // In a destructor: the task is unwound from its next operation on.
  }
}

bool StopState::Request(Location where) {
  uint32_t expected = 0;
  if (!requested_.compare_exchange_strong(expected, 1, std::memory_order_acq_rel,
                                          std::memory_order_acquire, where)) {
    return false;
  }
  bool destroyed = false;
  while (StopCallback* callback = BeginNext(&destroyed)) {
    try {
      callback->run_(callback);
    } catch (const Unwind&) {
      throw;
    } catch (...) {
      if (!End(&destroyed)) callback->done_.Set(where);
      throw;
    }
    if (!End(&destroyed)) callback->done_.Set(where);
  }
  return true;
}

// Null: there is none, or the execution is over.
StopCallback* StopState::BeginNext(bool* destroyed) {
  Hidden hidden;
  if (first_ == nullptr || x.serial == kUnwinding) return nullptr;
  StopCallback* callback = first_;
  Remove(callback);
  callback->destroyed_ = destroyed;
  running_ = callback;
  requester_ = x.current;
  return callback;
}

// Whether the callback destroyed itself.
bool StopState::End(bool* destroyed) {
  Hidden hidden;
  running_ = nullptr;
  return std::exchange(*destroyed, false);
}

void StopState::Remove(StopCallback* callback) {
  callback->in_line_ = false;
  if (callback->next_ != nullptr) callback->next_->previous_ = callback->previous_;
  (callback->previous_ != nullptr ? callback->previous_->next_ : first_) = callback->next_;
  callback->previous_ = callback->next_ = nullptr;
}

bool StopState::MayBeRequested(Location where) const {
  if (requested_.load(std::memory_order_relaxed, where) != 0) return true;
  Hidden hidden;
  return sources_ > 0;
}

void StopState::AddSource(int32_t n) {
  Hidden hidden;
  sources_ += static_cast<uint32_t>(n);
}

}  // namespace heddle::internal
