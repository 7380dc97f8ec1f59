// SPDX-License-Identifier: Apache-2.0
//
// WeightedSemaphore: permits that are taken and given back several at a time, first come, first
// served (golang.org/x/sync/semaphore). Permits have no owner: any task may release.
//
//   operation     | n are free, nobody in line | otherwise                    | n > size
//   Acquire(n)    | takes n                    | parks at the end of the line | blocks for good
//   AcquireFor(n), AcquireUntil(n)
//                 | takes n, true              | parks; true once granted,    | false at the deadline
//                 |                            | false at the deadline        |
//   Acquire(context, n)
//                 | takes n, true              | gets in line, then selects   | false once cancelled
//                 |                            | between grant and context;   |
//                 |                            | false if that is cancelled   |
//   TryAcquire(n) | takes n, true              | false                        | false
//   Release(n)    | n more; misuse if that is more than are held; then grants from the front
//   ~WeightedSemaphore | waiting tasks stay blocked; misuse if one gives up later, or is about to use it otherwise
//
// A negative n or size is misuse. Every operation is a step. Parking is one of its own, because a task
// in line makes TryAcquire fail: 'not yet in line' is an interleaving, too. A Release, and a waiter
// that gives up, grant in the same step to all from the front that fit; who does not fit blocks those
// behind it. A task that waits for more than there are stands in no line and blocks nobody. A deadline
// that is not ahead makes a timed Acquire a TryAcquire. Cost: O(1), O(log timers) with a deadline.
//
// With a context, as in Go, whose steps these are: it looks at the context (a cancelled one takes nothing),
// acquires or gets in line, selects, looks again, and in a step of its own (`release`) leaves the line or gives
// back what was granted all the same. So it takes permits exactly if it returns true.
//
// Happens-before: a Release happens before every Acquire that is granted in the same or a later step.
// One between the grant and the return of Acquire is not ordered. Giving up orders nothing, unless a grant came
// before the cancellation of a context did.
//
//   heddle::WeightedSemaphore memory(64, "memory");
//   memory.Acquire(48);
//   memory.Release(48);
#ifndef HEDDLE_SYNC_WEIGHTED_SEMAPHORE_H_
#define HEDDLE_SYNC_WEIGHTED_SEMAPHORE_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/runtime/internal/line.h"
#include "heddle/sync/context.h"
#include "heddle/sync/time.h"

namespace heddle {
namespace internal {

class InLine;

class WeightedSemaphoreState final : public ObjectState {
 public:
  explicit WeightedSemaphoreState(int64_t most)
      : ObjectState(ObjectKind::kWeightedSemaphore), size(most) {}

  void Check();
  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;

  bool CanTake(int64_t n) const { return line.Empty() && n <= size - held && !destroyed; }
  // To all from the front that fit.
  void Grant();

  const int64_t size;
  int64_t held = 0;
  Line line;    // of Requests that fit sooner or later
  Line doomed;  // those for more than there are
  VectorClock clock;
};

}  // namespace internal

class WeightedSemaphore : private internal::Handle<internal::WeightedSemaphoreState, int64_t> {
 public:
  explicit WeightedSemaphore(int64_t size, const char* name = nullptr,
                             Location where = Location::Here())
      : Handle(ObjectKind::kWeightedSemaphore, name, where, size) {}

  void Acquire(int64_t n = 1, Location where = Location::Here());
  [[nodiscard]] bool Acquire(const Context& context, int64_t n = 1,
                             Location where = Location::Here());
  [[nodiscard]] bool TryAcquire(int64_t n = 1, Location where = Location::Here());
  [[nodiscard]] bool AcquireFor(std::chrono::nanoseconds duration, int64_t n = 1,
                                Location where = Location::Here());
  [[nodiscard]] bool AcquireUntil(VirtualClock::time_point deadline, int64_t n = 1,
                                  Location where = Location::Here());
  void Release(int64_t n = 1, Location where = Location::Here());

 private:
  using State = internal::WeightedSemaphoreState;
  using Kind = OperationKind;

  State* Find(Kind kind, int64_t n, Location where, internal::Throws throws);
  bool AcquireBy(int64_t deadline, int64_t n, Location where);
  bool AwaitGrant(State* s, internal::InLine* mine, const Context& context, Location where);
};

}  // namespace heddle

#endif  // HEDDLE_SYNC_WEIGHTED_SEMAPHORE_H_
