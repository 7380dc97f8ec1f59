// SPDX-License-Identifier: Apache-2.0
//
// One failing test for each verdict: what a user would see. Run by e2e_test, which compares the printed
// failures with tests/golden/e2e; the line numbers below are part of those, so add at the end only.
#include <stdexcept>

#include "heddle/gtest/heddle_test.h"
#include "heddle/heddle.h"

using namespace heddle;
using namespace std::chrono_literals;

// Golden texts name the lines below, so each call stays on one.
// clang-format off

HEDDLE_TEST(Verdicts, Deadlock) {
  Mutex mu("cart.mu");
  Channel<int> orders(1, "orders");
  Task producer = Go("producer", [&] {
    for (int i = 0; i < 3; ++i) {
      MutexLock lock(mu);
      orders.Send(i);
    }
    orders.Close();
  });
  Task consumer = Go("consumer", [&] {
    for ([[maybe_unused]] int order : orders) MutexLock lock(mu);
  });
  producer.Join();
  consumer.Join();
}

HEDDLE_TEST(Verdicts, OwnershipCycle) {
  Mutex a("a"), b("b");
  Go("bystander", [] { Yield(); });
  Task left = Go("left", [&] { MutexLock first(a); MutexLock second(b); });
  Task right = Go("right", [&] { MutexLock first(b); MutexLock second(a); });
  left.Join();
  right.Join();
}

HEDDLE_TEST(Verdicts, SelfLock) {
  Mutex mu("mu");
  MutexLock outer(mu);
  MutexLock inner(mu);
}

HEDDLE_TEST(Verdicts, LostPermit) {
  Semaphore permits(1, "permits");
  Task careless = Go("careless", [&] { permits.acquire(); });
  careless.Join();
  permits.acquire();
}

HEDDLE_TEST(Verdicts, Leak) {
  Channel<int> results(0, "results");
  Go("logger", [results]() mutable { (void)results.Receive(); });
  Yield();
}

HEDDLE_TEST(Verdicts, LeakStillRunning, .drain_steps = 100) {
  Go("spinner", [] { for (;;) Yield(); });
}

HEDDLE_TEST(Verdicts, Race) {
  Shared<int> hits(0, "hits");
  Task first = Go("first", [&] { hits.Set(1); });
  Task second = Go("second", [&] { (void)hits.Get(); });
  first.Join();
  second.Join();
}

HEDDLE_TEST(Verdicts, Misuse) {
  Channel<int> channel(1, "jobs");
  Task closer = Go("closer", [&] { channel.Close(); });
  Task sender = Go("sender", [&] { channel.Send(1); });
  closer.Join();
  sender.Join();
}

HEDDLE_TEST(Verdicts, Assertion) {
  Mutex mu("mu");
  int turns = 0;
  Task first = Go("first", [&] { MutexLock lock(mu); turns = turns * 2; });
  Task second = Go("second", [&] { MutexLock lock(mu); turns = turns + 1; });
  first.Join();
  second.Join();
  EXPECT_EQ(turns, 1) << "second came first";
}

HEDDLE_TEST(Verdicts, AssertionInTask) {
  SCOPED_TRACE("while shipping");
  Task worker = Go("worker", [] {
    SCOPED_TRACE("order 7");
    EXPECT_TRUE(false) << "no stock";
    Yield();
  });
  worker.Join();
}

HEDDLE_TEST(Verdicts, Exception) {
  Task worker = Go("worker", [] { throw std::runtime_error("disk full"); });
  worker.Join();
}

HEDDLE_TEST(Verdicts, Livelock, .max_steps = 200) {
  Mutex mu("mu");
  Go("left", [&] { for (;;) { if (mu.try_lock()) mu.unlock(); } });
  for (;;) Yield();
}

HEDDLE_TEST(Verdicts, BodyBlockedForGood, .max_steps = 200) {
  Semaphore never(0, "never");
  Go("poller", [] { for (;;) Yield(); });
  never.acquire();
}

HEDDLE_TEST(Verdicts, Diverged) {
  static int executions = 0;
  ++executions;
  Task other = Go("other", [] { if (executions % 2 == 1) Yield(); });
  Yield();
  other.Join();
  EXPECT_LT(executions, 3);
}

HEDDLE_TEST(Verdicts, Timer) {
  Channel<int> answers(1, "answers");
  Task server = Go("server", [&] { Sleep(10ms); (void)answers.TrySend(1); });
  Sleep(20ms);
  EXPECT_TRUE(answers.TryReceive()) << "the answer came too late";
  server.Join();
}

HEDDLE_TEST(Verdicts, Skipped) { GTEST_SKIP() << "not on this machine"; }

HEDDLE_TEST(Verdicts, Passes) {
  Task other = Go("other", [] { Yield(); }); Yield();
  other.Join();
}

HEDDLE_TEST(Verdicts, LongSchedule) {
  int rounds[3] = {};
  auto work = [](int& round) { for (int i = 0; i < 200; ++i) { Yield(); ++round; } };
  Task first = Go("first", [&] { work(rounds[0]); });
  Task second = Go("second", [&] { work(rounds[1]); });
  Task third = Go("third", [&] { work(rounds[2]); });
  first.Join();
  second.Join();
  third.Join();
  EXPECT_EQ(rounds[0] + rounds[1] + rounds[2], 0);
}

void WriteNowhere() {
  volatile int* nowhere = nullptr;
  asm volatile("" : "+r"(nowhere));  // the compiler does not know that it is null
  *nowhere = 1;
}

HEDDLE_TEST(Crash, InBody) { WriteNowhere(); }

HEDDLE_TEST(Crash, InTask) {
  Task task = Go("crasher", [] { WriteNowhere(); });
  task.Join();
}

[[gnu::noinline]] int Recurse(int depth) { volatile char frame[512] = {}; return depth == 0 ? frame[0] : Recurse(depth - 1) + frame[1]; }

HEDDLE_TEST(Crash, StackOverflow) {
  Task task = Go("deep", [] { volatile int sink = Recurse(1'000'000); (void)sink; });
  task.Join();
}

HEDDLE_TEST(Unwinding, EndsLoopsThatCatchEverything) {
  Channel<int> channel(1);
  Go({.name = "worker", .daemon = true}, [=] { for (;;) { try { (void)channel.Receive(); } catch (...) {} } });
  Yield();
}

HEDDLE_TEST(Unwinding, EndsLoopsInDestructors) {
  struct Patient { Mutex& mu; ~Patient() { while (!mu.try_lock()) Yield(); mu.unlock(); } };
  static Mutex mu("mu");  // outlives the body, as a daemon may
  Go({.name = "waiter", .daemon = true}, [] { Patient patient{mu}; MutexLock lock(mu); Semaphore(0).acquire(); });
  Go({.name = "noexcept", .daemon = true}, []() noexcept { Semaphore(0).acquire(); });
  Yield();
}

HEDDLE_TEST(Verdicts, Vacuous) {
  Mutex mu("mu");
  for (int i = 0; i < 3; ++i) MutexLock lock(mu);
}

[[gnu::noinline]] void FillDisk() { throw std::runtime_error("disk full"); }
void MeetNoexcept() noexcept { FillDisk(); }

HEDDLE_TEST(Terminate, Noexcept) {
  Mutex mu("mu");
  Task worker = Go("worker", [&] { MutexLock lock(mu); MeetNoexcept(); });
  worker.Join();
}

HEDDLE_TEST(Terminate, WithoutException) {
  Task worker = Go("worker", [] { Go([] { Yield(); std::terminate(); }).Join(); });
  worker.Join();
}

class TerminatesAtItsEnd : public testing::Test {
 public:
  ~TerminatesAtItsEnd() override { MeetNoexcept(); }
};

HEDDLE_TEST_F(TerminatesAtItsEnd, AfterADeadlock) { Semaphore(0, "never").acquire(); }

// 6! / (2! 2! 2!) orders of the locks.
HEDDLE_TEST(Verdicts, PassesInNinetyOrders) {
  Mutex mu;
  auto work = [&] { for (int i = 0; i < 2; ++i) MutexLock lock(mu); };
  Task first = Go(work);
  Task second = Go(work);
  Task third = Go(work);
  first.Join();
  second.Join();
  third.Join();
}

// After the lessons, as a rule, whoever decides.
HEDDLE_TEST(Verdicts, RareAssertion, .schedules = 5000) {
  Atomic<int> first[2], second[2];
  bool half[2] = {};
  std::vector<Task> tasks;
  for (int pair = 0; pair < 2; ++pair) {
    for (int setter = 0; setter < 2; ++setter) {
      tasks.push_back(Go([&, pair] { first[pair].store(1); second[pair].store(1); }));
    }
    tasks.push_back(Go([&, pair] { half[pair] = first[pair].load() == 1 && second[pair].load() == 0; }));
  }
  for (Task& task : tasks) task.Join();
  EXPECT_FALSE(half[0] && half[1]) << "both pairs were seen half";
}

HEDDLE_TEST(Crash, Late) {
  static int executions = 0;
  Task task = Go([] { Yield(); });
  Yield();
  if (++executions > 60) std::abort();
  task.Join();
}
