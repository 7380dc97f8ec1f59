// SPDX-License-Identifier: Apache-2.0
//
// How the tasks of an execution that is over are ended.
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "heddle/sync/channel.h"
#include "heddle/sync/context.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

// Logs a letter when it is destroyed.
class Trace {
 public:
  Trace(Log& log, char letter) : log_(log), letter_(letter) {}
  ~Trace() { log_.Add(letter_); }
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

 private:
  Log& log_;
  char letter_;
};

void BlockForGood() { (void)Channel<int>().Receive(); }

TEST(UnwindTest, TheYoungestFirstAndTheLocalsOfEachInReverse) {
  Observed seen = Observe(
      [](Log& log) {
        for (char name : {'a', 'b', 'c'}) {
          Go([&log, name] {
            Trace outer(log, static_cast<char>(name - 'a' + 'A'));
            Trace inner(log, name);
            BlockForGood();
          });
        }
        Sleep(kMoment);
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Fails(Verdict::kLeak, ""));
  EXPECT_THAT(seen.texts, UnorderedElementsAre("cCbBaA"));
}

TEST(UnwindTest, TheBodyIsTheLast) {
  Observed seen = Observe(
      [](Log& log) {
        Trace body(log, '0');
        Go([&log] {
          Trace task(log, '1');
          BlockForGood();
        });
        Sleep(kMoment);
        BlockForGood();
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Fails(Verdict::kDeadlock, ""));
  EXPECT_THAT(seen.texts, UnorderedElementsAre("10"));
}

TEST(UnwindTest, WhereverATaskIsBlockedItsLocalsAreDestroyed) {
  using Blocker = void (*)();
  const Blocker blockers[] = {
      [] {
        Mutex mu(kUnowned);
        mu.lock();
        mu.lock();
      },
      [] { Semaphore(0).acquire(); },
      [] { (void)Channel<int>(1).Receive(); },
      [] { (void)Channel<int>(0).Receive(); },
      [] { Channel<int>(0).Send(1); },
      [] {
        Channel<int> c(1);
        c.Send(1);
        c.Send(2);
      },
      [] { Channel<int>().Send(1); },
      [] { Go(BlockForGood).Join(); },
      [] {
        for (;;) Yield();
      },
      [] {
        for (;;) Sleep(std::chrono::hours(1));
      },
  };
  for (size_t i = 0; i < std::size(blockers); ++i) {
    Observed seen = Observe(
        [&](Log& log) {
          Go([&, blocker = blockers[i]] {
            Trace local(log, 'd');
            auto heap = std::make_unique<int>(1);
            blocker();
            log.Add('?');
          });
          for (int k = 0; k < 20; ++k) Yield();
        },
        {.schedules = 5, .drain_steps = 50});
    EXPECT_EQ(seen.report.verdict, Verdict::kLeak) << i;
    for (const std::string& text : seen.texts) EXPECT_EQ(text, "d") << i;
  }
}

TEST(UnwindTest, OperationsInDestructorsDoNothing) {
  struct Busy {
    Log& log;
    ~Busy() {
      Mutex mu;
      mu.lock();
      mu.unlock();
      MutexLock lock(mu);
      Semaphore s(0);
      s.acquire();
      s.release();
      Channel<int> c(0);
      c.Send(1);
      (void)c.Receive();
      (void)c.TrySend(1);
      c.Close();
      c.Close();
      Go([this] { log.Add('!'); }).Join();
      Yield();
      Sleep(kMoment);
      (void)Now();
      Shared<int> value(1);
      value.Set(value.Get() + 1);
      EXPECT_EQ(value.Get(), 2);
      EXPECT_FALSE(s.try_acquire());
      EXPECT_FALSE(mu.try_lock());
      log.Add('b');
    }
  };
  Observed seen = Observe(
      [](Log& log) {
        Go([&] {
          Busy busy{log};
          BlockForGood();
        });
        Sleep(kMoment);
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Fails(Verdict::kLeak, ""));
  EXPECT_THAT(seen.texts, UnorderedElementsAre("b"));
}

TEST(UnwindTest, LocksHeldByAbandonedTasksAreLetGoWithoutAWord) {
  Report report = Try(
      [] {
        auto mu = std::make_shared<Mutex>("mu");
        Go([mu] {
          MutexLock lock(*mu);
          BlockForGood();
        });
        Sleep(kMoment);
      },
      kClockWhenIdle);
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished"));
  EXPECT_EQ(report.tasks.at(0).holds, "mutex \"mu\"");
}

TEST(UnwindTest, SwallowingItMeetsItAgain) {
  Observed seen = Observe(
      [](Log& log) {
        Go([&] {
          for (int i = 0; i < 3; ++i) {
            try {
              BlockForGood();
            } catch (...) {
              log.Add('c');
            }
          }
          log.Add('e');
          Yield();
          log.Add('?');
        });
        Sleep(kMoment);
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Fails(Verdict::kLeak, ""));
  EXPECT_THAT(seen.texts, UnorderedElementsAre("ccce"));
}

TEST(UnwindTest, WhatARefusedOperationWasGivenIsFreed) {
  static constexpr ContextKey<std::shared_ptr<int>> kKey;
  const auto given = std::make_shared<int>(1);
  const auto block_and = [](const std::function<void()>& operation) {
    Go([operation] {
      try {
        BlockForGood();
      } catch (...) {
        operation();
      }
    });
  };
  Try(
      [&] {
        block_and([&] { AfterFunc(Background(), [given] { (void)given; }); });
        block_and([&] { WithValue(Background(), kKey, given); });
        Sleep(kMoment);
      },
      kClockWhenIdle);
  EXPECT_EQ(given.use_count(), 1);
}

TEST(UnwindTest, AnExceptionOfTheUsersDuringUnwindingIsDropped) {
  Report report = Try(
      [] {
        Go([] {
          try {
            BlockForGood();
          } catch (...) {
            throw 7;
          }
        });
        Sleep(kMoment);
      },
      kClockWhenIdle);
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished"));
}

void BlockNoexcept() noexcept { BlockForGood(); }

TEST(UnwindTest, ANoexceptFrameDoesNotEndTheProcess) {
  Observed seen = Observe(
      [](Log& log) {
        Go([&] { BlockNoexcept(); });
        Go([&] {
          Trace other(log, 'o');
          BlockForGood();
        });
        Sleep(kMoment);
      },
      {.schedules = 3, .clock = ClockPolicy::kWhenIdle});
  EXPECT_THAT(seen.report, Fails(Verdict::kLeak, ""));
  EXPECT_THAT(seen.texts, UnorderedElementsAre("o"));
  // And the next exploration uses the same slots.
  EXPECT_THAT(Try([] {
                Go([] { Yield(); }).Join();
                Go([] { Yield(); }).Join();
              }),
              Passes());
}

TEST(UnwindTest, ABlockingDestructorAfterASwallowedUnwindDoesNotEndTheProcess) {
  struct Acquires {
    ~Acquires() { Semaphore(0).acquire(); }
  };
  Report report = Try(
      [] {
        Go([] {
          Acquires at_the_end;
          try {
            BlockForGood();
          } catch (...) {
          }
        });
        Sleep(kMoment);
      },
      {.schedules = 3, .clock = ClockPolicy::kWhenIdle});
  EXPECT_THAT(report, Fails(Verdict::kLeak, ""));
}

TEST(UnwindTest, TheUsersTerminateHandlerIsBackAfterwards) {
  static const std::terminate_handler mine = [] {};
  std::terminate_handler before = std::set_terminate(mine);
  Try([] { Yield(); }, {.schedules = 2});
  EXPECT_EQ(std::set_terminate(before), mine);
}

TEST(UnwindTest, AbandonStacksRunsNoDestructor) {
  Observed seen = Observe(
      [](Log& log) {
        Go([&] {
          Trace never(log, '?');
          BlockNoexcept();
        });
        Sleep(kMoment);
      },
      {.schedules = 3, .clock = ClockPolicy::kWhenIdle, .abandon_stacks = true});
  EXPECT_THAT(seen.report, Fails(Verdict::kLeak, ""));
  EXPECT_THAT(seen.texts, UnorderedElementsAre(""));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Try(
                    [] {
                      Go({.daemon = true}, BlockForGood);
                      Go([] { Yield(); }).Join();
                    },
                    {.schedules = 50, .abandon_stacks = true}),
                Passes());
  }
}

TEST(UnwindTest, AnEndInTheMiddleOfAnExceptionOfTheUsers) {
  // T1 stands at an operation inside a destructor and inside a catch block when all is over.
  Observed seen = Observe(
      [](Log& log) {
        Go([&] {
          Trace outer(log, 'o');
          struct Sleeper {
            ~Sleeper() { Sleep(std::chrono::hours(1)); }
          };
          try {
            Sleeper sleeper;
            throw 1;
          } catch (int) {
            log.Add('c');
            BlockForGood();
          }
        });
        Go({.daemon = true}, [&] {
          try {
            throw 2;
          } catch (int) {
            BlockForGood();
          }
        });
        Sleep(kMoment);
        throw 3;
      },
      kClockWhenIdle);
  EXPECT_THAT(seen.report, Fails(Verdict::kException, ""));
  EXPECT_THAT(seen.report.headline, HasSubstr("left T0 main: int"));
  EXPECT_THAT(seen.texts, UnorderedElementsAre("co"));
  EXPECT_EQ(std::uncaught_exceptions(), 0);
  EXPECT_EQ(std::current_exception(), nullptr);
}

TEST(UnwindTest, WhatTheBodySharesByReferenceIsThereUntilTheYoungerAreGone) {
  Report report = Try(
      [] {
        Shared<int> value;
        Mutex mu;
        Go([&] {
          struct Touch {
            Shared<int>& value;
            Mutex& mu;
            ~Touch() {
              MutexLock lock(mu);
              value.Set(1);
            }
          } touch{value, mu};
          BlockForGood();
        });
        Sleep(kMoment);
        BlockForGood();
      },
      kClockWhenIdle);
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 of 2 live tasks are blocked"));
}

}  // namespace
}  // namespace heddle::testing_support
