// SPDX-License-Identifier: Apache-2.0
//
// Once: a function is called by the first task that comes; the others wait until it was called.
//
//   operation        | not done yet     | a task is in the middle of it          | done
//   call_once(o, f)  | calls f;         | blocks; deadlock if that closes a cycle | returns
//                    | done if f        | of owners, as when f calls it again    |
//                    | returns          |                                        |
//   Once::Do(f)      | calls f;         | as above                               | returns
//                    | done in any case |                                        |
//   ~OnceFlag        | tasks that wait stay blocked; misuse if one is about to use it otherwise
//
// call_once is std::call_once: if f throws, the exception goes to the caller and the next task that
// comes calls its own function. Do is that of Go's sync.Once: an exception counts as done. Both work on
// the same object; OnceFlag is the name for those who know the standard's.
//
// The beginning and the end of the call are steps, as is finding it done; waiting is none. Cost: O(1).
//
// Happens-before: the end of the call that did it happens before the return of every other (and the
// end of one that threw before the beginning of the next call).
//
//   heddle::OnceFlag loaded("loaded");
//   heddle::call_once(loaded, [&] { config = Load(); });
#ifndef HEDDLE_SYNC_ONCE_H_
#define HEDDLE_SYNC_ONCE_H_

#include <concepts>
#include <functional>
#include <string>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"

namespace heddle {

class OnceFlag;

namespace internal {

class OnceState final : public ObjectState {
 public:
  OnceState() : ObjectState(ObjectKind::kOnce) {}

  const TaskState* Owner(const TaskState&, uint32_t n) const override {
    return n == 0 ? caller : nullptr;
  }
  bool IsHeldBy(const TaskState& task) const override { return caller == &task; }
  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;

  bool done = false;
  TaskState* caller = nullptr;  // who is in the middle of it
  TaskSet waiters;              // tasks at `call_once`
  VectorClock clock;
};

// A OnceFlag and where it is used: call_once has no room for a last parameter of its own.
struct OnceUse {
  OnceUse(OnceFlag& used, Location here = Location::Here()) : flag(used), where(here) {}
  OnceFlag& flag;
  Location where;
};

}  // namespace internal

class OnceFlag : private internal::Handle<internal::OnceState> {
 public:
  // `name` is what reports call it; it is copied.
  explicit OnceFlag(const char* name = nullptr, Location where = Location::Here())
      : Handle(ObjectKind::kOnce, name, where) {}
  ~OnceFlag();

 protected:
  // One call, from its beginning to its end.
  class Call {
   public:
    Call(OnceFlag& flag, bool done_if_it_throws, Location where)
        : flag_(flag), where_(where), done_(done_if_it_throws), mine_(flag.Begin(where)) {}
    ~Call() {
      if (mine_) flag_.End(done_, where_);
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    // Whether this task is to call the function.
    bool IsMine() const { return mine_; }
    void Returned() { done_ = true; }

   private:
    OnceFlag& flag_;
    Location where_;
    bool done_;
    bool mine_;
  };

 private:
  template <class F, class... Args>
  friend void call_once(internal::OnceUse once, F&& function, Args&&... args);
  using State = internal::OnceState;
  using Kind = OperationKind;

  bool Begin(Location where);
  void End(bool done, Location where);
};

class Once : public OnceFlag {
 public:
  using OnceFlag::OnceFlag;

  template <std::invocable F>
  void Do(F&& function, Location where = Location::Here()) {
    Call call(*this, /*done_if_it_throws=*/true, where);
    if (call.IsMine()) std::forward<F>(function)();
  }
};

// `once` is a OnceFlag (or a Once).
template <class F, class... Args>
void call_once(internal::OnceUse once, F&& function, Args&&... args) {
  OnceFlag::Call call(once.flag, /*done_if_it_throws=*/false, once.where);
  if (!call.IsMine()) return;
  std::invoke(std::forward<F>(function), std::forward<Args>(args)...);
  call.Returned();
}

}  // namespace heddle

#endif  // HEDDLE_SYNC_ONCE_H_
