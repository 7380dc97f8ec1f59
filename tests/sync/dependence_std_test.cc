// SPDX-License-Identifier: Apache-2.0
//
// The dependence relation in programs that use the standard's names (sync/std.h), by brute force
// (support/commute.h): what the facade keeps besides its objects may be read only right after a step that
// does not commute with those that change it.
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>

#include "gtest/gtest.h"
#include "heddle/sync/std.h"
#include "heddle/sync/task.h"
#include "support/commute.h"

namespace heddle::testing_support {
namespace {

using std::chrono::nanoseconds;

template <class F>
bool StdCommuteFails(F function) {
  try {
    function();
  } catch (const standard::future_error&) {
    return true;
  }
  return false;
}

template <class Future>
bool StdCommuteIsReady(Future& future) {
  return future.wait_for(nanoseconds(0)) == standard::future_status::ready;
}

void CommutePromise(CommuteRun& run) {
  standard::promise<int> promise;
  auto future = promise.get_future().share();
  run.Tasks(3, 2, [&](CommuteTask& me) {
    switch (me.Draw(4)) {
      case 0: me.Note(StdCommuteIsReady(future)); break;
      case 1: me.Note(future.wait_for(nanoseconds(2)) == standard::future_status::ready); break;
      default: me.Note(StdCommuteFails([&] { promise.set_value(me.me); }));
    }
  });
  run.body().Note(StdCommuteIsReady(future) ? future.get() : -1);
}

// Each of them may be dropped first, and twice there is nobody who waits.
void CommuteDroppedPromise(CommuteRun& run) {
  std::optional<standard::promise<int>> promise(std::in_place);
  std::optional<standard::future<int>> future(promise->get_future());
  run.Tasks(2, 2, [&](CommuteTask& me) {
    Yield();
    if (me.me == 0) {
      promise.reset();
    } else if (future && me.Draw(2) == 0) {
      me.Note(StdCommuteIsReady(*future));
      future.reset();
    }
  });
}

void CommutePackagedTask(CommuteRun& run) {
  standard::packaged_task<int()> task([&] {
    Yield();
    return 1;
  });
  auto future = task.get_future().share();
  run.Tasks(3, 2, [&](CommuteTask& me) {
    if (me.Draw(3) == 0) {
      me.Note(StdCommuteIsReady(future));
    } else {
      me.Note(StdCommuteFails([&] { task(); }));
    }
  });
}

void CommuteDeferred(CommuteRun& run) {
  int runs = 0;
  auto future = standard::async(standard::launch::deferred, [&] { return ++runs; }).share();
  run.Tasks(3, 2, [&](CommuteTask& me) {
    if (me.Draw(3) == 0) {
      me.Note(static_cast<int64_t>(future.wait_for(nanoseconds(me.Draw(2)))));
    } else {
      me.Note(future.get());
    }
  });
}

// Whoever drops the last copy waits.
void CommuteAsync(CommuteRun& run) {
  auto first = standard::async([] {
    Yield();
    return 1;
  });
  using Shared = standard::shared_future<int>;
  auto shared = std::make_unique<Shared>(first.share());
  std::optional<Shared> copies[3] = {*shared, *shared, *shared};
  shared.reset();
  run.Tasks(3, 2, [&](CommuteTask& me) {
    std::optional<Shared>& mine = copies[me.me];
    if (!mine) return;
    switch (me.Draw(4)) {
      case 0: me.Note(mine->get()); break;
      case 1: me.Note(StdCommuteIsReady(*mine)); break;
      case 2: {
        const Shared again = *mine;
        me.Note(again.valid());
        break;
      }
      default: Yield(); mine.reset();
    }
  });
}

struct StdCommuteStop {
  using Callback = standard::stop_callback<std::function<void()>>;

  standard::stop_source source;
  int runs[4] = {};
  std::optional<Callback> callbacks[4];

  // The callbacks count only what their owner reads once it has destroyed them.
  void Register(int i) {
    callbacks[i].emplace(source.get_token(), [this, i] {
      Yield();
      ++runs[i];
    });
  }
  void Withdraw(CommuteTask& me, int i) {
    callbacks[i].reset();
    me.Note(runs[i]);
  }
};

void CommuteStop(CommuteRun& run) {
  StdCommuteStop stop;
  for (int i = 0; i < 3; ++i) stop.Register(i);
  run.Tasks(3, 2, [&](CommuteTask& me) {
    switch (me.Draw(4)) {
      case 0: me.Note(stop.source.request_stop()); break;
      case 1: me.Note(stop.source.stop_requested()); break;
      case 2: stop.Withdraw(me, me.me); break;
      default:
        if (!stop.callbacks[me.me]) stop.Register(me.me);
    }
  });
  for (int i = 0; i < 3; ++i) stop.Withdraw(run.body(), i);
}

void CommuteStopPossible(CommuteRun& run) {
  std::optional<standard::stop_source> sources[3];
  sources[0].emplace();
  const standard::stop_token token = sources[0]->get_token();
  sources[1] = sources[2] = sources[0];
  run.Tasks(3, 2, [&](CommuteTask& me) {
    if (me.Draw(3) == 0) me.Note(token.stop_possible());
    Yield();
    if (me.Draw(2) == 0) sources[me.me].reset();
    if (sources[me.me] && me.Draw(6) == 0) me.Note(sources[me.me]->request_stop());
  });
  run.body().Note(token.stop_possible());
}

void CommuteThreadIds(CommuteRun& run) {
  run.Tasks(3, 2, [&](CommuteTask& me) {
    standard::jthread thread([] {});
    const auto id = thread.get_id();
    me.Note(static_cast<int64_t>(std::hash<standard::thread::id>()(id)));
    me.Note(id < standard::this_thread::get_id());
  });
}

void CommuteConditionAny(CommuteRun& run) {
  standard::mutex mutex;
  standard::condition_variable_any changed;
  standard::stop_source source;
  int value = 0;
  run.Tasks(3, 2, [&](CommuteTask& me) {
    switch (me.Draw(4)) {
      case 0: me.Note(source.request_stop()); break;
      case 1: {
        standard::unique_lock lock(mutex);
        me.Note(
            changed.wait_for(lock, source.get_token(), nanoseconds(2), [&] { return value >= 2; }));
        break;
      }
      case 2: {
        standard::unique_lock lock(mutex);
        me.Note(changed.wait_for(lock, nanoseconds(1)) == standard::cv_status::timeout);
        break;
      }
      default: {
        standard::lock_guard lock(mutex);
        ++value;
        changed.notify_all();
      }
    }
  });
}

TEST(StdDependenceTest, Futures) {
  const Commutation seen = TryWorlds({{"promise", CommutePromise},
                                      {"dropped promise", CommuteDroppedPromise},
                                      {"packaged_task", CommutePackagedTask},
                                      {"deferred", CommuteDeferred},
                                      {"async", CommuteAsync}});
  ExpectCommutes(seen, {}, {});
}

TEST(StdDependenceTest, Stops) {
  const Commutation seen = TryWorlds({{"stop", CommuteStop},
                                      {"stop_possible", CommuteStopPossible},
                                      {"condition_variable_any", CommuteConditionAny}});
  ExpectCommutes(seen, {}, {});
}

TEST(StdDependenceTest, ThreadIds) {
  ExpectCommutes(TryWorlds({{"thread ids", CommuteThreadIds}}), {}, {});
}

}  // namespace
}  // namespace heddle::testing_support
