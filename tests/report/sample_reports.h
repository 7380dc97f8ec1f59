// SPDX-License-Identifier: Apache-2.0
//
// Reports written by hand, one or more per verdict, as an exploration would deliver them. Their
// renderings are tests/golden/report/.
#ifndef HEDDLE_TESTS_REPORT_SAMPLE_REPORTS_H_
#define HEDDLE_TESTS_REPORT_SAMPLE_REPORTS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "heddle/core/report.h"

namespace heddle::testing_support {

// Builds the interleaving of a report: marks switches, counts steps, numbers rows.
class Rows {
 public:
  Rows(Report* report, std::string file) : report_(report), file_(std::move(file)) {}

  StepReport& Step(uint32_t column, std::string text, uint32_t line) {
    StepReport& step = Add(column, std::move(text), line);
    step.step = ++report_->step_count;
    return step;
  }
  StepReport& Blocked(uint32_t column, std::string text, uint32_t line) {
    StepReport& step = Add(column, std::move(text), line);
    step.blocked = true;
    return step;
  }

 private:
  StepReport& Add(uint32_t column, std::string text, uint32_t line) {
    StepReport step;
    step.column = column;
    step.text = std::move(text);
    step.line = line;
    if (line != 0) step.at = file_ + ":" + std::to_string(line);
    step.switched = !report_->steps.empty() && report_->steps.back().column != column;
    report_->steps.push_back(step);
    return report_->steps.back();
  }

  Report* report_;
  std::string file_;
};

inline TaskReport Task(std::string label, std::string state, std::string doing, std::string at,
                       std::string holds = "", std::string spawned_at = "") {
  return {std::move(label),
          std::move(state),
          std::move(doing),
          std::move(at),
          std::move(holds),
          std::move(spawned_at),
          false};
}

inline TaskReport BlockedTask(std::string label, std::string doing, std::string at,
                              std::string holds = "", std::string spawned_at = "") {
  return Task(std::move(label), "blocked", std::move(doing), std::move(at), std::move(holds),
              std::move(spawned_at));
}

inline Report Failure(Verdict verdict, std::string scenario, std::string headline) {
  Report report;
  report.verdict = verdict;
  report.scenario = std::move(scenario);
  report.headline = std::move(headline);
  report.replay = "HEDDLE_REPLAY=v1:AAYzc2VlZC1oYXNoLTE";
  report.command = "./checkout_test --gtest_filter=" + report.scenario;
  report.seed = "0x5eed:216";
  report.strategy = "random";
  report.trace_hash = 0x8c1f22d09c1e77aa;
  report.reproduced = true;
  report.schedules_planned = 1000;
  report.schedules_run = 217;
  report.total_steps = 5425;
  report.seconds = 0.08;
  return report;
}

// The mock-up of the design: a producer holds a mutex while it sends on a full channel.
inline Report Deadlock() {
  Report report = Failure(Verdict::kDeadlock, "CheckoutTest.DrainsOnClose",
                          "3 of 3 live tasks are blocked, none can run");
  report.at = "checkout_test.cc:57";
  report.tasks = {BlockedTask("T0 main", "join T1", "checkout_test.cc:57"),
                  BlockedTask("T1 producer", "send to channel \"orders\" (full, 1/1)",
                              "checkout_test.cc:46", "mutex \"cart.mu\"", "checkout_test.cc:55"),
                  BlockedTask("T2 consumer", "lock mutex \"cart.mu\" (held by T1, step 6)",
                              "checkout_test.cc:52", "", "checkout_test.cc:56")};
  report.why = {"T1 -> needs a receive on \"orders\", only T2 receives there",
                "T2 -> needs \"cart.mu\" -> held by T1"};
  report.remedy = "Unlock \"cart.mu\" before the send: the receiver needs it.";
  report.columns = {"T0 main", "T1 producer", "T2 consumer"};
  Rows rows(&report, "checkout_test.cc");
  rows.Step(0, "spawn T1", 55);
  rows.Step(0, "spawn T2", 56);
  rows.Blocked(0, "join T1", 57);
  rows.Step(1, "lock cart.mu", 44);
  rows.Step(1, "send orders 0/1", 46);
  rows.Step(1, "unlock cart.mu", 47);
  rows.Step(1, "lock cart.mu", 44);
  rows.Blocked(1, "send orders 1/1", 46);
  rows.Blocked(2, "lock cart.mu", 52);
  return report;
}

inline Report OwnershipCycle() {
  Report report = Failure(Verdict::kDeadlock, "BankTest.Transfers",
                          "T1 and T2 wait for each other (2 of 3 live tasks; 1 could still run)");
  report.tasks = {BlockedTask("T1 alice", "lock mutex \"b.mu\" (held by T2, step 4)", "bank.cc:12",
                              "mutex \"a.mu\"", "bank_test.cc:20"),
                  BlockedTask("T2 bob", "lock mutex \"a.mu\" (held by T1, step 3)", "bank.cc:12",
                              "mutex \"b.mu\"", "bank_test.cc:21"),
                  Task("T3 audit", "runnable", "yield", "bank_test.cc:30", "", "bank_test.cc:22")};
  report.tasks[2].daemon = true;
  report.why = {"T1 needs \"b.mu\", held by T2", "T2 needs \"a.mu\", held by T1"};
  report.remedy = "Lock both in one order everywhere, or together with std::scoped_lock.";
  report.columns = {"T0 main", "T1 alice", "T2 bob", "T3 audit"};
  report.preemptions = 1;
  Rows body(&report, "bank_test.cc");
  Rows bank(&report, "bank.cc");
  body.Step(0, "spawn T1", 20);
  body.Step(0, "spawn T2", 21);
  bank.Step(1, "lock a.mu", 11);
  bank.Step(2, "lock b.mu", 11);
  bank.Blocked(2, "lock a.mu", 12);
  bank.Blocked(1, "lock b.mu", 12);
  return report;
}

inline Report Leak() {
  Report report = Failure(Verdict::kLeak, "FetchTest.FirstWins",
                          "the body returned, but 2 tasks can never finish");
  report.at = "fetch_test.cc:33";
  report.tasks = {BlockedTask("T2 mirror", "send to channel \"result\" (unbuffered, no receiver)",
                              "fetch_test.cc:35", "", "fetch_test.cc:33"),
                  BlockedTask("T3 mirror", "send to channel \"result\" (unbuffered, no receiver)",
                              "fetch_test.cc:35", "", "fetch_test.cc:33")};
  report.why = {"the body received once from \"result\" and returned; nobody else receives there"};
  report.remedy = "Give \"result\" a buffer for every sender, or receive from each.";
  report.columns = {"T0 main", "T1 mirror", "T2 mirror", "T3 mirror"};
  Rows rows(&report, "fetch_test.cc");
  for (int i = 1; i <= 3; ++i) rows.Step(0, "spawn T" + std::to_string(i), 33);
  rows.Step(0, "receive result (parks)", 38);
  rows.Step(1, "send result -> T0", 35);
  rows.Step(0, "resume", 38);
  rows.Step(2, "send result (parks)", 35);
  rows.Step(3, "send result (parks)", 35);
  return report;
}

inline Report Race() {
  Report report = Failure(Verdict::kRace, "CounterTest.Adds",
                          "nothing orders two accesses to variable \"counter\", one is a write");
  report.at = "counter_test.cc:12";
  report.accesses = {{.task = "T1 adder",
                      .what = "write of variable \"counter\"",
                      .at = "counter_test.cc:12",
                      .stack = {}},
                     {.task = "T2 reader",
                      .what = "read of variable \"counter\"",
                      .at = "counter_test.cc:20",
                      .stack = {}}};
  report.remedy = "Hold one mutex during both, or make \"counter\" an Atomic.";
  report.columns = {"T0 main", "T1 adder", "T2 reader"};
  Rows rows(&report, "counter_test.cc");
  rows.Step(0, "spawn T1", 25);
  rows.Step(0, "spawn T2", 26);
  rows.Step(1, "start", 0);
  rows.Step(2, "start", 0);
  return report;
}

inline Report RaceWithStacks() {
  Report report = Race();
  report.headline = "ThreadSanitizer saw two unordered accesses to 4 bytes";
  report.accesses[0].what = "write of 4 bytes";
  report.accesses[0].stack = {"Counter::Increment() counter.h:8",
                              "CounterTest_Adds::Body()::{lambda()#1}::operator()() const "
                              "counter_test.cc:12",
                              "std::__invoke_impl<void, CounterTest_Adds::Body()::{lambda()#1}&, "
                              "std::integral_constant<int, 4>>(std::__invoke_other, "
                              "CounterTest_Adds::Body()::{lambda()#1}&) invoke.h:61"};
  report.accesses[1].what = "earlier read of 4 bytes";
  for (int i = 0; i < 20; ++i) {
    report.accesses[1].stack.push_back("Walk(Node*) tree.cc:" + std::to_string(90 - i));
  }
  return report;
}

inline Report Misuse() {
  Report report =
      Failure(Verdict::kMisuse, "PipeTest.Closes", "send on the closed channel \"pipe\"");
  report.at = "pipe_test.cc:18";
  report.tasks = {Task("T1 writer", "running", "send to channel \"pipe\"", "pipe_test.cc:18", "",
                       "pipe_test.cc:15")};
  report.why = {"T0 closed \"pipe\" at pipe_test.cc:22, step 3"};
  report.remedy = "Let the sender close, or close after all senders were joined.";
  report.columns = {"T0 main", "T1 writer"};
  Rows rows(&report, "pipe_test.cc");
  rows.Step(0, "spawn T1", 15);
  rows.Step(1, "start", 15);
  rows.Step(0, "close pipe", 22);
  rows.Step(1, "send pipe", 18);
  report.preemptions = 1;
  return report;
}

inline Report Assertion() {
  Report report = Failure(Verdict::kAssertion, "CartTest.Sums", "an EXPECT failed in T0 main");
  report.at = "cart_test.cc:31";
  report.details = {
      "cart_test.cc:31: Failure\nExpected equality of these values:\n  total\n"
      "    Which is: 3\n  4\n\nafter two adds"};
  report.columns = {"T0 main", "T1 adder"};
  Rows rows(&report, "cart_test.cc");
  rows.Step(0, "spawn T1", 28);
  rows.Step(1, "start", 28);
  rows.Step(0, "lock mu", 30);
  return report;
}

inline Report Exception() {
  Report report =
      Failure(Verdict::kException, "ParseTest.Runs", "std::out_of_range left T1 parser");
  report.at = "parse_test.cc:19";
  report.details = {
      "std::out_of_range: vector::_M_range_check: __n (which is 3) >= this->size() "
      "(which is 3), while reading \"a long line of input that does not fit\"",
      "\tat offset 3\r\n\x1b[31mred\x1b[0m"};
  report.step_count = 9;
  return report;
}

inline Report Livelock() {
  Report report = Failure(Verdict::kLivelock, "PhilosophersTest.Polite",
                          "100000 steps, and tasks still go on: a livelock or a long run");
  report.tasks = {
      Task("T1", "runnable", "try_lock mutex \"fork2\"", "philosophers.cc:14", "mutex \"fork1\""),
      Task("T2", "runnable", "try_lock mutex \"fork1\"", "philosophers.cc:14", "mutex \"fork2\""),
      BlockedTask("T0 main", "join T1", "philosophers_test.cc:30"),
      Task("T3", "not started", "", "", "", "philosophers_test.cc:29")};
  report.remedy = "Raise .max_steps if the scenario needs more, or set .cut_ok to count such runs.";
  report.step_count = 100000;
  report.preemptions = 1;
  return report;
}

inline Report Diverged() {
  Report report =
      Failure(Verdict::kDiverged, "CartTest.Sums", "the replay did something else at step 7");
  report.details = {"recorded: T1 lock cart.mu", "now:      T1 send orders"};
  report.why = {"usual causes: a clock, an address or a random number that the body reads; state",
                "kept from the execution before; another binary"};
  report.strategy = "replay";
  report.seed = "";
  report.schedules_run = report.schedules_planned = 1;
  report.seconds = 0.001;
  report.reproduced = false;
  report.step_count = 7;
  return report;
}

inline Report Vacuous() {
  Report report = Failure(Verdict::kVacuous, "CartTest.Empty",
                          "1000 schedules and not one decision: only one task ever ran");
  report.remedy = "Spawn tasks with heddle::Go, or set .vacuous_ok.";
  report.replay = "";
  report.trace_hash = 0;
  report.reproduced = false;
  report.schedules_run = 1000;
  report.seed = "0x5eed";
  report.seconds = 0.004;
  return report;
}

inline Report NotReproduced() {
  Report report = Deadlock();
  report.reproduced = false;
  report.not_reproduced =
      "the second run took the same steps and passed; the body depends on something that is not "
      "under Heddle's control";
  return report;
}

// Each task has rows too wide for a column of its own.
inline Report ManyTasks() {
  Report report = Failure(Verdict::kDeadlock, "PoolTest.Stops", "12 of 12 live tasks are blocked");
  report.columns = {"T0 main"};
  for (int i = 1; i < 12; ++i) {
    report.columns.push_back("T" + std::to_string(i) + " worker_of_the_pool_with_a_long_name_" +
                             std::to_string(i));
  }
  for (const std::string& label : report.columns) {
    report.tasks.push_back(
        BlockedTask(label, "lock mutex \"pool.registry.shards.mutex\" (held by T11, step 4)",
                    "thread_pool_test.cc:140", "mutex \"pool.a\", mutex \"pool.b\""));
  }
  Rows rows(&report, "thread_pool_test.cc");
  for (uint32_t i = 0; i < 12; ++i) {
    rows.Step(i, "lock pool.registry.shards[" + std::to_string(i) + "].mutex", 130 + i);
  }
  for (uint32_t i = 0; i < 12; ++i) rows.Blocked(i, "lock pool.registry.shards.mutex", 140);
  return report;
}

// Five columns fit only with the places in a column of their own.
inline Report FiveTasks() {
  Report report = Failure(Verdict::kDeadlock, "RingTest.Turns", "5 of 5 live tasks are blocked");
  Rows rows(&report, "ring_test.cc");
  for (uint32_t i = 0; i < 5; ++i) {
    report.columns.push_back("T" + std::to_string(i) + " node");
    rows.Step(i, "lock fork" + std::to_string(i), 14);
  }
  for (uint32_t i = 0; i < 5; ++i) rows.Blocked(i, "lock fork" + std::to_string((i + 1) % 5), 15);
  return report;
}

inline Report LongTrace() {
  Report report = Failure(Verdict::kDeadlock, "PingTest.Pongs", "2 of 2 live tasks are blocked");
  report.columns = {"T0 main", "T1 ping", "T2 pong"};
  Rows rows(&report, "ping_test.cc");
  rows.Step(0, "spawn T1", 9);
  rows.Step(0, "spawn T2", 10);
  for (int i = 0; i < 100; ++i) {
    rows.Step(1, "send ball 0/1", 14);
    rows.Step(2, "receive ball 1/1", 20);
  }
  rows.Blocked(2, "receive ball 0/1", 20);
  return report;
}

inline Report EarlyTimer() {
  Report report = Failure(Verdict::kAssertion, "RetryTest.Waits", "an EXPECT failed in T1 client");
  report.at = "retry_test.cc:25";
  report.details = {
      "retry_test.cc:25: Failure\nValue of: answered\n  Actual: false\n"
      "Expected: true"};
  report.columns = {"T0 main", "T1 client", "clock"};
  report.preemptions = 1;
  Rows rows(&report, "retry_test.cc");
  rows.Step(0, "spawn T1", 18);
  rows.Step(1, "receive reply for 5ms (parks)", 24);
  rows.Step(2, "fire +5ms: T1 gives up", 0).early = true;
  rows.Step(1, "resume with timeout", 24);
  return report;
}

inline Report ScheduleFile() {
  Report report = Deadlock();
  report.replay = "HEDDLE_SEED=0x5eed:216";
  report.schedule_file = "heddle-out/Checkout Test.schedule";
  report.command =
      "./checkout_test --gtest_filter=CheckoutTest.DrainsOnClose "
      "--gtest_also_run_disabled_tests --heddle_max_steps=500000";
  return report;
}

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_REPORT_SAMPLE_REPORTS_H_
