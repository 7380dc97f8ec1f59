// SPDX-License-Identifier: Apache-2.0
//
// ErrGroup: tasks that work on parts of one thing and may fail, as golang.org/x/sync/errgroup.
//
//   operation   | below the limit       | at the limit
//   Go(f)       | spawns a task for f   | blocks until a task of the group has ended
//   TryGo(f)    | the same, true        | false
//   SetLimit(n) | at most n tasks from now on; n < 0: no limit; misuse while tasks of a limited group run
//   Wait        | blocks until all tasks have ended; the first error, a default-constructed one if none
//
// The first task that returns an error decides what Wait returns; the errors of others are dropped. A group
// with a context cancels it then, with the error as its cause, and when Wait returns: the siblings see it
// by context().Done(). An exception that leaves f counts as an error; Wait throws the first one.
//
// Error is any type whose default-constructed value means 'no error': one that converts to bool as true for
// an error (std::error_code, std::exception_ptr, std::optional<...>), or with a member ok() (absl::Status).
//
// Like Go's it is made of a wait group, a buffered channel that holds a token for each running task of a
// limited group, and a once: its operations are theirs, step by step, and so are the happens-before edges:
// Go happens before f, the end of each f before the return of Wait, with a limit also before the return of
// the Go that takes its place. It must outlive its tasks: Wait before it goes. Wait and Go from outside the
// tasks at the same time are misuse unless ordered, as with any wait group.
//
//   heddle::ErrGroup<> group(heddle::Background());
//   for (const Page& page : pages) group.Go([&] { return Fetch(group.context(), page); });
//   if (std::error_code error = group.Wait()) ...
#ifndef HEDDLE_SYNC_ERR_GROUP_H_
#define HEDDLE_SYNC_ERR_GROUP_H_

#include <any>
#include <concepts>
#include <cstddef>
#include <exception>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/unwind.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/context.h"
#include "heddle/sync/once.h"
#include "heddle/sync/wait_group.h"

namespace heddle {
namespace internal {

[[gnu::cold]] void RefuseLimit(size_t running, Location where);

template <class Error>
bool IsError(const Error& error) {
  if constexpr (requires { error.ok(); }) {
    return !error.ok();
  } else {
    return static_cast<bool>(error);
  }
}

}  // namespace internal

template <class Error = std::error_code>
class ErrGroup {
 public:
  // Without a context: an error stops nobody. `name` is what reports call its wait group; it is copied.
  explicit ErrGroup(const char* name = nullptr, Location where = Location::Here())
      : tasks_(name, where), failed_(name, where) {}
  // With a context of its own below `parent`.
  explicit ErrGroup(const Context& parent, const char* name = nullptr,
                    Location where = Location::Here())
      : tasks_(name, where), failed_(name, where), work_(WithCancelCause(parent, where)) {}

  // Background for a group without one.
  Context context() const { return work_ ? work_->context : Background(); }

  template <std::invocable F>
  requires std::convertible_to<std::invoke_result_t<F>, Error>
  void Go(F&& function, Location where = Location::Here()) {
    if (!tokens_.IsNil()) tokens_.Send({}, where);
    Spawn(std::forward<F>(function), where);
  }
  template <std::invocable F>
  requires std::convertible_to<std::invoke_result_t<F>, Error>
  [[nodiscard]] bool TryGo(F&& function, Location where = Location::Here()) {
    if (!tokens_.IsNil() && !tokens_.TrySend(Token{}, where)) return false;
    Spawn(std::forward<F>(function), where);
    return true;
  }
  void SetLimit(int most, Location where = Location::Here()) {
    if (!tokens_.IsNil()) {
      const size_t running = tokens_.Len(where);
      if (running > 0) return internal::RefuseLimit(running, where);
    }
    tokens_ =
        most < 0 ? Channel<Token>() : Channel<Token>(static_cast<size_t>(most), nullptr, where);
  }
  Error Wait(Location where = Location::Here()) {
    tasks_.Wait(where);
    if (work_) work_->cancel(CauseOf(error_), where);
    if (exception_ != nullptr) std::rethrow_exception(exception_);
    return error_;
  }

 private:
  struct Token {};

  // An error of a default-constructed type would hide that nobody failed.
  static std::any CauseOf(const Error& error) {
    return internal::IsError(error) ? std::any(error) : std::any(ContextError::kCanceled);
  }

  template <class F>
  void Spawn(F&& function, Location where) {
    tasks_.Go(
        [this, run = std::decay_t<F>(std::forward<F>(function)), where]() mutable {
          Run(run, where);
          if (!tokens_.IsNil()) (void)tokens_.Receive(where);
        },
        where);
  }
  template <class F>
  void Run(F& function, Location where) {
    try {
      Error error = function();
      if (internal::IsError(error)) Fail(std::move(error), nullptr, where);
    } catch (const internal::Unwind&) {
      throw;
    } catch (...) {
      Fail(Error(), std::current_exception(), where);
    }
  }
  void Fail(Error error, std::exception_ptr exception, Location where) {
    call_once({failed_, where}, [&] {
      error_ = std::move(error);
      exception_ = std::move(exception);
      if (!work_) return;
      work_->cancel(exception_ != nullptr ? std::any(exception_) : std::any(error_), where);
    });
  }

  WaitGroup tasks_;
  OnceFlag failed_;
  std::optional<CancelableCauseContext> work_;
  Channel<Token> tokens_;  // nil: no limit
  Error error_ = Error();
  std::exception_ptr exception_;
};

}  // namespace heddle

#endif  // HEDDLE_SYNC_ERR_GROUP_H_
