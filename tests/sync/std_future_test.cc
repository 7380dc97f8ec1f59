// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "heddle/sync/channel.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/std.h"
#include "heddle/sync/task.h"
#include "support/edges.h"
#include "support/scenario.h"
#include "sync/std_parity.h"

namespace std_future_real {
namespace {
namespace sync = std;
#include "sync/std_future_programs.inc"
}  // namespace
}  // namespace std_future_real

namespace std_future_explored {
namespace {
namespace sync = heddle::standard;
#include "sync/std_future_programs.inc"
}  // namespace
}  // namespace std_future_explored

namespace heddle::testing_support {
namespace {

TEST(StdFutureTest, ProgramsDoTheSameOnThreadsAndUnderEverySchedule) {
  ExpectParity(std_future_real::kPrograms, std_future_explored::kPrograms);
}

TEST(StdFutureTest, WaitingForATaskThatWaitsForTheWaiterIsACycle) {
  std::string at;
  Report report = Try([&] {
    standard::mutex mutex;
    standard::lock_guard lock(mutex);
    auto result = standard::async([&] { standard::lock_guard inner(mutex); });
    at = HEDDLE_HERE, result.get();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 tasks wait for each other"));
  EXPECT_EQ(report.tasks.at(0).at, at);
  EXPECT_EQ(report.tasks.at(0).doing, "join T1");
}

TEST(StdFutureTest, APromiseThatNobodyKeepsIsADeadlock) {
  std::string at;
  Report report = Try([&] {
    standard::promise<int> promise;
    standard::future<int> future = promise.get_future();
    standard::thread waiter([&] { at = HEDDLE_HERE, future.get(); });
    waiter.join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "none can run"));
  EXPECT_EQ(report.tasks.at(1).at, at);
  EXPECT_THAT(report.tasks.at(1).doing, testing::HasSubstr("event \"std::future\" (not set)"));
  EXPECT_THAT(report.remedy, testing::HasSubstr("set the value or an exception on every path"));
}

// With or without a policy, and the last future's destructor at the line of the call.
TEST(StdFutureTest, TheLineOfAsyncIsKnown) {
  std::string at;
  auto stuck = [](auto...) { (void)Channel<int>().Receive(); };
  auto spawned_at = [](auto start) {
    Report report = Try([&] { start(); });
    EXPECT_THAT(report, Fails(Verdict::kDeadlock, "none can run"));
    EXPECT_EQ(report.tasks.size(), 2u);
    EXPECT_EQ(report.tasks.front().at, report.tasks.back().spawned_at);
    return report.tasks.back().spawned_at;
  };
  using standard::async;
  constexpr auto kAsync = standard::launch::async;
  EXPECT_EQ(spawned_at([&] { at = HEDDLE_HERE, (void)async(stuck); }), at);
  EXPECT_EQ(spawned_at([&] { at = HEDDLE_HERE, (void)async(stuck, 1); }), at);
  EXPECT_EQ(spawned_at([&] { at = HEDDLE_HERE, (void)async(stuck, 1, 2); }), at);
  EXPECT_EQ(spawned_at([&] { at = HEDDLE_HERE, (void)async(stuck, 1, 2, 3); }), at);
  EXPECT_EQ(spawned_at([&] { at = HEDDLE_HERE, (void)async(kAsync, stuck, 1, 2, 3, 4); }), at);
  constexpr auto kStds = std::launch::async;
  EXPECT_EQ(spawned_at([&] { at = HEDDLE_HERE, (void)standard::async(kStds, stuck); }), at);
  EXPECT_EQ(spawned_at([&] { (void)async(stuck, 1, 2, 3, 4); }), "-");
}

// Though its rival has not taken a step yet when one begins.
TEST(StdFutureTest, EitherOfTwoMayMakeTheResult) {
  Observed seen = Observe([](Log& log) {
    standard::promise<char> promise;
    auto future = promise.get_future();
    auto keep = [&](char name) {
      try {
        promise.set_value(name);
      } catch (const std::future_error&) {
      }
    };
    standard::thread rival([&] { keep('r'); });
    keep('m');
    log.Add(future.get());
    rival.join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, testing::UnorderedElementsAre("m", "r"));
}

TEST(StdFutureTest, EitherOfTwoMayRunADeferredFunction) {
  Observed seen = Observe([](Log& log) {
    const auto body = standard::this_thread::get_id();
    auto future = standard::async(standard::launch::deferred, [&] {
                    log.Add(standard::this_thread::get_id() == body ? 'm' : 'r');
                  }).share();
    standard::thread rival([future] { future.get(); });
    future.get();
    rival.join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, testing::UnorderedElementsAre("m", "r"));
}

TEST(StdFutureTest, WaitsEndAtTheirPointOfVirtualTime) {
  using namespace std::chrono_literals;
  EXPECT_THAT(Try(
                  [] {
                    auto slow = standard::async([] { standard::this_thread::sleep_for(1h); });
                    const auto start = standard::chrono::steady_clock::now();
                    auto passed = [&] { return standard::chrono::steady_clock::now() - start; };
                    using Status = standard::future_status;
                    if (slow.wait_for(10min) != Status::timeout || passed() != 10min) throw 1;
                    if (slow.wait_until(start + 2h) != Status::ready || passed() != 1h) throw 2;
                    slow.get();
                  },
                  kClockWhenIdle),
              Passes());
}

// An exception in a task whose future is dropped is lost, as std loses it; one in a thread is not.
TEST(StdFutureTest, AnExceptionWithoutAFutureIsDroppedAsByStd) {
  EXPECT_THAT(Try([] {
                (void)standard::async([] { throw std::runtime_error("nobody looks"); });
                standard::packaged_task<void()> task([] { throw std::runtime_error("lost"); });
                task();
              }),
              Passes());
  EXPECT_THAT(Try([] {
                standard::thread thread([] { throw std::runtime_error("seen"); });
                thread.join();
              }),
              Fails(Verdict::kException, "seen"));
}

// The task that made it may be the last to let go of it, while or after another reads it.
TEST(StdFutureTest, ReadingAnExceptionThatItsMakerLetsGoOfIsNoRace) {
  EXPECT_THAT(Try([] {
                standard::promise<int> promise;
                auto future = promise.get_future();
                standard::thread maker([promise = std::move(promise)]() mutable {
                  promise.set_exception(std::make_exception_ptr(std::runtime_error("no")));
                  standard::this_thread::yield();
                });
                try {
                  future.get();
                } catch (const std::runtime_error& error) {
                  const std::string text = error.what();
                  if (text != "no") throw std::logic_error(text);
                }
                maker.join();
              }),
              Passes());
}

TEST(StdFutureTest, AbandonedResultsAreUnwound) {
  Report report = Try([] {
    auto result = standard::async([] { (void)Channel<int>().Receive(); });
    auto other = standard::async(
        [](auto first) {
          first.get();
          return std::make_unique<int>(1);
        },
        std::move(result));
    standard::packaged_task<void()> task([] { (void)Channel<int>().Receive(); });
    auto third = task.get_future();
    standard::jthread runs(std::move(task));
    other.get();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "none can run"));
}

// The first to make the result may take a step in the middle; the second waits for its end.
TEST(StdFutureTest, AResultThatCouldNotBeStoredIsNone) {
  struct Fickle {
    explicit Fickle(bool fails) : throws(fails) {}
    Fickle(const Fickle& other) : throws(other.throws) {
      if (throws) throw std::runtime_error("no copy");
    }
    bool throws;
  };
  EXPECT_THAT(Try(
                  [] {
                    standard::promise<Fickle> promise;
                    const Fickle bad(true), good(false);
                    auto future = promise.get_future();
                    try {
                      promise.set_value(bad);
                      throw std::logic_error("it was copied");
                    } catch (const std::runtime_error&) {
                    }
                    promise.set_value(good);
                    (void)future.get();
                  },
                  {.vacuous_ok = true}),
              Passes());
}

struct FutureWorld {
  standard::promise<void> promise;
  standard::shared_future<void> future = promise.get_future().share();
  standard::packaged_task<void()> task{[] {}};
  standard::shared_future<void> result = task.get_future().share();
  standard::shared_future<void> deferred =
      standard::async(standard::launch::deferred, [] {}).share();
  Stage stage;
};

void BreakPromise(FutureWorld& w) { w.promise = standard::promise<void>(); }
void FailPromise(FutureWorld& w) {
  w.promise.set_exception(std::make_exception_ptr(std::runtime_error("no")));
}
void GetFailed(FutureWorld& w) {
  try {
    w.future.get();
  } catch (const std::exception&) {
  }
}

const Edge<FutureWorld> kFutureEdges[] = {
    {"set_value to get", [](FutureWorld& w) { w.promise.set_value(); },
     [](FutureWorld& w) { w.future.get(); }},
    {"set_value to wait", [](FutureWorld& w) { w.promise.set_value(); },
     [](FutureWorld& w) { w.future.wait(); }},
    {"set_value to wait_for", [](FutureWorld& w) { w.promise.set_value(); },
     [](FutureWorld& w) {
       while (w.future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) Yield();
     }},
    {"set_exception to get", FailPromise, GetFailed},
    {"~promise to get", BreakPromise, GetFailed},
    {"packaged_task to get", [](FutureWorld& w) { w.task(); },
     [](FutureWorld& w) { w.result.get(); }},
    {"deferred function to a later get", [](FutureWorld& w) { w.deferred.get(), w.stage.Add(); },
     [](FutureWorld& w) { w.stage.Await(1), w.deferred.get(); }},
    {"set_value to one that comes too late",
     [](FutureWorld& w) { w.promise.set_value(), w.stage.Add(); },
     [](FutureWorld& w) {
       w.stage.Await(1);
       EXPECT_THROW(w.promise.set_value(), std::future_error);
     }},
};

TEST(StdFutureTest, WhatMakesAResultReadyIsOrderedBeforeWhatSeesIt) {
  for (const Edge<FutureWorld>& edge : kFutureEdges) ExpectOrders(edge);
}

TEST(StdFutureTest, AsyncOrdersItsStartAndItsEnd) {
  auto run = [](bool waits) {
    return Try([waits] {
      Shared<int> before(0, "before"), after(0, "after");
      before.Set(1);
      auto result = standard::async([&] { (void)before.Get(), after.Set(1); });
      if (waits) result.wait();
      (void)after.Get();
    });
  };
  EXPECT_THAT(run(true), Passes());
  EXPECT_THAT(run(false), Fails(Verdict::kRace, "\"after\""));
}

}  // namespace
}  // namespace heddle::testing_support
