// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/timer.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "heddle/sync/select.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::chrono::nanoseconds TimerElapsed() { return Now().time_since_epoch(); }
std::chrono::nanoseconds At(std::optional<TimePoint> tick) { return tick->time_since_epoch(); }

// -- Timer ----------------------------------------------------------------------------------------

TEST(TimerTest, FiresOnceWithItsTime) {
  EXPECT_THAT(Try(
                  [] {
                    Timer timer(5ms);
                    EXPECT_FALSE(timer.C().TryReceive());
                    EXPECT_EQ(At(timer.C().Receive()), 5ms);
                    EXPECT_EQ(TimerElapsed(), 5ms);
                    EXPECT_FALSE(timer.C().TryReceiveFor(1s));
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(TimerTest, FiresAtOnceForADurationThatIsNotPositive) {
  for (const auto duration : {0ns, -1ns}) {
    EXPECT_THAT(Try([duration] { EXPECT_EQ(At(Timer(duration).C().Receive()), 0ns); }), Passes());
  }
}

TEST(TimerTest, StopPreventsItAndSaysWhether) {
  EXPECT_THAT(Try(
                  [] {
                    Timer armed(5ms), fired(5ms), received(5ms);
                    Sleep(6ms);
                    (void)received.C().Receive();
                    Timer late(5ms);
                    EXPECT_TRUE(late.Stop());
                    EXPECT_FALSE(late.Stop());
                    EXPECT_TRUE(fired.Stop());  // its tick is taken back
                    EXPECT_FALSE(fired.C().TryReceive());
                    EXPECT_FALSE(received.Stop());
                    EXPECT_FALSE(late.C().TryReceiveFor(1s));
                    EXPECT_EQ(At(armed.C().Receive()), 5ms);
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(TimerTest, ResetArmsItAnew) {
  EXPECT_THAT(Try(
                  [] {
                    Timer timer(5ms);
                    Sleep(1ms);
                    EXPECT_TRUE(timer.Reset(10ms));
                    EXPECT_EQ(At(timer.C().Receive()), 11ms);
                    EXPECT_FALSE(timer.Reset(1ms));
                    Sleep(2ms);
                    EXPECT_TRUE(timer.Reset(1ms));  // the tick of 12 ms is taken back
                    EXPECT_EQ(At(timer.C().Receive()), 14ms);
                    EXPECT_FALSE(timer.Stop());
                    EXPECT_FALSE(timer.Reset(1ms));
                    EXPECT_EQ(At(timer.C().Receive()), 15ms);
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(TimerTest, AnytimeItMayFireThoughTasksRun) {
  auto body = [](Log& log) {
    Timer timeout(5ms);
    Channel<int> answers(1);
    Task server = Go([&] { answers.Send(1); });
    Select(OnReceive(answers, [&] { log.Add('a'); }),
           OnReceive(timeout.C(), [&] { log.Add('t'); }));
    server.Join();
  };
  EXPECT_THAT(Observe(body).texts, UnorderedElementsAre("a", "t"));
  EXPECT_THAT(Observe(body, kClockWhenIdle).texts, UnorderedElementsAre("a"));
}

TEST(TimerTest, StopAndTheFiringRace) {
  Observed seen = Observe([](Log& log) {
    Timer timer(5ms);
    Go({.daemon = true}, [&log, timer] {
      if (timer.C().Receive()) log.Add('t');
    });
    Sleep(5ms);
    Yield();
    log.Add(timer.Stop() ? 's' : 'f');
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, testing::IsSupersetOf({"s", "tf"}));
  for (const std::string& text : seen.texts) EXPECT_NE(text, "ts");
}

TEST(TimerTest, EqualDeadlinesFireInEitherOrder) {
  Observed seen = Observe(
      [](Log& log) {
        Timer a(5ms), b(5ms);
        Select(OnReceive(a.C(), [&] { log.Add('a'); }), OnReceive(b.C(), [&] { log.Add('b'); }));
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.texts, UnorderedElementsAre("a", "b"));
}

TEST(TimerTest, AfterIsTheChannelOfANewTimer) {
  EXPECT_THAT(Try([] { EXPECT_EQ(At(After(5ms).Receive()), 5ms); }), Passes());
}

TEST(TimerTest, CopiesAreTheSameTimer) {
  EXPECT_THAT(Try([] {
                Timer timer(5ms);
                const Timer copy = timer;
                EXPECT_TRUE(copy.Stop());
                EXPECT_FALSE(timer.Stop());
              }),
              Passes());
}

// -- AfterFunc ------------------------------------------------------------------------------------

TEST(AfterFuncTest, RunsTheFunctionInATaskOfItsOwn) {
  EXPECT_THAT(Try(
                  [] {
                    Channel<std::chrono::nanoseconds> ran(1);
                    Timer timer = AfterFunc(5ms, [&] { ran.Send(TimerElapsed()); });
                    EXPECT_TRUE(timer.C().IsNil());
                    EXPECT_EQ(*ran.Receive(), 5ms);
                    EXPECT_FALSE(timer.Stop());
                    EXPECT_FALSE(timer.Reset(1ms));
                    EXPECT_EQ(*ran.Receive(), 6ms);
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(AfterFuncTest, StopPreventsItUnlessItHasStarted) {
  Observed seen = Observe([](Log& log) {
    Timer timer = AfterFunc(5ms, [&] { log.Add('f'); });
    Sleep(5ms);
    Yield();
    if (timer.Stop()) log.Add('s');
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("s", "f"));
}

TEST(AfterFuncTest, ItsTaskIsSpawnedByWhoArmedIt) {
  std::string at;
  Report report = Try(
      [&] {
        at = HEDDLE_HERE, AfterFunc(5ms, [] {
          Channel<int>(1, "never").Send(1), (void)Channel<int>(1, "never").Receive();
        });
        Sleep(10ms);
      },
      kClockWhenIdle);
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished"));
  EXPECT_EQ(report.tasks.at(0).label, "T1");
  EXPECT_THAT(report.tasks.at(0).spawned_at, HasSubstr(at));
}

TEST(AfterFuncTest, ArmingHappensBeforeTheFunctionAndNothingElseDoes) {
  auto run = [](bool late) {
    return Try(
        [late] {
          Shared<int> value(0, "value");
          if (!late) value.Set(1);
          AfterFunc(1ms, [&] { (void)value.Get(); });
          if (late) value.Set(1);
          Sleep(10ms);
          Yield();
        },
        kClockWhenIdle);
  };
  EXPECT_THAT(run(false), Passes());
  EXPECT_THAT(run(true), Fails(Verdict::kRace, "\"value\""));
}

TEST(AfterFuncTest, OnlyTheLastArmingHappensBeforeTheFunction) {
  // T9, beyond the clocks' near entries, arms; the body, which knows nothing of what T9 did, arms anew.
  EXPECT_THAT(Try(
                  [] {
                    Shared<int> value(0, "value");
                    std::optional<Timer> timer;
                    for (int i = 0; i < 8; ++i) Go([] { Yield(); });
                    Stage armed;
                    Go({.daemon = true}, [&] {
                      value.Set(1);
                      timer = AfterFunc(1h, [&] { (void)value.Get(); });
                      armed.Set(1);
                    });
                    armed.Await(1);
                    timer->Reset(1ms);
                    Sleep(10ms);
                    Yield();
                  },
                  {.schedules = 50, .clock = ClockPolicy::kWhenIdle}),
              Fails(Verdict::kRace, "\"value\""));
}

TEST(TimerTest, ATickOrdersNothing) {
  EXPECT_THAT(Try(
                  [] {
                    Shared<int> value(0, "value");
                    Timer timer(5ms);
                    Task writer = Go([&] {
                      Sleep(1ms);
                      value.Set(1);
                      timer.Reset(5ms);
                    });
                    Sleep(2ms);
                    (void)timer.C().Receive();
                    (void)value.Get();
                    writer.Join();
                  },
                  kClockWhenIdle),
              Fails(Verdict::kRace, "\"value\""));
}

// -- Ticker ---------------------------------------------------------------------------------------

TEST(TickerTest, TicksEveryPeriod) {
  EXPECT_THAT(Try(
                  [] {
                    Ticker ticker(5ms);
                    for (int i = 1; i <= 4; ++i) EXPECT_EQ(At(ticker.C().Receive()), i * 5ms);
                    ticker.Stop();
                    EXPECT_FALSE(ticker.C().TryReceiveFor(1s));
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(TickerTest, ATickForWhichThereIsNoRoomIsDropped) {
  EXPECT_THAT(Try(
                  [] {
                    Ticker ticker(5ms);
                    Sleep(12ms);
                    EXPECT_EQ(At(ticker.C().Receive()), 5ms);  // that of 10 ms was dropped
                    EXPECT_EQ(At(ticker.C().Receive()), 15ms);
                    ticker.Stop();
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(TickerTest, ResetBeginsANewPeriodNow) {
  EXPECT_THAT(Try(
                  [] {
                    Ticker ticker(5ms);
                    Sleep(7ms);
                    ticker.Reset(2ms);
                    EXPECT_EQ(At(ticker.C().Receive()), 9ms);
                    EXPECT_EQ(At(ticker.C().Receive()), 11ms);
                    ticker.Stop();
                    ticker.Reset(1ms);
                    EXPECT_EQ(At(ticker.C().Receive()), 12ms);
                    ticker.Stop();
                  },
                  kClockWhenIdle),
              Passes());
}

TEST(TickerTest, ATickerWhoseTickNobodyTakesDoesNotKeepTimeRunning) {
  Report report = Try([] {
    Ticker ticker(5ms);
    (void)Channel<int>(1, "never").Receive();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked, none can run"));
}

TEST(TickerTest, OneThatIsNotStoppedIsALeak) {
  std::string at;
  auto body = [&] {
    Ticker ticker(5ms, "heartbeat", NoteHere(at));
    (void)ticker.C().Receive();
  };
  Report report = Try(body);
  EXPECT_THAT(report, FailsAt(Verdict::kLeak, "ticker \"heartbeat\" was never stopped", at,
                              "stop it when it is no longer needed, on every path"));
  EXPECT_THAT(Try(body, {.tickers_must_stop = false}), Passes());
}

TEST(TickerTest, OneLeftBehindIsALeakThoughItsTickWaits) {
  const auto body = [] { Ticker(10ms, "unread"), Sleep(25ms); };
  EXPECT_THAT(Try(body, kClockWhenIdle),
              Fails(Verdict::kLeak, "ticker \"unread\" was never stopped"));
}

TEST(TickerTest, ADaemonsTickerMayTickForEver) {
  EXPECT_THAT(Try([] {
                Go({.daemon = true}, [] {
                  Ticker ticker(5ms);
                  for (;;) (void)ticker.C().Receive();
                });
                Sleep(12ms);
              }),
              Passes());
}

TEST(TimerTest, OneLeftArmedIsALeakOnDemand) {
  auto body = [] { Timer timer(5ms, "patience"); };
  EXPECT_THAT(Try(body), Passes());
  EXPECT_THAT(Try(body, {.timers_must_stop = true}),
              Fails(Verdict::kLeak, "timer \"patience\" was never stopped"));
  EXPECT_THAT(Try([] { EXPECT_TRUE(Timer(5ms).C().Receive()); }, {.timers_must_stop = true}),
              Passes());
}

TEST(TimerTest, AReportOfOneLeftArmedCountsTheOthers) {
  std::string at;
  const auto leaks = [&](int count) {
    return Try(
        [&at, count] {
          Timer first(5ms, "first", NoteHere(at));
          for (int i = 1; i < count; ++i) Timer(5ms, "later");
        },
        {.timers_must_stop = true});
  };
  for (const auto& [count, text] :
       {std::pair(1, ""), {2, ", nor was another"}, {3, ", nor were 2 others"}}) {
    const Report report = leaks(count);
    EXPECT_EQ(report.headline, std::string("timer \"first\" was never stopped") + text);
    EXPECT_EQ(report.at, at);
  }
}

// -- Misuse and reports ---------------------------------------------------------------------------

TEST(TickerTest, APeriodThatIsNotPositiveIsMisuse) {
  std::string at;
  Report report = Try([&] { Ticker ticker(0ns, "t", NoteHere(at)); });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "ticker \"t\" is given a period of 0ns", at,
                              "give it a period of at least a nanosecond"));
  EXPECT_THAT(Try([] { Ticker(1ms, "t").Reset(-1ns); }),
              Fails(Verdict::kMisuse, "ticker \"t\" is given a period of -1ns"));
}

TEST(TimerTest, AHandleThatStandsForNoTimerIsMisuse) {
  EXPECT_THAT(Try([] { Timer().Stop(); }),
              Fails(Verdict::kMisuse, "a Timer that stands for no timer was used"));
  EXPECT_THAT(Try([] { Ticker().Reset(1ms); }),
              Fails(Verdict::kMisuse, "a Timer that stands for no timer was used"));
  std::optional<Timer> kept;
  EXPECT_THAT(Try([&] { kept = Timer(1ms); }), Passes());
  EXPECT_THAT(Try([&] { (void)kept->C().Receive(); }),
              Fails(Verdict::kMisuse, "a timer of another execution was used"));
  EXPECT_THAT(Try([&] { kept->Stop(); }),
              Fails(Verdict::kMisuse, "a timer of another execution was used"));
}

TEST(TimerDeathTest, OutsideAScenarioEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(Timer(1ms).Stop(), "outside a scenario");
  EXPECT_DEATH(AfterFunc(1ms, [] {}), "heddle: after-func outside a scenario");
}

TEST(TimerTest, AReportTellsWhyATickDoesNotCome) {
  Report report = Try([] {
    Timer timer(5ms, "timeout");
    timer.Stop();
    (void)timer.C().Receive();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
  EXPECT_EQ(report.tasks.at(0).doing, "receive from timer \"timeout\" (stopped)");
  EXPECT_THAT(report, Because("T0 -> needs timer \"timeout\" to fire -> it is stopped"));
}

TEST(TimerTest, TheInterleavingTellsWhatFires) {
  Report report = Try(
      [] {
        Timer timer(5ms, "timeout");
        (void)timer.C().Receive();
        throw 1;
      },
      kClockWhenIdle);
  const std::string rows = RowsOf(report);
  EXPECT_THAT(rows, HasSubstr("receive timeout !\nfire timeout at 5ms\nreceive timeout\n"));
}

}  // namespace
}  // namespace heddle::testing_support
