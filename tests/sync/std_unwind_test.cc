// SPDX-License-Identifier: Apache-2.0
//
// What heddle::standard does when an execution is over and its tasks are unwound: destructors, and what they
// call, touch nothing that is gone and do not wait for what can no longer happen.
#include <functional>
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

}  // namespace
}  // namespace heddle::testing_support
