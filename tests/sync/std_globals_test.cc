// SPDX-License-Identifier: Apache-2.0
//
// What has static storage duration begins each execution anew, also where the standard's name is a handle of
// something on the heap, and also where an execution was the first to reach it (a function's local static).
#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "heddle/sync/std.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

struct GlobalFuture {
  standard::promise<std::shared_ptr<int>> promise;
  standard::packaged_task<int(int)> task{[](int n) { return n + 1; }};
};

GlobalFuture global_future;

// Everything that could be left from the execution before: taken, claimed, ready, the value, an exception.
void UseGlobalFuture(GlobalFuture& global, std::weak_ptr<int>& last, bool fails) {
  if (!last.expired()) throw std::logic_error("a value outlives its execution");
  auto future = global.promise.get_future();
  auto result = global.task.get_future();
  if (future.wait_for(std::chrono::seconds(0)) == standard::future_status::ready) {
    throw std::logic_error("it is ready");
  }
  standard::thread maker([&] {
    if (fails) {
      global.promise.set_exception(std::make_exception_ptr(1));
    } else {
      auto value = std::make_shared<int>(3);
      last = value;
      global.promise.set_value(std::move(value));
    }
    global.task(1);
  });
  bool failed = false;
  if (result.get() != 2) throw std::logic_error("another result");
  maker.join();
  try {
    if (*future.share().get() != 3) throw std::logic_error("another value");
  } catch (int) {
    failed = true;
  }
  if (failed != fails) throw std::logic_error("left from before");
}

TEST(StdGlobalsTest, PromisesAndTasksAreMadeAnew) {
  std::weak_ptr<int> last;
  bool fails = false;
  EXPECT_THAT(Try([&] { UseGlobalFuture(global_future, last, fails = !fails); }), Passes());
  EXPECT_THAT(Try([&] {
                static GlobalFuture local;
                UseGlobalFuture(local, last, fails = !fails);
              }),
              Passes());
}

TEST(StdGlobalsTest, APromiseKeptTwiceIsToldInEachExecution) {
  static standard::promise<void> promise;
  Observed seen = Observe([](Log& log) {
    auto keep = [&](char name) {
      try {
        promise.set_value();
        log.Add(name);
      } catch (const std::future_error&) {
      }
    };
    standard::thread rival([&] { keep('r'); });
    keep('m');
    rival.join();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, testing::UnorderedElementsAre("m", "r"));
}

TEST(StdGlobalsTest, ADeferredFunctionOutsideTheExecutionsIsMisuse) {
  static const standard::shared_future<int> future =
      standard::async(standard::launch::deferred, [] { return 1; });
  std::string at;
  Report report = Try([&] { at = HEDDLE_HERE, (void)future.get(); });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "would run in one of them only", at,
                              "inside the scenario's body"));
}

TEST(StdGlobalsTest, StopSourcesAreMadeAnew) {
  EXPECT_THAT(Try([] {
                static standard::stop_source source;
                if (source.stop_requested()) throw std::logic_error("left from before");
                int runs = 0;
                standard::stop_callback count(source.get_token(), [&] { ++runs; });
                standard::thread other([] { source.request_stop(); });
                other.join();
                if (runs != 1 || source.request_stop()) throw std::logic_error("not once");
              }),
              Passes());
}

TEST(StdGlobalsTest, ConditionsOfAnyLockAreMadeAnew) {
  struct Flag {
    standard::mutex mutex;
    standard::condition_variable_any changed;
    bool set = false;
  };
  EXPECT_THAT(Try([] {
                static Flag flag;
                flag.set = false;
                standard::thread setter([] {
                  standard::lock_guard lock(flag.mutex);
                  flag.set = true;
                  flag.changed.notify_all();
                });
                {
                  standard::unique_lock lock(flag.mutex);
                  flag.changed.wait(lock, [] { return flag.set; });
                }
                setter.join();
              }),
              Passes());
}

// A callback on a stack that cannot be unwound stays registered when its execution is over.
TEST(StdGlobalsTest, CallbacksOfAnotherExecutionDoNotRun) {
  static standard::stop_source source;
  static int runs;
  Report report = Try([] {
    runs = 0;
    standard::thread stuck([]() noexcept {
      standard::stop_callback count(source.get_token(), [] { ++runs; });
      standard::mutex mutex;
      standard::condition_variable never;
      standard::unique_lock lock(mutex);
      never.wait(lock);
    });
    stuck.join();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "none can run"));
  report = Try([] {
    runs = 0;
    standard::thread other([] { source.request_stop(); });
    other.join();
    if (runs != 0) throw std::logic_error("left from before");
  });
  EXPECT_THAT(report, Passes());
}

}  // namespace
}  // namespace heddle::testing_support
