// SPDX-License-Identifier: Apache-2.0
//
// A task that polls is held back by exhaustive search for as long only as it would see nothing new: it reaches every end
// that samplers come across, and what depends on a try with another operand, or on a change meanwhile.
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/sanitize.h"
#include "heddle/heddle.h"
#include "heddle/strategy/exhaustive.h"
#include "heddle/strategy/make_strategy.h"
#include "support/environment.h"
#include "support/search_loop.h"
#include "support/small_programs.h"

namespace heddle::testing_support {
namespace {

using ::testing::HasSubstr;

constexpr bool kSlowPolling = HEDDLE_TSAN || HEDDLE_ASAN;

class PollingTest : public ::testing::Test {
 private:
  CleanEnvironment clean_;
};

// FailIf fails in some execution, in which the other task goes on in between though it has looked for long.
bool ReachesTheFailure(const std::function<void()>& body) {
  return SearchLoop(body).verdict == Verdict::kMisuse;
}

void FailIf(bool failed) {
  if (failed) Mutex().unlock();
}

TEST_F(PollingTest, AnotherTryIsNotTheSameOnceMore) {
  EXPECT_TRUE(ReachesTheFailure([] {
    WeightedSemaphore permits(5);
    (void)permits.Acquire(Background(), 3);
    Task tries = Go([&] {
      for (int n = 5; n > 0 && !permits.TryAcquire(n); --n) {
      }
    });
    FailIf(!permits.TryAcquire(1));
    tries.Join();
  }));
  EXPECT_TRUE(ReachesTheFailure([] {
    Atomic<int> state = 3;
    Task tries = Go([&] {
      for (int n = 0; n < 4; ++n) {
        int expected = n;
        if (state.compare_exchange_strong(expected, 7)) break;
      }
    });
    FailIf(state.load() == 7);
    tries.Join();
  }));
  EXPECT_TRUE(ReachesTheFailure([] {
    Atomic<bool> locked = true;
    Task exchanges = Go([&] {
      for (int i = 0; i < 3; ++i) locked.exchange(true);
      locked.exchange(false);
    });
    FailIf(!locked.load());
    exchanges.Join();
  }));
  EXPECT_TRUE(ReachesTheFailure([] {
    Channel<int> a(1), b(1);
    b.Send(1);
    Task tries = Go([&] {
      for (int i = 0; i < 3; ++i) Select(OnReceive(a, [](std::optional<int>) {}), Default());
      Select(OnReceive(b, [](std::optional<int>) {}), Default());
    });
    FailIf(b.Len() == 0);
    tries.Join();
  }));
}

// As the text says: what looks four times is taken for a loop that waits, though it goes on without a change.
TEST_F(PollingTest, OneThatGoesOnWithoutAChangeIsSeenToDoSoWhenNobodyElseCan) {
  for (const int looks : {3, 4}) {
    const Report report = SearchLoop([looks] {
      Atomic<bool> stop = false, done = false;
      Task works = Go([&, looks] {
        for (int i = 0; i < looks; ++i) {
          if (stop.load()) return;
        }
        done.store(true);
      });
      stop.store(true);
      FailIf(done.load());
      works.Join();
    });
    EXPECT_EQ(report.passed(), looks == 4) << looks;
    EXPECT_EQ(report.coverage.find(kWaitsForAChange) != std::string::npos, looks == 4) << looks;
  }
}

// An event that resets itself is changed by who waits for it.
TEST_F(PollingTest, ATryThatSucceedsChangesWhatOthersLookAt) {
  EXPECT_TRUE(ReachesTheFailure([] {
    Event event(kAutoReset);
    event.Set();
    Atomic<bool> went_on = false;
    Task looks = Go([&] {
      int times = 0;
      while (event.IsSet() && times < 9) ++times;
      if (times >= 3) went_on.store(true);
    });
    (void)event.TryWait();
    FailIf(went_on.load());
    looks.Join();
  }));
}

// What can be had again and again is no wait: every number of permits is seen to be left for the other task.
TEST_F(PollingTest, TriesThatSucceedWaitForNothing) {
  std::set<int> had;
  const Report report = SearchLoop([&had] {
    Semaphore permits(6);
    Task takes = Go([&] {
      while (permits.try_acquire()) {
      }
    });
    int mine = 0;
    while (permits.try_acquire()) ++mine;
    takes.Join();
    had.insert(mine);
  });
  EXPECT_EQ(report.coverage.find(kWaitsForAChange), std::string::npos) << report.coverage;
  EXPECT_EQ(had, (std::set<int>{0, 1, 2, 3, 4, 5, 6}));
}

// One task polls, in vain as often as it takes to be held; then the other changes what that looks at, and sees that it
// went on before its own end. `scene` makes what both use anew for each execution.
struct Scene {
  std::function<bool()> poll;  // whether it has come
  std::function<void()> change;
};

bool IsReleasedByTheChange(const std::function<void(const std::function<void(Scene)>&)>& in_scene) {
  bool released = false;
  const Report report = SearchLoop([&] {
    in_scene([&](const Scene& scene) {
      Atomic<bool> went_on = false;
      uint32_t looks = 0;
      Task polls = Go([&] {
        while (!scene.poll()) ++looks;
        went_on.store(true);
      });
      scene.change();
      const bool seen = went_on.load();
      polls.Join();
      released |= seen && looks >= 3;
    });
  });
  EXPECT_THAT(report.coverage, HasSubstr(kWaitsForAChange));
  return released;
}

TEST_F(PollingTest, AChangeLetsThePollingTaskGoOn) {
  EXPECT_TRUE(IsReleasedByTheChange([](const auto& run) {
    Atomic<bool> ready = false;
    run({[&] { return ready.load(); }, [&] { ready.store(true); }});
  }));
  EXPECT_TRUE(IsReleasedByTheChange([](const auto& run) {
    Mutex mu(kUnowned);
    mu.lock();
    run({[&] { return mu.try_lock(); }, [&] { mu.unlock(); }});
  }));
  EXPECT_TRUE(IsReleasedByTheChange([](const auto& run) {
    Mutex mu;
    ConditionVariable cv;
    MutexLock lock(mu);
    run({[&] {
           const bool took = mu.try_lock();
           if (took) cv.notify_one();
           if (took) mu.unlock();
           return took;
         },
         [&] { cv.wait(lock); }});
  }));
  EXPECT_TRUE(IsReleasedByTheChange([](const auto& run) {
    Channel<int> channel(1);
    run({[&] { return channel.TryReceive().value.has_value(); },
         [&] { Select(OnSend(channel, 1, [] {})); }});
  }));
  EXPECT_TRUE(IsReleasedByTheChange([](const auto& run) {
    const CancelableContext stop = WithCancel(Background());
    run({[&] { return stop.context.Err() != ContextError::kNone; }, [&] { stop.cancel(); }});
  }));
}

// What is polled, and changed meanwhile.
struct Polled {
  Atomic<int> value{0};
  Atomic<int> locked{0};
  Atomic<int> went_on{0};
  Mutex mu{kUnowned};
  Semaphore permits{1};
  WeightedSemaphore weights{3};
  Channel<int> buffered{1};
  Channel<int> direct{0};
  Event event{kAutoReset};
};

// Until it has what it looks for; notes what it saw then, not how often it looked.
void PollOne(Polled& polled, CommuteTask& me) {
  switch (me.Draw(9)) {
    case 0:
      while (polled.value.load() == 0) {
      }
      break;
    case 1:
      while (!polled.mu.try_lock()) Yield();
      me.Note(polled.went_on.fetch_add(1));
      polled.mu.unlock();
      return;
    case 2:
      while (!polled.permits.try_acquire()) {
      }
      break;
    case 3: {
      const int64_t weight = 1 + me.Draw(2);
      while (!polled.weights.TryAcquire(weight)) Yield();
      polled.weights.Release(weight);
      break;
    }
    case 4: {
      std::optional<int> got;
      while (!got) got = polled.buffered.TryReceive().value;
      me.Note(*got);
      break;
    }
    case 5: {
      std::optional<int> got;
      const auto receive = [&](std::optional<int> value) { got = value; };
      while (!got) {
        Select(OnReceive(polled.buffered, receive), OnReceive(polled.direct, receive), Default());
      }
      me.Note(*got);
      break;
    }
    case 6:
      while (!polled.event.TryWait()) {
      }
      break;
    case 7:
      while (polled.locked.exchange(1) == 1) {
        while (polled.locked.load() == 1) {
        }
      }
      me.Note(polled.went_on.fetch_add(1));
      polled.locked.store(0);
      return;
    default: {
      int expected = 0;
      while (!polled.value.compare_exchange_strong(expected, 0)) expected = 0;
      break;
    }
  }
  me.Note(polled.went_on.fetch_add(1));
}

void ChangeOne(Polled& polled, CommuteTask& me) {
  switch (me.Draw(7)) {
    case 0: polled.value.store(static_cast<int>(me.Draw(2))); break;
    case 1: polled.permits.release(); break;
    case 2: me.Note(polled.buffered.TrySend(1 + me.me)); break;
    case 3: me.Note(polled.direct.TrySend(7)); break;
    case 4: polled.event.Set(); break;
    case 5: me.Note(polled.event.TryWait()); break;
    default: me.Note(polled.mu.try_lock() ? (polled.mu.unlock(), 1) : 0);
  }
  me.Note(polled.went_on.load());
}

void Polling(CommuteRun& run) {
  Polled polled;
  run.Tasks(3, 2, [&](CommuteTask& me) {
    if (me.me < 2 && me.Draw(3) != 0) {
      PollOne(polled, me);
    } else {
      ChangeOne(polled, me);
    }
  });
}

bool AllPass(const EndsReached& reached) {
  for (const std::string& end : reached.ends) {
    if (!end.starts_with("passed")) return false;
  }
  return true;
}

TEST_F(PollingTest, NoEndOfAProgramThatPollsIsLeftOut) {
  const SmallWorld world = {"polling", Polling};
  const Options options = {.strategy = StrategyKind::kExhaustive, .max_steps = 400};
  const std::array samplers = {StrategyKind::kRandom, StrategyKind::kPct, StrategyKind::kPos};
  uint32_t compared = 0;
  for (uint64_t program = 0; program < (kSlowPolling ? 40 : 600); ++program) {
    EndsReached sampled;
    for (const StrategyKind kind : samplers) {
      const std::unique_ptr<Strategy> sampler = MakeStrategy(kind);
      sampled.ends.merge(ReachBySampling(*sampler, world, program, options, 150).ends);
      if (!AllPass(sampled)) break;
    }
    if (!AllPass(sampled)) continue;  // polls for what never comes
    const std::unique_ptr<Search> search = MakeExhaustive(options);
    const EndsReached searched = ReachBySearch(*search, world, program, options, 20'000);
    if (!searched.complete) continue;
    EXPECT_THAT(searched.ends, ::testing::IsSupersetOf(sampled.ends)) << "program " << program;
    EXPECT_TRUE(AllPass(searched)) << "program " << program;
    ++compared;
  }
  EXPECT_GE(compared, kSlowPolling ? 5u : 200u);
}

}  // namespace
}  // namespace heddle::testing_support
