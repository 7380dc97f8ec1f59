// SPDX-License-Identifier: Apache-2.0
//
// A select with a deadline, its misuse, and what reports say of it.
#include <optional>
#include <string>
#include <vector>

#include "heddle/sync/channel.h"
#include "heddle/sync/select.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

// -- Deadlines ------------------------------------------------------------------------------------

TEST(SelectTest, GivesUpAtItsDeadline) {
  for (const size_t capacity : {0, 1}) {
    EXPECT_THAT(Try(
                    [capacity] {
                      Channel<int> c(capacity);
                      std::vector<SelectCase> cases;
                      cases.push_back(OnReceive(c));
                      EXPECT_EQ(SelectFor(5ms, cases), kNoCase);
                      EXPECT_EQ(Now().time_since_epoch(), 5ms);
                      EXPECT_EQ(SelectFor(0ms, cases), kNoCase);
                      EXPECT_EQ(SelectUntil(Now(), cases), kNoCase);
                      EXPECT_FALSE(c.TrySend(1) && capacity == 0);
                    },
                    kClockWhenIdle),
                Passes());
  }
}

TEST(SelectTest, AValueAndADeadlineRace) {
  for (const size_t capacity : {0, 1}) {
    Observed seen = Observe([capacity](Log& log) {
      Channel<int> c(capacity), never(0);
      Go({.daemon = true}, [c] {
        Sleep(5ms);
        c.Send(1);
      });
      std::vector<SelectCase> cases;
      cases.push_back(OnReceive(c));
      cases.push_back(OnReceive(never));
      log.Add(SelectFor(5ms, cases) == 0 ? 'v' : 't');
    });
    EXPECT_THAT(seen.report, Passes());
    EXPECT_THAT(seen.texts, UnorderedElementsAre("v", "t"));
  }
}

TEST(SelectTest, APartnerOfASelectThatGaveUpWaitsAgain) {
  Report report = Try(
      [] {
        Channel<int> c(0), own(1);
        std::vector<SelectCase> cases;
        cases.push_back(OnReceive(c));
        cases.push_back(OnReceive(own));
        EXPECT_EQ(SelectFor(5ms, cases), kNoCase);
        c.Send(1);
      },
      kClockWhenIdle);
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
}

// -- Misuse and reports ---------------------------------------------------------------------------

TEST(SelectTest, TheInterleavingTellsWhichCaseAPartnerCompleted) {
  const Report report = Try(
      [] {
        Channel<int> jobs(0, "jobs"), results(0, "results");
        Task other = Go([&] {
          Sleep(1ms);
          results.Send(1);
          jobs.Close();
        });
        Select(OnReceive(jobs), OnReceive(results));
        other.Join();
        throw std::string("end");
      },
      kClockWhenIdle);
  EXPECT_THAT(testing::PrintToString(report), HasSubstr("resume -> receive results"));
}

TEST(SelectTest, CommittingToASendOnAClosedChannelIsMisuse) {
  std::string at;
  Report report = Try([&] {
    Channel<int> c(1, "orders");
    c.Close();
    at = HEDDLE_HERE, Select(OnSend(c, 1));
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "send on closed channel \"orders\"", at,
                              "let the sending side close the channel"));
}

TEST(SelectTest, ACloseMakesAParkedSendCaseMisuse) {
  Report report = Try([] {
    Channel<int> c(0, "orders"), other(0);
    Task task = Go([&] { Select(OnSend(c, 1), OnReceive(other)); });
    Yield();
    c.Close();
    task.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kMisuse, "send on closed channel \"orders\""));
}

TEST(SelectTest, TwoDefaultsAreMisuse) {
  std::string at;
  Report report = Try([&] {
    std::vector<SelectCase> cases;
    cases.push_back(Default());
    cases.push_back(Default());
    at = HEDDLE_HERE, Select(cases);
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "a select has more than one Default", at,
                              "give it one Default at most"));
}

TEST(SelectTest, AChannelOfAnotherExecutionIsMisuse) {
  std::optional<Channel<int>> kept;
  EXPECT_THAT(Try([&] { kept.emplace(1); }), Passes());
  Report report = Try([&] { Select(OnReceive(*kept), Default()); });
  EXPECT_THAT(report, Fails(Verdict::kMisuse, "a channel of another execution was used"));
}

TEST(SelectDeathTest, OutsideAScenarioEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(Select(Default()), "heddle: select outside a scenario");
}

TEST(SelectTest, AReportNamesWhatABlockedSelectWaitsFor) {
  Report report = Try([] {
    Channel<int> orders(1, "orders"), results(0, "results");
    Go("other", [=] {
      if (orders.TryReceive()) results.Send(1);
    }).Join();
    Select(OnReceive(Channel<int>()), OnReceive(orders), OnSend(results, 1));
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked, none can run"));
  EXPECT_EQ(
      report.tasks.at(0).doing,
      "select receive from a nil channel, receive from channel \"orders\" (empty, 0/1), send to "
      "channel \"results\" (unbuffered)");
  EXPECT_THAT(report, Because("T0 -> needs a send on channel \"orders\" or its close -> no other "
                              "task sends or closes there in this execution; or a receive on "
                              "channel \"results\" -> no other task receives there in this "
                              "execution; or a nil channel to be ready -> it never is"));
}

// Whichever case the select took, and whether it parked before.
TEST(SelectTest, AReportNamesThoseThatReceiveBySelects) {
  Report report = Try([] {
    Channel<int> stop(1, "stop"), jobs(0, "jobs");
    stop.Send(1);
    Go("parks", [=] { Select(OnReceive(Channel<int>()), OnReceive(jobs)); });
    jobs.Send(1);
    Go("looks", [=] { Select(OnReceive(jobs), Default()); }).Join();
    Go("stops", [=] { Select(OnReceive(stop), OnReceive(jobs)); }).Join();
    Go("sends", [=] { Select(OnReceive(stop), OnSend(jobs, 1), Default()); }).Join();
    jobs.Send(2);
  });
  EXPECT_THAT(report,
              Because("T0 -> needs a receive on channel \"jobs\" -> only T1, T2, T3 receive "
                      "there: they have finished"));
}

TEST(SelectTest, WithoutCasesBlocksForGood) {
  Report report = Try([] {
    std::vector<SelectCase> none;
    Select(none);
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
  EXPECT_THAT(report, Because("waits in a select without cases"));
}

TEST(SelectTest, TheInterleavingTellsWhatItCameTo) {
  Report report = Try(
      [] {
        Channel<int> a(1, "a"), b(0, "b");
        Select(OnReceive(a), Default());
        a.Send(1);
        Select(OnReceive(a), OnReceive(b));
        Task late = Go([=] { b.Send(1); });
        Select(OnReceive(a), OnReceive(b));
        late.Join();
        a.Close();
        a.Close();
      },
      {.schedules = 1});
  const std::string rows = RowsOf(report);
  EXPECT_THAT(rows, HasSubstr("try-select -> default\n"));
  EXPECT_THAT(rows, HasSubstr("select -> receive a\n"));
  EXPECT_THAT(rows,
              testing::AnyOf(HasSubstr("select (parks)\n"), HasSubstr("select -> receive b\n")));
}

}  // namespace
}  // namespace heddle::testing_support
