// SPDX-License-Identifier: Apache-2.0
//
// Exhaustive search of loops that look at something until it changes: they have an end.
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/explore/explore.h"
#include "heddle/heddle.h"
#include "support/environment.h"
#include "support/search_loop.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ExhaustiveLoopTest : public ::testing::Test {
 private:
  CleanEnvironment clean_;
};

TEST_F(ExhaustiveLoopTest, ALoopThatWaitsForAChangeHasAnEnd) {
  for (const bool yields : {false, true}) {
    const Report report = SearchLoop([yields] {
      Atomic<bool> ready = false;
      Task setter = Go([&] { ready.store(true); });
      while (!ready.load()) {
        if (yields) Yield();
      }
      setter.Join();
    });
    EXPECT_EQ(report.coverage,
              std::string("verified: all 4 executions, up to equivalence, ") + kWaitsForAChange);
  }
}

// Peterson, 'Myths about the Mutual Exclusion Problem', 1981: of two tasks; `turn_first`: wrong, it gives way too early.
void Petersons(bool turn_first) {
  Atomic<bool> wants[2] = {false, false};
  Atomic<int> turn = 0;
  Atomic<int> inside = 0;
  Task tasks[2];
  for (int me : {0, 1}) {
    tasks[me] = Go([&, me] {
      if (turn_first) turn.store(1 - me);
      wants[me].store(true);
      if (!turn_first) turn.store(1 - me);
      while (wants[1 - me].load() && turn.load() == 1 - me) {
      }
      if (inside.fetch_add(1) == 1) Mutex().unlock();
      inside.fetch_sub(1);
      wants[me].store(false);
    });
  }
  for (Task& task : tasks) task.Join();
}

TEST_F(ExhaustiveLoopTest, ALockThatReadsTwoValuesInTurnIsVerified) {
  const Report right = SearchLoop([] { Petersons(/*turn_first=*/false); });
  EXPECT_THAT(right.coverage, AllOf(StartsWith("verified: all "), HasSubstr(kWaitsForAChange)));
  EXPECT_EQ(SearchLoop([] { Petersons(/*turn_first=*/true); }).verdict, Verdict::kMisuse);
}

// A lock that is tried until it is had, by two tasks; `Lock` has Try and Unlock.
template <class Lock>
void SpinOn(bool yields) {
  Lock lock;
  Atomic<int> inside = 0;
  Task tasks[2];
  for (Task& task : tasks) {
    task = Go([&, yields] {
      while (!lock.Try()) {
        if (yields) Yield();
      }
      if (inside.fetch_add(1) == 1) Mutex().unlock();
      inside.fetch_sub(1);
      lock.Unlock();
    });
  }
  for (Task& task : tasks) task.Join();
}

template <class M>
struct Tried {
  M mu;
  bool Try() { return mu.try_lock(); }
  void Unlock() { mu.unlock(); }
};
struct TriedPermit {
  Semaphore permits{1};
  bool Try() { return permits.try_acquire(); }
  void Unlock() { permits.release(); }
};
struct TriedWeight {
  WeightedSemaphore permits{3};
  bool Try() { return permits.TryAcquire(2); }
  void Unlock() { permits.Release(2); }
};
struct Exchanged {
  Atomic<bool> locked = false;
  bool Try() { return !locked.exchange(true); }
  void Unlock() { locked.store(false); }
};
struct Compared {
  Atomic<int> locked = 0;
  bool Try() {
    int expected = 0;
    return locked.compare_exchange_strong(expected, 1);
  }
  void Unlock() { locked.store(0); }
};
struct Received {
  Channel<int> tokens{1};
  Received() { tokens.Send(1); }
  bool Try() { return tokens.TryReceive().value.has_value(); }
  void Unlock() { tokens.Send(1); }
};
struct Sent {
  Channel<int> tokens{1};
  bool Try() { return tokens.TrySend(1); }
  void Unlock() { (void)tokens.Receive(); }
};
struct Unguarded {
  bool Try() { return true; }
  void Unlock() {}
};

template <class Lock>
void ExpectVerified(const char* what) {
  for (const bool yields : {false, true}) {
    const Report report = SearchLoop([yields] { SpinOn<Lock>(yields); });
    EXPECT_TRUE(report.passed()) << what << ": " << report.headline;
    EXPECT_THAT(report.coverage, AllOf(StartsWith("verified: all "), HasSubstr(kWaitsForAChange)))
        << what;
  }
}

TEST_F(ExhaustiveLoopTest, ALockThatIsTriedUntilItIsHadIsVerified) {
  ExpectVerified<Tried<Mutex>>("mutex");
  ExpectVerified<Tried<RecursiveMutex>>("recursive mutex");
  ExpectVerified<Tried<SharedMutex>>("shared mutex");
  ExpectVerified<TriedPermit>("semaphore");
  ExpectVerified<TriedWeight>("weighted semaphore");
  ExpectVerified<Exchanged>("exchange");
  ExpectVerified<Compared>("compare-exchange");
  ExpectVerified<Received>("receive");
  ExpectVerified<Sent>("send");
  EXPECT_EQ(SearchLoop([] { SpinOn<Unguarded>(false); }).verdict, Verdict::kMisuse);
}

// Loops that wait for another task, each after some look that is no part of it.
TEST_F(ExhaustiveLoopTest, ALookBeforeTheLoopIsNoPartOfIt) {
  const auto expect_verified = [](const std::function<void()>& body) {
    const Report report = SearchLoop(body);
    EXPECT_TRUE(report.passed()) << report.headline;
    EXPECT_THAT(report.coverage, AllOf(StartsWith("verified: all "), HasSubstr(kWaitsForAChange)));
  };
  expect_verified([] {  // test and test-and-set
    Atomic<bool> locked = true;
    Task unlocks = Go([&] { locked.store(false); });
    while (locked.exchange(true)) {
      while (locked.load()) {
      }
    }
    unlocks.Join();
  });
  expect_verified([] {
    Atomic<bool> first = false, second = false;
    Task sets = Go([&] {
      first.store(true);
      second.store(true);
    });
    while (!first.load()) {
    }
    while (!second.load()) {
    }
    sets.Join();
  });
  expect_verified([] {
    Atomic<int> before = 1, now = 1;
    Task sets = Go([&] { now.store(2); });
    const int old = before.load();
    while (now.load() == old) {
    }
    sets.Join();
  });
  expect_verified([] {  // spins for three turns at a time
    Atomic<bool> locked = true;
    Task unlocks = Go([&] { locked.store(false); });
    while (locked.exchange(true)) {
      for (int i = 0; i < 3 && locked.load(); ++i) {
      }
    }
    unlocks.Join();
  });
  expect_verified([] {  // what is there already is looked at, too
    Event here, comes;
    Latch open(0);
    here.Set();
    Task sets = Go([&] { comes.Set(); });
    while (!(here.TryWait() && open.try_wait() && comes.TryWait())) {
    }
    sets.Join();
  });
  expect_verified([] {
    Channel<int> closed(1);
    closed.Close();
    Atomic<bool> ready = false;
    Task sets = Go([&] { ready.store(true); });
    while (closed.TryReceive().value || !ready.load()) {
    }
    sets.Join();
  });
  expect_verified([] {
    Channel<int> closed(0);
    closed.Close();
    Atomic<bool> ready = false;
    Task sets = Go([&] { ready.store(true); });
    while (!ready.load()) Select(OnReceive(closed, [](std::optional<int>) {}), Default());
    sets.Join();
  });
  expect_verified([] {
    Channel<int> a(0), b(1);
    Task sends = Go([&] { a.Send(1); });
    bool done = false;
    while (!done) {
      Select(OnReceive(a, [&](std::optional<int>) { done = true; }),
             OnReceive(b, [](std::optional<int>) {}), Default());
    }
    sends.Join();
  });
}

// The clock may let them go on, too.
TEST_F(ExhaustiveLoopTest, ALoopThatWaitsForATimerHasAnEnd) {
  const Report report = Explore(
      [] {
        Atomic<bool> ready = false;
        Task sets = Go([&] {
          Sleep(std::chrono::nanoseconds(1));
          ready.store(true);
        });
        while (!ready.load()) {
        }
        sets.Join();
      },
      {.name = "loop",
       .strategy = StrategyKind::kExhaustive,
       .max_steps = 1000,
       .clock = ClockPolicy::kAnytime});
  EXPECT_TRUE(report.passed()) << report.headline;
  EXPECT_THAT(report.coverage, StartsWith("verified: all "));
}

// More objects than are remembered: it is cut, not taken for a wait.
TEST_F(ExhaustiveLoopTest, ALoopThatReadsManyValuesIsCut) {
  const Report report = Explore(
      [] {
        Atomic<bool> ready[5];
        Task setter = Go([&] { ready[4].store(true); });
        for (int i = 0; !ready[i].load(); i = (i + 1) % 5) {
        }
        setter.Join();
      },
      {.name = "loop", .strategy = StrategyKind::kExhaustive, .max_steps = 30, .cut_ok = true});
  EXPECT_TRUE(report.passed());
  EXPECT_THAT(report.coverage, EndsWith(" of them only up to max_steps"));
}

TEST_F(ExhaustiveLoopTest, ALoopThatGivesUpSoonIsExploredInFull) {
  for (const int most : {1, 2, 3}) {
    const Report report = SearchLoop([most] {
      Atomic<bool> ready = false;
      Task setter = Go([&] { ready.store(true); });
      int reads = 0;
      while (reads < most && !ready.load()) ++reads;
      if (reads == most) Mutex().unlock();
      setter.Join();
    });
    EXPECT_EQ(report.verdict, Verdict::kMisuse) << most;
  }
}

// Nobody else can go on: then it does.
TEST_F(ExhaustiveLoopTest, ALoopForWhichNobodyChangesAnythingGoesOn) {
  const Report gives_up = SearchLoop([] {
    Atomic<bool> never = false;
    Task other = Go([] { Yield(); });
    for (int reads = 0; reads < 10 && !never.load(); ++reads) {
    }
    other.Join();
  });
  EXPECT_TRUE(gives_up.passed());
  EXPECT_THAT(gives_up.coverage, StartsWith("verified: "));
  const Report for_ever = SearchLoop([] {
    Atomic<bool> never = false;
    Task other = Go([] { Yield(); });
    while (!never.load()) {
    }
    other.Join();
  });
  EXPECT_EQ(for_ever.verdict, Verdict::kLivelock);
  EXPECT_THAT(for_ever.headline, StartsWith("no end after .max_steps = "));
  EXPECT_THAT(for_ever.headline, Not(HasSubstr("fairly")));
}

}  // namespace
}  // namespace heddle
