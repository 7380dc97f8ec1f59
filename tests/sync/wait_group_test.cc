// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/wait_group.h"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "heddle/sync/channel.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

WaitGroup counting_global_group("global.group");

TEST(CountingWaitGroupTest, WaitBlocksUntilTheCounterIsZero) {
  Observed seen = Observe([](Log& log) {
    WaitGroup group;
    group.Add(2);
    Task waiter = Go([&] {
      group.Wait();
      log.Add('w');
    });
    log.Add('1');
    group.Done();
    log.Add('2');
    group.Add(-1);
    waiter.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("12w"));
}

TEST(CountingWaitGroupTest, AtZeroWaitReturnsAtOnce) {
  EXPECT_THAT(Try([] {
                WaitGroup group;
                group.Wait();
                group.Add(0);
                group.Wait();
                group.Add(1);
                group.Done();
                group.Wait();
              }),
              Passes());
}

TEST(CountingWaitGroupTest, SeveralTasksWaitForTheSame) {
  Observed seen = Observe([](Log& log) {
    WaitGroup group;
    group.Add(1);
    Task tasks[2];
    for (Task& task : tasks) {
      task = Go([&] {
        group.Wait();
        log.Add('w');
      });
    }
    log.Add('d');
    group.Done();
    for (Task& task : tasks) task.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("dww"));
}

TEST(CountingWaitGroupTest, GoCountsItsTaskUntilItsEnd) {
  Observed seen = Observe([](Log& log) {
    WaitGroup group;
    group.Go([&] { log.Add('a'); });
    group.Go("b", [&] { log.Add('b'); });
    Task third = group.Go(TaskOptions{.name = "c"}, [&] { log.Add('c'); });
    group.Wait();
    log.Add('.');
    third.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_EQ(seen.texts.size(), 6u);
  for (const std::string& text : seen.texts) EXPECT_EQ(text.size(), 4u) << text;
  for (const std::string& text : seen.texts) EXPECT_EQ(text.back(), '.') << text;
}

TEST(CountingWaitGroupTest, GoCallsDoneAlsoWhenItsFunctionThrows) {
  // The Done is a step of its own: in some schedule the waiter goes on before the exception ends all.
  Observed seen = Observe(
      [](Log& log) {
        WaitGroup group;
        group.Go([&] { throw std::runtime_error("spoilt"); });
        group.Wait();
        log.Add('w');
      },
      {.schedules = 1});
  EXPECT_THAT(seen.report, Fails(Verdict::kException, "spoilt"));
  EXPECT_THAT(seen.report.headline, testing::Not(HasSubstr("wait group")));
}

TEST(CountingWaitGroupTest, GoOfATaskThatIsUnwoundIsFine) {
  Report report = Try([] {
    auto group = std::make_shared<WaitGroup>("group");
    group->Go([group] { Semaphore(0, "never").acquire(); });
    group->Wait();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 of 2 live tasks are blocked"));
  EXPECT_THAT(report, Because("T0 -> needs wait group \"group\" (counter 1) to reach 0 -> no other "
                              "task calls Done there in this execution"));
}

TEST(CountingWaitGroupTest, AFunctionThatCannotBeCopiedIsNotCounted) {
  struct Spoilt {
    Spoilt() = default;
    Spoilt(const Spoilt&) { throw std::runtime_error("not copied"); }
    void operator()() const {}
  };
  EXPECT_THAT(Try([] {
                WaitGroup group;
                const Spoilt spoilt;
                EXPECT_THROW(group.Go(spoilt), std::runtime_error);
                group.Wait();
              }),
              Passes());
}

TEST(CountingWaitGroupTest, AForgottenDoneIsExplained) {
  Report report = Try([] {
    WaitGroup group("workers");
    group.Add(2);
    Go([&] { group.Done(); });
    Go([] {});
    group.Wait();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
  EXPECT_EQ(report.tasks.at(0).doing, "wait wait group \"workers\" (counter 1)");
  EXPECT_THAT(report,
              Because("T0 -> needs wait group \"workers\" (counter 1) to reach 0 -> only T1 "
                      "calls Done there: T1 has finished"));
  EXPECT_THAT(report.remedy, HasSubstr("call Done on every path, errors included"));
}

// -- Misuse -----------------------------------------------------------------------------------------

TEST(CountingWaitGroupTest, ANegativeCounterIsMisuse) {
  std::string at;
  Report report = Try([&] {
    WaitGroup group("workers");
    group.Add(1);
    group.Done();
    at = HEDDLE_HERE, group.Done();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "wait group \"workers\" is counted from 0 by -1: a negative counter",
                              at, "call Done once for each Add(1)"));
  report = Try([&] {
    WaitGroup group("workers");
    group.Add(1);
    at = HEDDLE_HERE, group.Add(std::numeric_limits<int64_t>::min());
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "is counted from 1 by -9223372036854775808", at,
                              "call Done once"));
  report = Try([&] {
    WaitGroup group("workers");
    group.Add(1);
    at = HEDDLE_HERE, group.Add(std::numeric_limits<int64_t>::max());
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "by +9223372036854775807: more than it can hold",
                              at, "add what is left to do"));
}

TEST(CountingWaitGroupTest, AddInTheSpawnedTaskIsMisuseInEverySchedule) {
  for (int i = 0; i < 50; ++i) {
    Report report = Try(
        [] {
          WaitGroup group("workers");
          Task task = Go([&] {
            group.Add(1);
            group.Done();
          });
          group.Wait();
          task.Join();
        },
        {.schedules = 1, .seed = static_cast<uint64_t>(i)});
    EXPECT_THAT(report, Fails(Verdict::kMisuse, ", unordered with the "));
    EXPECT_EQ(
        report.remedy,
        "call Add in the task that spawns, before the spawn and before anyone can reach Wait");
  }
}

TEST(CountingWaitGroupTest, AnAddWhileATaskStandsAtWaitIsMisuse) {
  bool from_add = false, from_wait = false;
  for (int i = 0; i < 100; ++i) {
    std::string add, wait;
    Report report = Try(
        [&] {
          WaitGroup group("workers");
          Task task = Go([&] { add = HEDDLE_HERE, group.Add(1); });
          for (int n = 0; n < 3; ++n) Yield();
          wait = HEDDLE_HERE, group.Wait();
          task.Join();
        },
        {.schedules = 1, .seed = static_cast<uint64_t>(i)});
    ASSERT_EQ(report.verdict, Verdict::kMisuse);
    if (report.at == add) {
      from_add = true;
      EXPECT_THAT(report.headline, HasSubstr("wait group \"workers\" is lifted from 0 by T1, "
                                             "unordered with the Wait of T0 at " +
                                             wait));
    } else {
      from_wait = true;
      EXPECT_EQ(report.at, wait);
      EXPECT_THAT(report.headline, HasSubstr("T0 waits for wait group \"workers\", unordered with "
                                             "the Add of T1 at " +
                                             add + ", which lifted it from 0"));
    }
  }
  EXPECT_TRUE(from_add);
  EXPECT_TRUE(from_wait);
}

TEST(CountingWaitGroupTest, AnAddAfterAWaitThatReturnedAtOnceIsMisuseUnlessOrdered) {
  auto body = [](bool ordered) {
    return Try([ordered] {
      WaitGroup group("workers");
      Channel<int> returned(1);
      Stage stage;
      Task waiter = Go([&] {
        group.Wait();
        returned.Send(1);
        stage.Set(1);
      });
      stage.Await(1);
      if (ordered) (void)returned.Receive();
      group.Add(1);
      group.Done();
      waiter.Join();
    });
  };
  EXPECT_THAT(body(true), Passes());
  EXPECT_THAT(body(false), Fails(Verdict::kMisuse,
                                 "is lifted from 0 by T0, unordered with the "
                                 "Wait of T1 at wait_group_test.cc:"));
}

TEST(CountingWaitGroupTest, AWaitAfterTheWorkWasDoneIsMisuseUnlessTheAddIsOrdered) {
  // The counter is 0 again when Wait comes, so that it returns at once; only clocks tell.
  auto body = [](bool ordered) {
    return Try([ordered] {
      WaitGroup group("workers");
      Mutex mutex;
      Stage stage;
      Task task = Go([&] {
        {
          MutexLock lock(mutex);
          group.Add(1);
        }
        group.Done();
        stage.Set(1);
      });
      stage.Await(1);
      if (ordered) MutexLock lock(mutex);
      group.Wait();
      task.Join();
    });
  };
  EXPECT_THAT(body(true), Passes());
  EXPECT_THAT(body(false), Fails(Verdict::kMisuse,
                                 "T0 waits for wait group \"workers\", unordered "
                                 "with the Add of T1 at wait_group_test.cc:"));
}

TEST(CountingWaitGroupTest, ADoneThatTellsOfAnUnorderedAddDoesNotHideIt) {
  // Wait acquires the Done, and with it the Add: too late.
  Report report = Try([] {
    WaitGroup group("workers");
    Stage stage;
    Task task = Go([&] {
      group.Add(1);
      stage.Set(1);
      group.Done();
    });
    stage.Await(1);
    group.Wait();
    task.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kMisuse, "unordered with the Add of T1"));
}

TEST(CountingWaitGroupTest, AddsThatDoNotLiftItNeedNoOrder) {
  EXPECT_THAT(Try([] {
                WaitGroup group;
                group.Add(1);
                Task task = Go([&] {
                  group.Add(2);  // counted itself
                  group.Done();
                  group.Done();
                  group.Done();
                });
                group.Wait();
                task.Join();
                group.Add(1);  // the next round
                group.Done();
                group.Wait();
              }),
              Passes());
}

TEST(CountingWaitGroupTest, RoundsInOrderAreFine) {
  EXPECT_THAT(Try([] {
                WaitGroup group;
                for (int round = 0; round < 3; ++round) {
                  for (int i = 0; i < 2; ++i) group.Go([] { Yield(); });
                  group.Wait();
                }
              }),
              Passes());
}

TEST(CountingWaitGroupTest, ReuseBeforeThePreviousWaitReturnedIsMisuse) {
  std::string wait;
  std::map<std::string, int> headlines;
  for (int i = 0; i < 200; ++i) {
    Report report = Try(
        [&] {
          WaitGroup group("workers");
          group.Add(1);
          Task waiter = Go([&] { wait = HEDDLE_HERE, group.Wait(); });
          group.Done();
          group.Add(1);
          group.Done();
          waiter.Join();
        },
        {.schedules = 1, .seed = static_cast<uint64_t>(i)});
    // Never right: where the waiter comes later, the second Add is unordered with its Wait.
    ASSERT_EQ(report.verdict, Verdict::kMisuse);
    ++headlines[report.headline];
  }
  bool reused = false;
  for (const auto& [headline, count] : headlines) {
    reused |= headline.find(
                  "wait group \"workers\" is reused by T0 before the previous Wait has "
                  "returned, of T1 at " +
                  wait) != std::string::npos;
  }
  EXPECT_TRUE(reused);
}

// -- Lifetime ---------------------------------------------------------------------------------------

TEST(CountingWaitGroupTest, WaitersOfADestroyedOneStayBlocked) {
  std::map<Verdict, Report> reports = EachVerdict(
      [] {
        auto group = std::make_shared<Undead<WaitGroup>>("gone");
        (*group)->Add(1);
        Go([group] { (*group)->Wait(); });
        Go([group] { (*group)->Done(); });
        for (int i = 0; i < 3; ++i) Yield();
        group->Destroy();
      },
      400);
  EXPECT_TRUE(reports.contains(Verdict::kPassed));
  ASSERT_TRUE(reports.contains(Verdict::kLeak));
  EXPECT_THAT(reports.at(Verdict::kLeak), Because("wait group \"gone\" -> destroyed while"));
  EXPECT_THAT(reports.at(Verdict::kMisuse), Fails(Verdict::kMisuse, "gone\" is destroyed while T"));
}

TEST(CountingWaitGroupTest, OneOutsideCountsFromZeroInEachExecution) {
  EXPECT_THAT(Try(
                  [] {
                    counting_global_group.Wait();
                    counting_global_group.Add(1);
                  },
                  {.schedules = 3}),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
