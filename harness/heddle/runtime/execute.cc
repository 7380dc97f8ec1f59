// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/execute.h"

#include <errno.h>

#include <utility>

#include "heddle/core/check.h"
#include "heddle/core/random.h"
#include "heddle/runtime/internal/clock.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/history.h"
#include "heddle/runtime/internal/leaks.h"
#include "heddle/runtime/internal/limits.h"
#include "heddle/runtime/internal/repeat.h"
#include "heddle/runtime/internal/show.h"
#include "heddle/runtime/internal/slots.h"
#include "heddle/runtime/internal/stack.h"
#include "heddle/runtime/internal/tasks.h"
#include "heddle/runtime/internal/tsan.h"
#include "heddle/runtime/internal/unwind.h"
#include "heddle/strategy/random_walk.h"

extern "C" heddle::internal::ExceptionGlobals* __cxa_get_globals() noexcept;
extern "C" char __libc_single_threaded;

const char HEDDLE_BUILT_FOR = 0;

namespace heddle::internal {
namespace {

// The stream of the fair halves: independent of what the strategy draws from the same seed.
constexpr uint64_t kFairStream = 0x66616972;

// A jump is 16 times slower between two fibers whose MXCSR differs, be it in one sticky exception
// flag that a floating-point operation left behind. With all flags set during an execution none can
// change. (fetestexcept in a task therefore sees flags that it did not clear itself.)
class StickyFlags {
 public:
#if defined(__x86_64__)
  StickyFlags() : saved_(__builtin_ia32_stmxcsr()) { __builtin_ia32_ldmxcsr(saved_ | 0x3f); }
  ~StickyFlags() { __builtin_ia32_ldmxcsr(saved_); }

 private:
  unsigned int saved_;
#else
  StickyFlags() {}
  ~StickyFlags() {}
#endif
};

void PrepareProcess() {
  static bool done = false;
  if (done) return;
  done = true;
  PrepareSlots();
  WatchStackOverflow();
  ForgiveLeaksAtExit();
#if HEDDLE_TSAN
  // With one OS thread libstdc++ counts shared_ptr references without atomics, which between tasks
  // would be reported as races.
  __libc_single_threaded = 0;
#endif
}

Strategy& FairWalk() {
  static Strategy& walk = *MakeRandomWalk().release();
  return walk;
}

void RunBody(TaskState* body, ClosureAction action) {
  if (action == ClosureAction::kRun) static_cast<Scenario*>(body->closure)->Run();
}

// What is looked at besides; all null while exploring.
struct Watch {
  History* history = nullptr;
  StepTrace* trace = nullptr;
  const StepTrace* expected = nullptr;
  const uint64_t* end_hash = nullptr;
};

// Which stack a task has, and where in it, is no business of the scenario's.
void DisturbStacks() {
  static uint32_t turn = 0;
  turn == 0 ? ReverseStacks() : ShuffleStacks(turn);
  x.stack_shift = (turn % 61 + 1) * 16;
  ++turn;
}

void BeginWatch(const Watch& watch) {
  x.history = watch.history;
  x.trace = watch.trace;
  x.expected = watch.expected;
  x.end_hash = watch.end_hash;
  x.watched = watch.history != nullptr || watch.trace != nullptr || watch.expected != nullptr ||
              x.search != nullptr;
  x.abandoned = false;
  x.stack_shift = 0;
  if (x.trace != nullptr) x.trace->clear();
  if (x.expected != nullptr) DisturbStacks();
}

void Begin(const Options& options, Strategy& strategy, uint64_t seed, const Watch& watch) {
  x.options = options;
  x.strategy = &strategy;
  x.search = strategy.AsSearch();
  x.current = &x.driver;
  x.serial = ++x.last_serial;
  x.hash = 0;
  x.outside_objects = 0;
  x.searches = 0;
  x.faults_left = options.faults;
  x.body_returned = false;
  x.stop_requested = false;
  x.objects = nullptr;
  x.failure = nullptr;
  x.awaited = {};
  x.drain_cut = false;
  x.at_recorded_end = false;
  x.arena.Reset();
  Runnable().Clear();
  x.alternatives.set_last(0);
  x.thread.exceptions = __cxa_get_globals();
  x.thread.error = &errno;
  TolerateRacesOnErrno();
#if HEDDLE_TSAN
  x.driver.tsan = __tsan_get_current_fiber();
#endif
#if HEDDLE_ASAN
  x.driver.stack_bottom = nullptr;  // another OS thread's than before, perhaps
#endif
  UseStacks(size_t{options.stack_kib} * 1024);
  BeginWatch(watch);
  ForgetTsanRace();
  strategy.Begin(seed);
  const bool replays = strategy.name() == "replay";
  Strategy& fair = FairWalk();
  fair.Begin(Mix(seed, kFairStream));
  const bool is_fair = replays || (x.search != nullptr && !x.search->MayStarve());
  BeginLimits(is_fair ? nullptr : &fair);
  BeginClock();
}

TaskState* StartBody(Scenario& scenario) {
  TaskState* body = PrepareBody(Location{});
  body->closure = &scenario;
  body->closure_action = RunBody;
  Launch(body);
  return body;
}

// The first object, in the order of creation, that should not have been left as it is, and how many more
// there are.
bool FindLeftOver(Failure* failure) {
  if (!x.timers.WereArmed()) return false;  // few executions have something to leave
  uint32_t count = 0;
  for (const ObjectState* object = x.objects; object != nullptr; object = object->next) {
    std::string what = object->LeftOver();
    if (what.empty()) continue;
    ++count;
    failure->verdict = Verdict::kLeak;
    failure->at = object->created_at;
    failure->message = std::move(what);
    failure->remedy = "stop it when it is no longer needed, on every path";
  }
  if (count > 1) {
    failure->message +=
        count == 2 ? ", nor was another" : ", nor were " + std::to_string(count - 1) + " others";
  }
  return count > 0;
}

// Why the execution ended otherwise than well, unless something said so already.
void Conclude() {
  Failure failure;
  const bool race = x.failure == nullptr && TakeTsanRace(&failure);
  if (x.expected != nullptr && !race) RepeatsEnd(StepsTaken());
  if (x.failure != nullptr) return;
  if (race) {
    // It says all there is to say.
  } else if (x.at_recorded_end || x.abandoned) {
    return;
  } else if (!x.body_returned) {
    failure.verdict = Verdict::kDeadlock;
    failure.at = x.tasks[0].where;
  } else if (x.unfinished > 0) {
    failure.verdict = Verdict::kLeak;
    failure.at_limit = x.drain_cut;
  } else if (!FindLeftOver(&failure)) {
    return;
  }
  x.failure = std::make_unique<Failure>(std::move(failure));
}

Outcome TakeOutcome(History* history) {
  Outcome outcome;
  Conclude();
  outcome.verdict = x.failure != nullptr ? x.failure->verdict : Verdict::kPassed;
  outcome.trace_hash = x.hash;
  outcome.steps = StepsTaken();
  outcome.decisions = static_cast<uint32_t>(x.record - x.decisions.data());
  outcome.at_recorded_end = x.at_recorded_end && x.failure == nullptr;
  outcome.abandoned = x.abandoned && x.failure == nullptr;
  outcome.tasks = x.next_slot - (x.next_slot > kClockSlot ? 1 : 0);
  if (x.options.cut_ok && x.failure != nullptr && x.failure->at_limit && !x.body_returned) {
    outcome.verdict = Verdict::kPassed;
    outcome.cut = true;
  }
  if (outcome.verdict == Verdict::kPassed && history == nullptr) return outcome;
  outcome.evidence = std::make_unique<Evidence>();
  Evidence& evidence = *outcome.evidence;
  if (x.failure != nullptr) evidence.failure = *x.failure;
  evidence.snapshot = TakeSnapshot();
  // A deadline may end an execution of millions of decisions, which nobody will replay.
  if (outcome.verdict != Verdict::kDeadline) {
    evidence.decisions.assign(x.decisions.begin(), x.decisions.begin() + outcome.decisions);
  }
  if (history != nullptr) {
    history->Finish();
    evidence.snapshot.history = std::move(history->rows());
    evidence.deviations = std::move(history->deviations());
    evidence.preemptions = history->preemptions();
  }
  return outcome;
}

void DestroyValues() {
  for (ObjectState* object = x.objects; object != nullptr; object = object->next) {
    object->DestroyValues();
  }
}

// Those of destructors that ran on the driver.
void DestroyDriversLocals() {
  while (x.driver.locals != nullptr) DestroyLatestLocal(&x.driver);
}

Outcome Run(Scenario& scenario, const Options& options, Strategy& strategy, uint64_t seed,
            const Watch& watch) {
  HEDDLE_CHECK(!InsideExecution());
  StickyFlags flags;
  Outcome outcome;
  TaskState* body = nullptr;
  {
    Hidden hidden;
    PrepareProcess();
    Begin(options, strategy, seed, watch);
    body = StartBody(scenario);
  }
  TsanRelease(&body->spawn_edge);
  TerminateGuard terminate;
  {
    Hidden hidden;
    TaskState* first = Decide();
    if (first != &x.driver) SwitchTo(&x.driver, first);  // .max_steps = 0 allows none
    if (x.search != nullptr) ShowEnd();
    outcome = TakeOutcome(x.history);
    UnwindTasks();
    // What was known only when an exception was caught.
    if (x.failure != nullptr && outcome.evidence != nullptr)
      outcome.evidence->failure.message = x.failure->message;
  }
  AcquireFinishedTasks();
  DestroyValues();
  DestroyDriversLocals();
  scenario.Finish();
  DestroyDriversLocals();
  Hidden hidden;
  x.serial = kIdle;
  x.search = nullptr;
  BeginWatch({});
  return outcome;
}

}  // namespace
}  // namespace heddle::internal

namespace heddle {

bool InsideExecution() { return internal::x.serial != internal::kIdle; }

Outcome Execute(Scenario& scenario, const Options& options, Strategy& strategy, uint64_t seed,
                Recording recording) {
  internal::History history;
  internal::Watch watch;
  if (recording == Recording::kOn) watch.history = &history;
  return internal::Run(scenario, options, strategy, seed, watch);
}

Outcome ExecuteReplay(Scenario& scenario, const Options& options, Strategy& strategy,
                      uint64_t end_hash) {
  internal::History history;
  return internal::Run(scenario, options, strategy, 0,
                       {.history = &history, .end_hash = &end_hash});
}

Outcome ExecuteTraced(Scenario& scenario, const Options& options, Strategy& strategy, uint64_t seed,
                      StepTrace* trace) {
  return internal::Run(scenario, options, strategy, seed, {.trace = trace});
}

Outcome ExecuteRepeated(Scenario& scenario, const Options& options, Strategy& strategy,
                        uint64_t seed, const StepTrace& expected) {
  return internal::Run(scenario, options, strategy, seed, {.expected = &expected});
}

std::span<const Decision> LatestDecisions() {
  const std::vector<Decision>& decisions = internal::x.decisions;
  return {decisions.data(), internal::x.record};
}

}  // namespace heddle
