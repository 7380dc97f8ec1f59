// SPDX-License-Identifier: Apache-2.0
//
// Exhaustive search of programs that poll, which have schedules without end: it reaches every end that samplers come
// across.
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/sanitize.h"
#include "heddle/heddle.h"
#include "heddle/strategy/exhaustive.h"
#include "heddle/strategy/make_strategy.h"
#include "support/small_programs.h"

namespace heddle::testing_support {
namespace {

constexpr bool kSlowPolling = HEDDLE_TSAN || HEDDLE_ASAN;

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

TEST(PollingTest, NoEndOfAProgramThatPollsIsLeftOut) {
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
  EXPECT_GE(compared, kSlowPolling ? 5u : 100u);
}

}  // namespace
}  // namespace heddle::testing_support
