// SPDX-License-Identifier: Apache-2.0
//
// Small programs under the standard's names (sync/std.h; support/small_programs.h).
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include "heddle/sync/std.h"
#include "heddle/sync/task.h"
#include "support/commute.h"
#include "support/small_parts.h"

namespace heddle::testing_support {
namespace {

using std::chrono::nanoseconds;
using Callback = standard::stop_callback<std::function<void()>>;

// 0: nothing; 10 and more: the error; else what the function threw.
template <class F>
int ThrownBy(F function) {
  try {
    function();
  } catch (const standard::future_error& error) {
    return 10 + error.code().value();
  } catch (int thrown) {
    return thrown;
  }
  return 0;
}

// Where results come from: a promise, a packaged_task, a function of async's, now or deferred.
struct SmallMaker {
  standard::promise<int> promise;
  standard::packaged_task<int()> task{[] {
    Yield();
    return 50;
  }};
  standard::shared_future<int> future;
  uint32_t kind = 0;

  explicit SmallMaker(CommuteTask& body) : kind(body.Draw(5)) {
    const bool throws = body.Draw(3) == 0;
    const auto function = [throws] {
      Yield();
      if (throws) throw 3;
      return 60;
    };
    switch (kind) {
      case 0: future = standard::async(standard::launch::async, function).share(); break;
      case 1: future = standard::async(standard::launch::deferred, function).share(); break;
      case 2: future = task.get_future().share(); break;
      default: future = promise.get_future().share();
    }
  }
  void Make(CommuteTask& me) {
    switch (kind) {
      case 0:
      case 1: return me.Note(static_cast<int64_t>(future.wait_for(nanoseconds(0))));
      case 2: return me.Note(ThrownBy([&] { task(); }));
      case 3: return me.Note(ThrownBy([&] { promise.set_value(1 + me.me); }));
      default: me.Note(ThrownBy([&] { promise.set_exception(std::make_exception_ptr(4)); }));
    }
  }
};

}  // namespace

void SmallFutures(CommuteRun& run) {
  SmallMaker maker(run.body());
  RunSmall(run, 2, [&](CommuteTask& me) {
    switch (me.Draw(6)) {
      case 0: me.Note(static_cast<int64_t>(maker.future.wait_for(nanoseconds(me.Draw(2))))); break;
      case 1:
      case 2: me.Note(ThrownBy([&] { me.Note(maker.future.get()); })); break;
      default: maker.Make(me);
    }
  });
}

void SmallStops(CommuteRun& run) {
  standard::stop_source source;
  standard::atomic<int> runs[CommuteRun::kMostTasks] = {};
  std::optional<Callback> callbacks[CommuteRun::kMostTasks];
  const auto add = [&](int i) {
    callbacks[i].emplace(source.get_token(), [&runs, i] { runs[i].fetch_add(1); });
  };
  if (run.body().Draw(2) == 0) add(0);
  RunSmall(run, 2, [&](CommuteTask& me) {
    switch (me.Draw(4)) {
      case 0: me.Note(source.request_stop()); break;
      case 1: me.Note(source.stop_requested()); break;
      default:
        if (callbacks[me.me]) {
          callbacks[me.me].reset();
          me.Note(runs[me.me].load());
        } else {
          add(me.me);
        }
    }
  });
}

// Threads that count, or wait for it until they are told to stop.
void SmallThreads(CommuteRun& run) {
  standard::mutex mutex;
  standard::condition_variable_any changed;
  int value = 0;
  const auto count = [&] {
    standard::lock_guard lock(mutex);
    changed.notify_all();
    return ++value;
  };
  const int tasks = 1 + (run.body().Draw(3) == 0 ? 1 : 0);
  run.Tasks(tasks, 1, [&](CommuteTask& me) {
    const bool counts = me.Draw(2) == 0;
    int64_t seen = -1;
    switch (me.Draw(tasks == 1 ? 3 : 5)) {
      case 0: {
        standard::jthread thread([&](const standard::stop_token& token) {
          standard::unique_lock lock(mutex);
          seen = changed.wait(lock, token, [&] { return value >= 1; });
        });
        if (counts) me.Note(count());
        break;
      }
      case 1:
      case 2: {
        standard::thread thread([&](int to) { seen = to * count(); }, 10);
        me.Note(counts ? count() : static_cast<int>(thread.joinable()));
        thread.join();
        break;
      }
      case 3: {
        standard::unique_lock lock(mutex);
        seen = changed.wait_for(lock, nanoseconds(1)) == standard::cv_status::timeout;
        break;
      }
      default: seen = count();
    }
    me.Note(seen);
  });
}

}  // namespace heddle::testing_support
