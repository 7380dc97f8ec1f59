// SPDX-License-Identifier: Apache-2.0
//
// What heddle::standard does when an execution is over and its tasks are unwound: destructors, and what they
// call, touch nothing that is gone and do not wait for what can no longer happen.
#include <functional>
#include <memory>
#include <optional>
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

}  // namespace
}  // namespace heddle::testing_support
