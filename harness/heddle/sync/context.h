// SPDX-License-Identifier: Apache-2.0
//
// Context: whether work is still wanted, as Go's package context. Contexts form a tree: cancelling one
// cancels all below it. A copyable handle.
//
//   operation      | not cancelled                         | cancelled
//   Done().Receive | blocks                                | nullopt: the channel is closed
//   Err, Cause     | kNone, no cause                       | why: of the first cancellation
//   cancel         | cancels this context and those below, | -
//                  | in one step                           |
//   With... (from) | a child that can be cancelled         | a child that is cancelled already
//   AfterFunc      | registers the function                | starts it at once
//   ~cancel        | -                                     | -
//
// A deadline cancels with kDeadlineExceeded in the clock's step. A deadline later than that of an ancestor
// never fires; one that is past cancels at once. Background, and contexts of values alone, are never
// cancelled: their Done is nil. WithoutCancel keeps the values and forgets cancellation and deadline. Value
// and Deadline are no steps: they never change.
//
// AfterFunc starts a task that runs the function once the context is cancelled. Its result, called, says
// whether it prevented that; it does not wait for a function that has started.
//
// Every context with a Done should be cancelled in the end, as in Go, to release what it holds; one that is
// not is no leak by itself, but tasks that wait for it are. Contexts live in one execution; use in another
// is misuse.
//
// Happens-before: a cancellation (not by a deadline) happens before each receive from Done, Err, Cause and
// With... that sees it, and before the functions it starts; so does AfterFunc, for its function. Cost: O(1),
// O(contexts below) to cancel, O(depth) to look up a value.
//
//   auto [context, cancel] = heddle::WithTimeout(heddle::Background(), 5ms);
//   heddle::Task worker = heddle::Go([&jobs, done = context.Done()] {
//     for (bool stop = false; !stop;) {
//       heddle::Select(heddle::OnReceive(done, [&] { stop = true; }),
//                      heddle::OnReceive(jobs, work));
//     }
//   });
//   cancel();
#ifndef HEDDLE_SYNC_CONTEXT_H_
#define HEDDLE_SYNC_CONTEXT_H_

#include <any>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/time.h"

namespace heddle {

enum class ContextError : uint8_t { kNone, kCanceled, kDeadlineExceeded };

// "context canceled", "context deadline exceeded"
std::string_view ToString(ContextError error);

// What a Done channel would carry; none is ever sent.
struct Done {};

// What a value is stored under: the object itself, not its name. Usually a constant of the program.
template <class T>
class ContextKey {
 public:
  ContextKey() = default;
  ContextKey(const ContextKey&) = delete;
  ContextKey& operator=(const ContextKey&) = delete;
};

namespace internal {

class ContextState;

// What a Context holds. Without a state: Background.
class ContextHandle {
 public:
  ContextHandle() = default;
  explicit ContextHandle(ContextState* state) : state_(state), serial_(x.serial) {}

  // False: the operation is to do nothing. `state` is null for Background.
  bool Get(OperationKind kind, Location where, ContextState** state) const;
  friend bool operator==(const ContextHandle&, const ContextHandle&) = default;

 private:
  ContextState* state_ = nullptr;
  uint64_t serial_ = 0;
};

struct ContextAccess;

}  // namespace internal

class Context {
 public:
  // Background.
  Context() = default;

  // Closed once the context is cancelled.
  Receiver<heddle::Done> Done(Location where = Location::Here()) const;
  [[nodiscard]] ContextError Err(Location where = Location::Here()) const;
  // What was given to the cancellation; a ContextError if nothing was; empty if it is not cancelled.
  [[nodiscard]] std::any Cause(Location where = Location::Here()) const;
  [[nodiscard]] std::optional<VirtualClock::time_point> Deadline() const;
  // Null if neither this context nor one above it has a value under `key`.
  template <class T>
  [[nodiscard]] const T* Value(const ContextKey<T>& key) const {
    return static_cast<const T*>(FindValue(&key));
  }

  friend bool operator==(const Context&, const Context&) = default;

 private:
  friend struct internal::ContextAccess;
  explicit Context(internal::ContextHandle handle) : handle_(handle) {}
  const void* FindValue(const void* key) const;

  internal::ContextHandle handle_;
};

inline Context Background() { return {}; }

// Cancels a context. Copies cancel the same one; calling it again does nothing.
class CancelFunc {
 public:
  void operator()(Location where = Location::Here()) const;

 private:
  friend struct internal::ContextAccess;
  internal::ContextHandle handle_;
};

class CancelCauseFunc {
 public:
  void operator()(std::any cause, Location where = Location::Here()) const;

 private:
  friend struct internal::ContextAccess;
  internal::ContextHandle handle_;
};

struct CancelableContext {
  Context context;
  CancelFunc cancel;
};
struct CancelableCauseContext {
  Context context;
  CancelCauseFunc cancel;
};

CancelableContext WithCancel(const Context& parent, Location where = Location::Here());
CancelableCauseContext WithCancelCause(const Context& parent, Location where = Location::Here());
CancelableContext WithTimeout(const Context& parent, std::chrono::nanoseconds timeout,
                              Location where = Location::Here());
CancelableContext WithDeadline(const Context& parent, VirtualClock::time_point deadline,
                               Location where = Location::Here());
Context WithoutCancel(const Context& parent, Location where = Location::Here());

// `key` must outlive the execution's use of the context.
template <class T>
Context WithValue(const Context& parent, const ContextKey<T>& key, T value,
                  Location where = Location::Here());

// Prevents the start of an AfterFunc's function.
class StopFunc {
 public:
  bool operator()(Location where = Location::Here()) const;

 private:
  friend struct internal::ContextAccess;
  internal::ContextHandle handle_;
};

StopFunc AfterFunc(const Context& context, std::function<void()> function,
                   Location where = Location::Here());

// -- Implementation
// ---------------------------------------------------------------------------------

namespace internal {

struct ContextValue {
  const void* key = nullptr;
  void* value = nullptr;
  void (*destroy)(void*) = nullptr;
};
heddle::Context WithErasedValue(const heddle::Context& parent, ContextValue value, Location where);

}  // namespace internal

template <class T>
Context WithValue(const Context& parent, const ContextKey<T>& key, T value, Location where) {
  return internal::WithErasedValue(
      parent, {&key, new T(std::move(value)), [](void* kept) { delete static_cast<T*>(kept); }},
      where);
}

}  // namespace heddle

#endif  // HEDDLE_SYNC_CONTEXT_H_
