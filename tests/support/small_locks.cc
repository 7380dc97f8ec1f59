// SPDX-License-Identifier: Apache-2.0
//
// Small programs of locks (support/small_programs.h).
#include <cstdint>
#include <mutex>
#include <type_traits>

#include "heddle/sync/condition_variable.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/once.h"
#include "heddle/sync/recursive_mutex.h"
#include "heddle/sync/shared_mutex.h"
#include "support/commute.h"
#include "support/small_parts.h"

namespace heddle::testing_support {

template <class M>
void SmallMutexes(CommuteRun& run) {
  constexpr bool kRelocks = std::is_same_v<M, RecursiveMutex>;
  M mu[2];
  int value = 0;
  RunSmall(run, 2, [&](CommuteTask& me) {
    const uint32_t i = me.Draw(3) == 0;
    switch (me.Draw(6)) {
      case 0: {
        const bool took = me.Draw(2) == 0 ? mu[i].try_lock() : mu[i].try_lock_for(SmallTime(me));
        me.Note(took);
        if (took) mu[i].unlock();
        break;
      }
      case 1: {  // both, in any order
        std::lock_guard first(mu[i]);
        std::lock_guard second(mu[1 - i]);
        break;
      }
      case 2: {
        std::scoped_lock both(mu[0], mu[1]);
        me.Note(++value);
        break;
      }
      default: {
        std::lock_guard lock(mu[i]);
        if (kRelocks && me.Draw(2) == 0) {
          if (mu[i].try_lock()) mu[i].unlock();
          mu[i].lock();
          mu[i].unlock();
        }
        if (i == 0) me.Note(++value);
      }
    }
  });
}

void SmallUnowned(CommuteRun& run) {
  Mutex mu(kUnowned);
  RunSmall(run, 3, [&](CommuteTask& me) {
    switch (me.Draw(4)) {
      case 0: mu.lock(); break;
      case 1: me.Note(mu.try_lock()); break;
      case 2: me.Note(mu.try_lock_for(SmallTime(me))); break;
      default: mu.unlock();
    }
  });
}

void SmallShared(CommuteRun& run) {
  SharedMutex mu;
  int value = 0;
  RunSmall(run, 2, [&](CommuteTask& me) {
    switch (me.Draw(7)) {
      case 0:
      case 1:
        mu.lock_shared();
        me.Note(value);
        mu.unlock_shared();
        break;
      case 2: me.Note(mu.try_lock_shared_for(SmallTime(me)) ? (mu.unlock_shared(), 1) : 0); break;
      case 3: me.Note(mu.try_lock_for(SmallTime(me)) ? (mu.unlock(), 1) : 0); break;
      case 4: me.Note(mu.try_lock_shared() ? (mu.unlock_shared(), 1) : 0); break;
      case 5: me.Note(mu.try_lock() ? (++value, mu.unlock(), 1) : 0); break;
      default:
        mu.lock();
        ++value;
        mu.unlock();
    }
  });
}

void SmallUnownedShared(CommuteRun& run) {
  SharedMutex mu(kUnowned);
  RunSmall(run, 3, [&](CommuteTask& me) {
    switch (me.Draw(8)) {
      case 0: mu.lock(); break;
      case 1: mu.lock_shared(); break;
      case 2: me.Note(mu.try_lock()); break;
      case 3: me.Note(mu.try_lock_shared()); break;
      case 4:
        me.Note(me.Draw(2) == 0 ? mu.try_lock_for(SmallTime(me))
                                : mu.try_lock_shared_for(SmallTime(me)));
        break;
      case 5: mu.unlock(); break;
      default: mu.unlock_shared();
    }
  });
}

void SmallConditions(CommuteRun& run) {
  Mutex mu;
  ConditionVariable cv;
  int value = 0;
  RunSmall(run, 2, [&](CommuteTask& me) {
    switch (me.Draw(6)) {
      case 0: cv.notify_one(); break;
      case 1: cv.notify_all(); break;
      case 3: me.Note(mu.try_lock() ? (mu.unlock(), 1) : 0); break;
      case 2: {
        std::lock_guard lock(mu);
        me.Note(++value);
        cv.notify_one();
        break;
      }
      default: {
        MutexLock lock(mu);
        if (me.Draw(2) == 0) {
          cv.wait(lock);
        } else {
          me.Note(cv.wait_for(lock, SmallTime(me)) == std::cv_status::timeout);
        }
        me.Note(value);
      }
    }
  });
}

namespace {

// What the function throws; 0: nothing.
template <class F>
int Throws(F function) {
  try {
    function();
  } catch (int thrown) {
    return thrown;
  }
  return 0;
}

}  // namespace

void SmallOnce(CommuteRun& run) {
  Once once;
  Mutex mu;
  RunSmall(run, 2, [&](CommuteTask& me) {
    switch (me.Draw(5)) {
      case 0: once.Do([&] { me.Note(1); }); break;
      case 2: me.Note(Throws([&] { once.Do([] { throw 4; }); })); break;
      case 3:
        // The next one that comes has to call its own.
        me.Note(Throws([&] {
          call_once(once, [&] {
            std::lock_guard lock(mu);
            throw 5;
          });
        }));
        break;
      case 1:
        once.Do([&] {
          std::lock_guard lock(mu);
          me.Note(2);
        });
        break;
      default: {
        std::lock_guard lock(mu);
        if (me.Draw(2) == 0) once.Do([&] { me.Note(3); });
      }
    }
  });
}

template void SmallMutexes<Mutex>(CommuteRun& run);
template void SmallMutexes<RecursiveMutex>(CommuteRun& run);

}  // namespace heddle::testing_support
