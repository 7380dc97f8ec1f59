// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/once.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "heddle/sync/channel.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST(OnceTest, TheFirstCallsAndTheOthersWaitForItsEnd) {
  Observed seen = Observe([](Log& log) {
    OnceFlag flag;
    auto use = [&](char name) {
      call_once(flag, [&] {
        log.Add('(');
        Yield();
        Yield();
        log.Add(')');
      });
      log.Add(name);
    };
    Task a = Go([&] { use('a'); });
    use('m');
    a.Join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("()am", "()ma"));
}

TEST(OnceTest, ArgumentsGoToTheFunction) {
  EXPECT_THAT(Try([] {
                OnceFlag flag;
                struct Target {
                  int value = 0;
                  void Add(int n) { value += n; }
                } target;
                call_once(flag, &Target::Add, target, 3);
                EXPECT_EQ(target.value, 3);
                OnceFlag other;
                call_once(other, &Target::Add, &target, 3);
                call_once(other, &Target::Add, &target, 4);
                EXPECT_EQ(target.value, 6);
                std::unique_ptr<int> taken;
                OnceFlag third;
                call_once(
                    third, [&](std::unique_ptr<int> p) { taken = std::move(p); },
                    std::make_unique<int>(5));
                EXPECT_EQ(*taken, 5);
              }),
              Passes());
}

TEST(OnceTest, AnExceptionLeavesItToTheNextCallOnce) {
  Observed seen = Observe([](Log& log) {
    OnceFlag flag;
    Stage calls;
    auto use = [&](char name) {
      try {
        call_once(flag, [&] {
          calls.Add();
          Yield();
          if (calls.Get() == 1) throw std::runtime_error("not yet");
        });
        log.Add(name);
      } catch (const std::runtime_error&) {
        log.Add('!');
      }
    };
    Task a = Go([&] { use('a'); });
    use('m');
    a.Join();
    use('M');
    EXPECT_EQ(calls.Get(), 2);
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("!mM", "!aM"));
}

TEST(OnceTest, AnExceptionCountsAsDoneForDo) {
  EXPECT_THAT(Try([] {
                Once once;
                EXPECT_THROW(once.Do([] { throw std::runtime_error("no"); }), std::runtime_error);
                once.Do([] { ADD_FAILURE(); });
                call_once(once, [] { ADD_FAILURE(); });
              }),
              Passes());
}

TEST(OnceTest, DoAndCallOnceAreOne) {
  EXPECT_THAT(Try([] {
                Once once;
                int calls = 0;
                call_once(once, [&] { ++calls; });
                once.Do([&] { ++calls; });
                EXPECT_EQ(calls, 1);
              }),
              Passes());
}

TEST(OnceTest, BeginningAndEndAreStepsAndSoIsFindingItDone) {
  auto steps = [](int times) {
    return Try(
               [times] {
                 OnceFlag flag;
                 for (int i = 0; i < times; ++i) call_once(flag, [] {});
               },
               {.schedules = 1})
        .total_steps;
  };
  EXPECT_EQ(steps(1), steps(0) + 2);
  EXPECT_EQ(steps(2), steps(0) + 3);
}

TEST(OnceTest, CallingItFromItsOwnCallIsACycleOfLengthOne) {
  std::string at;
  Report report = Try([&] {
    Once once("init");
    once.Do([&] { at = HEDDLE_HERE, once.Do([] {}); });
  });
  EXPECT_THAT(report, FailsAt(Verdict::kDeadlock, "T0 calls once \"init\" from within its own call",
                              at, "do not call it again in the function that it calls"));
  EXPECT_THAT(report, Because("T0 -> needs once \"init\" to be done -> in the middle of it is T0 "
                              "(since step 2, once_test.cc:"));
  EXPECT_EQ(report.tasks.at(0).holds, "once \"init\"");
  report = Try([&] {
    OnceFlag flag("init");
    call_once(flag, [&] { at = HEDDLE_HERE, call_once(flag, [] {}); });
  });
  EXPECT_THAT(report, FailsAt(Verdict::kDeadlock, "from within its own call", at, "do not call"));
}

TEST(OnceTest, ACallThatWaitsForWhoeverWaitsForItIsADeadlock) {
  Report report = Try([] {
    OnceFlag flag("init");
    Mutex mu("mu");
    Task one = Go([&] { call_once(flag, [&] { MutexLock lock(mu); }); });
    Task two = Go([&] {
      MutexLock lock(mu);
      call_once(flag, [] {});
    });
    one.Join();
    two.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other"));
  EXPECT_THAT(report, Because("T2 -> needs once \"init\" to be done -> in the middle of it is T1"));
  EXPECT_THAT(report.remedy, HasSubstr("let the function that is called once wait for no task"));
}

TEST(OnceTest, ACallThatNeverEndsIsExplained) {
  Report report = Try([] {
    OnceFlag flag("init");
    Channel<int> never(0, "never");
    Task one = Go([&] { call_once(flag, [&] { (void)never.Receive(); }); });
    call_once(flag, [] {});
    one.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "none can run"));
  EXPECT_EQ(report.tasks.at(1).holds, "once \"init\"");
}

TEST(OnceTest, WaitersOfADestroyedOneStayBlocked) {
  Report report = Try([] {
    auto once = std::make_shared<Undead<OnceFlag>>("gone");
    Stage stage;
    Go({.name = "caller", .daemon = true}, [once, &stage] {
      call_once(**once, [&] {
        stage.Set(1);
        (void)Channel<int>().Receive();
      });
    });
    stage.Await(1);
    Go([once, &stage] {
      stage.Set(2);
      call_once(**once, [] {});
    });
    stage.Await(2);
    once->Destroy();
  });
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished"));
  EXPECT_EQ(report.tasks.at(0).doing, "call_once once \"gone\" (destroyed)");
}

TEST(OnceTest, TheStepsSayWhoCalls) {
  Report report = Try([] {
    OnceFlag flag("init");
    call_once(flag, [] {});
    call_once(flag, [] {});
    throw "end";
  });
  std::string rows;
  for (const StepReport& step : report.steps) rows += step.text + "\n";
  EXPECT_THAT(rows,
              HasSubstr("call_once init (calls)\nend-call_once init\ncall_once init (done)\n"));
}

}  // namespace
}  // namespace heddle::testing_support
