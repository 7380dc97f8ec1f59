// SPDX-License-Identifier: Apache-2.0
//
// async of heddle::standard (sync/std.h): a function whose result is in a future.
//
//   policy                | the function runs                      | the last future's end, get, wait
//   launch::async, none,  | in a task of its own                   | wait for the end of the task
//   async | deferred      |                                        |
//   launch::deferred      | in the first that calls get or wait,   | -
//                         | or never; wait_for says `deferred`     |
//
// What the function throws travels to get. async is the step of Go, and its task makes the result ready by
// another before it ends; looking whether a function is still deferred is one, and so is letting go of a
// shared_future of a task's result. A get that waits for a task that waits for the getter is a deadlock,
// named as a cycle.
//
// Happens-before: the call before the function; the end of the task before the first return of get or wait
// or of the last future's destructor; the rest as for all futures (internal/std_future.h).
//
// Reports show the line of the call with a policy, and without one for up to three arguments; with more none
// is known.
#ifndef HEDDLE_SYNC_INTERNAL_STD_ASYNC_H_
#define HEDDLE_SYNC_INTERNAL_STD_ASYNC_H_

#include <cstdint>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/sync/internal/future_state.h"
#include "heddle/sync/internal/std_future.h"
#include "heddle/sync/internal/std_thread.h"
#include "heddle/sync/task.h"

namespace heddle {
namespace standard {

// A type of its own: std::launch would make an unqualified async(launch::async, ...) std's.
enum class launch : uint8_t { async = 1, deferred = 2 };
constexpr launch operator&(launch a, launch b) {
  return static_cast<launch>(static_cast<int>(a) & static_cast<int>(b));
}
constexpr launch operator|(launch a, launch b) {
  return static_cast<launch>(static_cast<int>(a) | static_cast<int>(b));
}

}  // namespace standard

namespace internal {

template <class F, class... Args>
using AsyncResult = std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>;

// The policy, and where async is called: it has no room for a last parameter of its own.
struct LaunchAt {
  LaunchAt(standard::launch how, Location here = Location::Here()) : policy(how), where(here) {}
  LaunchAt(std::launch how, Location here = Location::Here())
      : policy((how & std::launch::async) != std::launch{} ? standard::launch::async
                                                           : standard::launch::deferred),
        where(here) {}
  standard::launch policy;
  Location where;
};

template <class F, class... Args>
standard::future<AsyncResult<F, Args...>> Async(LaunchAt launch, F&& function,
                                                Args&&... arguments) {
  using R = AsyncResult<F, Args...>;
  const Location where = launch.where;
  auto call = Bind(std::forward<F>(function), std::forward<Args>(arguments)...);
  if ((launch.policy & standard::launch::async) == standard::launch{}) {
    auto state = std::make_shared<FutureState<R>>(where);
    auto kept = std::make_shared<decltype(call)>(std::move(call));
    state->Defer([made = state.get(), kept](Location here) { made->Call(here, *kept); });
    return standard::future<R>(std::move(state));
  }
  auto state = std::make_shared<FutureState<R>>(where);
  state->MadeBy(
      Go([state, call = std::move(call), where]() mutable { state->Call(where, call); }, where));
  return standard::future<R>(std::move(state));
}

template <class F>
inline constexpr bool kIsPolicy = std::is_same_v<std::remove_cvref_t<F>, standard::launch> ||
                                  std::is_same_v<std::remove_cvref_t<F>, std::launch>;

}  // namespace internal

namespace standard {

template <class F, class... Args>
[[nodiscard]] auto async(internal::LaunchAt policy, F&& function, Args&&... arguments) {
  return internal::Async(policy, std::forward<F>(function), std::forward<Args>(arguments)...);
}
template <class F>
requires(!internal::kIsPolicy<F>)
    [[nodiscard]] auto async(F&& function, Location where = Location::Here()) {
  return internal::Async({launch::async, where}, std::forward<F>(function));
}
template <class F, class A>
requires(!internal::kIsPolicy<F>)
    [[nodiscard]] auto async(F&& function, A&& a, Location where = Location::Here()) {
  return internal::Async({launch::async, where}, std::forward<F>(function), std::forward<A>(a));
}
template <class F, class A, class B>
requires(!internal::kIsPolicy<F>)
    [[nodiscard]] auto async(F&& function, A&& a, B&& b, Location where = Location::Here()) {
  return internal::Async({launch::async, where}, std::forward<F>(function), std::forward<A>(a),
                         std::forward<B>(b));
}
template <class F, class A, class B, class C>
requires(!internal::kIsPolicy<F>)
    [[nodiscard]] auto async(F&& function, A&& a, B&& b, C&& c, Location where = Location::Here()) {
  return internal::Async({launch::async, where}, std::forward<F>(function), std::forward<A>(a),
                         std::forward<B>(b), std::forward<C>(c));
}
template <class F, class A, class B, class C, class D, class... More>
requires(!internal::kIsPolicy<F>)
    [[nodiscard]] auto async(F&& function, A&& a, B&& b, C&& c, D&& d, More&&... more) {
  return internal::Async({launch::async, Location{}}, std::forward<F>(function), std::forward<A>(a),
                         std::forward<B>(b), std::forward<C>(c), std::forward<D>(d),
                         std::forward<More>(more)...);
}

}  // namespace standard
}  // namespace heddle

#endif  // HEDDLE_SYNC_INTERNAL_STD_ASYNC_H_
