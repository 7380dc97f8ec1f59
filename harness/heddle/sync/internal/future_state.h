// SPDX-License-Identifier: Apache-2.0
//
// What a promise, a packaged_task or an async shares with its futures: a result, which is made once and
// waited for. Part of sync/internal/std_future.h.
//
// Whoever is to make the result claims it first, right after a step that looks whether it is made; one that
// comes too late waits until the other has made it and throws then, as under a lock.
#ifndef HEDDLE_SYNC_INTERNAL_FUTURE_STATE_H_
#define HEDDLE_SYNC_INTERNAL_FUTURE_STATE_H_

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/unwind.h"
#include "heddle/sync/event.h"
#include "heddle/sync/internal/std_time.h"
#include "heddle/sync/task.h"

namespace heddle::internal {

class FutureStateBase {
 public:
  explicit FutureStateBase(Location where) : ready_("future", where) {}
  FutureStateBase(const FutureStateBase&) = delete;
  FutureStateBase& operator=(const FutureStateBase&) = delete;
  virtual ~FutureStateBase() = default;

  // Throws if a future was taken already.
  void TakeFuture();

  // False if the result is claimed already. No step: for those who have no rival.
  bool TryClaim();
  // Throws then. A step.
  void Claim(Location where);
  // It could not be made.
  void Unclaim();
  // The claimed result is there.
  void Publish(Location where) { ready_.Set(where); }
  void PublishException(std::exception_ptr exception, Location where);
  // Nobody will make it: those that wait are told so, unless it is claimed.
  void Break(Location where);

  void Wait(Location where);
  std::future_status WaitUntil(VirtualClock::time_point deadline, Location where);
  // What Wait has waited for: throws the exception if it is one.
  void Rethrow() const;

  // The result is made by a task, whose end belongs to it.
  void MadeBy(heddle::Task task);
  void JoinMaker(Location where);
  // The result is made by the first that waits.
  void Defer(std::function<void(Location)> make);

 private:
  // Whether nobody has begun to make a deferred result: a step, but for others none.
  bool IsDeferred(Location where);

  Event ready_;
  std::exception_ptr exception_;
  heddle::Task maker_;
  // Harness memory: what stands between two steps of a task happens at once.
  bool taken_ = false;
  bool claimed_ = false;
  bool has_maker_ = false;  // and nobody has joined it yet
  bool deferred_ = false;   // and not begun
  bool deferrable_ = false;
  std::function<void(Location)> make_;
};

// How a result is kept, also that of type void or R&.
template <class R>
struct Kept {
  using Type = R;
};
template <class R>
struct Kept<R&> {
  using Type = R*;
};
template <>
struct Kept<void> {
  using Type = std::monostate;
};

template <class R>
class FutureState final : public FutureStateBase {
 public:
  using FutureStateBase::FutureStateBase;

  // The result of a promise.
  template <class... V>
  void Set(Location where, V&&... value) {
    Claim(where);
    try {
      result_.emplace(std::forward<V>(value)...);
    } catch (...) {
      Unclaim();
      throw;
    }
    Publish(where);
  }

  // The claimed result is what `function` returns or throws.
  template <class F>
  void Call(Location where, F&& function) {
    std::exception_ptr thrown;
    try {
      if constexpr (std::is_void_v<R>) {
        function();
        result_.emplace();
      } else if constexpr (std::is_reference_v<R>) {
        result_.emplace(std::addressof(function()));
      } else {
        result_.emplace(function());
      }
    } catch (const Unwind&) {
      throw;
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown != nullptr) return PublishException(std::move(thrown), where);
    Publish(where);
  }

  // Of a result that is ready.
  typename Kept<R>::Type& result() { return *result_; }

 private:
  std::optional<typename Kept<R>::Type> result_;
};

[[noreturn]] void ThrowFutureError(std::future_errc code);

}  // namespace heddle::internal

#endif  // HEDDLE_SYNC_INTERNAL_FUTURE_STATE_H_
