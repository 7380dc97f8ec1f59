// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/time.h"

#include <chrono>
#include <cstdint>

#include "heddle/runtime/internal/execution.h"

namespace heddle {
namespace {

void WakeSleeper(internal::Timer& timer) { internal::MakeRunnable(timer.task); }

}  // namespace

VirtualClock::time_point VirtualClock::now() noexcept {
  internal::Hidden hidden;
  internal::x.time_looked_at = true;
  return time_point(duration(internal::x.serial < internal::kFirstSerial ? 0 : internal::x.now));
}

VirtualClock::time_point internal::TimeIn(std::chrono::nanoseconds duration) {
  Hidden hidden;
  return VirtualClock::time_point(std::chrono::nanoseconds(DeadlineIn(duration.count())));
}

void Sleep(std::chrono::nanoseconds duration, Location where) {
  using namespace internal;
  Hidden hidden;
  if (x.serial < kFirstSerial) return RefuseOutside(OperationKind::kSleep, where, Throws::kYes);
  internal::TaskState* me = Announce(OperationKind::kSleep, nullptr, where);
  if (duration.count() > 0) {
    MakeBlocked(me);
    me->timer.task = me;
    me->timer.fire = WakeSleeper;
    ArmTimer(me->timer, DeadlineIn(duration.count()));
  }
  Step(me);
}

void SleepUntil(VirtualClock::time_point deadline, Location where) {
  int64_t rest = 0;
  {
    internal::Hidden hidden;
    const int64_t at = deadline.time_since_epoch().count();
    if (at > internal::x.now) rest = at - internal::x.now;
  }
  Sleep(std::chrono::nanoseconds(rest), where);
}

}  // namespace heddle
