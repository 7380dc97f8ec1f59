// SPDX-License-Identifier: Apache-2.0
#include "support/trace_scenarios.h"

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "heddle/heddle.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;

void Abba() {
  Mutex a, b;
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

void Buffered() {
  Channel<int> jobs(2);
  std::vector<Task> tasks;
  for (int p = 0; p < 2; ++p) {
    tasks.push_back(Go([&jobs] {
      for (int i = 0; i < 3; ++i) jobs.Send(i);
    }));
  }
  Task consumer = Go([&jobs] {
    for ([[maybe_unused]] int job : jobs) Yield();
  });
  for (Task& task : tasks) task.Join();
  jobs.Close();
  consumer.Join();
}

void PingPong() {
  Channel<int> there(0), back(0);
  Task partner = Go([&] {
    for (int ball : there) back.Send(ball + 1);
    back.Close();
  });
  for (int i = 0; i < 4; ++i) {
    there.Send(i);
    (void)back.Receive();
  }
  there.Close();
  partner.Join();
}

// Which of several parked partners is met is a choice inside an effect.
void Partners() {
  Channel<int> line(0);
  std::vector<Task> tasks;
  for (int p = 0; p < 4; ++p) {
    tasks.push_back(Go([&line, p] { line.Send(p); }));
  }
  for (int i = 0; i < 4; ++i) {
    while (!line.TryReceive()) Yield();
  }
  for (Task& task : tasks) task.Join();
}

void Semaphores() {
  Semaphore permits(2);
  std::vector<Task> tasks;
  for (int t = 0; t < 4; ++t) {
    tasks.push_back(Go([&permits, t] {
      if (t == 0 || !permits.try_acquire()) permits.acquire();
      Yield();
      permits.release();
    }));
  }
  for (Task& task : tasks) task.Join();
}

void Nested(Channel<int> results, int depth) {
  if (depth == 0) return results.Send(1);
  Mutex mu;
  Task left = Go([=] { Nested(results, depth - 1); });
  Task right = Go([=] { Nested(results, depth - 1); });
  left.Join();
  MutexLock lock(mu);
  right.Join();
}

void NestedSpawns() {
  Channel<int> results(8);
  Nested(results, 3);
  results.Close();
}

// Slots on both sides of 64, blocked and woken together.
void ManyTasks() {
  Mutex mu;
  Semaphore gate(0);
  Channel<int> done(3);
  std::vector<Task> tasks;
  for (int t = 0; t < 90; ++t) {
    tasks.push_back(Go([&, t] {
      gate.acquire();
      MutexLock lock(mu);
      if (t % 3 == 0) done.Send(t);
    }));
  }
  gate.release(90);
  for (int t = 0; t < 30; ++t) (void)done.Receive();
  for (Task& task : tasks) task.Join();
}

void Timers() {
  Channel<int> ticks(1);
  std::vector<Task> tasks;
  for (int t = 0; t < 3; ++t) {
    tasks.push_back(Go([&ticks, t] {
      Sleep(t == 2 ? 5ms : 10ms);  // two of them are equal
      if (Now().time_since_epoch() < 10ms) Yield();
      ticks.Send(t);
    }));
  }
  for (int i = 0; i < 3; ++i) {
    (void)ticks.Receive();
    Sleep(1ms);
  }
  for (Task& task : tasks) task.Join();
}

void Race() {
  Shared<int> hits(0);
  Mutex mu;
  Task careful = Go([&] {
    MutexLock lock(mu);
    hits.Update([](int& n) { ++n; });
  });
  Task careless = Go([&] {
    if (mu.try_lock()) mu.unlock();
    hits.Update([](int& n) { ++n; });
  });
  careful.Join();
  careless.Join();
}

void DoubleClose() {
  Channel<int> jobs(1);
  Task worker = Go([&] {
    if (jobs.TrySend(1)) jobs.Close();
  });
  if (!jobs.TryReceive()) Yield();
  jobs.Close();
  worker.Join();
}

void Throwing() {
  Channel<int> jobs(1);
  Task worker = Go([&] {
    if (jobs.Receive() == 2) throw std::runtime_error("two");
  });
  Task other = Go([&] { jobs.Send(2); });
  jobs.Send(1);
  worker.Join();
  (void)jobs.TryReceive();
  other.Join();
}

// Handles live on the heap: the body's locals would be gone while the others drain.
void Leaking() {
  auto jobs = std::make_shared<Channel<int>>(0);
  Go([jobs] { jobs->Send(1); });
  Go({.daemon = true}, [jobs] {
    for (;;) Yield();
  });
  Go([jobs] { (void)jobs->TryReceive(); });
}

// Input that is drawn: it decides how many tasks there are and what they do.
void Choices() {
  Channel<int64_t> results(8);
  const uint32_t workers = 2 + Choose(3);
  std::vector<Task> tasks;
  for (uint32_t w = 0; w < workers; ++w) {
    tasks.push_back(Go([&results] {
      if (Flip()) Yield();
      DataStream data;
      results.Send(Choose(100'000) + ChooseInt(-1'000'000'000'000, 1'000'000'000'000) +
                   data.Int(-5, 5));
    }));
  }
  for (Task& task : tasks) task.Join();
}

// Two increments, one of them not atomic, a flag that is waited for, and fences.
void Atomics() {
  Atomic<int> hits(0);
  Atomic<bool> done(false);
  Task careful = Go([&] { hits.fetch_add(1, std::memory_order_relaxed); });
  Task careless = Go([&] {
    hits.store(hits.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    int expected = 1;
    if (hits.compare_exchange_weak(expected, 5))
      heddle::atomic_thread_fence(std::memory_order_seq_cst);
    done = true;
    done.notify_one();
  });
  Task waiter = Go([&] { done.wait(false); });
  done.wait(false);
  done.notify_all();
  careful.Join();
  careless.Join();
  waiter.Join();
}

void Endless() {
  Mutex mu;
  Go([&] {
    while (!mu.try_lock()) Yield();
    mu.unlock();
  });
  mu.lock();
  for (;;) Yield();
}

}  // namespace

const std::vector<TraceScenario>& TraceScenarios() {
  static const auto& scenarios = *new std::vector<TraceScenario>{
      {"abba", Abba},
      {"buffered", Buffered},
      {"ping_pong", PingPong},
      {"partners", Partners, {.max_steps = 2000}},
      {"semaphores", Semaphores},
      {"nested_spawns", NestedSpawns},
      {"many_tasks", ManyTasks},
      {"timers_anytime", Timers, {.clock = ClockPolicy::kAnytime}},
      {"timers_when_idle", Timers, {.clock = ClockPolicy::kWhenIdle}},
      {"race", Race},
      {"misuse", DoubleClose},
      {"exception", Throwing},
      {"leak", Leaking, {.drain_steps = 100}},
      {"livelock", Endless, {.max_steps = 150}},
      {"choices", Choices},
      {"atomics", Atomics, {.faults = {.failed_exchanges = 1}}},
  };
  return scenarios;
}

}  // namespace heddle::testing_support
