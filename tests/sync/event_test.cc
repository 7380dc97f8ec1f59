// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/event.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

Event counting_global_event("global.event");
Event counting_global_auto(kAutoReset, "global.auto");

TEST(CountingEventTest, AManualOneStaysSetUntilItIsReset) {
  EXPECT_THAT(Try([] {
                Event event;
                EXPECT_FALSE(event.IsSet());
                EXPECT_FALSE(event.TryWait());
                event.Reset();
                event.Set();
                event.Set();
                EXPECT_TRUE(event.IsSet());
                event.Wait();
                EXPECT_TRUE(event.TryWait());
                EXPECT_TRUE(event.WaitFor(0ns));
                event.Reset();
                EXPECT_FALSE(event.IsSet());
              }),
              Passes());
}

TEST(CountingEventTest, AnAutoResetOneLetsOneWaitThroughForEachSet) {
  EXPECT_THAT(Try([] {
                Event event(kAutoReset);
                event.Set();
                event.Set();  // once
                EXPECT_TRUE(event.IsSet());
                event.Wait();
                EXPECT_FALSE(event.IsSet());
                event.Set();
                EXPECT_TRUE(event.TryWait());
                EXPECT_FALSE(event.TryWait());
                event.Set();
                event.Reset();
                EXPECT_FALSE(event.TryWait());
              }),
              Passes());
}

TEST(CountingEventTest, SetReleasesAllInLineAndAResetTakesNothingBack) {
  Observed seen = Observe(
      [](Log& log) {
        Event event;
        Task tasks[3];
        for (Task& task : tasks) {
          task = Go([&] {
            event.Wait();
            log.Add('w');
          });
        }
        Sleep(kMoment);  // all are in line
        event.Set();
        event.Reset();
        for (Task& task : tasks) task.Join();
        EXPECT_FALSE(event.IsSet());
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("www"));
}

TEST(CountingEventTest, AWaiterNotYetInLineMissesASetThatIsTakenBack) {
  Report report = Try([] {
    Event event("pulse");
    Task waiter = Go([&] { event.Wait(); });
    event.Set();
    event.Reset();
    waiter.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 of 2 live tasks are blocked"));
  EXPECT_THAT(report, Because("T1 -> needs event \"pulse\" to be set -> only T0 sets it there: T0 "
                              "is blocked, too"));
  EXPECT_THAT(report.remedy, HasSubstr("set the event on every path, errors included, and after"));
}

TEST(CountingEventTest, NobodySetsIt) {
  Report report = Try([] {
    Event event("never");
    event.Wait();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
  EXPECT_EQ(report.tasks.at(0).doing, "wait event \"never\" (not set)");
  EXPECT_THAT(report, Because("T0 -> needs event \"never\" to be set -> no other task sets it "
                              "there in this execution"));
}

TEST(CountingEventTest, WhichWaiterAnAutoResetOneReleasesIsADecision) {
  Observed seen = Observe(
      [](Log& log) {
        Event event(kAutoReset);
        for (char name : {'a', 'b', 'c'}) {
          Go({.daemon = true}, [&event, &log, name] {
            event.Wait();
            log.Add(name);
          });
          Sleep(kMoment);
        }
        event.Set();
        Sleep(kMoment);
        EXPECT_FALSE(event.IsSet());
        log.Add('-');
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("a-", "b-", "c-"));
}

// -- Timed ------------------------------------------------------------------------------------------

TEST(CountingEventTest, ATimedWaitGivesUpAtItsDeadline) {
  for (const Options& options : {Options{}, kClockWhenIdle}) {
    EXPECT_THAT(Try(
                    [] {
                      Event event;
                      EXPECT_FALSE(event.WaitFor(3ms));
                      EXPECT_FALSE(event.WaitUntil(Now() + 1ms));
                      EXPECT_EQ(Now().time_since_epoch(), 4ms);
                      EXPECT_FALSE(event.WaitFor(-1ms));
                      EXPECT_FALSE(event.WaitUntil(Now()));
                      EXPECT_EQ(Now().time_since_epoch(), 4ms);
                      event.Set();
                      EXPECT_TRUE(event.WaitFor(1ms));
                      EXPECT_TRUE(event.WaitUntil(Now()));
                      EXPECT_EQ(Now().time_since_epoch(), 4ms);
                    },
                    options),
                Passes());
  }
}

TEST(CountingEventTest, ATimedWaitIsReleasedBeforeItsDeadline) {
  auto body = [](Log& log) {
    Event event(kAutoReset);
    Task waiter = Go([&] { log.Add(event.WaitFor(1ms) ? 'y' : 'n'); });
    event.Set();
    waiter.Join();
    EXPECT_EQ(event.IsSet(), log.Text() == "n");  // whoever gave up took nothing
  };
  Observed anytime = Observe(body);
  EXPECT_THAT(anytime.report, Passes());
  EXPECT_THAT(anytime.texts, UnorderedElementsAre("y", "n"));
  Observed idle = Observe(body, kClockWhenIdle);
  EXPECT_THAT(idle.report, Passes());
  EXPECT_THAT(idle.texts, UnorderedElementsAre("y"));
}

// -- Lifetime ---------------------------------------------------------------------------------------

TEST(CountingEventTest, WaitersOfADestroyedOneStayBlocked) {
  std::map<Verdict, Report> reports = EachVerdict(
      [] {
        auto event = std::make_shared<Undead<Event>>("gone");
        Go([event] { (*event)->Wait(); });
        Go([event] { (*event)->Set(); });
        for (int i = 0; i < 3; ++i) Yield();
        event->Destroy();
      },
      400);
  EXPECT_TRUE(reports.contains(Verdict::kPassed));
  ASSERT_TRUE(reports.contains(Verdict::kLeak));
  EXPECT_THAT(reports.at(Verdict::kLeak), Because("event \"gone\" -> destroyed while"));
  EXPECT_THAT(reports.at(Verdict::kMisuse), Fails(Verdict::kMisuse, "gone\" is destroyed while T"));
}

TEST(CountingEventTest, OneOutsideIsResetInEachExecution) {
  EXPECT_THAT(Try(
                  [] {
                    EXPECT_FALSE(counting_global_event.IsSet());
                    counting_global_event.Set();
                    counting_global_event.Wait();
                    EXPECT_TRUE(counting_global_event.IsSet());
                    EXPECT_FALSE(counting_global_auto.IsSet());
                    counting_global_auto.Set();
                    EXPECT_TRUE(counting_global_auto.TryWait());
                    EXPECT_FALSE(counting_global_auto.IsSet());
                    counting_global_auto.Set();
                  },
                  {.schedules = 3}),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
