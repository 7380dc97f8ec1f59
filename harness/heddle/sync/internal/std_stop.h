// SPDX-License-Identifier: Apache-2.0
//
// <stop_token> of heddle::standard (sync/std.h): requests to stop.
//
//   operation              | no stop was requested    | one was
//   request_stop           | requests it, runs the    | false
//                          | callbacks, true          |
//   stop_requested         | false                    | true
//   stop_callback(t, f)    | registers f              | runs f at once
//   ~stop_callback         | takes f away             | returns if f has run, or is running in this task;
//                          |                          | blocks while it runs in another
//   stop_possible          | whether there is a source| true
//
// Each is a step, but stop_possible of a source; so are the end of each callback, the look for the next one
// and the end of a source (not of a jthread's that requests a stop). Callbacks run one after another in the
// task that requests, the last registered first. An exception that leaves one leaves request_stop (std
// terminates). A callback may destroy itself, and the source. When the execution is over, destructors register
// no callbacks, and run none.
//
// Happens-before: a request_stop that returned true before every stop_requested that returns true and every
// callback; a registration before the callback (and, as where one lock guards it all, before every later
// operation but a token's stop_possible); the end of a callback before the return of ~stop_callback. A
// request_stop that returned false orders nothing after it.
//
// Why not std's: its state is locked by a thread that spins, and it tells the requester from others by the
// OS thread, which all tasks share: ~stop_callback would not wait for a callback that runs in another task.
#ifndef HEDDLE_SYNC_INTERNAL_STD_STOP_H_
#define HEDDLE_SYNC_INTERNAL_STD_STOP_H_

#include <concepts>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/sync/atomic.h"
#include "heddle/sync/event.h"

namespace heddle {
namespace internal {

class StopState;
struct TaskState;

// A registered callback. Its links belong to the state.
class StopCallback {
 public:
  StopCallback(const StopCallback&) = delete;
  StopCallback& operator=(const StopCallback&) = delete;

 protected:
  StopCallback(std::shared_ptr<StopState> state, void (*run)(StopCallback*), Location where)
      : state_(std::move(state)), run_(run), where_(where), done_("stop_callback", where) {}
  ~StopCallback() = default;
  void Register();
  void Withdraw();

 private:
  friend class StopState;

  const std::shared_ptr<StopState> state_;  // null: never runs
  void (*const run_)(StopCallback*);
  const Location where_;
  Event done_;                  // it has run
  uint64_t registered_in_ = 0;  // the execution; 0: never
  bool in_line_ = false;
  StopCallback* previous_ = nullptr;
  StopCallback* next_ = nullptr;
};

class StopState : public std::enable_shared_from_this<StopState> {
 public:
  explicit StopState(Location where);

  bool Request(Location where);
  bool IsRequested(Location where) const {
    return requested_.load(std::memory_order_acquire, where) != 0;
  }
  bool MayBeRequested(Location where) const;
  void AddSource();
  // A step, unless a stop was requested by the one that drops it.
  void DropSource(bool requested = false);

 private:
  friend class StopCallback;

  void Renew();
  StopCallback* BeginNext();
  void End(StopCallback* callback, Location where);
  void Add(StopCallback* callback);
  void Remove(StopCallback* callback);
  // Its requester will not touch it any more.
  void Forget(const StopCallback* callback);

  const Location made_at_;
  Atomic<uint32_t> requested_;  // 0 or 1
  // Harness memory, used by a task right after its steps on `requested_`: what stands between two steps
  // happens at once.
  uint32_t sources_ = 0;
  uint64_t made_in_ = 0;             // the serial number of the execution
  uint64_t used_in_ = 0;             // the execution whose callbacks these are
  StopCallback* first_ = nullptr;    // registered and not run, the latest first
  StopCallback* running_ = nullptr;  // in `requester_`; null when it is gone
  TaskState* requester_ = nullptr;
};

}  // namespace internal

namespace standard {

class jthread;
class stop_source;

struct nostopstate_t {
  explicit nostopstate_t() = default;
};
inline constexpr nostopstate_t nostopstate{};

class stop_token {
 public:
  stop_token() noexcept = default;

  [[nodiscard]] bool stop_requested(Location where = Location::Here()) const {
    return state_ != nullptr && state_->IsRequested(where);
  }
  [[nodiscard]] bool stop_possible(Location where = Location::Here()) const {
    return state_ != nullptr && state_->MayBeRequested(where);
  }
  void swap(stop_token& other) noexcept { state_.swap(other.state_); }
  friend void swap(stop_token& a, stop_token& b) noexcept { a.swap(b); }
  friend bool operator==(const stop_token& a, const stop_token& b) noexcept = default;

 private:
  friend class stop_source;
  template <class Callback>
  friend class stop_callback;
  explicit stop_token(std::shared_ptr<internal::StopState> state) : state_(std::move(state)) {}

  std::shared_ptr<internal::StopState> state_;
};

class stop_source {
 public:
  explicit stop_source(Location where = Location::Here())
      : state_(internal::MakeSharedFor<internal::StopState>(this, where)) {
    state_->AddSource();
  }
  explicit stop_source(nostopstate_t) noexcept {}
  stop_source(const stop_source& other) noexcept : state_(other.state_) {
    if (state_ != nullptr) state_->AddSource();
  }
  stop_source(stop_source&& other) noexcept = default;
  stop_source& operator=(stop_source other) noexcept {
    swap(other);
    return *this;
  }
  ~stop_source() {
    if (state_ != nullptr) state_->DropSource();
  }

  bool request_stop(Location where = Location::Here()) const {
    return state_ != nullptr && state_->Request(where);
  }
  [[nodiscard]] bool stop_requested(Location where = Location::Here()) const {
    return state_ != nullptr && state_->IsRequested(where);
  }
  [[nodiscard]] bool stop_possible() const noexcept { return state_ != nullptr; }
  [[nodiscard]] stop_token get_token() const noexcept { return stop_token(state_); }
  void swap(stop_source& other) noexcept { state_.swap(other.state_); }
  friend void swap(stop_source& a, stop_source& b) noexcept { a.swap(b); }
  friend bool operator==(const stop_source& a, const stop_source& b) noexcept {
    return a.state_ == b.state_;
  }

 private:
  friend class jthread;
  // After it has requested a stop.
  void Leave() {
    state_->DropSource(/*requested=*/true);
    state_.reset();
  }

  std::shared_ptr<internal::StopState> state_;
};

template <class Callback>
class [[nodiscard]] stop_callback : private internal::StopCallback {
 public:
  using callback_type = Callback;

  template <class C>
  requires std::constructible_from<Callback, C>
  explicit stop_callback(const stop_token& token, C&& callback, Location where = Location::Here())
      : StopCallback(token.state_, Run, where), callback_(std::forward<C>(callback)) {
    Register();
  }
  ~stop_callback() { Withdraw(); }

 private:
  static void Run(StopCallback* callback) {
    std::forward<Callback>(static_cast<stop_callback*>(callback)->callback_)();
  }

  Callback callback_;
};

template <class C>
stop_callback(stop_token, C) -> stop_callback<C>;
template <class C>
stop_callback(stop_token, C, Location) -> stop_callback<C>;

}  // namespace standard
}  // namespace heddle

#endif  // HEDDLE_SYNC_INTERNAL_STD_STOP_H_
