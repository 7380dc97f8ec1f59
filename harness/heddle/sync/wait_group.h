// SPDX-License-Identifier: Apache-2.0
//
// WaitGroup: waits for a collection of tasks (Go's sync.WaitGroup).
//
//   operation   | counter 0                            | counter > 0
//   Add(n > 0)  | counts up; misuse if a task stands   | counts up
//               | at Wait, or unordered with a Wait    |
//   Add(n < 0)  | misuse                               | counts down; misuse below 0
//   Done        | Add(-1)
//   Go(f)       | Add(1), then spawns a task that runs f and then Done
//   Wait        | returns                              | blocks until the counter is 0
//               | misuse if unordered with an Add that lifted the counter from 0
//   ~WaitGroup  | waiting tasks stay blocked; misuse if one is about to use it otherwise
//
// Every operation is a step (Go takes two); waiting is none. Go calls Done at the end of its task also
// when f throws or the task is unwound; f must not outlive the wait group.
//
// An Add that lifts the counter from 0 and a Wait must be ordered by happens-before, whichever comes
// first: otherwise some schedule lets Wait return before the work was counted. Heddle decides that in
// every schedule, however it came out, and for a Wait that returned at once, too. So the usual mistake,
// Add inside the spawned task, is found at its first occurrence. A counter that is lifted again while
// tasks are still at the Wait of the round before is misuse, as in Go. Cost: O(1); a Wait and an Add
// that lifts the counter look at one mark of each task that lifted it, or waited.
//
// Happens-before: each Done, and Add with n < 0, happens before the return of every Wait that takes its
// step later. (Those too that brought the counter to 0 in between, while more tasks were being spawned.)
// Wait publishes nothing, nor does Add with n > 0.
//
//   heddle::WaitGroup workers("workers");
//   for (int i = 0; i < 3; ++i) workers.Go([&] { Work(); });
//   workers.Wait();
#ifndef HEDDLE_SYNC_WAIT_GROUP_H_
#define HEDDLE_SYNC_WAIT_GROUP_H_

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/sync/task.h"

namespace heddle {
namespace internal {

// The last Wait, or the last lifting Add, of one task.
struct WaitGroupMark {
  const TaskState* task = nullptr;
  Epoch epoch;
  Location where;
  bool standing = false;  // it stands at Wait now
  bool blocked = false;   // and found the counter above 0
  WaitGroupMark* next = nullptr;
};

class WaitGroupState final : public ObjectState {
 public:
  WaitGroupState() : ObjectState(ObjectKind::kWaitGroup) {}

  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;

  int64_t counter = 0;
  TaskSet waiters;    // tasks at Wait
  VectorClock clock;  // of all that counted down
  WaitGroupMark* waits = nullptr;
  WaitGroupMark* lifts = nullptr;
};

}  // namespace internal

class WaitGroup : private internal::Handle<internal::WaitGroupState> {
 public:
  // `name` is what reports call it; it is copied.
  explicit WaitGroup(const char* name = nullptr, Location where = Location::Here())
      : Handle(ObjectKind::kWaitGroup, name, where) {}
  ~WaitGroup();

  void Add(int64_t n, Location where = Location::Here());
  void Done(Location where = Location::Here()) { Add(-1, where); }
  void Wait(Location where = Location::Here());

  template <std::invocable F>
  Task Go(TaskOptions options, F&& function, Location where = Location::Here());
  template <std::invocable F>
  HEDDLE_USER_OPERATION Task Go(std::string_view name, F&& function,
                                Location where = Location::Here()) {
    return Go(TaskOptions{.name = name}, std::forward<F>(function), where);
  }
  template <std::invocable F>
  HEDDLE_USER_OPERATION Task Go(F&& function, Location where = Location::Here()) {
    return Go(TaskOptions{}, std::forward<F>(function), where);
  }

 private:
  using State = internal::WaitGroupState;
  using Kind = OperationKind;

  // Calls Done at the end of its scope.
  class DoneGuard {
   public:
    DoneGuard(WaitGroup* group, Location where) : group_(group), where_(where) {}
    ~DoneGuard() {
      if (group_ != nullptr) group_->Done(where_);
    }
    DoneGuard(const DoneGuard&) = delete;
    DoneGuard& operator=(const DoneGuard&) = delete;
    void Dismiss() { group_ = nullptr; }

   private:
    WaitGroup* group_;
    Location where_;
  };

  bool MayAdd(State* g, int64_t n, Location where);
  bool MayLift(State* g, Location where);
  bool MayWait(State* g, Location where);
};

// -- Implementation
// ---------------------------------------------------------------------------------

template <std::invocable F>
HEDDLE_USER_OPERATION Task WaitGroup::Go(TaskOptions options, F&& function, Location where) {
  auto run = [this, function = std::decay_t<F>(std::forward<F>(function)), where]() mutable {
    DoneGuard done(this, where);
    function();
  };
  Add(1, where);
  DoneGuard undo(this, where);  // moving the function may throw: then nothing was spawned
  Task task = heddle::Go(options, std::move(run), where);
  undo.Dismiss();
  return task;
}

}  // namespace heddle

#endif  // HEDDLE_SYNC_WAIT_GROUP_H_
