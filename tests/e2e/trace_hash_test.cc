// SPDX-License-Identifier: Apache-2.0
//
// The golden table of trace hashes, scenario by seed: a seed found in one build is the same
// schedule in every other. A change of this table breaks every token that users have kept.
#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdio>
#include <string>

#include "heddle/core/random.h"
#include "heddle/heddle.h"
#include "heddle/runtime/execute.h"
#include "heddle/strategy/random_walk.h"
#include "support/golden.h"

namespace heddle {
namespace {

using namespace std::chrono_literals;

void LockOrder() {
  Mutex a("a"), b("b");
  Task left = Go([&] {
    MutexLock first(a);
    MutexLock second(b);
  });
  Task right = Go([&] {
    MutexLock first(b);
    MutexLock second(a);
  });
  left.Join();
  right.Join();
}

void Pipeline() {
  Channel<int> numbers(2), squares(0);
  Go([=]() mutable {
    for (int i = 0; i < 4; ++i) numbers.Send(i);
    numbers.Close();
  });
  Go([=]() mutable {
    for (int n : numbers) squares.Send(n * n);
    squares.Close();
  });
  for ([[maybe_unused]] int square : squares) Yield();
}

void Rendezvous() {
  Channel<int> meet(0);
  for (int i = 0; i < 3; ++i) Go([=]() mutable { meet.Send(1); });
  for (int i = 0; i < 2; ++i) Go([=]() mutable { (void)meet.Receive(); });
  (void)meet.TryReceive();
  (void)meet.TrySend(2);
  (void)meet.Receive();
}

void Permits() {
  Semaphore permits(2);
  Task tasks[4];
  for (Task& task : tasks) {
    task = Go([&] {
      if (!permits.try_acquire()) permits.acquire();
      Yield();
      permits.release();
    });
  }
  for (Task& task : tasks) task.Join();
}

void NestedSpawns() {
  Mutex mu;
  Task outer = Go([&] {
    Task inner = Go([&] { Go([&] { MutexLock lock(mu); }).Join(); });
    mu.lock();
    mu.unlock();
    inner.Join();
  });
  mu.lock();
  mu.unlock();
  outer.Join();
}

void ManyTasks() {
  Mutex mu;
  Task tasks[80];
  for (Task& task : tasks) task = Go([&] { MutexLock lock(mu); });
  for (Task& task : tasks) task.Join();
}

void Timers() {
  Channel<int> done(3);
  for (int i = 1; i <= 3; ++i)
    Go([=]() mutable {
      Sleep(10ms * (i / 2));
      done.Send(i);
    });
  Sleep(10ms);
  (void)done.Receive();
}

void Race() {
  Shared<int> value(0);
  Task writer = Go([&] {
    Yield();
    value.Set(1);
  });
  (void)value.Get();
  writer.Join();
}

void Misuse() {
  Channel<int> channel(1);
  Go([=]() mutable { channel.Close(); });
  channel.Send(1);
  channel.Send(2);
}

void Livelock() {
  Semaphore never(0);
  Go([&] {
    while (!never.try_acquire()) {
    }
  });
  while (!never.try_acquire()) Yield();
}

class Body final : public Scenario {
 public:
  explicit Body(void (*run)()) : run_(run) {}
  void Run() override { run_(); }

 private:
  void (*run_)();
};

std::string Row(const char* name, void (*run)(), const Options& options, uint64_t seed) {
  Body body(run);
  const auto walk = MakeRandomWalk();
  const Outcome outcome = Execute(body, options, *walk, Mix(seed, HashName(name)), Recording::kOff);
  char row[128];
  std::snprintf(row, sizeof row, "%-14s %2" PRIu64 "  %016" PRIx64 "  %4" PRIu64 " steps  %s\n",
                name, seed, outcome.trace_hash, outcome.steps,
                std::string(ToString(outcome.verdict)).c_str());
  return row;
}

TEST(TraceHash, IsTheSameInEveryBuild) {
  struct Case {
    const char* name;
    void (*run)();
    Options options;
  };
  const Case cases[] = {
      {"lock-order", LockOrder, {}},
      {"pipeline", Pipeline, {}},
      {"rendezvous", Rendezvous, {}},
      {"permits", Permits, {}},
      {"nested-spawns", NestedSpawns, {}},
      {"many-tasks", ManyTasks, {}},
      {"timers", Timers, {}},
      {"timers-idle", Timers, {.clock = ClockPolicy::kWhenIdle}},
      {"race", Race, {}},
      {"misuse", Misuse, {}},
      {"livelock", Livelock, {.max_steps = 500}},
  };
  std::string table;
  for (const Case& each : cases) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
      table += Row(each.name, each.run, each.options, seed);
    }
  }
  EXPECT_TRUE(testing_support::MatchesGolden(table, "trace_hashes.txt"));
}

}  // namespace
}  // namespace heddle
