// SPDX-License-Identifier: Apache-2.0
//
// A loop that does something at regular times, between other things. Wrong, first: each round makes a
// new timer, and the timer of a round that ended otherwise stays armed: with .timers_must_stop it is a
// leak. Wrong, second: one ticker, which the loop does not stop when it leaves: a leak, too. Right: one
// ticker, stopped by a guard on every path.
#include <chrono>
#include <optional>
#include <utility>

#include "catalogue/subject.h"
#include "heddle/gtest/heddle_test.h"
#include "heddle/gtest/matchers.h"
#include "heddle/heddle.h"

namespace {

using namespace heddle;
using catalogue::Subject;
using catalogue::Suite;
using catalogue::Version;
using catalogue::When;
using namespace std::chrono_literals;

// What gathers is written out every minute.
struct Log {
  Channel<int> lines{0, "lines"};
  int gathered = 0;
  int written = 0;

  void Flush() { written += std::exchange(gathered, 0); }

  // False: there are no more lines.
  bool Await(const Receiver<TimePoint>& tick) {
    bool open = true;
    Select(OnReceive(lines,
                     [&](std::optional<int> line) {
                       open = line.has_value();
                       gathered += line.value_or(0);
                     }),
           OnReceive(tick, [&] { Flush(); }));
    return open;
  }
};

void TimerEachRound(Log& log) {
  while (log.Await(Timer(1min, "flush").C())) {
  }
}

void TickerNotStopped(Log& log) {
  Ticker ticker(1min, "flush");
  while (log.Await(ticker.C())) {
  }
}

void TickerStopped(Log& log) {
  struct Stopped : Ticker {
    using Ticker::Ticker;
    ~Stopped() { Stop(); }
  };
  Stopped ticker(1min, "flush");
  while (log.Await(ticker.C())) {
  }
}

void WriteLog(void (*loop)(Log&)) {
  Log log;
  Task writer = Go("writer", [&] {
    loop(log);
    log.Flush();
  });
  for (int line = 0; line < 3; ++line) {
    log.lines.Send(1);
    Sleep(1s);
  }
  log.lines.Close();
  writer.Join();
  EXPECT_EQ(log.written, 3);
}

TEST(TickerLoop, TimerEachRoundLeaks) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { WriteLog(TimerEachRound); }, {.name = "timer each round",
                                                               .schedules = 1,
                                                               .seed = seed,
                                                               .clock = ClockPolicy::kWhenIdle,
                                                               .timers_must_stop = true});
    EXPECT_THAT(report, FindsLeak("timer \"flush\" was never stopped, nor were 3 others"));
  }
}

TEST(TickerLoop, TickerNotStoppedLeaks) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { WriteLog(TickerNotStopped); },
                            {.name = "ticker not stopped", .schedules = 1, .seed = seed});
    EXPECT_THAT(report, FindsLeak("ticker \"flush\" was never stopped"));
  }
}

HEDDLE_TEST(TickerLoop, TickerStoppedSurvives, .schedules = 10'000, .timers_must_stop = true) {
  WriteLog(TickerStopped);
}

// For scripts/score.
const Subject kTickerLoopTimers = {{
    .name = "ticker_loop_timer_each_round",
    .suite = Suite::kPatterns,
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          WriteLog(version == Version::kBuggy ? TimerEachRound : TickerStopped);
        },
    .explains = {"timer \"flush\" was never stopped"},
    .options = {.timers_must_stop = true},
}};

const Subject kTickerLoopTicker = {{
    .name = "ticker_loop_not_stopped",
    .suite = Suite::kPatterns,
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          WriteLog(version == Version::kBuggy ? TickerNotStopped : TickerStopped);
        },
    .explains = {"ticker \"flush\" was never stopped"},
}};

}  // namespace
