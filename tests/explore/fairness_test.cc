// SPDX-License-Identifier: Apache-2.0
//
// No sampler starves a task that others wait for. From half of max_steps on all choose as a random walk does,
// which these scenarios have too many steps for: who is held back until then is a false livelock.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/sanitize.h"
#include "heddle/explore/explore.h"
#include "heddle/heddle.h"
#include "support/environment.h"
#include "support/scenario.h"

namespace heddle {
namespace {

using namespace testing_support;
using namespace std::chrono_literals;

constexpr uint32_t kFairExecutions = HEDDLE_TSAN || HEDDLE_ASAN ? 40 : 200;

struct Sampler {
  const char* name;
  StrategyKind kind;
};
void PrintTo(const Sampler& sampler, std::ostream* out) { *out << sampler.name; }

class FairnessTest : public ::testing::TestWithParam<Sampler> {
 protected:
  void ExpectPasses(void (*body)(), uint32_t max_steps, uint32_t schedules) {
    const Report report = Explore(body, {.name = "fair",
                                         .schedules = schedules,
                                         .strategy = GetParam().kind,
                                         .max_steps = max_steps,
                                         .clock = ClockPolicy::kWhenIdle});
    EXPECT_EQ(report.verdict, Verdict::kPassed) << testing::PrintToString(report);
  }

 private:
  CleanEnvironment clean_;
};

// The other one takes its steps at `x` some number of times that no lesson tells, and works on long after it
// said that it is ready: whoever is held back until it takes one more is held for ever.
void PollsUntilReady() {
  Atomic<int> x, ready, own;
  Task polls = Go([&] {
    while (ready.load() == 0) Yield();
    x.fetch_add(1);
  });
  Task works = Go([&] {
    const uint32_t times = 1 + Choose(8);
    for (uint32_t i = 0; i < times; ++i) x.fetch_add(1);
    ready.store(1);
    for (int i = 0; i < 6'000; ++i) own.store(i);
  });
  works.Join();
  polls.Join();
}

// Two tasks that wake each other leave the third its turn.
void PingPong() {
  Atomic<int> done, own;
  Channel<int> ping(0), pong(0);
  Task first = Go([&] {
    while (done.load() == 0) {
      ping.Send(1);
      (void)pong.Receive();
    }
    ping.Close();
  });
  Task second = Go([&] {
    while (ping.Receive()) pong.Send(1);
  });
  Task third = Go([&] {
    for (int i = 0; i < 8'000; ++i) own.store(i);
    done.store(1);
  });
  first.Join();
  second.Join();
  third.Join();
}

// What tells whether to go on polling.
using Try = bool (*)(Mutex& mu, const Atomic<int>& ready);

// One polls what another changes at its end only. Who is held back until half of 40'000 is not a sixth as often at work.
template <Try kTry>
void Polls() {
  Mutex mu;
  mu.lock();
  Atomic<int> ready, own;
  Task polls = Go([&] {
    for (int times = 0; !kTry(mu, ready); ++times) {
      if (times == 15'000) throw std::string("polls on and on");
    }
  });
  Task works = Go([&] {
    for (int i = 0; i < 3'000; ++i) own.store(i);
    ready.store(1);
  });
  works.Join();
  mu.unlock();
  polls.Join();
}

bool ByLoad(Mutex&, const Atomic<int>& ready) { return ready.load() == 1; }
bool ByTryLock(Mutex& mu, const Atomic<int>&) {
  if (!mu.try_lock()) return false;
  mu.unlock();
  return true;
}
bool BySleep(Mutex&, const Atomic<int>& ready) {
  Sleep(1ms);
  return ready.load() == 1;
}
bool ByTwoLoads(Mutex&, const Atomic<int>& ready) { return ready.load() == 1 && ready.load() == 1; }

TEST_P(FairnessTest, LoopsThatPollEndWhenTheyMay) {
  ExpectPasses(Polls<ByLoad>, 40'000, kFairExecutions);
  ExpectPasses(Polls<ByTryLock>, 40'000, kFairExecutions);
  ExpectPasses(Polls<BySleep>, 40'000, kFairExecutions);
  ExpectPasses(Polls<ByTwoLoads>, 40'000, kFairExecutions);
}

TEST_P(FairnessTest, APollingTaskAndOneThatWorksOnEnd) {
  ExpectPasses(PollsUntilReady, 10'000, kFairExecutions);
}

TEST_P(FairnessTest, TwoTasksThatWakeEachOtherLeaveTheThirdItsTurn) {
  ExpectPasses(PingPong, 30'000, kFairExecutions);
}

INSTANTIATE_TEST_SUITE_P(
    Samplers, FairnessTest,
    ::testing::Values(Sampler{"random", StrategyKind::kRandom}, Sampler{"pct", StrategyKind::kPct},
                      Sampler{"pos", StrategyKind::kPos}, Sampler{"urw", StrategyKind::kUrw},
                      Sampler{"surw", StrategyKind::kSurw}, Sampler{"rfpos", StrategyKind::kRfPos},
                      Sampler{"portfolio", StrategyKind::kPortfolio}),
    [](const auto& sampler) { return std::string(sampler.param.name); });

}  // namespace
}  // namespace heddle
