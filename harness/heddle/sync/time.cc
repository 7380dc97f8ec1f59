// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/time.h"

#include <cstdint>
#include <limits>

#include "heddle/runtime/internal/execution.h"

namespace heddle {
namespace {

int64_t Deadline(int64_t now, int64_t duration) {
  constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  return duration > kEnd - now ? kEnd : now + duration;
}

}  // namespace

VirtualClock::time_point VirtualClock::now() noexcept {
  internal::Hidden hidden;
  return time_point(duration(internal::x.serial < internal::kFirstSerial ? 0 : internal::x.now));
}

void Sleep(std::chrono::nanoseconds duration, Location where) {
  using namespace internal;
  Hidden hidden;
  if (x.serial < kFirstSerial) return RefuseOutside(OperationKind::kSleep, where, Throws::kYes);
  internal::TaskState* me = Announce(OperationKind::kSleep, nullptr, where);
  if (duration.count() > 0) ArmTimer(me, Deadline(x.now, duration.count()));
  Step(me);
}

}  // namespace heddle
