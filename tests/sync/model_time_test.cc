// SPDX-License-Identifier: Apache-2.0
//
// Timers, tickers and contexts against models. Tasks act at multiples of a microsecond of virtual time, and what
// has a deadline has it in between, so that at every action all earlier deadlines have passed, in their order.
#include <any>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "heddle/core/random.h"
#include "heddle/core/sanitize.h"
#include "heddle/sync/choice.h"
#include "heddle/sync/context.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "heddle/sync/timer.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using std::chrono::nanoseconds;

constexpr uint32_t kTimeSequences = HEDDLE_TSAN || HEDDLE_ASAN ? 2'000 : 100'000;
constexpr uint32_t kTimeOperations = 50;

int64_t TimeNow() { return Now().time_since_epoch().count(); }

void TimeExpect(bool holds, const char* what) {
  if (!holds) throw std::string(what);
}

// Tasks that act on one world, one at a time: nothing runs between the effect of an operation and what its task
// does then. The world's lock is for ThreadSanitizer, which takes the tasks for threads.
template <class World>
void ActInTasks() {
  Random draw(static_cast<uint64_t>(ChooseInt(0, std::numeric_limits<int64_t>::max())));
  World world(draw);
  const uint32_t tasks = 1 + draw.Below(3);
  std::vector<Task> running;
  for (uint32_t t = 0; t < tasks; ++t) {
    running.push_back(Go([&world, mine = draw.Split(t), tasks]() mutable {
      for (uint32_t i = 0; i < kTimeOperations / tasks; ++i) {
        if (mine.Below(4) == 0) {
          Sleep(nanoseconds(1000 * mine.Below(3)));
        } else {
          world.Act(mine);
        }
      }
    }));
  }
  for (const Task& task : running) task.Join();
  world.Finish();
}

template <class World>
Report TryInTasks() {
  return Try(ActInTasks<World>, {.schedules = kTimeSequences, .clock = ClockPolicy::kWhenIdle});
}

// -- Timers and tickers
// -------------------------------------------------------------------------------

// When the next tick can be received; none: stopped, or received from a timer.
struct TickModel {
  int64_t period = 0;  // 0: a timer
  int64_t start = 0;   // of a ticker's periods
  std::optional<int64_t> next;

  void Arm(int64_t now, int64_t duration) {
    start = now;
    next = now + duration;
    if (period != 0) period = duration;
  }
  void Take(int64_t now) {
    next.reset();
    if (period != 0) next = now + period - (now - start) % period;
  }
};

class TickWorld {
 public:
  explicit TickWorld(Random& draw) {
    for (int i = 0; i < 2; ++i) {
      const int64_t duration = Between(draw);
      timers_.emplace_back(nanoseconds(duration));
      timer_models_[i].Arm(0, duration);
      tickers_.emplace_back(nanoseconds(duration));
      ticker_models_[i].period = duration;
      ticker_models_[i].Arm(0, duration);
    }
  }

  void Act(Random& draw) {
    const uint32_t i = draw.Below(2);
    const int64_t duration = Between(draw);
    switch (draw.Below(7)) {
      case 0:
      case 1: return Look(timers_[i].C().TryReceive(), timer_models_[i]);
      case 2:
      case 3: return Look(tickers_[i].C().TryReceive(), ticker_models_[i]);
      case 4: {
        const bool prevented = timers_[i].Stop();
        const std::lock_guard lock(mutex_);
        TimeExpect(prevented == timer_models_[i].next.has_value(), "Stop of a timer");
        timer_models_[i].next.reset();
        return;
      }
      case 5: {
        const bool prevented = timers_[i].Reset(nanoseconds(duration));
        const std::lock_guard lock(mutex_);
        TimeExpect(prevented == timer_models_[i].next.has_value(), "Reset of a timer");
        timer_models_[i].Arm(TimeNow(), duration);
        return;
      }
      default:
        if (draw.Below(3) == 0) {
          tickers_[i].Stop();
          const std::lock_guard lock(mutex_);
          ticker_models_[i].next.reset();
        } else {
          tickers_[i].Reset(nanoseconds(duration));
          const std::lock_guard lock(mutex_);
          ticker_models_[i].Arm(TimeNow(), duration);
        }
    }
  }
  void Finish() {
    for (const Ticker& ticker : tickers_) ticker.Stop();
  }

 private:
  // Without a divisor in common with 1000: no sum of less than 1000 of them is a multiple of it.
  static int64_t Between(Random& draw) { return 1000 * draw.Below(3) + 331 + 10 * draw.Below(30); }

  void Look(const TryReceived<TimePoint>& got, TickModel& model) {
    const int64_t now = TimeNow();
    const std::lock_guard lock(mutex_);
    const bool there = model.next && *model.next <= now;
    TimeExpect(bool(got) == there && !got.closed, "a tick is there");
    if (!there) return;
    TimeExpect(got->time_since_epoch().count() == *model.next, "the tick tells when it was");
    model.Take(now);
  }

  std::vector<Timer> timers_;
  std::vector<Ticker> tickers_;
  std::mutex mutex_;
  TickModel timer_models_[2];
  TickModel ticker_models_[2];
};

TEST(TimeModelTest, TimersAndTickersAreTimes) { EXPECT_THAT(TryInTasks<TickWorld>(), Passes()); }

// -- Contexts
// -----------------------------------------------------------------------------------------

struct ContextModel {
  size_t parent = 0;
  bool cancels = false;  // not Background, nor made by WithoutCancel
  std::optional<int64_t> deadline;
  ContextError error = ContextError::kNone;
  int cause = 0;  // 0: the error
};

struct FunctionModel {
  size_t context = 0;
  bool started = false;
  bool stopped = false;
};

// Contexts are numbered as they are made, parents before children; 0 is Background.
class ContextTreeWorld {
 public:
  explicit ContextTreeWorld(Random&) {
    models_.emplace_back();
    reals_.emplace_back();
  }

  void Act(Random& draw) {
    size_t at;
    Real real;
    {
      const std::lock_guard lock(mutex_);
      at = draw.Below(static_cast<uint32_t>(models_.size()));
      real = reals_[at];
    }
    switch (draw.Below(9)) {
      case 0:
      case 1: return Derive(draw, at, real.context);
      case 2: {
        real.cancel(at == 0 ? 0 : static_cast<int>(draw.Below(5)), *this, at);
        return;
      }
      case 3: {
        const ContextError error = real.context.Err();
        const std::lock_guard lock(mutex_);
        Expire(TimeNow());
        return TimeExpect(error == models_[at].error, "Err");
      }
      case 4: {
        const std::any cause = real.context.Cause();
        const std::lock_guard lock(mutex_);
        Expire(TimeNow());
        return CheckCause(cause, models_[at]);
      }
      case 5: {
        const auto deadline = real.context.Deadline();
        const std::lock_guard lock(mutex_);
        TimeExpect(deadline.has_value() == models_[at].deadline.has_value() &&
                       (!deadline || deadline->time_since_epoch().count() == *models_[at].deadline),
                   "Deadline");
        return;
      }
      case 6: {
        const Receiver<Done> done = real.context.Done();
        const bool closed = !done.IsNil() && done.TryReceive().closed;
        const std::lock_guard lock(mutex_);
        Expire(TimeNow());
        TimeExpect(done.IsNil() == !models_[at].cancels, "Done is nil");
        return TimeExpect(closed == (models_[at].error != ContextError::kNone), "Done is closed");
      }
      case 7: return Register(at, real.context);
      default: return StopOne(draw);
    }
  }

  void Finish() {
    Sleep(nanoseconds(1'000'000));
    const std::lock_guard lock(mutex_);
    Expire(TimeNow());
    for (size_t i = 0; i < functions_.size(); ++i) {
      TimeExpect(*ran_[i] == (functions_[i].started ? 1 : 0), "a function runs once, if cancelled");
    }
  }

 private:
  struct Real {
    Context context;
    std::optional<CancelFunc> plain;
    std::optional<CancelCauseFunc> with_cause;

    // `cause` 0: none.
    void cancel(int cause, ContextTreeWorld& world, size_t at) const {
      if (with_cause) {
        (*with_cause)(cause != 0 ? std::any(cause) : std::any());
      } else if (plain) {
        (*plain)();
        cause = 0;
      } else {
        return;
      }
      const std::lock_guard lock(world.mutex_);
      world.Expire(TimeNow());
      world.Cancel(at, ContextError::kCanceled, cause);
    }
  };

  void Derive(Random& draw, size_t parent, const Context& from) {
    Real real;
    ContextModel model{.parent = parent, .cancels = true};
    std::optional<int64_t> deadline;
    switch (draw.Below(4)) {
      case 0: {
        CancelableContext made = WithCancel(from);
        real = {made.context, made.cancel, {}};
        break;
      }
      case 1: {
        CancelableCauseContext made = WithCancelCause(from);
        real = {made.context, {}, made.cancel};
        break;
      }
      case 2: {
        const int64_t timeout = 1000 * draw.Below(8) + 1 + draw.Below(999);
        deadline = TimeNow() + timeout;
        CancelableContext made = WithTimeout(from, nanoseconds(timeout));
        real = {made.context, made.cancel, {}};
        break;
      }
      default: real = {WithoutCancel(from), {}, {}}; model.cancels = false;
    }
    const std::lock_guard lock(mutex_);
    Expire(TimeNow());
    const ContextModel& above = models_[parent];
    if (model.cancels) {
      model.error = above.error;
      model.cause = above.cause;
      model.deadline = above.deadline;
      if (deadline && (!above.deadline || *deadline < *above.deadline)) model.deadline = deadline;
    }
    reals_.push_back(real);
    models_.push_back(model);
  }

  void Register(size_t at, const Context& context) {
    const auto ran = std::make_shared<std::atomic<int>>(0);
    const StopFunc stop = AfterFunc(context, [ran] { ++*ran; });
    const std::lock_guard lock(mutex_);
    Expire(TimeNow());
    ran_.push_back(ran);
    stops_.push_back(stop);
    functions_.push_back({at, models_[at].error != ContextError::kNone, false});
  }
  void StopOne(Random& draw) {
    size_t i;
    StopFunc stop;
    {
      const std::lock_guard lock(mutex_);
      if (functions_.empty()) return;
      i = draw.Below(static_cast<uint32_t>(functions_.size()));
      stop = stops_[i];
    }
    const bool prevented = stop();
    const std::lock_guard lock(mutex_);
    Expire(TimeNow());
    FunctionModel& function = functions_[i];
    TimeExpect(prevented == (!function.started && !function.stopped), "stop of a function");
    function.stopped |= prevented;
  }

  // -- The model

  // What had its deadline before `now` is cancelled, the earliest first.
  void Expire(int64_t now) {
    std::multimap<int64_t, size_t> due;
    for (size_t i = 0; i < models_.size(); ++i) {
      const ContextModel& model = models_[i];
      if (model.error == ContextError::kNone && model.deadline && *model.deadline <= now) {
        due.emplace(*model.deadline, i);
      }
    }
    for (const auto& [deadline, i] : due) Cancel(i, ContextError::kDeadlineExceeded, 0);
  }
  void Cancel(size_t root, ContextError error, int cause) {
    if (models_[root].error != ContextError::kNone) return;
    std::vector<bool> below(models_.size());
    below[root] = true;
    for (size_t i = root; i < models_.size(); ++i) {
      ContextModel& model = models_[i];
      below[i] = below[i] || (i > root && model.cancels && below[model.parent]);
      if (!below[i] || model.error != ContextError::kNone) continue;
      model.error = error;
      model.cause = cause;
      for (FunctionModel& function : functions_) {
        if (function.context == i && !function.stopped) function.started = true;
      }
    }
  }
  static void CheckCause(const std::any& cause, const ContextModel& model) {
    if (model.error == ContextError::kNone) return TimeExpect(!cause.has_value(), "no cause");
    if (model.cause == 0) {
      return TimeExpect(std::any_cast<ContextError>(cause) == model.error, "the error as cause");
    }
    TimeExpect(std::any_cast<int>(cause) == model.cause, "the cause of the first cancellation");
  }

  std::mutex mutex_;
  std::vector<Real> reals_;
  std::vector<ContextModel> models_;
  std::vector<FunctionModel> functions_;
  std::vector<StopFunc> stops_;
  std::vector<std::shared_ptr<std::atomic<int>>> ran_;
};

TEST(TimeModelTest, ContextsAreATree) { EXPECT_THAT(TryInTasks<ContextTreeWorld>(), Passes()); }

}  // namespace
}  // namespace heddle::testing_support
