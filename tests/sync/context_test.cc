// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/context.h"

#include <any>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "heddle/sync/select.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/edges.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

using enum ContextError;

ContextError CauseOf(const Context& context) {
  return std::any_cast<ContextError>(context.Cause());
}

// -- Cancelling -----------------------------------------------------------------------------------

TEST(ContextTest, BackgroundIsNeverCancelled) {
  EXPECT_THAT(Try([] {
                const Context context = Background();
                EXPECT_TRUE(context.Done().IsNil());
                EXPECT_EQ(context.Err(), kNone);
                EXPECT_FALSE(context.Cause().has_value());
                EXPECT_FALSE(context.Deadline());
                EXPECT_EQ(context, Context());
              }),
              Passes());
}

TEST(ContextTest, CancelClosesDoneAndSaysWhy) {
  EXPECT_THAT(Try([] {
                auto [context, cancel] = WithCancel(Background());
                EXPECT_FALSE(context.Done().TryReceive().closed);
                EXPECT_EQ(context.Err(), kNone);
                EXPECT_FALSE(context.Cause().has_value());
                cancel();
                EXPECT_TRUE(context.Done().TryReceive().closed);
                EXPECT_FALSE(context.Done().Receive());
                EXPECT_EQ(context.Err(), kCanceled);
                EXPECT_EQ(CauseOf(context), kCanceled);
                cancel();
                EXPECT_EQ(context.Err(), kCanceled);
              }),
              Passes());
}

TEST(ContextTest, ATaskWaitsForItsCancellation) {
  Observed seen = Observe([](Log& log) {
    auto [context, cancel] = WithCancel(Background());
    Task worker = Go([&log, done = context.Done()] {
      (void)done.Receive();
      log.Add('d');
    });
    log.Add('c');
    cancel();
    worker.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("cd"));
}

TEST(ContextTest, CancellingReachesAllBelowAndNobodyElse) {
  EXPECT_THAT(Try([] {
                auto [top, cancel_top] = WithCancel(Background());
                auto [left, cancel_left] = WithCancel(top);
                auto [right, cancel_right] = WithCancel(top);
                auto [below, cancel_below] = WithCancel(left);
                cancel_left();
                EXPECT_EQ(below.Err(), kCanceled);
                EXPECT_EQ(left.Err(), kCanceled);
                EXPECT_EQ(right.Err(), kNone);
                EXPECT_EQ(top.Err(), kNone);
                cancel_top();
                EXPECT_EQ(right.Err(), kCanceled);
              }),
              Passes());
}

TEST(ContextTest, AChildOfACancelledContextIsCancelledAtOnce) {
  EXPECT_THAT(Try([] {
                auto [parent, cancel] = WithCancelCause(Background());
                cancel(7);
                auto [child, cancel_child] = WithCancel(parent);
                EXPECT_EQ(child.Err(), kCanceled);
                EXPECT_EQ(std::any_cast<int>(child.Cause()), 7);
                EXPECT_TRUE(child.Done().TryReceive().closed);
              }),
              Passes());
}

TEST(ContextTest, NoCauseIsThatItWasCancelled) {
  EXPECT_THAT(Try([] {
                auto [context, cancel] = WithCancelCause(Background());
                cancel({});
                EXPECT_EQ(CauseOf(context), kCanceled);
              }),
              Passes());
}

TEST(ContextTest, TheFirstCancellationGivesTheCause) {
  Observed seen = Observe([](Log& log) {
    auto [parent, cancel] = WithCancelCause(Background());
    auto [child, cancel_child] = WithCancelCause(parent);
    Task one = Go([&, other = cancel] { other(std::string("p")); });
    cancel_child(std::string("c"));
    one.Join();
    log.Add(std::any_cast<std::string>(parent.Cause()));
    log.Add(std::any_cast<std::string>(child.Cause()));
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("pp", "pc"));
}

TEST(ContextTest, CancellationAndAReadyCaseAreADecision) {
  Observed seen = Observe([](Log& log) {
    auto [context, cancel] = WithCancel(Background());
    Channel<int> jobs(1);
    jobs.Send(1);
    cancel();
    Select(OnReceive(jobs, [&] { log.Add('j'); }),
           OnReceive(context.Done(), [&] { log.Add('d'); }));
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("j", "d"));
}

// -- Deadlines ------------------------------------------------------------------------------------

TEST(ContextTest, ATimeoutCancelsInTheClocksStep) {
  EXPECT_THAT(Try(
                  [] {
                    auto [context, cancel] = WithTimeout(Background(), 5ms);
                    EXPECT_EQ(context.Deadline()->time_since_epoch(), 5ms);
                    EXPECT_EQ(context.Err(), kNone);
                    (void)context.Done().Receive();
                    EXPECT_EQ(Now().time_since_epoch(), 5ms);
                    EXPECT_EQ(context.Err(), kDeadlineExceeded);
                    EXPECT_EQ(CauseOf(context), kDeadlineExceeded);
                    cancel();
                    EXPECT_EQ(context.Err(), kDeadlineExceeded);
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(ContextTest, TheEarlierDeadlineCounts) {
  EXPECT_THAT(Try(
                  [] {
                    auto [parent, cancel] = WithTimeout(Background(), 5ms);
                    auto [later, cancel_later] = WithTimeout(parent, 10ms);
                    auto [sooner, cancel_sooner] = WithTimeout(parent, 1ms);
                    EXPECT_EQ(later.Deadline()->time_since_epoch(), 5ms);
                    (void)sooner.Done().Receive();
                    EXPECT_EQ(later.Err(), kNone);
                    (void)later.Done().Receive();
                    EXPECT_EQ(Now().time_since_epoch(), 5ms);
                    EXPECT_EQ(later.Err(), kDeadlineExceeded);
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(ContextTest, APastDeadlineCancelsAtOnce) {
  EXPECT_THAT(Try([] {
                auto [context, cancel] = WithTimeout(Background(), 0ms);
                EXPECT_EQ(context.Err(), kDeadlineExceeded);
                auto [past, cancel_past] = WithDeadline(Background(), Now() - 1ms);
                EXPECT_TRUE(past.Done().TryReceive().closed);
              }),
              Passes());
}

TEST(ContextTest, CancelDisarmsTheDeadline) {
  EXPECT_THAT(Try(
                  [] {
                    auto [context, cancel] = WithTimeout(Background(), 5ms);
                    cancel();
                    Sleep(10ms);
                    EXPECT_EQ(context.Err(), kCanceled);
                  },
                  {.clock = ClockPolicy::kWhenIdle, .timers_must_stop = true}),
              Passes());
}

// -- Values ---------------------------------------------------------------------------------------

const ContextKey<std::string> kUser;
const ContextKey<std::string> kOther;
const ContextKey<int> kDepth;

TEST(ContextTest, ValuesAreInherited) {
  EXPECT_THAT(Try([] {
                const Context user = WithValue(Background(), kUser, std::string("ann"));
                auto [context, cancel] = WithCancel(WithValue(user, kDepth, 1));
                const Context inner = WithValue(context, kDepth, 2);
                EXPECT_EQ(*inner.Value(kUser), "ann");
                EXPECT_EQ(*inner.Value(kDepth), 2);
                EXPECT_EQ(*context.Value(kDepth), 1);
                EXPECT_EQ(inner.Value(kOther), nullptr);
                EXPECT_EQ(user.Value(kDepth), nullptr);
                EXPECT_TRUE(user.Done().IsNil());
                EXPECT_EQ(inner.Done(), context.Done());
                cancel();
                EXPECT_EQ(inner.Err(), kCanceled);
              }),
              Passes());
}

TEST(ContextTest, WithoutCancelKeepsTheValuesOnly) {
  EXPECT_THAT(Try([] {
                const Context user = WithValue(Background(), kUser, std::string("ann"));
                auto [context, cancel] = WithTimeout(user, 5ms);
                const Context free = WithoutCancel(context);
                cancel();
                EXPECT_EQ(free.Err(), kNone);
                EXPECT_TRUE(free.Done().IsNil());
                EXPECT_FALSE(free.Deadline());
                EXPECT_EQ(*free.Value(kUser), "ann");
              }),
              Passes());
}

TEST(ContextTest, ValuesAndCausesAreDestroyedWithTheExecution) {
  auto kept = std::make_shared<int>(1);
  static const ContextKey<std::shared_ptr<int>> kKey;
  EXPECT_THAT(Try([&] {
                auto [context, cancel] = WithCancelCause(WithValue(Background(), kKey, kept));
                cancel(kept);
                cancel(kept);  // comes second: its cause goes at once
                AfterFunc(context, [kept] {});
              }),
              Passes());
  EXPECT_EQ(kept.use_count(), 1);
}

// -- AfterFunc ------------------------------------------------------------------------------------

TEST(ContextAfterFuncTest, RunsInATaskOfItsOwnOnceCancelled) {
  EXPECT_THAT(Try([] {
                auto [context, cancel] = WithCancel(Background());
                Channel<int> ran(2);
                AfterFunc(context, [&] { ran.Send(1); });
                EXPECT_FALSE(ran.TryReceive());
                cancel();
                EXPECT_EQ(*ran.Receive(), 1);
                AfterFunc(context, [&] { ran.Send(2); });
                EXPECT_EQ(*ran.Receive(), 2);
              }),
              Passes());
}

TEST(ContextAfterFuncTest, StopPreventsItUnlessItHasStarted) {
  Observed seen = Observe([](Log& log) {
    auto [context, cancel] = WithCancel(Background());
    const StopFunc stop = AfterFunc(context, [&] { log.Add('f'); });
    Task canceller = Go([stop_all = cancel] { stop_all(); });
    if (stop()) log.Add('s');
    EXPECT_FALSE(stop());
    canceller.Join();
    Sleep(kMoment);
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("s", "f"));
}

TEST(ContextAfterFuncTest, ADeadlineStartsItToo) {
  Observed seen = Observe(
      [](Log& log) {
        auto [context, cancel] = WithTimeout(Background(), 5ms);
        AfterFunc(context, [&] { log.Add('f'); });
        Sleep(10ms);
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("f"));
}

// -- Order ----------------------------------------------------------------------------------------

struct ContextWorld {
  CancelableContext top = WithCancel(Background());
  CancelableContext below = WithCancel(top.context);
  Stage stage;
};

const Edge<ContextWorld> kContextEdges[] = {
    {"cancel to Done", [](ContextWorld& w) { w.top.cancel(); },
     [](ContextWorld& w) { (void)w.top.context.Done().Receive(); }},
    {"cancel to the Done of one below", [](ContextWorld& w) { w.top.cancel(); },
     [](ContextWorld& w) { (void)w.below.context.Done().Receive(); }},
    {"cancel to Err", [](ContextWorld& w) { w.top.cancel(); },
     [](ContextWorld& w) {
       while (w.below.context.Err() == kNone) Yield();
     }},
    {"cancel to a child made later", [](ContextWorld& w) { w.top.cancel(); },
     [](ContextWorld& w) {
       while (!WithCancel(w.top.context).context.Done().TryReceive().closed) Yield();
     }},
    {"cancel to a function that it starts", [](ContextWorld& w) { w.top.cancel(); },
     [](ContextWorld& w) {
       Channel<int> ran(1);
       AfterFunc(w.below.context, [ran] { ran.Send(1); });
       (void)ran.Receive();
     }},
};

const NonEdge<ContextWorld> kContextNonEdges[] = {
    {"Err that sees nothing", [](ContextWorld& w) { (void)w.top.context.Err(); },
     [](ContextWorld& w) { (void)w.top.context.Err(); }},
    {"deriving", [](ContextWorld& w) { WithCancel(w.top.context); },
     [](ContextWorld& w) { WithCancel(w.top.context); }},
    {"a cancel that comes second", [](ContextWorld& w) { w.top.cancel(); },
     [](ContextWorld& w) { (void)w.top.context.Done().Receive(); },
     [](ContextWorld& w) { w.top.cancel(); }},
};

TEST(ContextOrderTest, ACancellationHappensBeforeWhatSeesIt) {
  for (const auto& edge : kContextEdges) ExpectOrders(edge);
}

TEST(ContextOrderTest, OtherOperationsOrderNothing) {
  for (const auto& row : kContextNonEdges) ExpectOrdersNothing(row);
}

// -- Faults, misuse and reports -------------------------------------------------------------------

TEST(ContextTest, ACancellationAtABlockingPointIsAFaultThatCanBeAskedFor) {
  auto body = [](Log& log) {
    auto [context, cancel] = WithCancel(Background());
    Channel<int> jobs(0);
    Task sender = Go({.daemon = true}, [jobs] { jobs.Send(1); });
    Select(OnReceive(jobs, [&] { log.Add('j'); }),
           OnReceive(context.Done(), [&] { log.Add('d'); }));
    (void)sender;
  };
  EXPECT_THAT(Observe(body).texts, UnorderedElementsAre("j"));
  EXPECT_THAT(Observe(body, {.faults = {.cancellations = 1}}).texts,
              UnorderedElementsAre("j", "d"));
}

TEST(ContextTest, ManyCancellationsAtOneBlockingPointAreAllDecisions) {
  // More decisions in a step than are set aside for one.
  EXPECT_THAT(Try(
                  [] {
                    std::vector<CancelableContext> contexts;
                    for (int i = 0; i < 40; ++i) contexts.push_back(WithCancel(Background()));
                    std::vector<SelectCase> cases;
                    for (auto& c : contexts) cases.push_back(OnReceive(c.context.Done()));
                    for (int round = 0; round < 100; ++round) (void)SelectFor(1ns, cases);
                  },
                  {.schedules = 50, .faults = {.cancellations = 1}}),
              Passes());
}

TEST(ContextTest, OneOfAnotherExecutionIsMisuse) {
  std::optional<CancelableContext> kept;
  EXPECT_THAT(Try([&] { kept = WithCancel(Background()); }), Passes());
  const char* headline = "a context of another execution was used";
  EXPECT_THAT(Try([&] { (void)kept->context.Err(); }), Fails(Verdict::kMisuse, headline));
  EXPECT_THAT(Try([&] { kept->cancel(); }), Fails(Verdict::kMisuse, headline));
  EXPECT_THAT(Try([&] { WithCancel(kept->context); }), Fails(Verdict::kMisuse, headline));
}

TEST(ContextDeathTest, OutsideAScenarioEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(WithCancel(Background()), "heddle: derive outside a scenario");
}

TEST(ContextTest, ATaskThatNobodyCancelsIsALeakThatNamesTheContext) {
  Report report = Try([] {
    auto [context, cancel] = WithCancel(Background());
    Go("worker", [done = context.Done()] { (void)done.Receive(); });
  });
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished"));
  EXPECT_THAT(report.tasks.at(0).doing, HasSubstr("receive from context #1 (not cancelled)"));
  EXPECT_THAT(report.why, testing::ElementsAre(testing::MatchesRegex(
                              "T1 -> needs context #1 .made at context_test.cc:[0-9]+. to be "
                              "cancelled -> nobody cancelled it")));
  EXPECT_THAT(report.remedy, HasSubstr("cancel the context on every path"));
}

}  // namespace
}  // namespace heddle::testing_support
