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
  state_->Renew();
  registered_in_ = x.serial;
  in_line_ = true;
  next_ = state_->first_;
  if (next_ != nullptr) next_->previous_ = this;
  state_->first_ = this;
}

// A step, so that the request may come right before it.
void StopCallback::Withdraw() {
  if (state_ == nullptr) return;
  {
    Hidden hidden;
    const bool other = x.serial >= kFirstSerial && registered_in_ != x.serial;
    if (other || registered_in_ != state_->used_in_) return;
  }
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

StopState::StopState(Location where) : made_at_(where), requested_(0, "stop", where) {
  Hidden hidden;
  made_in_ = x.serial;
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
      End(callback, &destroyed, where);
      throw;
    }
    End(callback, &destroyed, where);
    // A step, as others may take away what comes next.
    requested_.fetch_or(0, std::memory_order_acquire, where);
  }
  return true;
}

// Callbacks on stacks that an execution left behind go with it. In a Hidden region.
void StopState::Renew() {
  if (used_in_ == x.serial || x.serial < kFirstSerial) return;
  used_in_ = x.serial;
  first_ = running_ = nullptr;
}

// Null: there is none, or the execution is over.
StopCallback* StopState::BeginNext(bool* destroyed) {
  Hidden hidden;
  Renew();
  if (first_ == nullptr || x.serial == kUnwinding) return nullptr;
  StopCallback* callback = first_;
  Remove(callback);
  callback->destroyed_ = destroyed;
  running_ = callback;
  requester_ = x.current;
  return callback;
}

// Only this task asks whether it is the one that runs the callback.
void StopState::End(StopCallback* callback, bool* destroyed, Location where) {
  bool gone;
  {
    Hidden hidden;
    running_ = nullptr;
    gone = std::exchange(*destroyed, false);
  }
  if (!gone) callback->done_.Set(where);
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

// No step: whoever copies a source has one, so that there are some before and after.
void StopState::AddSource() {
  Hidden hidden;
  ++sources_;
}

void StopState::DropSource(bool requested) {
  bool usable;
  {
    Hidden hidden;
    usable = x.serial >= kFirstSerial && (made_in_ == x.serial || made_in_ < kFirstSerial);
  }
  if (usable && !requested) {
    try {
      requested_.fetch_or(0, std::memory_order_relaxed, made_at_);
    } catch (const Unwind&) {
      // In a destructor: the task is unwound from its next operation on.
    }
  }
  Hidden hidden;
  --sources_;
}

}  // namespace heddle::internal
