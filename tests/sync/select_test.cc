// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/select.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "heddle/sync/channel.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;
using testing::UnorderedElementsAre;

std::string TextOf(std::optional<int> value) { return value ? std::to_string(*value) : "closed"; }

// -- Which case -----------------------------------------------------------------------------------

// While schedules are explored such selects are inlined (internal/select_operations.h); while a failing one is
// told, the general machine takes the same decisions.
TEST(SelectTest, TheInlinedFormAndTheMachineAreTheSame) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Report report = Try(
        [] {
          Channel<int> a(1), b(2), c(1);
          const auto work = [=] {
            for (int i = 0; i < 4; ++i) {
              Select(OnSend(a, i), OnSend(b, i));
              Select(OnReceive(a), OnReceive(b), OnSend(c, i), OnReceive(c, [] { Yield(); }));
            }
          };
          Go(work);
          Go(work);
          work();
          throw std::string("end");
        },
        {.schedules = 1, .seed = seed});
    EXPECT_TRUE(report.reproduced) << "seed " << seed << ": " << report.not_reproduced;
  }
}

TEST(SelectTest, EveryReadyCaseIsTakenInSomeSchedule) {
  Observed seen = Observe([](Log& log) {
    Channel<int> a(1), b(1), full(1), room(1), closed(1);
    b.Send(2);
    full.Send(3);
    closed.Close();
    Select(OnReceive(a, [&](std::optional<int>) { log.Add("a"); }),
           OnReceive(b, [&](std::optional<int> v) { log.Add("b" + TextOf(v)); }),
           OnSend(full, 4, [&] { log.Add("full"); }),
           OnSend(room, 5, [&] { log.Add("room" + TextOf(room.TryReceive().value)); }),
           OnReceive(closed, [&](std::optional<int> v) { log.Add(TextOf(v)); }),
           OnReceive(Channel<int>(), [&] { log.Add("nil"); }));
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("b2", "room5", "closed"));
}

TEST(SelectTest, ReturnsTheIndexOfTheCaseInTheListOfArguments) {
  EXPECT_THAT(Try([] {
                Channel<int> empty(1), ready(1);
                ready.Send(1);
                EXPECT_EQ(Select(Default(), OnReceive(empty), OnReceive(ready)), 2u);
                EXPECT_EQ(Select(OnReceive(empty), Default(), OnReceive(ready)), 1u);
                EXPECT_EQ(Select(OnReceive(empty), OnReceive(ready), Default()), 2u);
              }),
              Passes());
}

TEST(SelectTest, AHandlerWithoutArgumentsRunsWhenTheValueIsGone) {
  EXPECT_THAT(Try([] {
                Channel<std::shared_ptr<int>> values(1), stop(1);
                auto value = std::make_shared<int>(7);
                const std::weak_ptr<int> watch = value;
                values.Send(std::move(value));
                Select(OnReceive(values, [&] { EXPECT_TRUE(watch.expired()); }), OnReceive(stop));
                std::vector<SelectCase> cases;
                value = std::make_shared<int>(8);
                const std::weak_ptr<int> other = value;
                values.Send(std::move(value));
                cases.push_back(OnReceive(values, [&] { EXPECT_TRUE(other.expired()); }));
                Select(cases);
              }),
              Passes());
}

TEST(SelectTest, TheDefaultIsTakenExactlyWhenNoCaseIsReady) {
  Observed seen = Observe([](Log& log) {
    Channel<int> c(1);
    Task sender = Go([&] {
      c.Send(1);
      log.Add('s');
    });
    Select(OnReceive(c, [&](std::optional<int> v) { log.Add("r" + TextOf(v)); }),
           Default([&] { log.Add('d'); }));
    sender.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("ds", "sr1"));
}

TEST(SelectTest, ADefaultAloneIsTaken) {
  EXPECT_THAT(Try([] { EXPECT_EQ(Select(Default()), 0u); }), Passes());
}

TEST(SelectTest, AValueThatIsNotSentIsNotLost) {
  EXPECT_THAT(Try([] {
                Channel<std::unique_ptr<int>> full(1);
                full.Send(std::make_unique<int>(1));
                std::vector<SelectCase> cases;
                cases.push_back(OnSend(full, std::make_unique<int>(2)));
                cases.push_back(Default());
                EXPECT_EQ(Select(cases), 1u);
                EXPECT_EQ(**full.Receive(), 1);
                EXPECT_EQ(Select(cases), 0u);
                EXPECT_EQ(**full.Receive(), 2);
              }),
              Passes());
}

TEST(SelectTest, ARunTimeListMayHoldAnyMixOfCases) {
  Observed seen = Observe([](Log& log) {
    std::vector<Channel<int>> sources;
    for (int i = 0; i < 3; ++i) {
      sources.emplace_back(1);
      sources.back().Send(i);
    }
    Channel<char> out(1);
    std::vector<SelectCase> cases;
    for (auto& source : sources) {
      cases.push_back(OnReceive(source, [&](std::optional<int> v) { log.Add(TextOf(v)); }));
    }
    cases.push_back(OnSend(out, 'x', [&] { log.Add('x'); }));
    const size_t chosen = Select(cases);
    log.Add(std::to_string(chosen));
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("00", "11", "22", "x3"));
}

// -- Waiting --------------------------------------------------------------------------------------

TEST(SelectTest, WaitsUntilABufferedCaseIsReady) {
  Observed seen = Observe([](Log& log) {
    Channel<int> values(1), full(1);
    full.Send(0);
    Task other = Go([&] {
      if (log.Text().empty()) log.Add('o');
      values.Send(7);
    });
    Task drain = Go([&] { (void)full.Receive(); });
    Select(OnReceive(values, [&](std::optional<int> v) { log.Add(TextOf(v)); }),
           OnSend(full, 1, [&] { log.Add('f'); }));
    other.Join();
    drain.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("o7", "of", "f"));
}

TEST(SelectTest, WaitsForAClose) {
  EXPECT_THAT(Try([] {
                Channel<int> buffered(1), unbuffered(0);
                Task closer = Go([&] {
                  buffered.Close();
                  unbuffered.Close();
                });
                int closed = 0;
                Select(OnReceive(buffered, [&](std::optional<int> v) { closed += !v; }),
                       OnReceive(unbuffered, [&](std::optional<int> v) { closed += !v; }));
                EXPECT_EQ(closed, 1);
                closer.Join();
              }),
              Passes());
}

TEST(SelectTest, AReadyCaseThatIsTakenAwayMakesItWaitAgain) {
  // Two receivers, one value: the select goes on only when the second value comes.
  EXPECT_THAT(Try([] {
                Channel<int> c(1), never(1);
                int stolen = 0, taken = 0;
                Task thief = Go([&] { stolen = *c.Receive(); });
                Task sender = Go([&] {
                  c.Send(1);
                  c.Send(2);
                });
                Select(OnReceive(c, [&](std::optional<int> v) { taken = *v; }), OnReceive(never));
                thief.Join();
                sender.Join();
                EXPECT_EQ(stolen + taken, 3);
              }),
              Passes());
}

TEST(SelectTest, MeetsAPlainPartnerWhoeverComesFirst) {
  Observed seen = Observe([](Log& log) {
    Channel<int> in(0), out(0);
    Task other = Go([&] {
      log.Add('o');
      in.Send(1);
    });
    Yield();
    log.Add('s');
    Select(OnSend(out, 9), OnReceive(in, [&](std::optional<int> v) { log.Add(TextOf(v)); }));
    other.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("so1", "os1"));
}

TEST(SelectTest, TwoSelectsMeet) {
  Observed seen = Observe([](Log& log) {
    Channel<int> a(0), b(0);
    Task other = Go([&] {
      Select(OnSend(a, 1), OnReceive(b, [&](std::optional<int> v) { log.Add(TextOf(v)); }));
    });
    Select(OnReceive(a, [&](std::optional<int> v) { log.Add(TextOf(v)); }), OnSend(b, 2));
    other.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("1", "2"));
}

TEST(SelectTest, NeverMeetsItself) {
  Report report = Try([] {
    Channel<int> c(0);
    Select(OnSend(c, 1), OnReceive(c));
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
}

TEST(SelectTest, ATryOperationMeetsAParkedSelect) {
  Observed seen = Observe(
      [](Log& log) {
        Channel<int> c(0), never(0);
        Go({.daemon = true}, [&log, c, never] {
          Select(OnReceive(c, [&](std::optional<int> v) { log.Add(TextOf(v)); }), OnReceive(never));
        });
        log.Add(c.TrySend(1) ? 'y' : 'n');
        Sleep(kMoment);
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("n", "y1"));
}

TEST(SelectTest, EachSideChoosesAmongAllPartnersAndTheirCases) {
  Observed seen = Observe(
      [](Log& log) {
        Channel<char> a(0), b(0);
        for (const char name : {'1', '2'}) {
          Go({.daemon = true},
             [a, b, name] { Select(OnSend(a, name), OnSend(b, static_cast<char>(name + 2))); });
        }
        Sleep(kMoment);
        Select(OnReceive(a, [&](std::optional<char> v) { log.Add(*v); }),
               OnReceive(b, [&](std::optional<char> v) { log.Add(*v); }));
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("1", "2", "3", "4"));
}

// A select that could go on by itself is no partner; when its own case is taken away it is one again.
TEST(SelectTest, IsAPartnerOnlyWhileNoCaseOfItsOwnIsReady) {
  Observed seen = Observe(
      [](Log& log) {
        Channel<int> own(1), meet(0);
        Task selects = Go("selects", [&] {
          Select(OnReceive(own, [&](std::optional<int>) { log.Add("own"); }),
                 OnReceive(meet, [&](std::optional<int>) { log.Add("met"); }));
        });
        Sleep(kMoment);  // it is parked
        own.Send(1);     // it can go on
        log.Add(meet.TrySend(2) ? 'y' : 'n');
        if (own.TryReceive()) {  // it cannot
          log.Add('t');
          meet.Send(3);
        }
        selects.Join();
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Passes());
  // Never 'y': while the value is there the select is out of line; when it is gone it has gone on, too.
  EXPECT_THAT(seen.texts, UnorderedElementsAre("ownn", "nown", "ntmet"));
}

TEST(SelectTest, ASenderThatParkedMeanwhileIsMetWhenTheOwnCaseIsTakenAway) {
  EXPECT_THAT(Try(
                  [] {
                    Channel<int> own(1), meet(0);
                    int got = 0;
                    Task selects = Go("selects", [&] {
                      Select(OnReceive(own, [&](std::optional<int> v) { got = *v; }),
                             OnReceive(meet, [&](std::optional<int> v) { got = *v; }));
                    });
                    Sleep(kMoment);
                    own.Send(1);
                    Go({.name = "sender", .daemon = true}, [meet] { meet.Send(2); });
                    Yield();
                    const bool taken = bool(own.TryReceive());
                    selects.Join();
                    EXPECT_EQ(got, taken ? 2 : 1);
                  },
                  kClockWhenIdle),
              Passes());
}

// The case that would meet its task's own other case at the same channel must not look for a partner there.
TEST(SelectTest, TwoCasesAtOneChannelLoseNoTask) {
  EXPECT_THAT(Try(
                  [] {
                    Channel<int> both(0), own(1);
                    int got = 0;
                    Task selects = Go("selects", [&] {
                      Select(OnReceive(both, [&](std::optional<int> v) { got = *v; }),
                             OnSend(both, 9), OnReceive(own));
                      Yield();  // it can still take steps
                    });
                    Sleep(kMoment);  // it is parked
                    own.Send(1);     // it can go on by itself, so that
                    Task sender = Go("sender", [&] { both.Send(2); });
                    Yield();  // the sender parks, if it comes now
                    if (own.TryReceive()) {
                      selects.Join();
                      EXPECT_EQ(got, 2);
                      sender.Join();
                    } else {
                      selects.Join();
                      (void)both.Receive();
                      sender.Join();
                    }
                  },
                  kClockWhenIdle),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
