// SPDX-License-Identifier: Apache-2.0
//
// Semaphore: a number of permits. Permits have no owner: any task may release.
//
//   operation   | permits > 0           | no permit
//   acquire     | takes one             | blocks
//   try_acquire | takes one, true       | false
//   try_acquire_for, try_acquire_until
//               | takes one, true       | blocks until there is one, true; or the deadline, false
//   release(n)  | n more; misuse if that is over the maximum
//   ~Semaphore  | waiting tasks stay blocked; misuse if one gives up later, or is about to use it otherwise
//
// A semaphore made with more permits than its maximum, or fewer than none, is misuse; so is
// release(n) with n < 1. Every operation is a step; waiting is none. Which of several waiting tasks
// gets a released permit is the strategy's choice. A deadline that is not ahead makes a timed acquire a
// try_acquire. It tries before it waits, which are two steps; then, a permit that comes and the deadline are
// alternatives.
// Cost: O(1), O(log timers) with a deadline.
//
// Happens-before: a release happens before every later acquire or successful try_acquire, timed or
// not (as in C++: each of them observes the effects of all releases before it). Giving up orders
// nothing.
//
//   heddle::Semaphore permits(2, "db");
//   permits.acquire();
//   permits.release();
#ifndef HEDDLE_SYNC_SEMAPHORE_H_
#define HEDDLE_SYNC_SEMAPHORE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/sync/time.h"

namespace heddle {

struct SemaphoreOptions {
  const char* name = nullptr;  // what reports call it; copied
  ptrdiff_t maximum = std::numeric_limits<ptrdiff_t>::max();
};

namespace internal {

class SemaphoreState final : public ObjectState {
 public:
  SemaphoreState(ptrdiff_t initial, ptrdiff_t most)
      : ObjectState(ObjectKind::kSemaphore), permits(initial), maximum(most) {}

  void Check();
  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;

  ptrdiff_t permits;
  const ptrdiff_t maximum;
  TaskSet waiters;  // tasks at `acquire`
  VectorClock clock;
};

}  // namespace internal

class Semaphore : private internal::Handle<internal::SemaphoreState, ptrdiff_t, ptrdiff_t> {
 public:
  explicit Semaphore(ptrdiff_t permits, SemaphoreOptions options, Location where = Location::Here())
      : Handle(ObjectKind::kSemaphore, options.name, where, permits, options.maximum) {}
  explicit Semaphore(ptrdiff_t permits, const char* name = nullptr,
                     Location where = Location::Here())
      : Semaphore(permits, SemaphoreOptions{.name = name}, where) {}
  ~Semaphore();

  void acquire(Location where = Location::Here());
  [[nodiscard]] bool try_acquire(Location where = Location::Here());
  [[nodiscard]] bool try_acquire_for(std::chrono::nanoseconds duration,
                                     Location where = Location::Here());
  [[nodiscard]] bool try_acquire_until(VirtualClock::time_point deadline,
                                       Location where = Location::Here());
  void release(ptrdiff_t permits = 1, Location where = Location::Here());

 private:
  using State = internal::SemaphoreState;
  using Kind = OperationKind;

  bool AcquireBy(int64_t deadline, Location where);
  [[gnu::cold]] void ReleaseMisused(State* s, ptrdiff_t permits, Location where);
};

// -- Implementation
// ---------------------------------------------------------------------------------

HEDDLE_OPERATION void Semaphore::acquire(Location where) {
  using namespace internal;
  State* s;
  {
    Hidden hidden;
    s = Get(Kind::kAcquire, where, Throws::kYes);
    if (s == nullptr) return;
    internal::TaskState* me = Announce(Kind::kAcquire, s, where);
    Pend(s->waiters, me, s->permits > 0);
    if (!Step(me)) return;
    Unpend(s->waiters, me);
    if (--s->permits == 0) Shut(s->waiters);
    AcquireClock(me, s->clock);
  }
  TsanAcquire(s);
}

HEDDLE_OPERATION bool Semaphore::try_acquire(Location where) {
  using namespace internal;
  State* s;
  {
    Hidden hidden;
    s = Get(Kind::kTryAcquire, where, Throws::kYes);
    if (s == nullptr) return false;
    internal::TaskState* me = Announce(Kind::kTryAcquire, s, where);
    if (!Step(me)) return false;
    if (s->permits == 0) return ChangedNothing();
    if (--s->permits == 0) Shut(s->waiters);
    AcquireClock(me, s->clock);
  }
  TsanAcquire(s);
  return true;
}

HEDDLE_OPERATION void Semaphore::release(ptrdiff_t permits, Location where) {
  using namespace internal;
  State* s;
  {
    Hidden hidden;
    s = Get(Kind::kRelease, where, Throws::kNo);
    if (s == nullptr) return;
    internal::TaskState* me = Announce(Kind::kRelease, s, where);
    if (!Step<Throws::kNo>(me)) return;
    if (permits < 1 || permits > s->maximum - s->permits) [[unlikely]] {
      return ReleaseMisused(s, permits, where);
    }
    s->permits += permits;
    Open(s->waiters);
    ReleaseJoinClock(me, s->clock);
  }
  TsanRelease(s);
}

}  // namespace heddle

#endif  // HEDDLE_SYNC_SEMAPHORE_H_
