// SPDX-License-Identifier: Apache-2.0
//
// <future> of heddle::standard (sync/std.h): results that are made by one task and taken by another.
//
//   operation              | not ready yet              | ready
//   set_value, ..          | makes it ready             | promise_already_satisfied
//   ~promise,              | broken_promise to whoever  | -
//   ~packaged_task         | waits                      |
//   get, wait              | blocks; runs a deferred    | returns, or throws the exception
//                          | function                   |
//   wait_for, wait_until   | timeout at the deadline;   | ready
//                          | `deferred` at once         |
//
// In reports a future is the event "std::future", set once the result is ready.
//
// get of a future takes the value, that of a shared_future refers to it. Without a state: no_state; a second
// get_future: future_already_retrieved. What a packaged_task's function throws travels to get.
//
// set_value, set_exception and the call of a packaged_task are two steps, one that finds the result unclaimed
// and one that makes it ready; waiting is one. ~promise and ~packaged_task are one if a future waits in vain,
// else none. Of two that make the result, the second throws once the first has made it. Happens-before: what
// makes the result ready before the return of every wait that saw it, and before promise_already_satisfied.
//
// When the execution is over, a destructor's wait returns at once and starts no deferred function; its get takes
// what is there, and where nothing is throws broken_promise, as nobody will make the result any more. (So that
// is what a destructor meets that could not have ended. Outside of tasks, as in a fixture's destructor, get
// returns R() if there is one, as an exception would end the process.)
//
// Promises and packaged_tasks that are static are made anew for each execution, and their values end with it;
// take their futures inside, as a global future is not made anew. An exception lives until the end of the
// execution. async is in internal/std_async.h. Not there: the functions `at_thread_exit`, allocators.
#ifndef HEDDLE_SYNC_INTERNAL_STD_FUTURE_H_
#define HEDDLE_SYNC_INTERNAL_STD_FUTURE_H_

#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/sync/internal/future_state.h"
#include "heddle/sync/internal/std_time.h"

namespace heddle {
namespace standard {
template <class R>
class shared_future;
}  // namespace standard

namespace internal {

// What both kinds of futures have.
template <class R>
class FutureHandle {
 public:
  using State = std::shared_ptr<FutureState<R>>;

  FutureHandle() noexcept = default;
  explicit FutureHandle(State state) noexcept : state_(std::move(state)) {}

  [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }
  void wait(Location where = Location::Here()) const { Valid().Wait(where); }
  template <class Rep, class Period>
  std::future_status wait_for(const std::chrono::duration<Rep, Period>& duration,
                              Location where = Location::Here()) const {
    return Valid().WaitUntil(TimeIn(SpanOf(duration)), where);
  }
  template <class Clock, class Duration>
  std::future_status wait_until(const std::chrono::time_point<Clock, Duration>& deadline,
                                Location where = Location::Here()) const {
    return Valid().WaitUntil(TimeOf(deadline), where);
  }

 protected:
  FutureState<R>& Valid() const {
    if (state_ == nullptr) ThrowFutureError(std::future_errc::no_state);
    return *state_;
  }

  State state_;
};

}  // namespace internal

namespace standard {

using std::future_category;
using std::future_errc;
using std::future_error;
using std::future_status;

template <class R>
class future : public internal::FutureHandle<R> {
  using Base = internal::FutureHandle<R>;

 public:
  using Base::Base;
  future() noexcept = default;
  future(future&&) noexcept = default;
  future& operator=(future&& other) noexcept {
    future old(std::move(other));
    old.state_.swap(this->state_);
    return *this;
  }
  ~future() {
    if (this->state_ != nullptr) this->state_->DropFuture();
  }

  R get(Location where = Location::Here()) {
    Base::Valid();
    const typename Base::State state = std::move(this->state_);
    state->Wait(where);
    state->Rethrow();
    if constexpr (std::is_reference_v<R>) {
      return *state->result();
    } else if constexpr (!std::is_void_v<R>) {
      if constexpr (std::is_default_constructible_v<R>) {
        if (!state->HasResult() && state->IsOutsideTasks()) return R();
      }
      return std::move(state->result());
    }
  }
  shared_future<R> share() noexcept { return shared_future<R>(std::move(*this)); }

 private:
  friend class shared_future<R>;
};

template <class R>
class shared_future : public internal::FutureHandle<R> {
  using Base = internal::FutureHandle<R>;
  using Result = std::conditional_t<std::is_void_v<R> || std::is_reference_v<R>, R,
                                    std::add_lvalue_reference_t<const R>>;

 public:
  shared_future() noexcept = default;
  shared_future(future<R>&& other) noexcept : Base(std::move(other.state_)) { AddShared(); }
  shared_future(const shared_future& other) noexcept : Base(other.state_) { AddShared(); }
  shared_future(shared_future&&) noexcept = default;
  shared_future& operator=(shared_future other) noexcept {
    other.state_.swap(this->state_);
    return *this;
  }
  ~shared_future() {
    if (this->state_ != nullptr) this->state_->DropShared();
  }

  Result get(Location where = Location::Here()) const {
    Base::Valid().Wait(where);
    this->state_->Rethrow();
    if constexpr (std::is_reference_v<R>) {
      return *this->state_->result();
    } else if constexpr (!std::is_void_v<R>) {
      return this->state_->result();
    }
  }

 private:
  void AddShared() noexcept {
    if (this->state_ != nullptr) this->state_->AddShared();
  }
};

}  // namespace standard

namespace internal {

// What all promises have.
template <class R>
class PromiseHandle {
 public:
  explicit PromiseHandle(Location where)
      : state_(MakeSharedFor<FutureState<R>>(this, where)), made_at_(where) {}
  PromiseHandle(PromiseHandle&& other) noexcept = default;
  PromiseHandle& operator=(PromiseHandle&& other) noexcept {
    PromiseHandle(std::move(other)).swap(*this);
    return *this;
  }
  ~PromiseHandle() {
    if (state_ != nullptr) state_->Break(made_at_);
  }

  [[nodiscard]] standard::future<R> get_future() {
    Valid().TakeFuture();
    return standard::future<R>(state_);
  }
  void set_exception(std::exception_ptr exception, Location where = Location::Here()) {
    Valid().Claim(where);
    state_->PublishException(std::move(exception), where);
  }
  void swap(PromiseHandle& other) noexcept {
    state_.swap(other.state_);
    std::swap(made_at_, other.made_at_);
  }

 protected:
  FutureState<R>& Valid() const {
    if (state_ == nullptr) ThrowFutureError(std::future_errc::no_state);
    return *state_;
  }

 private:
  std::shared_ptr<FutureState<R>> state_;
  Location made_at_;
};

}  // namespace internal

namespace standard {

template <class R>
class promise : public internal::PromiseHandle<R> {
 public:
  promise(Location where = Location::Here()) : internal::PromiseHandle<R>(where) {}
  void set_value(const R& value, Location where = Location::Here()) {
    this->Valid().Set(where, value);
  }
  void set_value(R&& value, Location where = Location::Here()) {
    this->Valid().Set(where, std::move(value));
  }
};

template <class R>
class promise<R&> : public internal::PromiseHandle<R&> {
 public:
  promise(Location where = Location::Here()) : internal::PromiseHandle<R&>(where) {}
  void set_value(R& value, Location where = Location::Here()) {
    this->Valid().Set(where, std::addressof(value));
  }
};

template <>
class promise<void> : public internal::PromiseHandle<void> {
 public:
  promise(Location where = Location::Here()) : PromiseHandle(where) {}
  void set_value(Location where = Location::Here()) { Valid().Set(where); }
};

template <class R>
void swap(promise<R>& a, promise<R>& b) noexcept {
  a.swap(b);
}

template <class Signature>
class packaged_task;

}  // namespace standard

namespace internal {

// R(Args...) of a function object with one call operator.
template <class Member>
struct CallOf;
template <class G, class R, class... Args>
struct CallOf<R (G::*)(Args...)> {
  using Type = R(Args...);
};
template <class G, class R, class... Args>
struct CallOf<R (G::*)(Args...) const> {
  using Type = R(Args...);
};
template <class G, class R, class... Args>
struct CallOf<R (G::*)(Args...) noexcept> {
  using Type = R(Args...);
};
template <class G, class R, class... Args>
struct CallOf<R (G::*)(Args...) const noexcept> {
  using Type = R(Args...);
};

}  // namespace internal

namespace standard {

template <class R, class... Args>
class packaged_task<R(Args...)> {
 public:
  packaged_task() noexcept = default;
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, packaged_task>) explicit packaged_task(
      F&& function, Location where = Location::Here())
      : function_(std::make_unique<Stored<std::decay_t<F>>>(std::forward<F>(function))),
        state_(internal::MakeSharedFor<internal::FutureState<R>>(this, where)),
        made_at_(where) {}
  packaged_task(packaged_task&& other) noexcept = default;
  packaged_task& operator=(packaged_task&& other) noexcept {
    packaged_task(std::move(other)).swap(*this);
    return *this;
  }
  ~packaged_task() { Abandon(); }

  [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }
  [[nodiscard]] future<R> get_future() {
    Valid().TakeFuture();
    return future<R>(state_);
  }
  void operator()(Args... arguments, Location where = Location::Here()) {
    Valid().Claim(where);
    // A future may be all that is left of the task when its function has run.
    const std::shared_ptr<internal::FutureState<R>> state = state_;
    state->Call(where, [&]() -> R { return function_->Call(std::forward<Args>(arguments)...); });
  }
  void reset(Location where = Location::Here()) {
    Valid();
    Abandon();
    state_ = internal::MakeSharedFor<internal::FutureState<R>>(this, where);
    made_at_ = where;
  }
  void swap(packaged_task& other) noexcept {
    function_.swap(other.function_);
    state_.swap(other.state_);
    std::swap(made_at_, other.made_at_);
  }
  friend void swap(packaged_task& a, packaged_task& b) noexcept { a.swap(b); }

 private:
  struct Callable {
    virtual ~Callable() = default;
    virtual R Call(Args... arguments) = 0;
  };
  template <class F>
  struct Stored final : Callable {
    template <class G>
    explicit Stored(G&& given) : function(std::forward<G>(given)) {}
    R Call(Args... arguments) override {
      if constexpr (std::is_void_v<R>) {
        std::invoke(function, std::forward<Args>(arguments)...);
      } else {
        return std::invoke(function, std::forward<Args>(arguments)...);
      }
    }
    F function;
  };

  internal::FutureState<R>& Valid() const {
    if (state_ == nullptr) internal::ThrowFutureError(std::future_errc::no_state);
    return *state_;
  }
  void Abandon() {
    if (state_ != nullptr) state_->Break(made_at_);
  }

  std::unique_ptr<Callable> function_;
  std::shared_ptr<internal::FutureState<R>> state_;
  Location made_at_;
};

template <class R, class... Args>
packaged_task(R (*)(Args...)) -> packaged_task<R(Args...)>;
template <class F>
packaged_task(F) -> packaged_task<typename internal::CallOf<decltype(&F::operator())>::Type>;

}  // namespace standard

}  // namespace heddle

#endif  // HEDDLE_SYNC_INTERNAL_STD_FUTURE_H_
