// SPDX-License-Identifier: Apache-2.0
//
// How a scenario is explored. All fields have defaults that need no tuning; name the ones to change
// in the order of declaration (C++ designated initialisers):
//
//   HEDDLE_TEST(Cart, Drains, .schedules = 5000, .clock = kWhenIdle) { ... }
//   Report report = heddle::Explore([] { ... }, {.name = "drains", .schedules = 5000});
#ifndef HEDDLE_CORE_OPTIONS_H_
#define HEDDLE_CORE_OPTIONS_H_

#include <cstdint>

#include "heddle/core/sanitize.h"

namespace heddle {

// Who makes the decisions. Just use the default; what each of the others is good at is said in its header
// (heddle/strategy).
enum class StrategyKind : uint8_t {
  kPortfolio,   // the others in turn
  kRandom,      // random walk: uniform among the runnable tasks at every decision
  kPct,         // by random priorities that change at few decisions: finds who must be late
  kPos,         // by random priorities of operations: one sample per partial order
  kUrw,         // by the steps that tasks have left: every interleaving is equally likely
  kSurw,        // the same for the steps at one object or some, others in each execution
  kRfPos,       // POS, with random constraints on who comes first at few objects
  kExhaustive,  // every schedule, up to the order of steps that commute: verifies small scenarios
  kPreemptionBounded,  // all schedules with no preemption, then with one, two, ...
  kDelayBounded,  // all schedules that pass over nobody whose turn it is, then over one, two, ...
};

// When virtual time moves on.
enum class ClockPolicy : uint8_t {
  kWhenIdle,    // only when no task is runnable
  kAnytime,     // also as one more alternative at a decision, `early_timers` times an execution
  kByStrategy,  // kWhenIdle where the strategy is exhaustive or bounded, else kAnytime
};

// What may go wrong though no task did anything wrong: how often at most in one execution. Each place
// where one of these could happen is a decision, explored and replayed like any other. By default none
// happens:
//
//   HEDDLE_TEST(Queue, SurvivesSpuriousWakeups, .faults = {.spurious_wakeups = 2}) { ... }
struct Faults {
  uint32_t spurious_wakeups = 0;  // a condition variable's wait returns though nobody notified
  uint32_t failed_try_locks = 0;  // a try_lock fails though the lock is free
  uint32_t failed_exchanges = 0;  // compare_exchange_weak fails though the values are equal
  uint32_t early_timeouts = 0;    // a wait with a deadline is given up before it
  uint32_t cancellations = 0;     // a context is cancelled when a task blocks on it
};

// Lets option lists say `.strategy = kRandom` without a qualifier (HEDDLE_TEST derives from it).
struct OptionNames {
  static constexpr StrategyKind kPortfolio = StrategyKind::kPortfolio;
  static constexpr StrategyKind kRandom = StrategyKind::kRandom;
  static constexpr StrategyKind kPct = StrategyKind::kPct;
  static constexpr StrategyKind kPos = StrategyKind::kPos;
  static constexpr StrategyKind kUrw = StrategyKind::kUrw;
  static constexpr StrategyKind kSurw = StrategyKind::kSurw;
  static constexpr StrategyKind kRfPos = StrategyKind::kRfPos;
  static constexpr StrategyKind kExhaustive = StrategyKind::kExhaustive;
  static constexpr StrategyKind kPreemptionBounded = StrategyKind::kPreemptionBounded;
  static constexpr StrategyKind kDelayBounded = StrategyKind::kDelayBounded;
  static constexpr ClockPolicy kWhenIdle = ClockPolicy::kWhenIdle;
  static constexpr ClockPolicy kAnytime = ClockPolicy::kAnytime;
};

inline constexpr uint64_t kDefaultSeed = 0x5eed;

inline constexpr uint32_t kDefaultSchedules = 1000;

inline constexpr uint32_t kDefaultStackKib = HEDDLE_ASAN ? 512 : 256;

struct Options {
  // What the scenario is called in reports, seeds and tokens. HEDDLE_TEST sets "Suite.Name".
  const char* name = "";
  // How many executions an exploration makes unless one fails before. An exhaustive search is limited by
  // any number but the default, which means: all of them.
  uint32_t schedules = kDefaultSchedules;
  StrategyKind strategy = StrategyKind::kPortfolio;
  // The base: execution i runs with the seed Mix(seed, HashName(name), i). What a seed finds is promised for the same
  // build and the same options; a token is for any build.
  uint64_t seed = kDefaultSeed;
  // Steps of one execution; reaching it is a livelock (or a deadlock, if the body was blocked). The
  // second half runs under a fair random walk.
  uint32_t max_steps = 100'000;
  // Steps which the other tasks may still take once the body has returned; who is unfinished then
  // has leaked. The second half runs under a fair random walk.
  uint32_t drain_steps = 10'000;
  // Real time for the whole exploration, ms; reaching it fails. 0: none.
  uint32_t deadline_ms = 60'000;
  // Real time after which the exploration stops and passes, ms, if nothing failed; below the
  // deadline. 0: none.
  uint32_t time_budget_ms = 0;
  // Processes that share the executions, with the same result for every number (explore/workers.h). An exhaustive
  // or bounded search is made by one, and so is everything under ThreadSanitizer, which cannot follow them.
  uint32_t jobs = 1;
  // Whether an exploration tells how many different schedules it saw, and what share it did not (Report::seen;
  // detect/internal/saturation.h). It then costs up to twice the time, in one process. A systematic strategy always tells
  // how far it came.
  bool coverage = false;
  ClockPolicy clock = ClockPolicy::kByStrategy;
  // kAnytime: how often in one execution a timer may fire though a task could still run.
  uint32_t early_timers = 2;
  Faults faults = {};
  // Stack of every task, KiB. The largest value a process uses holds for its pooled stacks.
  uint32_t stack_kib = kDefaultStackKib;
  // An execution that reaches max_steps counts as cut, not as failed.
  bool cut_ok = false;
  // An exploration in which nothing could differ (a single task, say) passes.
  bool vacuous_ok = false;
  // A ticker, a timer that is still armed when all tasks have finished is a leak.
  bool tickers_must_stop = true;
  bool timers_must_stop = false;
  // Abandoned tasks are unwound by an exception so that destructors run. Code that is noexcept
  // around blocking operations cannot be: true leaks such tasks' stacks' contents instead.
  bool abandon_stacks = false;
};

}  // namespace heddle

#endif  // HEDDLE_CORE_OPTIONS_H_
