// SPDX-License-Identifier: Apache-2.0
//
// The locks, ConditionVariable and Once against models of them: random programs of 50 operations by two to
// four tasks. Nothing runs between the effect of an operation and the return of it in its task, so each
// is applied to the model when it returns, and the model must agree with what it said.
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "heddle/core/random.h"
#include "heddle/core/sanitize.h"
#include "heddle/strategy/random_walk.h"
#include "heddle/sync/condition_variable.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/once.h"
#include "heddle/sync/recursive_mutex.h"
#include "heddle/sync/shared_mutex.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/execute.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using std::chrono::nanoseconds;

constexpr uint32_t kModelPrograms = HEDDLE_TSAN || HEDDLE_ASAN ? 5'000 : 100'000;
constexpr int kModelOperations = 50;

// What a program of one execution has: a model, and the first disagreement with it. The memory is that of
// the test, not of the tasks.
class ModelRun {
 public:
  explicit ModelRun(uint64_t seed) : random_(seed) {}

  // Calls `f`, which looks at the model and changes it.
  template <class F>
  void Apply(F f) {
    internal::Hidden hidden;
    f();
  }
  void Expect(bool agrees, const char* what) {
    if (!agrees && what_.empty()) what_ = what;
  }
  uint32_t Draw(uint32_t below) {
    internal::Hidden hidden;
    return random_.Below(below);
  }
  const std::string& what() const { return what_; }

 private:
  Random random_;  // drawn in the order of the steps, which the schedule determines
  std::string what_;
};

// Runs `program` with many seeds; it gets a fresh Model each time.
template <class Model>
void AgreesWithModel(void (*program)(ModelRun&, Model&), const Options& options = {}) {
  const std::unique_ptr<Strategy> walk = MakeRandomWalk();
  for (uint32_t i = 0; i < kModelPrograms; ++i) {
    ModelRun run(i);
    Model model;
    const Outcome outcome = ExecuteBy(
        *walk, [&] { program(run, model); }, options, i, Recording::kOff);
    ASSERT_EQ(run.what(), "") << "program " << i;
    ASSERT_EQ(outcome.verdict, Verdict::kPassed)
        << "program " << i << ": " << outcome.evidence->failure.message;
  }
}

// `work(me)` in two to four tasks, each with its share of the operations, then `leave(me)`.
template <class Work, class Leave>
void ModelTasks(ModelRun& run, Work work, Leave leave) {
  const int count = 2 + static_cast<int>(run.Draw(3));
  Task tasks[4];
  for (int me = 0; me < count; ++me) {
    tasks[me] = Go([&, me] {
      for (int i = 0; i < kModelOperations / count; ++i) work(me);
      leave(me);
    });
  }
  for (int me = 0; me < count; ++me) tasks[me].Join();
}

// A short time to wait for, or none.
nanoseconds ModelTime(ModelRun& run) { return nanoseconds(run.Draw(3)); }

// -- Mutex, RecursiveMutex --------------------------------------------------------------------------

struct ExclusiveModel {
  int holder = -1;
  int depth = 0;
};

template <class M, bool recursive>
struct ExclusiveProgram {
  ModelRun& run;
  ExclusiveModel& model;
  M& mu;

  bool MayTake(int me) const { return model.depth == 0 || (recursive && model.holder == me); }
  void Took(int me, bool took) {
    run.Expect(took == MayTake(me), "a try_lock said something else");
    if (!took) return;
    model.holder = me;
    ++model.depth;
  }
  void Timed(int me) {
    const nanoseconds time = ModelTime(run);
    const VirtualClock::time_point deadline = Now() + time;
    const bool took = run.Draw(2) == 0 ? mu.try_lock_for(time) : mu.try_lock_until(deadline);
    run.Apply([&] {
      if (took || time.count() == 0) return Took(me, took);
      run.Expect(Now() >= deadline, "a timed lock was given up too early");
      run.Expect(!recursive || model.depth == 0 || model.holder != me, "the holder gave up");
    });
  }
  void Step(int me) {
    bool mine = false;
    run.Apply([&] { mine = model.depth > 0 && model.holder == me; });
    const uint32_t what = run.Draw(mine ? 5 : 4);
    if (mine && (what >= 3 || (what == 0 && !recursive))) {
      mu.unlock();
      run.Apply([&] { --model.depth; });
    } else if (what == 0 || what == 3) {
      mu.lock();
      run.Apply([&] { Took(me, true); });
    } else if (what == 1) {
      const bool took = mu.try_lock();
      run.Apply([&] { Took(me, took); });
    } else {
      Timed(me);
    }
  }
  void Leave(int me) {
    for (;;) {
      bool mine = false;
      run.Apply([&] { mine = model.depth > 0 && model.holder == me; });
      if (!mine) return;
      mu.unlock();
      run.Apply([&] { --model.depth; });
    }
  }
};

template <class M, bool recursive>
void RunExclusive(ModelRun& run, ExclusiveModel& model) {
  M mu;
  ExclusiveProgram<M, recursive> program{run, model, mu};
  ModelTasks(
      run, [&](int me) { program.Step(me); }, [&](int me) { program.Leave(me); });
}

TEST(LocksModelTest, Mutex) { AgreesWithModel<ExclusiveModel>(RunExclusive<Mutex, false>); }
TEST(LocksModelTest, RecursiveMutex) {
  AgreesWithModel<ExclusiveModel>(RunExclusive<RecursiveMutex, true>);
}

// -- SharedMutex ------------------------------------------------------------------------------------

struct SharedModel {
  int writer = -1;
  int reads[4] = {};
  int readers = 0;
  int locking = 0;       // calls of lock that have not returned
  int timed = 0;         // of these, with a deadline
  bool awaited = false;  // a writer without a deadline is known to await its readers
};

struct SharedProgram {
  ModelRun& run;
  SharedModel& model;
  SharedMutex& mu;

  void Wrote(int me, bool took, bool exact) {
    const bool free = model.writer == -1 && model.readers == 0;
    if (took) run.Expect(free, "a writer got in though it was held");
    if (took && exact) run.Expect(!model.awaited, "a writer got in before the one that waits");
    if (!took && exact) {
      run.Expect(!free || model.locking > 0, "a writer was refused though it was free");
    }
    if (took) model.writer = me;
    if (took) model.awaited = false;
  }
  void Read(int me, bool took, bool exact) {
    if (took) {
      run.Expect(model.writer == -1, "a reader got in beside a writer");
      run.Expect(!model.awaited, "a reader got in though a writer awaits its readers");
      ++model.reads[me], ++model.readers;
    } else if (exact && model.writer == -1) {
      run.Expect(model.locking > 0, "a reader was refused without a writer");
      if (model.timed == 0) model.awaited = true;
    }
  }
  void Write(int me) {
    const uint32_t what = run.Draw(3);
    if (what == 0) {
      const bool took = mu.try_lock();
      run.Apply([&] { Wrote(me, took, true); });
      return;
    }
    const nanoseconds time = ModelTime(run);
    const VirtualClock::time_point deadline = Now() + time;
    bool took = true;
    run.Apply([&] { ++model.locking, model.timed += what == 2; });
    if (what == 1) {
      mu.lock();
    } else {
      took = mu.try_lock_for(time);
    }
    run.Apply([&] {
      --model.locking, model.timed -= what == 2;
      Wrote(me, took, what == 2 && time.count() == 0);
      run.Expect(took || Now() >= deadline, "a writer gave up too early");
    });
  }
  void LockShared(int me) {
    const uint32_t what = run.Draw(3);
    const nanoseconds time = ModelTime(run);
    const VirtualClock::time_point deadline = Now() + time;
    bool took = true;
    if (what == 0) {
      took = mu.try_lock_shared();
    } else if (what == 1) {
      mu.lock_shared();
    } else {
      took = mu.try_lock_shared_until(deadline);
    }
    run.Apply([&] {
      Read(me, took, what == 0 || (what == 2 && time.count() == 0));
      run.Expect(took || what == 0 || Now() >= deadline, "a reader gave up too early");
    });
  }
  void Leave(int me) {
    bool writes = false;
    bool reads = false;
    run.Apply([&] { writes = model.writer == me, reads = model.reads[me] > 0; });
    if (writes) {
      mu.unlock();
      run.Apply([&] { model.writer = -1; });
    } else if (reads) {
      mu.unlock_shared();
      run.Apply([&] { --model.reads[me], --model.readers; });
    }
  }
  void Step(int me) {
    bool holds = false;
    run.Apply([&] { holds = model.writer == me || model.reads[me] > 0; });
    if (!holds) return run.Draw(3) == 0 ? Write(me) : LockShared(me);
    if (run.Draw(2) == 0) return Leave(me);
    // Not blocking: it might wait for itself.
    const bool shared = run.Draw(3) != 0;
    const bool took = shared ? mu.try_lock_shared() : mu.try_lock();
    run.Apply([&] { shared ? Read(me, took, true) : Wrote(me, took, true); });
  }
};

void RunShared(ModelRun& run, SharedModel& model) {
  SharedMutex mu;
  SharedProgram program{run, model, mu};
  auto leave = [&](int me) {
    for (bool holds = true; holds;) {
      program.Leave(me);
      run.Apply([&] { holds = model.writer == me || model.reads[me] > 0; });
    }
  };
  ModelTasks(
      run, [&](int me) { program.Step(me); }, leave);
  EXPECT_TRUE(mu.try_lock());
  mu.unlock();
}

TEST(LocksModelTest, SharedMutex) { AgreesWithModel<SharedModel>(RunShared); }

// -- ConditionVariable ------------------------------------------------------------------------------

// All of it happens under the mutex, so a task that called wait is parked when another has the mutex.
struct ConditionModel {
  bool held = false;
  int parked = 0;  // in wait
  int woken = 0;   // of these, by a notify
  int working = 0;
};

struct ConditionProgram {
  ModelRun& run;
  ConditionModel& model;
  Mutex mu;
  ConditionVariable cv;

  void Locked() {
    run.Expect(!model.held, "two hold the mutex");
    model.held = true;
  }
  void Wait() {
    const bool timed = run.Draw(4) == 0;
    run.Apply([&] { model.held = false, model.parked += timed ? 0 : 1; });
    if (timed) {
      // Past: it does not park, and takes no notify.
      EXPECT_EQ(cv.wait_for(mu, nanoseconds(0)), std::cv_status::timeout);
    } else {
      cv.wait(mu);
    }
    run.Apply([&] {
      Locked();
      if (timed) return;
      run.Expect(model.woken > 0, "a wait came back though nobody notified");
      --model.woken, --model.parked;
    });
  }
  void Notify(bool all) {
    all ? cv.notify_all() : cv.notify_one();
    run.Apply([&] {
      if (all) model.woken = model.parked;
      if (!all && model.woken < model.parked) ++model.woken;
    });
  }
  void Step() {
    mu.lock();
    run.Apply([&] { Locked(); });
    switch (run.Draw(4)) {
      case 0: Wait(); break;
      case 1: Notify(true); break;
      case 2: Notify(false); break;
      default: break;
    }
    run.Apply([&] { model.held = false; });
    mu.unlock();
  }
};

void RunCondition(ModelRun& run, ConditionModel& model) {
  ConditionProgram program{run, model, Mutex(), ConditionVariable()};
  const int count = 2 + static_cast<int>(run.Draw(3));
  model.working = count;
  Task tasks[4];
  for (int me = 0; me < count; ++me) {
    tasks[me] = Go([&] {
      for (int i = 0; i < kModelOperations / count; ++i) program.Step();
      run.Apply([&] { --model.working; });
    });
  }
  // Nobody is left behind.
  for (bool working = true; working;) {
    program.mu.lock();
    run.Apply([&] { program.Locked(); });
    program.Notify(true);
    run.Apply([&] { model.held = false, working = model.working > 0; });
    program.mu.unlock();
  }
  for (int me = 0; me < count; ++me) tasks[me].Join();
  run.Apply([&] { run.Expect(model.parked == 0 && model.woken == 0, "somebody is left"); });
}

TEST(LocksModelTest, ConditionVariable) { AgreesWithModel<ConditionModel>(RunCondition); }

// -- Once -------------------------------------------------------------------------------------------

struct OnceModel {
  bool done[5] = {};
  bool calling[5] = {};
};

void RunOnce(ModelRun& run, OnceModel& model) {
  Once flags[5];
  auto use = [&](int) {
    const uint32_t i = run.Draw(5);
    const bool go = run.Draw(2) == 0;
    const bool throws = run.Draw(3) != 0;
    bool called = false;
    bool caught = false;
    auto call = [&] {
      run.Apply([&] {
        called = true;
        run.Expect(!model.done[i] && !model.calling[i], "it is called a second time");
        model.calling[i] = true;
      });
      Yield();
      if (throws) throw 1;
    };
    try {
      if (go) {
        flags[i].Do(call);
      } else {
        call_once(flags[i], call);
      }
    } catch (int) {
      caught = true;
    }
    run.Apply([&] {
      run.Expect(caught == (called && throws), "an exception is lost");
      run.Expect(called || model.done[i], "it came back though it was not done");
      run.Expect(called || !model.calling[i], "it came back in the middle of the call");
      if (!called) return;
      model.calling[i] = false;
      model.done[i] = go || !throws;
    });
  };
  ModelTasks(run, use, [](int) {});
}

TEST(LocksModelTest, Once) { AgreesWithModel<OnceModel>(RunOnce); }

}  // namespace
}  // namespace heddle::testing_support
