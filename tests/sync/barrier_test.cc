// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/barrier.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

using CountingToken = Barrier<>::arrival_token;

Barrier counting_global_barrier(2, "global.barrier");

TEST(CountingBarrierTest, NobodyPassesBeforeAllHaveArrived) {
  Observed seen = Observe([](Log& log) {
    Barrier barrier(2);
    auto work = [&](char before, char after) {
      Yield();
      log.Add(before);
      barrier.arrive_and_wait();
      log.Add(after);
    };
    Task other = Go([&] { work('a', 'A'); });
    work('b', 'B');
    other.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("abAB", "abBA", "baAB", "baBA"));
}

TEST(CountingBarrierTest, PhasesFollowEachOther) {
  Stage in_phase[3];
  EXPECT_THAT(Try([&] {
                for (Stage& count : in_phase) count.Set(0);
                Barrier barrier(3);
                auto work = [&] {
                  for (Stage& count : in_phase) {
                    count.Add();
                    barrier.arrive_and_wait();
                    EXPECT_EQ(count.Get(), 3);
                  }
                };
                Task one = Go(work);
                Task two = Go(work);
                work();
                one.Join();
                two.Join();
              }),
              Passes());
}

TEST(CountingBarrierTest, ArriveDoesNotWaitAndItsTokenDoes) {
  Observed seen = Observe([](Log& log) {
    Barrier barrier(2);
    CountingToken token = barrier.arrive();
    Task other = Go([&] {
      log.Add('o');
      barrier.wait(barrier.arrive());
    });
    Yield();
    log.Add('m');
    barrier.wait(std::move(token));
    log.Add('w');
    other.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("mow", "omw"));
}

TEST(CountingBarrierTest, SeveralArrivalsAtOnceAndATokenOfThePhaseBefore) {
  EXPECT_THAT(Try([] {
                Barrier barrier(3);
                CountingToken first = barrier.arrive(2);
                CountingToken second = barrier.arrive();
                barrier.wait(std::move(first));
                CountingToken third = barrier.arrive(2);
                barrier.wait(std::move(second));  // of the phase before: returns
                CountingToken fourth = barrier.arrive();
                barrier.wait(std::move(third));
                barrier.wait(std::move(fourth));
              }),
              Passes());
}

TEST(CountingBarrierTest, ArriveAndDropLowersTheLaterPhases) {
  EXPECT_THAT(Try([] {
                Barrier barrier(3);
                Task other = Go([&] {
                  barrier.arrive_and_wait();
                  barrier.arrive_and_wait();
                });
                barrier.arrive_and_drop();
                barrier.arrive_and_wait();
                barrier.arrive_and_wait();
                other.Join();
              }),
              Passes());
}

TEST(CountingBarrierTest, WhenAllHaveDroppedNobodyIsExpected) {
  Report report = Try([] {
    Barrier barrier(1, "b");
    barrier.arrive_and_drop();
    barrier.arrive_and_wait();
  });
  EXPECT_THAT(report, Fails(Verdict::kMisuse,
                            "more arrivals at barrier \"b\" than it expects "
                            "(phase 2, 0 of 0 arrived): T0 arrives"));
}

// -- The completion function ------------------------------------------------------------------------

TEST(CountingBarrierTest, TheLastToArriveRunsTheFunctionBeforeAnyonePasses) {
  Observed seen = Observe([](Log& log) {
    Barrier barrier(2, [&] {
      Yield();
      log.Add('c');
      Yield();
    });
    auto work = [&](char before, char after) {
      Yield();
      log.Add(before);
      barrier.arrive_and_wait();
      log.Add(after);
    };
    Task other = Go([&] { work('a', 'A'); });
    work('b', 'B');
    other.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("abcAB", "abcBA", "bacAB", "bacBA"));
}

TEST(CountingBarrierTest, TheFunctionRunsOnceAPhaseAndMayBeAnything) {
  int runs = 0;
  EXPECT_THAT(Try(
                  [&] {
                    runs = 0;
                    Barrier<std::function<void()>> barrier(
                        1, [&] { ++runs; }, "b");
                    barrier.arrive_and_wait();
                    barrier.arrive_and_drop();
                  },
                  {.schedules = 1}),
              Passes());
  EXPECT_EQ(runs, 2);
}

TEST(CountingBarrierTest, EndingThePhaseIsAStepOnlyAfterAFunction) {
  const auto steps = [](void (*body)()) { return Try(body, {.schedules = 1}).total_steps; };
  const auto nothing = steps([] {});
  EXPECT_EQ(steps([] { (void)Barrier(1).arrive(); }), nothing + 1);
  EXPECT_EQ(steps([] { Barrier(1).arrive_and_wait(); }), nothing + 2);
  EXPECT_EQ(steps([] { Barrier(1, [] {}).arrive_and_wait(); }), nothing + 3);
}

TEST(CountingBarrierTest, AFunctionThatThrowsLeavesThroughTheArrival) {
  EXPECT_THAT(Try([] {
                Barrier barrier(1, [] { throw std::runtime_error("spoilt"); });
                EXPECT_THROW(barrier.arrive_and_wait(), std::runtime_error);
              }),
              Passes());
}

TEST(CountingBarrierTest, AFunctionThatCallsTheBarrierIsMisuse) {
  for (bool waits : {false, true}) {
    Report report = Try([waits] {
      std::optional<Barrier<std::function<void()>>> barrier;
      CountingToken token;
      barrier.emplace(
          2,
          [&] {
            if (waits) {
              barrier->wait(std::move(token));
            } else {
              barrier->arrive_and_drop();
            }
          },
          "b");
      token = barrier->arrive();
      barrier->arrive_and_wait();
    });
    EXPECT_THAT(report, Fails(Verdict::kMisuse,
                              std::string("the completion function of barrier \"b\" calls it: ") +
                                  (waits ? "wait" : "arrive_and_drop")));
    EXPECT_THAT(report.remedy, HasSubstr("only after the phase has ended"));
  }
}

TEST(CountingBarrierTest, AnArrivalWhileTheFunctionRunsIsMisuse) {
  Report report = Try([] {
    Barrier barrier(
        1, [] { Yield(); }, "b");
    Task other = Go([&] { (void)barrier.arrive(); });
    (void)barrier.arrive();
    other.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kMisuse,
                            "more arrivals at barrier \"b\" than it expects "
                            "(phase 1, 1 of 1 arrived, T"));
  EXPECT_THAT(report.headline, HasSubstr("runs the completion function): T"));
}

// -- Misuse and reports -----------------------------------------------------------------------------

TEST(CountingBarrierTest, BadNumbersAreMisuse) {
  std::string at;
  Report report = Try([&] {
    Barrier barrier(2, "b");
    at = HEDDLE_HERE, (void)barrier.arrive(3);
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "more arrivals at barrier \"b\" than it expects (phase 1, 0 of 2 "
                              "arrived): T0 arrives by 3",
                              at, "make it for all tasks that arrive, each once a phase"));
  report = Try([&] {
    Barrier barrier(2, "b");
    at = HEDDLE_HERE, (void)barrier.arrive(0);
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "0 arrivals at barrier \"b\" at once", at,
                              "arrive at least once"));
  report = Try([&] { Barrier<> barrier(-1, "b", NoteHere(at)); });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "barrier \"b\" is made for -1 tasks", at,
                              "let it expect 0 tasks or more"));
}

TEST(CountingBarrierTest, AWrongTokenIsMisuse) {
  struct Row {
    std::function<CountingToken(Barrier<>&, Barrier<>&)> make;
    const char* part;
  };
  const Row rows[] = {
      {[](auto&, auto&) { return CountingToken(); },
       "T0 waits at barrier \"b\" with a token that was used already"},
      {[](auto& b, auto&) {
         CountingToken token = b.arrive();
         b.wait(std::move(token));
         return token;
       },
       "with a token that was used already"},
      {[](auto&, auto& other) { return other.arrive(); },
       "T0 waits at barrier \"b\" with a token of barrier \"other\""},
      {[](auto& b, auto&) {
         CountingToken token = b.arrive();
         (void)b.arrive();
         return token;
       },
       "with a token of phase 1, but phase 3 has begun"},
  };
  for (const Row& row : rows) {
    std::string at;
    Report report = Try([&] {
      Barrier b(1, "b");
      Barrier other(1, "other");
      CountingToken token = row.make(b, other);
      at = HEDDLE_HERE, b.wait(std::move(token));
    });
    EXPECT_THAT(report, FailsAt(Verdict::kMisuse, row.part, at, "wait once with each token"));
  }
}

TEST(CountingBarrierTest, ATokenOfAnotherExecutionIsMisuse) {
  CountingToken left;
  Report report = Try([&] {
    Barrier b(2, "b");
    std::exchange(left, b.arrive());
    Barrier c(2, "c");
    c.wait(std::exchange(left, c.arrive()));
  });
  EXPECT_THAT(report, Fails(Verdict::kMisuse, "with a token of barrier \"b\""));
  std::optional<CountingToken> kept;
  report = Try([&] {
    Barrier b(2, "b");
    if (kept) b.wait(std::move(*kept));
    kept = b.arrive();
  });
  EXPECT_EQ(report.verdict, Verdict::kMisuse);
  EXPECT_THAT(report.headline, HasSubstr("with a token of another execution"));
}

TEST(CountingBarrierTest, AMissingArrivalIsExplained) {
  Report report = Try([] {
    Barrier barrier(3, "rows");
    Go([&] { barrier.arrive_and_drop(); });
    barrier.arrive_and_wait();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
  EXPECT_EQ(report.tasks.at(0).doing, "wait barrier \"rows\" (phase 1, 2 of 3 arrived)");
  EXPECT_THAT(report, Because("T0 -> needs more arrivals at barrier \"rows\" (phase 1, 2 of 3 "
                              "arrived) -> only T1 arrives there: T1 has finished"));
  EXPECT_THAT(report.remedy, HasSubstr("arrive_and_drop on every path that leaves early"));
}

// -- Lifetime ---------------------------------------------------------------------------------------

TEST(CountingBarrierTest, WaitersOfADestroyedOneStayBlocked) {
  std::map<Verdict, Report> reports = EachVerdict(
      [] {
        auto barrier = std::make_shared<Undead<Barrier<>>>(2, "gone");
        Go([barrier] { (*barrier)->arrive_and_wait(); });
        Go([barrier] { (*barrier)->arrive_and_drop(); });
        for (int i = 0; i < 3; ++i) Yield();
        barrier->Destroy();
      },
      400);
  EXPECT_TRUE(reports.contains(Verdict::kPassed));
  ASSERT_TRUE(reports.contains(Verdict::kLeak));
  EXPECT_THAT(reports.at(Verdict::kLeak), Because("barrier \"gone\" -> destroyed while"));
  EXPECT_THAT(reports.at(Verdict::kMisuse), Fails(Verdict::kMisuse, "gone\" is destroyed while T"));
}

TEST(CountingBarrierTest, OneOutsideIsInItsFirstPhaseInEachExecution) {
  EXPECT_THAT(Try(
                  [] {
                    (void)counting_global_barrier.arrive();
                    counting_global_barrier.arrive_and_wait();
                    (void)counting_global_barrier.arrive();
                  },
                  {.schedules = 3}),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
