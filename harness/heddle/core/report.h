// SPDX-License-Identifier: Apache-2.0
//
// What an exploration found, as a value. Everything that can be said about a failure is here as
// finished words and numbers; heddle/report renders it and adds nothing.
#ifndef HEDDLE_CORE_REPORT_H_
#define HEDDLE_CORE_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "heddle/core/verdict.h"

namespace heddle {

// A task that was unfinished when the execution ended, or is concerned by the failure.
struct TaskReport {
  std::string label = {};  // "T1 producer"
  std::string state = {};  // "blocked", "runnable", "not started", "running"
  std::string doing =
      {};  // 'send to channel "orders" (full, 1/1)', 'lock mutex "m" (held by T1, step 6)'
  std::string at = {};          // "checkout_test.cc:46"
  std::string holds = {};       // 'mutex "cart.mu"', comma separated; empty: nothing
  std::string spawned_at = {};  // "checkout_test.cc:40"; "-" for the body
  bool daemon = false;

  friend bool operator==(const TaskReport&, const TaskReport&) = default;
};

// One row of the interleaving.
struct StepReport {
  uint64_t step = 0;      // from 1; 0: no step (`blocked`, or a value drawn)
  uint32_t column = 0;    // index into Report::columns
  std::string text = {};  // "lock cart.mu", "send orders 1/1"
  uint32_t line = 0;     // of the source; 0 unknown. The file is in `at` where it is not the body's
  std::string at = {};   // "checkout_test.cc:46"
  bool blocked = false;  // the task cannot take this operation now
  bool switched = false;  // another task took the row before
  bool early = false;     // the clock fired though a task could still run

  friend bool operator==(const StepReport&, const StepReport&) = default;
};

// One of the two accesses of a race.
struct AccessReport {
  std::string task = {};                // "T1 writer"
  std::string what = {};                // 'write of variable "counter"', "write of 4 bytes"
  std::string at = {};                  // "counter_test.cc:12"; may be empty
  std::vector<std::string> stack = {};  // innermost first, "Increment() counter.cc:8"; may be empty

  friend bool operator==(const AccessReport&, const AccessReport&) = default;
};

struct Report {
  Verdict verdict = Verdict::kPassed;
  std::string scenario = {};  // "Suite.Test"

  // -- What happened ------------------------------------------------------------------------------
  std::string headline = {};  // "3 of 3 live tasks are blocked, none can run"
  std::string at = {};        // the place to look at first, "checkout_test.cc:57"; may be empty
  std::vector<std::string> details = {};  // the failed assertion, the exception's text, ...: lines
  std::vector<TaskReport> tasks = {};
  std::vector<AccessReport> accesses = {};
  std::vector<std::string> why = {};  // the chain of reasons, a line each
  std::string remedy = {};            // one sentence on what to do

  // -- How it came about --------------------------------------------------------------------------
  std::vector<std::string> columns =
      {};                              // "T0 main", "T1 producer", ..., "clock" if it took a step
  std::vector<StepReport> steps = {};  // empty where no history could be recorded
  size_t cycle_rows = 0;     // the last rows, which hold all that a livelock repeats; 0: not known
  uint64_t step_count = 0;   // of the failing execution
  uint64_t preemptions = 0;  // switches away from a runnable task that does not yield

  // -- How to see it again ------------------------------------------------------------------------
  std::string replay = {};     // "HEDDLE_REPLAY=v1:..." or "HEDDLE_SEED=0x5eed:216"
  std::string variables = {};  // what must be set besides: "HEDDLE_MAX_STEPS=50"; may be empty
  std::string command = {};    // "./checkout_test --gtest_filter=CheckoutTest.Drains"; may be empty
  std::string schedule_file = {};  // written because the token would be too long; else empty
  std::string seed = {};           // "0x5eed:216"; empty for a replay
  std::string strategy = {};       // "random", "replay"
  uint64_t trace_hash = 0;
  bool reproduced = false;          // the second run took the same steps to the same verdict
  std::string not_reproduced = {};  // why not, in one sentence, where it did not

  // -- What was explored --------------------------------------------------------------------------
  uint64_t schedules_planned = 0;
  uint64_t schedules_run = 0;   // including the failing one
  uint64_t cut = 0;             // executions that reached max_steps under .cut_ok
  uint64_t total_steps = 0;     // of all executions
  uint32_t time_budget_ms = 0;  // the budget that ended the exploration early; 0: none did
  // Of a systematic strategy: how far it came, in one sentence. "verified: all 20 executions, up to equivalence".
  std::string coverage = {};
  // Of another one, where Options::coverage asked for that: how much it saw, in one sentence (explore/coverage.h).
  std::string seen = {};
  uint64_t redundant =
      0;  // of the schedules run, ended early as nothing new could come; systematic only
  double seconds = 0;  // wall clock; only ever printed in the provenance line

  bool passed() const { return !IsFailure(verdict); }
};

// For gtest: the text report (heddle/report/text.h) if there is a failure, else one line.
void PrintTo(const Report& report, std::ostream* out);

}  // namespace heddle

#endif  // HEDDLE_CORE_REPORT_H_
