// SPDX-License-Identifier: Apache-2.0
//
// The locks, ConditionVariable and Once outside executions, in others, and after destruction.
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "heddle/sync/condition_variable.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/once.h"
#include "heddle/sync/recursive_mutex.h"
#include "heddle/sync/shared_mutex.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;

struct LocksObjects {
  Mutex mutex{"m"};
  RecursiveMutex recursive{"r"};
  SharedMutex shared{"s"};
  ConditionVariable condition{"c"};
  Once once{"o"};
};

LocksObjects locks_globals;

// Every operation, with what it is called and the object it is on.
struct LocksUse {
  const char* operation;
  const char* object;
  std::function<void(LocksObjects&)> use;
};

constexpr std::chrono::seconds kLocksTime(1);

const LocksUse kLocksUses[] = {
    {"lock", "mutex", [](LocksObjects& o) { (void)o.mutex.try_lock_for(kLocksTime); }},
    {"lock", "mutex", [](LocksObjects& o) { (void)o.mutex.try_lock_until(Now() + kLocksTime); }},
    {"lock", "recursive mutex", [](LocksObjects& o) { o.recursive.lock(); }},
    {"try_lock", "recursive mutex", [](LocksObjects& o) { (void)o.recursive.try_lock(); }},
    {"lock", "recursive mutex",
     [](LocksObjects& o) { (void)o.recursive.try_lock_for(kLocksTime); }},
    {"unlock", "recursive mutex", [](LocksObjects& o) { o.recursive.unlock(); }},
    {"lock", "shared mutex", [](LocksObjects& o) { o.shared.lock(); }},
    {"try_lock", "shared mutex", [](LocksObjects& o) { (void)o.shared.try_lock(); }},
    {"lock", "shared mutex", [](LocksObjects& o) { (void)o.shared.try_lock_for(kLocksTime); }},
    {"unlock", "shared mutex", [](LocksObjects& o) { o.shared.unlock(); }},
    {"lock_shared", "shared mutex", [](LocksObjects& o) { o.shared.lock_shared(); }},
    {"try_lock_shared", "shared mutex", [](LocksObjects& o) { (void)o.shared.try_lock_shared(); }},
    {"lock_shared", "shared mutex",
     [](LocksObjects& o) { (void)o.shared.try_lock_shared_for(kLocksTime); }},
    {"unlock_shared", "shared mutex", [](LocksObjects& o) { o.shared.unlock_shared(); }},
    {"wait", "condition variable", [](LocksObjects& o) { o.condition.wait(o.mutex); }},
    {"notify_one", "condition variable", [](LocksObjects& o) { o.condition.notify_one(); }},
    {"notify_all", "condition variable", [](LocksObjects& o) { o.condition.notify_all(); }},
    {"call_once", "once", [](LocksObjects& o) { call_once(o.once, [] {}); }},
    {"call_once", "once", [](LocksObjects& o) { o.once.Do([] {}); }},
};

TEST(LocksHandleTest, GlobalsAreAsNewInEachExecution) {
  EXPECT_THAT(Try(
                  [] {
                    LocksObjects& o = locks_globals;
                    EXPECT_TRUE(o.mutex.try_lock_for(kLocksTime));
                    EXPECT_TRUE(o.recursive.try_lock());
                    Go([&] { EXPECT_FALSE(o.recursive.try_lock()); }).Join();
                    EXPECT_TRUE(o.shared.try_lock());
                    o.condition.notify_all();
                    (void)o.condition.wait_for(o.mutex, kLocksTime);
                    bool called = false;
                    o.once.Do([&] { called = true; });
                    EXPECT_TRUE(called);
                  },
                  {.schedules = 3, .clock = ClockPolicy::kWhenIdle}),
              Passes());
}

TEST(LocksHandleTest, ObjectsOfAnotherExecutionAreRefused) {
  for (const LocksUse& row : kLocksUses) {
    SCOPED_TRACE(row.operation);
    std::unique_ptr<LocksObjects> left;
    Report report = Try([&] {
      if (left == nullptr) {
        left = std::make_unique<LocksObjects>();
      } else {
        row.use(*left);
      }
    });
    EXPECT_EQ(report.verdict, Verdict::kMisuse);
    const std::string headline = "a " + std::string(row.object) + " of another execution was used";
    EXPECT_THAT(report.headline, HasSubstr(headline));
    EXPECT_THAT(report.at, HasSubstr("locks_handle_test.cc:"));
  }
}

TEST(LocksHandleTest, UseAfterDestructionIsMisuse) {
  for (const LocksUse& row : kLocksUses) {
    SCOPED_TRACE(row.operation);
    Report report = Try([&] {
      Undead<LocksObjects> object;
      object.Destroy();
      row.use(*object);
    });
    EXPECT_THAT(report, Fails(Verdict::kMisuse,
                              "a " + std::string(row.object) + " was used after it was destroyed"));
  }
  // A condition variable lives, its mutex does not.
  EXPECT_THAT(Try([] {
                Undead<Mutex> mutex;
                mutex->lock();
                mutex->unlock();
                mutex.Destroy();
                ConditionVariable condition;
                condition.wait(*mutex);
              }),
              Fails(Verdict::kMisuse, "a mutex was used after it was destroyed"));
}

TEST(LocksHandleDeathTest, OperationsOutsideAScenarioEndTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  for (const LocksUse& row : kLocksUses) {
    EXPECT_DEATH(row.use(locks_globals),
                 "locks_handle_test.cc:[0-9]+: heddle: " + std::string(row.operation) +
                     " outside a scenario: no execution runs here");
  }
}

TEST(LocksHandleTest, OperationsWhileTasksAreUnwoundDoNothing) {
  for (const LocksUse& row : kLocksUses) {
    struct Destroyer {
      ~Destroyer() { use(objects); }
      const std::function<void(LocksObjects&)>& use;
      LocksObjects& objects;
    };
    Report report = Try([&] {
      auto objects = std::make_shared<LocksObjects>();
      Mutex stuck(kUnowned);
      stuck.lock();
      Destroyer destroyer{row.use, *objects};
      stuck.lock();
    });
    EXPECT_THAT(report, Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
  }
}

}  // namespace
}  // namespace heddle::testing_support
