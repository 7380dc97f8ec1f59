// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/internal/std_stop.h"

#include <memory>
#include <utility>

#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/unwind.h"

namespace heddle::internal {
namespace {

// The state lives in its scope: a callback may destroy itself and the source, which are all that holds it.
// Counting who does is none of the program's steps, so it orders nothing.
class Alive {
 public:
  explicit Alive(StopState* state) {
    Hidden hidden;
    state_ = state->shared_from_this();
  }
  ~Alive() {
    Hidden hidden;
    state_.reset();
  }
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;

 private:
  std::shared_ptr<StopState> state_;
};

}  // namespace

// What was done so far happens before a callback that the request runs.
void StopCallback::Register() {
  if (state_ == nullptr) return;
  const bool requested = state_->requested_.fetch_or(0, std::memory_order_acq_rel, where_) != 0;
  {
    Hidden hidden;
    // In a destructor, when all is over: the step was not taken, and nobody would take it out of line.
    if (x.serial < kFirstSerial) return;
    if (!requested) return state_->Add(this);
  }
  run_(this);
}

// A step, so that the request may come right before it.
void StopCallback::Withdraw() {
  {
    Hidden hidden;
    // What another execution had in line went with it. (While tasks are unwound the last one is theirs.)
    if (x.serial == kIdle || registered_in_ != x.last_serial) return;
  }
  state_->requested_.fetch_or(0, std::memory_order_acquire, where_);
  {
    Hidden hidden;
    if (in_line_) return state_->Remove(this);
    if (state_->running_ == this && state_->requester_ == x.current) return state_->Forget(this);
  }
  try {
    done_.Wait(where_);
  } catch (const Unwind&) {
    // In a destructor: the task is unwound from its next operation on.
  }
  Hidden hidden;
  state_->Forget(this);  // nobody has waited if the task is unwound
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
  const Alive alive(this);
  while (StopCallback* callback = BeginNext()) {
    try {
      callback->run_(callback);
    } catch (const Unwind&) {
      throw;
    } catch (...) {
      End(callback, where);
      throw;
    }
    End(callback, where);
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
StopCallback* StopState::BeginNext() {
  Hidden hidden;
  Renew();
  if (first_ == nullptr || x.serial == kUnwinding) return nullptr;
  StopCallback* callback = first_;
  Remove(callback);
  running_ = callback;
  requester_ = x.current;
  return callback;
}

void StopState::End(StopCallback* callback, Location where) {
  {
    Hidden hidden;
    if (std::exchange(running_, nullptr) != callback) return;  // it is gone
  }
  callback->done_.Set(where);
}

void StopState::Add(StopCallback* callback) {
  Renew();
  callback->registered_in_ = x.serial;
  callback->in_line_ = true;
  callback->next_ = first_;
  if (first_ != nullptr) first_->previous_ = callback;
  first_ = callback;
}

void StopState::Remove(StopCallback* callback) {
  callback->in_line_ = false;
  if (callback->next_ != nullptr) callback->next_->previous_ = callback->previous_;
  (callback->previous_ != nullptr ? callback->previous_->next_ : first_) = callback->next_;
  callback->previous_ = callback->next_ = nullptr;
}

void StopState::Forget(const StopCallback* callback) {
  if (running_ == callback) running_ = nullptr;
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
