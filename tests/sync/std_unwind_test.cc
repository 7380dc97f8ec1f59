// SPDX-License-Identifier: Apache-2.0
//
// What heddle::standard does when an execution is over and its tasks are unwound: destructors, and what they
// call, touch nothing that is gone and do not wait for what can no longer happen.
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "heddle/sync/channel.h"
#include "heddle/sync/std.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using Callback = standard::stop_callback<std::function<void()>>;

void BlockForGood() { (void)Channel<int>().Receive(); }

// Nobody can go on: the execution is over, and who is blocked is unwound.
ReportMatcher EndsBlocked() { return Fails(Verdict::kDeadlock, "none can run"); }

// Calls its function when it is destroyed.
class AtEnd {
 public:
  explicit AtEnd(std::function<void()> function) : function_(std::move(function)) {}
  ~AtEnd() { function_(); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  std::function<void()> function_;
};

// -- Requests to stop
// ---------------------------------------------------------------------------------------------------------

TEST(StdUnwindTest, CallbacksThatNobodyCanRun) {
  EXPECT_THAT(Try([] {
                standard::stop_source source;
                const standard::stop_source other = std::move(source);
                standard::stop_token token = other.get_token();
                const standard::stop_token taken = std::move(token);
                Callback of_none(standard::stop_token(), [] {});
                Callback of_moved(token, [] {});
                Callback of_moved_source(source.get_token(), [] {});
                BlockForGood();
              }),
              EndsBlocked());
  EXPECT_THAT(Try([] {
                std::optional<standard::stop_source> source(std::in_place);
                Callback callback(source->get_token(), [] {});
                source.reset();
                BlockForGood();
              }),
              EndsBlocked());
  EXPECT_THAT(Try([] {
                standard::mutex mutex;
                standard::condition_variable_any condition;
                standard::unique_lock lock(mutex);
                condition.wait(lock, standard::stop_token(), [] { return false; });
              }),
              EndsBlocked());
}

// The task in which it runs is older than the one to which it belongs, hence unwound later.
TEST(StdUnwindTest, ACallbackThatIsGoneWhileItRuns) {
  EXPECT_THAT(Try([] {
                standard::stop_source source;
                Stage stage;
                Go([&] {
                  const auto callback = std::make_unique<Callback>(source.get_token(), [&] {
                    try {
                      BlockForGood();
                    } catch (...) {
                    }
                  });
                  stage.Set(1);
                  BlockForGood();
                });
                stage.Await(1);
                source.request_stop();
              }),
              EndsBlocked());
}

TEST(StdUnwindTest, ACallbackWhoseRequestWasUnwoundBefore) {
  EXPECT_THAT(Try([] {
                standard::stop_source source;
                Callback callback(source.get_token(), BlockForGood);
                source.request_stop();
              }),
              EndsBlocked());
}

TEST(StdUnwindTest, ACallbackThatDestroysAllThatRefersToItsState) {
  EXPECT_THAT(Try([] {
                auto source = std::make_unique<standard::stop_source>();
                struct Last {
                  std::optional<Callback> callback;
                } last;
                last.callback.emplace(source->get_token(), [&source, &last] {
                  Last& kept = last;  // what is captured goes with the callback
                  source.reset();
                  kept.callback.reset();
                });
                source->request_stop();
              }),
              Passes());
}

TEST(StdUnwindTest, ACallbackThatIsRegisteredByADestructor) {
  EXPECT_THAT(
      Try([] {
        standard::stop_source source;
        Callback before(source.get_token(), [] {});
        AtEnd registers([&] { (void)std::make_unique<Callback>(source.get_token(), [] {}); });
        BlockForGood();
      }),
      EndsBlocked());
  Observed seen = Observe([](Log& log) {
    standard::stop_source source;
    source.request_stop();
    AtEnd registers([&] {
      Callback late(source.get_token(), [&] { log.Add('c'); });
      log.Add('d');
    });
    BlockForGood();
  });
  EXPECT_THAT(seen.report, EndsBlocked());
  EXPECT_THAT(seen.texts, testing::UnorderedElementsAre("d"));
}

// At some of the ends a daemon stands at its registration, a step which is not taken.
TEST(StdUnwindTest, ACallbackAtItsRegistration) {
  static standard::stop_source source;
  EXPECT_THAT(Try([] {
                Go({.daemon = true}, [] {
                  Callback first(source.get_token(), [] {});
                  const auto second = std::make_unique<Callback>(source.get_token(), [] {});
                  BlockForGood();
                });
                Yield();
              }),
              Passes());
}

TEST(StdUnwindTest, ACallbackThatOutlivesTheExecutions) {
  static standard::stop_source source;
  std::optional<Callback> callback;
  EXPECT_THAT(Try([&] { callback.emplace(source.get_token(), [] {}); }, {.schedules = 1}),
              Passes());
  callback.reset();
}

// -- Results
// ---------------------------------------------------------------------------------------------------------

// What get says in a destructor, when all is over: 'v' a value, 'b' broken_promise, 'e' another exception.
template <class Future>
void LogGet(Log& log, Future& future) {
  try {
    (void)future.get();
    log.Add('v');
  } catch (const std::future_error& error) {
    log.Add(error.code() == std::future_errc::broken_promise ? 'b' : '?');
  } catch (const std::runtime_error&) {
    log.Add('e');
  }
}

TEST(StdUnwindTest, GetOfAResultThatNeverComes) {
  Observed seen = Observe([](Log& log) {
    standard::promise<std::string> promise;
    standard::promise<int&> other;
    standard::promise<void> nothing;
    standard::future<std::string> future = promise.get_future();
    standard::shared_future<int&> shared = other.get_future().share();
    standard::future<void> none = nothing.get_future();
    AtEnd gets([&] { LogGet(log, future), LogGet(log, shared), LogGet(log, none); });
    BlockForGood();
  });
  EXPECT_THAT(seen.report, EndsBlocked());
  EXPECT_THAT(seen.texts, testing::UnorderedElementsAre("bbv"));
}

TEST(StdUnwindTest, GetOfTheResultOfATaskThatNeverEnds) {
  Observed seen = Observe([](Log& log) {
    standard::future<int> future;
    AtEnd gets([&] { LogGet(log, future); });
    future = standard::async([] {
      BlockForGood();
      return 1;
    });
    BlockForGood();
  });
  EXPECT_THAT(seen.report, EndsBlocked());
  EXPECT_THAT(seen.texts, testing::UnorderedElementsAre("b"));
}

TEST(StdUnwindTest, GetOfAResultThatIsThere) {
  Observed seen = Observe([](Log& log) {
    standard::promise<int> value, error;
    standard::future<int> first = value.get_future();
    standard::shared_future<int> second = error.get_future().share();
    AtEnd gets([&] { LogGet(log, first), LogGet(log, second); });
    value.set_value(1);
    error.set_exception(std::make_exception_ptr(std::runtime_error("no")));
    BlockForGood();
  });
  EXPECT_THAT(seen.report, EndsBlocked());
  EXPECT_THAT(seen.texts, testing::UnorderedElementsAre("ve"));
}

TEST(StdUnwindTest, ADeferredFunctionIsNotStarted) {
  Observed seen = Observe([](Log& log) {
    auto run = [&] { return log.Add('r'), 1; };
    auto future = standard::async(standard::launch::deferred, run);
    auto waits = standard::async(standard::launch::deferred, run).share();
    AtEnd gets([&] {
      LogGet(log, future), waits.wait(), LogGet(log, waits);
      auto late = standard::async(standard::launch::deferred, run);
      LogGet(log, late);
      auto task = standard::async(run);
      LogGet(log, task);
    });
    BlockForGood();
  });
  EXPECT_THAT(seen.report, EndsBlocked());
  EXPECT_THAT(seen.texts, testing::UnorderedElementsAre("bbbb"));
}

// Nobody's locals are destroyed below the destructor that the exception leaves.
TEST(StdUnwindTest, AGetThatNobodyCatches) {
  Observed seen = Observe([](Log& log) {
    standard::promise<int> promise;
    standard::future<int> future = promise.get_future();
    Stage stage;
    Go([&] {
      AtEnd gets([&] { log.Add('g'), (void)future.get(), log.Add('?'); });
      stage.Set(1);
      BlockForGood();
    });
    AtEnd last([&] { log.Add('l'); });
    stage.Await(1);
    BlockForGood();
  });
  EXPECT_THAT(seen.report, EndsBlocked());
  EXPECT_THAT(seen.texts, testing::UnorderedElementsAre("gl"));
}

TEST(StdUnwindTest, AFutureTakenByADestructorIsNotTakenInTheNextExecution) {
  static standard::promise<void> promise;
  EXPECT_THAT(Try(
                  [] {
                    Go({.daemon = true}, [] {
                      AtEnd takes([] {
                        try {
                          (void)promise.get_future();
                        } catch (const std::future_error&) {
                        }
                      });
                      BlockForGood();
                    });
                    (void)promise.get_future();
                    Yield();
                  },
                  {.schedules = 20}),
              Passes());
}

// Code around the tasks can leave nothing behind.
TEST(StdUnwindTest, GetOutsideOfTasks) {
  struct NoDefault {
    explicit NoDefault(int) {}
  };
  Observed seen = Observe([](Log& log) {
    auto promise = std::make_shared<standard::promise<int>>();
    auto other = std::make_shared<standard::promise<NoDefault>>();
    auto future = std::make_shared<standard::future<int>>(promise->get_future());
    auto none = std::make_shared<standard::future<NoDefault>>(other->get_future());
    Channel<std::unique_ptr<AtEnd>> kept(1);
    kept.Send(std::make_unique<AtEnd>([&log, promise, other, future, none] {
      LogGet(log, *future), LogGet(log, *none);
      standard::promise<std::string> late;
      auto result = late.get_future();
      late.set_value("late");
      LogGet(log, result);
      standard::promise<std::string> fails;
      result = fails.get_future();
      fails.set_exception(std::make_exception_ptr(std::runtime_error("late")));
      LogGet(log, result);
    }));
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, testing::UnorderedElementsAre("vbve"));
}

}  // namespace
}  // namespace heddle::testing_support
