// SPDX-License-Identifier: Apache-2.0
//
// Objects before, between, after and outside executions.
#include "heddle/runtime/internal/handle.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "heddle/sync/channel.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/execute.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;

// -- Outside: reset at the first use in each execution ----------------------------------------------

Mutex global_mutex("global.mu");
Mutex global_unowned(kUnowned, "global.unowned");
Semaphore global_semaphore(2, {.name = "global.permits", .maximum = 3});
Channel<int> global_channel(2, "global.channel");
Channel<int> global_unbuffered(0, "global.unbuffered");
Channel<int> global_copy = global_channel;
Channel<int> global_nil;
Shared<int> global_value(7, "global.value");
Shared<std::string> global_text(std::string(40, 'x'), "global.text");
Shared<std::unique_ptr<int>> global_move_only(nullptr, "global.pointer");

TEST(OutsideTest, AMutexIsFreeAgain) {
  EXPECT_THAT(Try(
                  [] {
                    EXPECT_TRUE(global_mutex.try_lock());
                    EXPECT_FALSE(global_mutex.try_lock());
                    EXPECT_TRUE(global_unowned.try_lock());
                  },
                  {.schedules = 3}),
              Passes());
  std::string at;
  EXPECT_THAT(Try([&] { at = HEDDLE_HERE, global_mutex.unlock(); }),
              Fails(Verdict::kMisuse, "mutex \"global.mu\" is unlocked though it is free"));
}

TEST(OutsideTest, ASemaphoreHasItsInitialPermitsAndItsMaximum) {
  EXPECT_THAT(Try(
                  [] {
                    global_semaphore.acquire();
                    global_semaphore.acquire();
                    EXPECT_FALSE(global_semaphore.try_acquire());
                    global_semaphore.release(3);
                  },
                  {.schedules = 3}),
              Passes());
  EXPECT_THAT(Try([] { global_semaphore.release(2); }),
              Fails(Verdict::kMisuse, "semaphore \"global.permits\" is released to 2 + 2"));
}

TEST(OutsideTest, AChannelIsOpenAndEmptyAndItsCopiesAreOne) {
  EXPECT_TRUE(global_copy == global_channel);
  EXPECT_FALSE(global_channel.IsNil());
  EXPECT_TRUE(global_nil.IsNil());
  EXPECT_THAT(Try(
                  [] {
                    EXPECT_FALSE(global_channel.TryReceive());
                    global_channel.Send(1);
                    Channel<int> local = global_copy;
                    EXPECT_EQ(*local.Receive(), 1);
                    global_copy.Send(2);
                    EXPECT_EQ(*global_channel.Receive(), 2);
                    global_copy.Send(3);
                    local.Close();
                    EXPECT_EQ(*global_channel.Receive(), 3);
                    EXPECT_FALSE(global_channel.Receive());
                    EXPECT_FALSE(global_nil.TrySend(1));
                  },
                  {.schedules = 3}),
              Passes());
  EXPECT_THAT(Try([] {
                Task sender = Go([] { global_unbuffered.Send(1); });
                EXPECT_EQ(*global_unbuffered.Receive(), 1);
                sender.Join();
              }),
              Passes());
}

TEST(OutsideTest, ASharedHasItsValueAgain) {
  EXPECT_THAT(Try(
                  [] {
                    EXPECT_EQ(global_value.Get(), 7);
                    global_value.Set(8);
                    EXPECT_EQ(global_text.Get(), std::string(40, 'x'));
                    global_text.Update([](std::string& text) { text += text; });
                  },
                  {.schedules = 3}),
              Passes());
}

TEST(OutsideTest, ASharedThatCannotBeCopiedIsRefusedByName) {
  std::string at;
  Report report = Try([&] { at = HEDDLE_HERE, global_move_only.Update([](auto&) {}); });
  EXPECT_THAT(report,
              FailsAt(Verdict::kMisuse,
                      "variable \"global.pointer\" lives outside the executions but cannot be "
                      "copied to reset it",
                      at, "create it inside the scenario's body"));
}

TEST(OutsideTest, UnorderedReadersOfASharedDoNotRaceThoughOneOfThemResetsIt) {
  EXPECT_THAT(Try([] {
                Task one = Go([] { EXPECT_EQ(global_text.Get().size(), 40u); });
                EXPECT_EQ(global_text.Get().size(), 40u);
                one.Join();
                global_text.Set("changed");
              }),
              Passes());
}

TEST(OutsideTest, ARaceOnASharedIsFoundInEveryExecution) {
  EXPECT_THAT(Try([] {
                Task one = Go([] { global_value.Set(1); });
                global_value.Set(2);
                one.Join();
              }),
              Fails(Verdict::kRace, "variable \"global.value\""));
}

TEST(OutsideTest, TheOrderOfFirstUseNamesUnnamedOnes) {
  static Mutex first;
  static Mutex second;
  EXPECT_THAT(Try([] {
                second.lock();
                first.unlock();
              }),
              Fails(Verdict::kMisuse, "mutex outside#2 is unlocked though it is free"));
}

TEST(OutsideTest, AnObjectMadeBeforeMayBeDestroyedInside) {
  auto mutex = std::make_unique<Mutex>("before");
  // Once: an exploration would run it again to see whether it repeats itself.
  auto once = [](const std::function<void()>& body) {
    return ExecuteOnce(body, Options{}, 1, Recording::kOff).verdict;
  };
  EXPECT_EQ(once([&] {
              { MutexLock lock(*mutex); }
              mutex.reset();
            }),
            Verdict::kPassed);
  std::optional<Semaphore> semaphore(std::in_place, 1);
  EXPECT_EQ(once([&] { semaphore.reset(); }), Verdict::kPassed);
  { Mutex never_used("never used"); }
}

// -- Of another execution ---------------------------------------------------------------------------

TEST(OtherExecutionTest, ObjectsMadeInsideDieWithTheirExecution) {
  struct Objects {
    Mutex mutex;
    Semaphore semaphore{1};
    Channel<int> channel{1};
    Shared<int> value;
    Task task = Go([] {});
  };
  struct Row {
    const char* headline;
    std::string (*use)(Objects&);
  };
  const Row rows[] = {
      {"a mutex of another execution was used",
       [](Objects& o) {
         o.mutex.lock();
         return HEDDLE_HERE;
       }},
      {"a mutex of another execution was used",
       [](Objects& o) {
         o.mutex.unlock();
         return HEDDLE_HERE;
       }},
      {"a semaphore of another execution was used",
       [](Objects& o) {
         o.semaphore.acquire();
         return HEDDLE_HERE;
       }},
      {"a semaphore of another execution was used",
       [](Objects& o) {
         o.semaphore.release();
         return HEDDLE_HERE;
       }},
      {"a channel of another execution was used",
       [](Objects& o) {
         o.channel.Send(1);
         return HEDDLE_HERE;
       }},
      {"a channel of another execution was used",
       [](Objects& o) {
         (void)o.channel.TryReceive();
         return HEDDLE_HERE;
       }},
      {"a channel of another execution was used",
       [](Objects& o) {
         o.channel.Close();
         return HEDDLE_HERE;
       }},
      {"a variable of another execution was used",
       [](Objects& o) {
         o.value.Get();
         return HEDDLE_HERE;
       }},
      {"a variable of another execution was used",
       [](Objects& o) {
         o.value.Set(1);
         return HEDDLE_HERE;
       }},
      {"join of a task of another execution",
       [](Objects& o) {
         o.task.Join();
         return HEDDLE_HERE;
       }},
  };
  for (const Row& row : rows) {
    std::unique_ptr<Objects> left;  // as a static local of the code under test would be
    Report report = Try([&] {
      if (left == nullptr) {
        left = std::make_unique<Objects>();
      } else {
        row.use(*left);
      }
    });
    EXPECT_EQ(report.verdict, Verdict::kMisuse);
    EXPECT_THAT(report.headline, HasSubstr(row.headline));
    EXPECT_THAT(report.at, HasSubstr("handle_test.cc:"));
    EXPECT_EQ(report.schedules_run, 1u);  // the next execution is its recheck
    EXPECT_THAT(report.remedy, HasSubstr("inside the scenario's body"));
  }
}

TEST(OtherExecutionTest, DestroyingOneOfAnotherExecutionIsFine) {
  std::unique_ptr<Mutex> left;
  EXPECT_THAT(Try([&] {
                left.reset();
                left = std::make_unique<Mutex>();
                left->lock();
              }),
              Passes());
}

// -- After destruction ------------------------------------------------------------------------------

template <class T, class Use, class... Args>
void ExpectUseAfterDestructionIsMisuse(const char* headline, Use use, Args... args) {
  std::string at;
  Report report = Try([&] {
    Undead<T> object(args...);
    object.Destroy();
    at = use(*object);
  });
  EXPECT_THAT(report, Fails(Verdict::kMisuse, headline));
  EXPECT_THAT(report.at, HasSubstr("handle_test.cc:"));
  EXPECT_THAT(report.remedy,
              HasSubstr("let it live as long as the tasks that use it: in the fixture or a"));
}

TEST(DestroyedTest, EveryUseIsMisuse) {
  const char* mutex = "a mutex was used after it was destroyed";
  ExpectUseAfterDestructionIsMisuse<Mutex>(
      mutex,
      [](Mutex& m) {
        m.lock();
        return HEDDLE_HERE;
      },
      "mu");
  ExpectUseAfterDestructionIsMisuse<Mutex>(
      mutex,
      [](Mutex& m) {
        (void)m.try_lock();
        return HEDDLE_HERE;
      },
      "mu");
  ExpectUseAfterDestructionIsMisuse<Mutex>(
      mutex,
      [](Mutex& m) {
        m.unlock();
        return HEDDLE_HERE;
      },
      "mu");
  const char* semaphore = "a semaphore was used after it was destroyed";
  ExpectUseAfterDestructionIsMisuse<Semaphore>(
      semaphore,
      [](Semaphore& s) {
        s.acquire();
        return HEDDLE_HERE;
      },
      1);
  ExpectUseAfterDestructionIsMisuse<Semaphore>(
      semaphore,
      [](Semaphore& s) {
        (void)s.try_acquire();
        return HEDDLE_HERE;
      },
      1);
  ExpectUseAfterDestructionIsMisuse<Semaphore>(
      semaphore,
      [](Semaphore& s) {
        s.release();
        return HEDDLE_HERE;
      },
      1);
  ExpectUseAfterDestructionIsMisuse<Shared<int>>(
      "a variable was used after it was destroyed",
      [](Shared<int>& v) {
        v.Get();
        return HEDDLE_HERE;
      },
      1);
}

TEST(DestroyedTest, AChannelLivesUntilTheEndWhateverHandlesRemain) {
  EXPECT_THAT(Try([] {
                auto c = std::make_unique<Channel<int>>(1);
                Channel<int> copy = *c;
                c.reset();
                copy.Send(1);
                EXPECT_EQ(*copy.Receive(), 1);
              }),
              Passes());
}

// -- Outside a scenario -----------------------------------------------------------------------------

TEST(OutsideDeathTest, OperationsOutsideAScenarioEndTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const std::string rest = " outside a scenario: no execution runs here";
  EXPECT_DEATH(global_mutex.lock(), "handle_test.cc:[0-9]+: heddle: lock" + rest);
  EXPECT_DEATH((void)global_mutex.try_lock(), "heddle: try_lock" + rest);
  EXPECT_DEATH(global_mutex.unlock(), "heddle: unlock" + rest);
  EXPECT_DEATH(global_semaphore.acquire(), "heddle: acquire" + rest);
  EXPECT_DEATH(global_semaphore.release(), "heddle: release" + rest);
  EXPECT_DEATH(global_channel.Send(1), "heddle: send" + rest);
  EXPECT_DEATH((void)global_channel.TryReceive(), "heddle: try-receive" + rest);
  EXPECT_DEATH(global_channel.Close(), "heddle: close" + rest);
  EXPECT_DEATH(global_nil.Close(), "heddle: close" + rest);
  EXPECT_DEATH(Go([] {}), "heddle: spawn" + rest);
  EXPECT_DEATH(Task().Join(), "heddle: join" + rest);
  EXPECT_DEATH(Yield(), "heddle: yield" + rest);
  EXPECT_DEATH(Sleep(std::chrono::seconds(1)), "heddle: sleep" + rest);
}

TEST(OutsideTest, ASharedOutsideAScenarioIsAPlainVariable) {
  Shared<int> value(1);
  value.Set(2);
  EXPECT_EQ(value.Get(), 2);
}

}  // namespace
}  // namespace heddle::testing_support
