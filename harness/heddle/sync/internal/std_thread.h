// SPDX-License-Identifier: Apache-2.0
//
// <thread> of heddle::standard (sync/std.h): threads are tasks (sync/task.h says what starting, joining and
// ending one are).
//
//   operation         | joinable                         | not joinable
//   join              | waits for the end of the task;   | std::system_error: invalid argument
//                     | of oneself: a deadlock           |
//   detach            | lets go of it                    | std::system_error: invalid argument
//   ~thread, t = ...  | misuse, at the line where the    | -
//                     | thread was started (std ends the |
//                     | process)                         |
//   ~jthread, j = ... | requests a stop, then joins      | -
//
// A thread that is lost because an exception leaves its scope is reported with the exception's type and text.
//
// Functions and arguments are copied by the starter, as std does. An exception that leaves the function ends
// the execution with the verdict `exception`. The execution waits for detached threads, too: one that never
// finishes is a leak. hardware_concurrency is 2 on every machine, so that pools of that size are explored
// alike. No native_handle.
//
// The line of a thread's start is that of the constructor's call, with up to three arguments for the
// function; with more none is known. (By emplace_back or make_unique it is one of the standard library.)
//
// A jthread that outlives the execution, in a fixture say, requests no stop in it: reset it in TearDown.
//
// Ids are comparable and printed as the reports' "T1". They are the same, and in the same order, under every
// schedule: a thread is known by the one that started it and by how many that had started before. (Of two
// threads of threads for which that gives the same hash by chance, the one that was started first is less.)
#ifndef HEDDLE_SYNC_INTERNAL_STD_THREAD_H_
#define HEDDLE_SYNC_INTERNAL_STD_THREAD_H_

#include <chrono>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <stop_token>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/sync/internal/std_stop.h"
#include "heddle/sync/internal/std_time.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"

namespace heddle {
namespace internal {

class ThreadId {
 public:
  ThreadId() noexcept = default;
  static ThreadId Of(const heddle::Task& task);
  static ThreadId Current();

  friend bool operator==(ThreadId, ThreadId) noexcept = default;
  friend std::strong_ordering operator<=>(ThreadId, ThreadId) noexcept = default;
  friend std::ostream& operator<<(std::ostream& out, ThreadId id) { return out << id.Label(); }

 private:
  friend std::hash<ThreadId>;
  explicit ThreadId(const TaskState* task);
  std::string Label() const;

  // In the order of comparing: the task's id is the same under every schedule, but may be a hash that another's
  // is, too (core/ids.h); slots tell those apart.
  uint32_t number_ = 0;  // the id + 1; 0: no thread
  uint32_t slot_ = 0;
};

// Function and arguments as std::thread keeps them, to be called once.
template <class F, class... Args>
auto Bind(F&& function, Args&&... arguments) {
  using Call = std::tuple<std::decay_t<F>, std::decay_t<Args>...>;
  return [call = Call(std::forward<F>(function), std::forward<Args>(arguments)...)]() mutable
         -> std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...> {
    return std::apply(
        [](auto&&... parts) -> std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...> {
          return std::invoke(std::forward<decltype(parts)>(parts)...);
        },
        std::move(call));
  };
}

template <class F, class... Args>
inline constexpr bool kCanStart = std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>;

// The part of a thread that does not depend on its function: the task and where it was started.
class ThreadHandle {
 public:
  ThreadHandle() = default;
  ThreadHandle(heddle::Task task, Location started_at)
      : task_(task), joinable_(true), started_at_(started_at) {}

  bool joinable() const { return joinable_; }
  Location started_at() const { return started_at_; }
  ThreadId id() const { return joinable_ ? ThreadId::Of(task_) : ThreadId(); }
  void Join(Location where);
  void Detach();
  // It is about to be lost; `how` says by what.
  void RefuseToLose(const char* how);
  // The end of a jthread; joins even though nothing can be thrown.
  void JoinInDestructor();
  // Whether it belongs to the running execution.
  bool IsAlive() const;

 private:
  heddle::Task task_;
  bool joinable_ = false;
  Location started_at_;
};

}  // namespace internal

namespace standard {

class thread {
 public:
  using id = internal::ThreadId;

  thread() noexcept = default;
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, thread>) explicit thread(
      F&& function, Location where = Location::Here())
      : handle_(Start(where, std::forward<F>(function))) {}
  template <class F, class A>
  explicit thread(F&& function, A&& a, Location where = Location::Here())
      : handle_(Start(where, std::forward<F>(function), std::forward<A>(a))) {}
  template <class F, class A, class B>
  explicit thread(F&& function, A&& a, B&& b, Location where = Location::Here())
      : handle_(Start(where, std::forward<F>(function), std::forward<A>(a), std::forward<B>(b))) {}
  template <class F, class A, class B, class C>
  explicit thread(F&& function, A&& a, B&& b, C&& c, Location where = Location::Here())
      : handle_(Start(where, std::forward<F>(function), std::forward<A>(a), std::forward<B>(b),
                      std::forward<C>(c))) {}
  template <class F, class A, class B, class C, class D, class... More>
  explicit thread(F&& function, A&& a, B&& b, C&& c, D&& d, More&&... more)
      : handle_(Start(Location{}, std::forward<F>(function), std::forward<A>(a), std::forward<B>(b),
                      std::forward<C>(c), std::forward<D>(d), std::forward<More>(more)...)) {}
  thread(thread&& other) noexcept { swap(other); }
  thread& operator=(thread&& other) noexcept {
    handle_.RefuseToLose("assigned to");
    handle_ = std::exchange(other.handle_, {});
    return *this;
  }
  ~thread() { handle_.RefuseToLose("destroyed"); }

  [[nodiscard]] bool joinable() const noexcept { return handle_.joinable(); }
  [[nodiscard]] id get_id() const noexcept { return handle_.id(); }
  void join(Location where = Location::Here()) { handle_.Join(where); }
  void detach() { handle_.Detach(); }
  void swap(thread& other) noexcept { std::swap(handle_, other.handle_); }
  friend void swap(thread& a, thread& b) noexcept { a.swap(b); }
  [[nodiscard]] static unsigned hardware_concurrency() noexcept { return 2; }

 private:
  friend class jthread;

  template <class F, class... Args>
  static internal::ThreadHandle Start(Location where, F&& function, Args&&... arguments) {
    static_assert(internal::kCanStart<F, Args...>,
                  "a thread's function must be callable with copies of the arguments, as rvalues");
    return {Go(internal::Bind(std::forward<F>(function), std::forward<Args>(arguments)...), where),
            where};
  }

  internal::ThreadHandle handle_;
};

class jthread {
 public:
  using id = thread::id;

  jthread() noexcept : stop_(nostopstate) {}
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, jthread>) explicit jthread(
      F&& function, Location where = Location::Here())
      : stop_(where), handle_(Start(where, std::forward<F>(function))) {}
  template <class F, class A>
  explicit jthread(F&& function, A&& a, Location where = Location::Here())
      : stop_(where), handle_(Start(where, std::forward<F>(function), std::forward<A>(a))) {}
  template <class F, class A, class B>
  explicit jthread(F&& function, A&& a, B&& b, Location where = Location::Here())
      : stop_(where),
        handle_(Start(where, std::forward<F>(function), std::forward<A>(a), std::forward<B>(b))) {}
  template <class F, class A, class B, class C>
  explicit jthread(F&& function, A&& a, B&& b, C&& c, Location where = Location::Here())
      : stop_(where),
        handle_(Start(where, std::forward<F>(function), std::forward<A>(a), std::forward<B>(b),
                      std::forward<C>(c))) {}
  template <class F, class A, class B, class C, class D, class... More>
  explicit jthread(F&& function, A&& a, B&& b, C&& c, D&& d, More&&... more)
      : stop_(Location{}),
        handle_(Start(Location{}, std::forward<F>(function), std::forward<A>(a), std::forward<B>(b),
                      std::forward<C>(c), std::forward<D>(d), std::forward<More>(more)...)) {}
  jthread(jthread&& other) noexcept : jthread() { swap(other); }
  jthread& operator=(jthread&& other) noexcept {
    jthread(std::move(other)).swap(*this);
    return *this;
  }
  ~jthread() { StopAndJoin(); }

  [[nodiscard]] bool joinable() const noexcept { return handle_.joinable(); }
  [[nodiscard]] id get_id() const noexcept { return handle_.id(); }
  void join(Location where = Location::Here()) { handle_.Join(where); }
  void detach() { handle_.Detach(); }
  void swap(jthread& other) noexcept {
    std::swap(stop_, other.stop_);
    std::swap(handle_, other.handle_);
  }
  friend void swap(jthread& a, jthread& b) noexcept { a.swap(b); }
  [[nodiscard]] stop_source get_stop_source() noexcept { return stop_; }
  [[nodiscard]] stop_token get_stop_token() const noexcept { return stop_.get_token(); }
  bool request_stop(Location where = Location::Here()) { return stop_.request_stop(where); }
  [[nodiscard]] static unsigned hardware_concurrency() noexcept {
    return thread::hardware_concurrency();
  }

 private:
  template <class F, class... Args>
  internal::ThreadHandle Start(Location where, F&& function, Args&&... arguments) {
    if constexpr (internal::kCanStart<F, stop_token, Args...>) {
      return thread::Start(where, std::forward<F>(function), stop_.get_token(),
                           std::forward<Args>(arguments)...);
    } else {
      static_assert(!internal::kCanStart<F, std::stop_token, Args...>,
                    "this function takes std::stop_token, which is not for tasks: let it take the "
                    "facade's, heddle::standard::stop_token");
      return thread::Start(where, std::forward<F>(function), std::forward<Args>(arguments)...);
    }
  }
  void StopAndJoin();

  stop_source stop_;
  internal::ThreadHandle handle_;
};

namespace this_thread {

inline thread::id get_id() noexcept { return internal::ThreadId::Current(); }
inline void yield(Location where = Location::Here()) { Yield(where); }
template <class Rep, class Period>
void sleep_for(const std::chrono::duration<Rep, Period>& duration,
               Location where = Location::Here()) {
  Sleep(internal::SpanOf(duration), where);
}
template <class Clock, class Duration>
void sleep_until(const std::chrono::time_point<Clock, Duration>& deadline,
                 Location where = Location::Here()) {
  SleepUntil(internal::TimeOf(deadline), where);
}

}  // namespace this_thread
}  // namespace standard
}  // namespace heddle

template <>
struct std::hash<heddle::internal::ThreadId> {
  size_t operator()(heddle::internal::ThreadId id) const noexcept { return id.number_; }
};

#endif  // HEDDLE_SYNC_INTERNAL_STD_THREAD_H_
