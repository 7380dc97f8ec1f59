// SPDX-License-Identifier: Apache-2.0
//
// Small programs of memory that tasks share (support/small_programs.h).
#include <atomic>
#include <mutex>

#include "heddle/sync/atomic.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/shared.h"
#include "support/commute.h"
#include "support/small_parts.h"

namespace heddle::testing_support {

void SmallAtomics(CommuteRun& run) {
  Atomic<int> values[2] = {0, 0};
  RunSmall(run, 3, [&](CommuteTask& me) {
    Atomic<int>& value = values[me.Draw(3) == 0];
    switch (me.Draw(11)) {
      case 0: value.wait(0); break;
      case 1: value.notify_one(); break;
      case 2: value.notify_all(); break;
      case 3: me.Note(value.fetch_add(1)); break;
      case 4: me.Note(value.fetch_sub(1)); break;
      case 5:
      case 6: {
        int expected = 0;
        me.Note(me.Draw(2) == 0 ? value.compare_exchange_strong(expected, 2)
                                : value.compare_exchange_weak(expected, 2));
        me.Note(expected);
        break;
      }
      case 7: value.store(1 + me.me); break;
      case 8: me.Note(value.exchange(1 + me.me)); break;
      default: me.Note(value.load());
    }
  });
}

// A lock that gives up, and waits.
void SmallFlags(CommuteRun& run) {
  AtomicFlag flag;
  Atomic<int> value = 0;
  RunSmall(run, 3, [&](CommuteTask& me) {
    switch (me.Draw(7)) {
      case 0: me.Note(flag.test()); break;
      case 1: flag.wait(true); break;
      case 2: flag.clear(); break;
      case 3: flag.notify_one(); break;
      case 4: flag.notify_all(); break;
      default:
        if (flag.test_and_set()) return me.Note(-1);
        me.Note(value.fetch_add(1));
        flag.clear();
    }
  });
}

// What a Shared is guarded by may be too little: then its accesses race.
void SmallVariables(CommuteRun& run) {
  constexpr std::memory_order kReads[] = {std::memory_order_acquire, std::memory_order_relaxed};
  constexpr std::memory_order kWrites[] = {std::memory_order_release, std::memory_order_relaxed};
  Shared<int> data(0);
  Atomic<int> ready = 0;
  Mutex mu;
  RunSmall(run, 2, [&](CommuteTask& me) {
    const auto order = [&me](const std::memory_order(&orders)[2]) {
      return orders[me.Draw(3) == 0];
    };
    switch (me.Draw(6)) {
      case 0:
        data.Set(1 + me.me);
        ready.store(1, order(kWrites));
        break;
      case 1:
        data.Update([](int& value) { ++value; });
        heddle::atomic_thread_fence(order(kWrites));
        ready.store(1, std::memory_order_relaxed);
        break;
      case 2:
        if (ready.load(order(kReads)) != 0) me.Note(data.Get());
        break;
      case 3:
        if (ready.load(std::memory_order_relaxed) == 0) break;
        heddle::atomic_thread_fence(order(kReads));
        me.Note(*data.Read());
        break;
      case 4: me.Note(ready.fetch_add(1, order(kReads))); break;
      default: {
        std::lock_guard lock(mu);
        if (me.Draw(2) == 0) {
          me.Note(data.Get());
        } else {
          *data.Write() += 2;
        }
      }
    }
  });
}

}  // namespace heddle::testing_support
