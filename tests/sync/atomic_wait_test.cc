// SPDX-License-Identifier: Apache-2.0
//
// Atomic<T>::wait and its notifies.
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "heddle/sync/atomic.h"
#include "heddle/sync/task.h"
#include "support/execute.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

// -- wait and notify ----------------------------------------------------------------------------------

TEST(AtomicTest, WaitReturnsAtOnceIfTheValueIsAnother) {
  EXPECT_THAT(Try([] {
                Atomic<int> a(1);
                a.wait(0);
              }),
              Passes());
}

TEST(AtomicTest, WaitParksUntilNotifiedOfAnotherValue) {
  Observed seen = Observe([](Log& log) {
    Atomic<int> a;
    Task waiter = Go([&] {
      a.wait(0);
      log.Add('w');
    });
    a.notify_all();  // nothing changed: it parks again
    log.Add('s');
    a.store(1);
    a.notify_all();
    waiter.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("sw"));
}

TEST(AtomicTest, AValueThatCameBackIsNoChange) {
  // The waiter may compare between the two stores, or after both.
  Observed seen = Observe([](Log& log) {
    Atomic<int> a;
    Go({.daemon = true}, [&] {
      a.wait(0);
      log.Add('w');
    });
    a.store(1);
    a.notify_one();
    a.store(0);
    for (int i = 0; i < 6; ++i) Yield();
  });
  EXPECT_THAT(seen.texts, UnorderedElementsAre("", "w"));
}

TEST(AtomicTest, NotifyOneReachesOneOfThoseParkedByChoice) {
  Observed seen = Observe(
      [](Log& log) {
        Atomic<int> a;
        for (int i = 0; i < 3; ++i) {
          Go({.daemon = true}, [&, i] {
            a.wait(0);
            log.Add(static_cast<char>('0' + i));
          });
        }
        for (int i = 0; i < 10; ++i) Yield();
        a.store(1);
        a.notify_one();
        for (int i = 0; i < 10; ++i) Yield();
      },
      {.schedules = 3000});
  EXPECT_THAT(seen.report, Passes());
  for (const char* text : {"0", "1", "2"}) EXPECT_TRUE(seen.texts.contains(text)) << text;
}

TEST(AtomicTest, NotifyOneAsksTheStrategyAmongThoseInLine) {
  // The youngest runs first, so they park in the order of their spawns.
  auto youngest = [](const Alternatives& a) { return a.runnable().Nth(a.runnable().Count() - 1); };
  for (uint32_t index = 0; index < 3; ++index) {
    Scripted strategy(youngest, index);
    Log log;
    ExecuteBy(strategy, [&] {
      Atomic<int> a;
      for (int i = 0; i < 3; ++i) {
        Go({.daemon = true}, [&, i] {
          a.wait(0);
          log.Add(static_cast<char>('0' + i));
        });
      }
      a.store(1);
      a.notify_one();
      Yield();
    });
    EXPECT_EQ(log.Text(), std::string(1, static_cast<char>('0' + index)));
    EXPECT_EQ(strategy.index_choices, 1u);
  }
}

TEST(AtomicTest, NotifyAllReachesAllParked) {
  EXPECT_THAT(Try([] {
                Atomic<int> a;
                Task tasks[3];
                for (Task& task : tasks) task = Go([&] { a.wait(0); });
                a.store(1);
                a.notify_all();
                for (Task& task : tasks) task.Join();
              }),
              Passes());
}

TEST(AtomicTest, AStoreWithoutNotifyIsALostWakeup) {
  std::string at;
  Report report = Try([&] {
    Atomic<bool> ready(false, "ready");
    Task waiter = Go("waiter", [&] { at = HEDDLE_HERE, ready.wait(false); });
    ready.store(true);
    waiter.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 of 2 live tasks are blocked, none can run"));
  EXPECT_EQ(report.tasks.at(1).doing, "wait atomic \"ready\" (true)");
  EXPECT_EQ(report.tasks.at(1).at, at);
  EXPECT_THAT(report, Because("T1 -> needs a change of atomic \"ready\" and a notify -> no other "
                              "task notifies there in this execution"));
  EXPECT_THAT(report.remedy, HasSubstr("notify after every store"));
}

TEST(AtomicTest, AReasonNamesWhoNotified) {
  Report report = Try([] {
    Atomic<int> turns(0, "turns");
    Task waiter = Go("waiter", [&] { turns.wait(0); });
    turns.notify_one();
    waiter.Join();
  });
  EXPECT_THAT(report, Because("only T0 notifies there: T0 is blocked, too"));
}

}  // namespace
}  // namespace heddle::testing_support
