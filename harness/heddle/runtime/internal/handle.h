// SPDX-License-Identifier: Apache-2.0
//
// What a user's mutex, semaphore, channel, ... holds: a reference to its state in the execution.
//
// A handle is made in one of two places. Inside an execution its state is made at once and dies
// with that execution; using the handle in a later one is misuse. Outside (a global, or an object
// made before the exploration) the state is made anew at the first use in each execution, as it was
// after construction. One comparison tells the fast path from everything else: unbound handles,
// other executions, destroyed objects, tasks being unwound, and no execution at all. An object that is destroyed while
// a task stands at an operation on it that never waits is misuse at once (Retire).
#ifndef HEDDLE_RUNTIME_INTERNAL_HANDLE_H_
#define HEDDLE_RUNTIME_INTERNAL_HANDLE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {

// The variables of static storage duration of the program (or library) that Heddle is linked into.
extern "C" char __data_start[] __attribute__((weak));
extern "C" char _end[] __attribute__((weak));

// Whether `object` outlives executions though it may be constructed inside one: a function's local
// static. (Only how it is kept depends on that; no id or decision does.)
inline bool IsStatic(const void* object) {
  return object >= static_cast<void*>(__data_start) && object < static_cast<void*>(_end);
}

// In its scope handles are made as those of a global if `outside`: for what a static object keeps elsewhere
// than in itself.
class OutsideScope {
 public:
  explicit OutsideScope(bool outside) {
    Hidden hidden;
    serial_ = x.serial;
    if (outside) x.serial = kIdle;
  }
  ~OutsideScope() {
    Hidden hidden;
    x.serial = serial_;
  }
  OutsideScope(const OutsideScope&) = delete;
  OutsideScope& operator=(const OutsideScope&) = delete;

 private:
  uint64_t serial_;
};

// A T that outlives executions if `owner` does, which is under construction. (Compilers warn of a pointer to
// const: it could be meant for reading.)
template <class T>
std::shared_ptr<T> MakeSharedFor(void* owner, Location where) {
  const OutsideScope scope(IsStatic(owner));
  return std::make_shared<T>(where);
}

// The part that does not depend on the type of the state.
class HandleBase {
 public:
  HandleBase(const HandleBase&) = delete;
  HandleBase& operator=(const HandleBase&) = delete;

 protected:
  HandleBase(ObjectKind kind, const char* name, Location where)
      : name_(name), created_at_(where), kind_(kind) {
    if (x.serial < kFirstSerial || IsStatic(this)) [[unlikely]]
      KeepOutside();
  }
  ~HandleBase() {
    Hidden hidden;
    if (outside_) [[unlikely]]
      ForgetOutside();
    serial_ = kDestroyed;
    // Without the barrier the compiler drops the store to a dying object, and a use of it
    // afterwards would go unnoticed.
    asm volatile("" : : "r"(this) : "memory");
  }

  // The slow path of every operation. True: bind a new state and go on. False: do nothing.
  bool MayBind(OperationKind kind, Location where, Throws throws);

  bool InExecution() const { return serial_ == x.serial; }

  static constexpr uint64_t kUnbound = 0;
  static constexpr uint64_t kDestroyed = 3;

  const char* name_;
  Location created_at_;
  uint64_t serial_ = kUnbound;  // not first: freed memory is overwritten from its start
  ObjectKind kind_;
  bool outside_ = false;

 private:
  [[gnu::cold]] void KeepOutside();
  [[gnu::cold]] void ForgetOutside();
};

// A handle of an object whose state is a `State`, made from `Args`, which the handle keeps for making
// it anew. State::Check() is called on each state made: there the object refuses impossible arguments.
template <class State, class... Args>
class Handle : protected HandleBase {
 protected:
  Handle(ObjectKind kind, const char* name, Location where, Args... args)
      : HandleBase(kind, name, where), args_(args...) {
    Hidden hidden;
    if (!outside_) Bind();
  }
  ~Handle() {
    Hidden hidden;
    if (InExecution()) Retire(state_);
  }

  // The state in this execution; null if the operation is to do nothing. In a Hidden region.
  State* Get(OperationKind kind, Location where, Throws throws = Throws::kYes) {
    if (!InExecution()) [[unlikely]] {
      if (!MayBind(kind, where, throws)) return nullptr;
      Bind();
      if (!InExecution()) return nullptr;
    }
    return state_;
  }

  // What it was made from, hence is made anew from.
  const std::tuple<Args...>& Made() const { return args_; }

  State* state_ = nullptr;

 private:
  [[gnu::noinline]] void Bind() {
    state_ = std::apply([](const Args&... args) { return x.arena.New<State>(args...); }, args_);
    Register(state_, name_, created_at_, outside_);
    serial_ = x.serial;
    if constexpr (requires { state_->Check(); }) state_->Check();
  }

  [[no_unique_address]] std::tuple<Args...> args_;
};

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_HANDLE_H_
