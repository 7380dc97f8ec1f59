// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

#include "heddle/sync/std.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"
#include "sync/std_parity.h"

namespace std_mutex_real {
namespace {
namespace sync = std;
#include "sync/std_mutex_programs.inc"
}  // namespace
}  // namespace std_mutex_real

namespace std_mutex_explored {
namespace {
namespace sync = heddle::standard;
#include "sync/std_mutex_programs.inc"
}  // namespace
}  // namespace std_mutex_explored

namespace heddle::testing_support {
namespace {

TEST(StdMutexTest, ProgramsDoTheSameOnThreadsAndUnderEverySchedule) {
  ExpectParity(std_mutex_real::kPrograms, std_mutex_explored::kPrograms);
}

TEST(StdMutexTest, ReportsShowTheLineOfTheFacadesLocks) {
  std::string at;
  auto relocked = [&](auto relock) {
    return Try([&] {
      standard::mutex mutex;
      mutex.lock();
      relock(mutex);
    });
  };
  using M = standard::mutex;
  Report report = relocked([&](M& m) { at = HEDDLE_HERE, (void)standard::lock_guard(m); });
  EXPECT_THAT(report, FailsAt(Verdict::kDeadlock, "mutex #1", at, "split off"));
  report = relocked([&](M& m) { at = HEDDLE_HERE, (void)standard::unique_lock(m); });
  EXPECT_THAT(report, FailsAt(Verdict::kDeadlock, "mutex #1", at, "split off"));
  report = relocked([&](M& m) { at = HEDDLE_HERE, (void)standard::scoped_lock(m); });
  EXPECT_THAT(report, FailsAt(Verdict::kDeadlock, "mutex #1", at, "split off"));
  report = Try([&] {
    standard::shared_mutex mutex;
    mutex.lock();
    at = HEDDLE_HERE, (void)standard::shared_lock(mutex);
  });
  EXPECT_THAT(report, FailsAt(Verdict::kDeadlock, "shared mutex #1", at, "lock"));
  report = Try([&] {
    standard::mutex a, b;
    at = HEDDLE_HERE, (void)standard::scoped_lock(standard::adopt_lock, a, b);
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "unlocked though it is free", at, "unlock once"));
}

TEST(StdMutexTest, LocksOfTheUsersOwnAreLockedToo) {
  struct Gate {
    void lock() { text += "("; }
    void unlock() { text += ")"; }
    bool try_lock() { return true; }
    void lock_shared() { text += "["; }
    void unlock_shared() { text += "]"; }
    std::string text;
  };
  EXPECT_THAT(Try(
                  [] {
                    Gate gate;
                    { standard::lock_guard lock(gate); }
                    { standard::unique_lock lock(gate); }
                    { standard::shared_lock lock(gate); }
                    { standard::scoped_lock lock(gate); }
                    { standard::unique_lock lock(gate, standard::try_to_lock); }
                    if (gate.text != "()()[]())") throw std::logic_error(gate.text);
                  },
                  {.schedules = 1}),
              Passes());
}

TEST(StdMutexTest, StdsOwnLocksWorkOnTheFacadesMutexes) {
  EXPECT_THAT(Try([] {
                standard::mutex mutex;
                standard::condition_variable changed;
                bool ready = false;
                standard::thread waiter([&] {
                  std::unique_lock<standard::mutex> lock(mutex);
                  changed.wait(lock, [&] { return ready; });
                });
                {
                  std::scoped_lock lock(mutex);
                  ready = true;
                }
                changed.notify_one();
                waiter.join();
              }),
              Passes());
}

TEST(StdMutexTest, WaitingWithALockThatHoldsNothingIsMisuse) {
  std::string at;
  auto wait = [&](auto function) {
    return Try([&] {
      standard::mutex mutex;
      standard::condition_variable never;
      standard::unique_lock lock(mutex, standard::defer_lock);
      function(never, lock);
    });
  };
  Report report = wait([&](auto& never, auto& lock) { at = HEDDLE_HERE, never.wait(lock); });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "does not hold the mutex", at, "lock the mutex"));
  using std::chrono::seconds;
  report =
      wait([&](auto& never, auto& lock) { at = HEDDLE_HERE, never.wait_for(lock, seconds(1)); });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "does not hold the mutex", at, "lock the mutex"));
  report = Try([&] {
    standard::shared_mutex mutex;
    standard::condition_variable_any never;
    standard::shared_lock lock(mutex, standard::defer_lock);
    at = HEDDLE_HERE, never.wait_for(lock, seconds(1));
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "does not hold the mutex", at, "lock the mutex"));
}

TEST(StdMutexTest, ALostNotifyIsADeadlockAtTheLineOfTheWait) {
  std::string at;
  Report report = Try([&] {
    standard::mutex mutex;
    standard::condition_variable_any ready;
    standard::thread waiter([&] {
      standard::unique_lock lock(mutex);
      at = HEDDLE_HERE, ready.wait(lock);
    });
    ready.notify_one();
    waiter.join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "none can run"));
  EXPECT_EQ(report.tasks.at(1).at, at);
}

void ExpectStdTime(std::chrono::nanoseconds time) {
  if (Now().time_since_epoch() == time) return;
  throw std::logic_error("it is " + std::to_string(Now().time_since_epoch().count()));
}

TEST(StdMutexTest, DeadlinesAreOfVirtualTimeOfAnyDuration) {
  using namespace std::chrono_literals;
  EXPECT_THAT(Try(
                  [] {
                    standard::timed_mutex mutex;
                    standard::condition_variable never;
                    standard::mutex own;
                    standard::unique_lock lock(own);
                    (void)never.wait_for(lock, 5ms);
                    ExpectStdTime(5ms);
                    (void)never.wait_for(lock, std::chrono::duration<double>(0.001));
                    ExpectStdTime(6ms);
                    (void)never.wait_for(lock, std::chrono::duration<double, std::nano>(0.25));
                    ExpectStdTime(6ms + 1ns);
                    (void)never.wait_until(lock, standard::chrono::system_clock::from_time_t(1));
                    ExpectStdTime(1s);
                    (void)never.wait_until(lock, standard::chrono::steady_clock::now() + 1s);
                    ExpectStdTime(2s);
                    (void)never.wait_for(lock, std::chrono::hours::min());
                    ExpectStdTime(2s);
                    standard::thread other([&] { mutex.lock(), Sleep(1s), mutex.unlock(); });
                    Sleep(1ns);
                    if (!mutex.try_lock_for(std::chrono::hours::max())) throw 1;
                    ExpectStdTime(3s);
                    mutex.unlock();
                    other.join();
                  },
                  kClockWhenIdle),
              Passes());
}

// Runs three seconds behind virtual time.
struct LateStdClock {
  using duration = std::chrono::seconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<LateStdClock>;
  [[maybe_unused]] static constexpr bool is_steady = true;
  static time_point now() {
    return time_point(std::chrono::floor<duration>(Now().time_since_epoch()) - duration(3));
  }
};

TEST(StdMutexTest, DeadlinesOfTheUsersClocksAreWhatIsLeft) {
  EXPECT_THAT(Try(
                  [] {
                    standard::mutex mutex;
                    standard::condition_variable_any never;
                    standard::unique_lock lock(mutex);
                    const LateStdClock::time_point deadline(std::chrono::seconds(2));
                    if (never.wait_until(lock, deadline, [] { return false; })) throw 1;
                    ExpectStdTime(std::chrono::seconds(5));
                  },
                  {.clock = ClockPolicy::kWhenIdle, .vacuous_ok = true}),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
