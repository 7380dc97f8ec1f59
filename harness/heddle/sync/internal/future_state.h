// SPDX-License-Identifier: Apache-2.0
//
// What a promise, a packaged_task or an async shares with its futures: a result, which is made once and
// waited for. Part of sync/internal/std_future.h.
//
// Whoever is to make the result claims it first, by the step that finds it unclaimed; one that comes too late
// waits until the other has made it and throws then, as under a lock. The result of an async belongs to its
// task from the start; a deferred one is claimed by whoever is to run the function.
//
// What rivals may change is looked at in steps on one atomic. The rest is plain memory of the harness, which
// the owner of the promise changes, or who has sole hold of the result.
#ifndef HEDDLE_SYNC_INTERNAL_FUTURE_STATE_H_
#define HEDDLE_SYNC_INTERNAL_FUTURE_STATE_H_

#include <chrono>
#include <cstdint>
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
#include "heddle/sync/atomic.h"
#include "heddle/sync/event.h"
#include "heddle/sync/internal/std_time.h"
#include "heddle/sync/task.h"

namespace heddle::internal {

[[noreturn]] void ThrowFutureError(std::future_errc code);

class FutureStateBase : public std::enable_shared_from_this<FutureStateBase> {
 public:
  explicit FutureStateBase(Location where);
  FutureStateBase(const FutureStateBase&) = delete;
  FutureStateBase& operator=(const FutureStateBase&) = delete;
  virtual ~FutureStateBase() = default;

  // Throws if a future was taken already.
  void TakeFuture();

  // Throws if the result is claimed already. A step.
  void Claim(Location where);
  // It could not be made.
  void Unclaim(Location where);
  // The claimed result is there.
  void Publish(Location where) { ready_.Set(where); }
  void PublishException(std::exception_ptr exception, Location where);
  // The promise is let go: if nobody has claimed the result, those that wait are told so.
  void Break(Location where);

  void Wait(Location where);
  std::future_status WaitUntil(VirtualClock::time_point deadline, Location where);
  // What Wait has waited for: throws the exception if it is one.
  void Rethrow() const;
  // Whether this is code around the tasks, as a fixture's destructor: what leaves it ends the process.
  static bool IsOutsideTasks();

  // The result is made by a task, whose end belongs to it.
  void MadeBy(heddle::Task task);
  // The result is made by the first that waits.
  void Defer(std::function<void(Location)> make);

  // -- Ends of futures, in their destructors: the last of one task's result waits for its end.
  // The only one.
  void DropFuture();
  // One of those that AddShared counted.
  void DropShared();
  void AddShared();

 private:
  friend class KeptResult;

  // The execution is over, and the next begins with no result.
  virtual void DropResult() = 0;
  void Renew();
  void RefuseDeferred(Location where);
  // Whether the task belongs to the running execution.
  bool HasLiveMaker() const;

  const Location made_at_;
  uint64_t used_in_;  // the serial number of the execution
  bool outside_;      // it outlives executions
  Event ready_;
  Atomic<uint32_t> claim_;  // 1: claimed; else 0
  std::exception_ptr exception_;
  // Fixed before the first future is handed out.
  heddle::Task maker_;
  bool has_maker_ = false;
  bool deferrable_ = false;
  std::function<void(Location)> make_;  // of the one that claims a deferred result
  // The promise's.
  bool taken_ = false;
  bool taken_outside_ = false;
  bool claimed_ = false;
  uint32_t shared_ = 0;  // futures that AddShared counted
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
      Unclaim(where);
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

  // What Wait has waited for, if the execution is not over.
  bool HasResult() const { return result_.has_value(); }
  typename Kept<R>::Type& result() {
    if (!HasResult()) ThrowFutureError(std::future_errc::broken_promise);
    return *result_;
  }

 private:
  void DropResult() override { result_.reset(); }

  std::optional<typename Kept<R>::Type> result_;
};

}  // namespace heddle::internal

#endif  // HEDDLE_SYNC_INTERNAL_FUTURE_STATE_H_
