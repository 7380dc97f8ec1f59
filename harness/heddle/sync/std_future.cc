// SPDX-License-Identifier: Apache-2.0
#include <utility>

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

void KeepToTheEnd(const std::exception_ptr& exception, Location where) {
  auto* copy = new std::exception_ptr(exception);
  Hidden hidden;
  Register(x.arena.New<KeptException>(copy), nullptr, where, /*outside=*/false);
}

}  // namespace

void ThrowFutureError(std::future_errc code) { throw std::future_error(code); }

void FutureStateBase::TakeFuture() {
  {
    Hidden hidden;
    if (!std::exchange(taken_, true)) return;
  }
  ThrowFutureError(std::future_errc::future_already_retrieved);
}

bool FutureStateBase::TryClaim() {
  Hidden hidden;
  return !std::exchange(claimed_, true);
}

void FutureStateBase::Claim(Location where) {
  const bool made = ready_.IsSet(where);
  if (!made) {
    if (TryClaim()) return;
    ready_.Wait(where);
  }
  ThrowFutureError(std::future_errc::promise_already_satisfied);
}

void FutureStateBase::Unclaim() {
  Hidden hidden;
  claimed_ = false;
}

void FutureStateBase::PublishException(std::exception_ptr exception, Location where) {
  KeepToTheEnd(exception, where);
  exception_ = std::move(exception);
  Publish(where);
}

void FutureStateBase::Break(Location where) {
  {
    Hidden hidden;
    if (x.serial < kFirstSerial) return;
  }
  if (!TryClaim()) return;
  std::future_error broken(std::future_errc::broken_promise);
  PublishException(std::make_exception_ptr(broken), where);
}

bool FutureStateBase::IsDeferred(Location where) {
  if (!deferrable_) return false;
  (void)ready_.IsSet(where);
  Hidden hidden;
  return deferred_;
}

void FutureStateBase::Wait(Location where) {
  if (IsDeferred(where)) {
    {
      Hidden hidden;
      deferred_ = false;
    }
    std::exchange(make_, nullptr)(where);
  }
  bool joins;
  {
    Hidden hidden;
    joins = has_maker_;
  }
  if (joins) return JoinMaker(where);
  ready_.Wait(where);
}

std::future_status FutureStateBase::WaitUntil(VirtualClock::time_point deadline, Location where) {
  if (IsDeferred(where)) return std::future_status::deferred;
  if (!ready_.WaitUntil(deadline, where)) return std::future_status::timeout;
  JoinMaker(where);
  return std::future_status::ready;
}

void FutureStateBase::Rethrow() const {
  if (exception_ != nullptr) std::rethrow_exception(exception_);
}

void FutureStateBase::MadeBy(heddle::Task task) {
  Hidden hidden;
  maker_ = task;
  has_maker_ = true;
}

void FutureStateBase::JoinMaker(Location where) {
  {
    Hidden hidden;
    if (!has_maker_ || TaskAccess::Serial(maker_) != x.serial) return;
  }
  maker_.Join(where);
  Hidden hidden;
  has_maker_ = false;
}

void FutureStateBase::Defer(std::function<void(Location)> make) {
  make_ = std::move(make);
  deferrable_ = deferred_ = true;
}

}  // namespace heddle::internal
