// SPDX-License-Identifier: Apache-2.0
//
// The dependence relation of atomics, by brute force (support/commute.h).
#include <atomic>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/sync/atomic.h"
#include "heddle/sync/task.h"
#include "support/commute.h"

namespace heddle::testing_support {
namespace {

using K = OperationKind;
using O = ObjectKind;

std::memory_order CommuteReading(CommuteTask& me) {
  return me.Draw(2) == 0 ? std::memory_order_relaxed : std::memory_order_acquire;
}
std::memory_order CommuteWriting(CommuteTask& me) {
  return me.Draw(2) == 0 ? std::memory_order_relaxed : std::memory_order_release;
}
std::memory_order CommuteUpdating(CommuteTask& me) {
  constexpr std::memory_order kOrders[] = {std::memory_order_relaxed, std::memory_order_acquire,
                                           std::memory_order_release, std::memory_order_acq_rel};
  return kOrders[me.Draw(4)];
}

void CommuteAccess(CommuteTask& me, Atomic<int>& value) {
  switch (me.Draw(5)) {
    case 0: me.Note(value.load(CommuteReading(me))); break;
    case 1: value.store(static_cast<int>(me.Draw(3)), CommuteWriting(me)); break;
    case 2: me.Note(value.exchange(static_cast<int>(me.Draw(3)), CommuteUpdating(me))); break;
    case 3: me.Note(value.fetch_add(1, CommuteUpdating(me))); break;
    default: {
      int expected = static_cast<int>(me.Draw(2));
      const std::memory_order success = CommuteUpdating(me);
      me.Note(value.compare_exchange_strong(expected, 1, success, CommuteReading(me)));
      me.Note(expected);
    }
  }
}

// Waits may be for ever.
void CommuteAtomics(CommuteRun& run) {
  Atomic<int> values[2] = {0, 1};
  run.Tasks(3 + static_cast<int>(run.body().Draw(2)), 5, [&](CommuteTask& me) {
    Atomic<int>& value = values[me.Draw(4) == 0];
    switch (me.Draw(9)) {
      case 0: value.wait(static_cast<int>(me.Draw(2)), CommuteReading(me)); break;
      case 1:
      case 2: value.notify_one(); break;
      case 3: value.notify_all(); break;
      case 4: heddle::atomic_thread_fence(CommuteUpdating(me)); break;
      default: CommuteAccess(me, value);
    }
  });
  for (Atomic<int>& value : values) run.body().Note(value.load());
}

TEST(MemoryDependenceTest, Atomic) {
  ExpectCommutes(TryWorlds({{"atomic", CommuteAtomics}}), {O::kAtomic}, {});
}

}  // namespace
}  // namespace heddle::testing_support
