// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "heddle/core/names.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/sync/internal/future_state.h"

namespace heddle::internal {
namespace {

// The library counts who refers to an exception where ThreadSanitizer does not look, so that the last of
// several tasks would seem to free it under the others' hands: the execution keeps it until its end.
class KeptException final : public ObjectState {
 public:
  explicit KeptException(std::exception_ptr* kept)
      : ObjectState(ObjectKind::kNone), exception_(kept) {}
  void DestroyValues() override { delete exception_; }

 private:
  std::exception_ptr* exception_;
};

}  // namespace

// The result of a state that outlives the execution: until its end.
class KeptResult final : public ObjectState {
 public:
  explicit KeptResult(std::shared_ptr<FutureStateBase>* state)
      : ObjectState(ObjectKind::kNone), state_(state) {}
  void DestroyValues() override {
    (*state_)->exception_ = nullptr;
    (*state_)->DropResult();
    delete state_;
  }

 private:
  std::shared_ptr<FutureStateBase>* state_;
};

namespace {

// Destructors work on.
bool IsOver() {
  Hidden hidden;
  return x.serial < kFirstSerial;
}

void KeepToTheEnd(const std::exception_ptr& exception, Location where) {
  auto* copy = new std::exception_ptr(exception);
  Hidden hidden;
  Register(x.arena.New<KeptException>(copy), nullptr, where, /*outside=*/false);
}

}  // namespace

void ThrowFutureError(std::future_errc code) { throw std::future_error(code); }

FutureStateBase::FutureStateBase(Location where)
    : made_at_(where), ready_(kFutureName, where), claim_(0, kFutureName, where) {
  Hidden hidden;
  used_in_ = x.serial;
  outside_ = x.serial < kFirstSerial;
}

void FutureStateBase::TakeFuture() {
  {
    Hidden hidden;
    Renew();
    if (x.serial == kIdle) taken_outside_ = true;
    if (!std::exchange(taken_, true)) return;
  }
  ThrowFutureError(std::future_errc::future_already_retrieved);
}

void FutureStateBase::Claim(Location where) {
  if (claim_.exchange(1, std::memory_order_acquire, where) != 0) {
    ready_.Wait(where);
    ThrowFutureError(std::future_errc::promise_already_satisfied);
  }
  std::shared_ptr<FutureStateBase>* kept = nullptr;
  if (outside_ && !IsOutsideTasks())
    kept = new std::shared_ptr<FutureStateBase>(shared_from_this());
  Hidden hidden;
  Renew();
  claimed_ = true;
  if (kept != nullptr) Register(x.arena.New<KeptResult>(kept), nullptr, where, /*outside=*/false);
}

// What the promise has done in another execution is forgotten. In a Hidden region.
void FutureStateBase::Renew() {
  if (!outside_ || used_in_ == x.serial || x.serial < kFirstSerial) return;
  used_in_ = x.serial;
  taken_ = taken_outside_;
  claimed_ = false;
}

void FutureStateBase::Unclaim(Location where) {
  {
    Hidden hidden;
    claimed_ = false;
  }
  claim_.store(0, std::memory_order_release, where);
}

void FutureStateBase::PublishException(std::exception_ptr exception, Location where) {
  if (!IsOutsideTasks()) KeepToTheEnd(exception, where);
  exception_ = std::move(exception);
  Publish(where);
}

// Whether a future was taken and the result claimed is known without a step: both are done through the
// promise, so before its end.
void FutureStateBase::Break(Location where) {
  {
    Hidden hidden;
    const bool usable = x.serial >= kFirstSerial && (used_in_ == x.serial || outside_);
    Renew();
    if (!usable || !taken_ || claimed_) return;
    claimed_ = true;
  }
  std::future_error broken(std::future_errc::broken_promise);
  PublishException(std::make_exception_ptr(broken), where);
}

void FutureStateBase::RefuseDeferred(Location where) {
  Hidden hidden;
  if (x.serial < kFirstSerial) return RefuseOutside(OperationKind::kWait, where, Throws::kYes);
  Misuse(OperationKind::kWait, nullptr, where, Throws::kYes,
         "the function of a deferred async that is outside the executions would run in one of them "
         "only",
         "call async inside the scenario's body");
}

void FutureStateBase::Wait(Location where) {
  if (deferrable_ && outside_) return RefuseDeferred(where);
  if (deferrable_ && claim_.exchange(1, std::memory_order_relaxed, where) == 0) {
    if (IsOver()) return;
    std::exchange(make_, nullptr)(where);
  }
  if (has_maker_) return maker_.Join(where);
  ready_.Wait(where);
}

std::future_status FutureStateBase::WaitUntil(VirtualClock::time_point deadline, Location where) {
  if (deferrable_ && claim_.load(std::memory_order_relaxed, where) == 0) {
    return std::future_status::deferred;
  }
  if (!ready_.WaitUntil(deadline, where)) return std::future_status::timeout;
  if (has_maker_) maker_.Join(where);
  return std::future_status::ready;
}

void FutureStateBase::Rethrow() const {
  if (exception_ != nullptr) std::rethrow_exception(exception_);
}

// What is to be destroyed when the execution is over is destroyed there.
bool FutureStateBase::IsOutsideTasks() {
  Hidden hidden;
  return x.current == &x.driver;
}

void FutureStateBase::MadeBy(heddle::Task task) {
  maker_ = task;
  has_maker_ = true;
}

void FutureStateBase::Defer(std::function<void(Location)> make) {
  make_ = std::move(make);
  deferrable_ = true;
}

bool FutureStateBase::HasLiveMaker() const {
  Hidden hidden;
  return has_maker_ && TaskAccess::Serial(maker_) == x.serial;
}

void FutureStateBase::DropFuture() {
  if (!HasLiveMaker()) return;
  try {
    maker_.Join(made_at_);
  } catch (const Unwind&) {
    // In a destructor: the task is unwound from its next operation on.
  }
}

void FutureStateBase::AddShared() {
  Hidden hidden;
  ++shared_;
}

// A step, so that who comes last is the last to take it.
void FutureStateBase::DropShared() {
  if (!HasLiveMaker()) return;
  try {
    claim_.fetch_or(0, std::memory_order_relaxed, made_at_);
    {
      Hidden hidden;
      if (--shared_ > 0) return;
    }
    maker_.Join(made_at_);
  } catch (const Unwind&) {
    // As above.
  }
}

}  // namespace heddle::internal
