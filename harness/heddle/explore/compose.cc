// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/compose.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "heddle/detect/explain.h"
#include "heddle/explore/cycles.h"

namespace heddle::internal {
namespace {

constexpr char kUsualCauses[] =
    "usual causes: a pointer value, hash order, wall clock, random number, global left over from "
    "an "
    "earlier execution, or thread outside Heddle's control decides what the scenario does";

std::string ActivityOf(const TaskSnapshot& task) {
  if (task.finished) return "finished";
  if (task.running) return "running";
  if (!task.started) return "not started";
  return task.runnable ? "runnable" : "blocked";
}

// Where the holder of the lock that `task` waits for got it.
std::string HeldSince(const TaskSnapshot& task, const Snapshot& snapshot) {
  const bool waits =
      task.operation == OperationKind::kLock || task.operation == OperationKind::kLockShared;
  if (!waits || task.holders.empty()) return {};
  if (snapshot.objects[task.object].state == "destroyed") return {};
  const StepSnapshot* since = nullptr;
  for (const StepSnapshot& step : snapshot.history) {
    const bool locks =
        step.operation == OperationKind::kLock || step.operation == OperationKind::kTryLock;
    if (step.step != 0 && locks && step.slot == task.holders.front() &&
        step.object == task.object) {
      since = &step;
    }
  }
  return since != nullptr ? ", step " + std::to_string(since->step) : "";
}

std::string DoingOf(const TaskSnapshot& task, const Snapshot& snapshot) {
  std::string text = task.waits;
  const std::string since = HeldSince(task, snapshot);
  if (!since.empty() && text.ends_with(')')) text.insert(text.size() - 1, since);
  return text;
}

TaskReport ReportOf(const TaskSnapshot& task, const Snapshot& snapshot) {
  TaskReport report;
  report.label = task.Title();
  report.state = ActivityOf(task);
  report.doing = DoingOf(task, snapshot);
  report.at = ToString(task.at);
  for (uint32_t object : task.holds) {
    report.holds += (report.holds.empty() ? "" : ", ") + snapshot.objects[object].label;
  }
  report.spawned_at = ToString(task.spawned_at);
  report.daemon = task.daemon;
  return report;
}

// Whether the table of tasks says something about this verdict.
bool ShowsTasks(Verdict verdict) {
  return verdict == Verdict::kDeadlock || verdict == Verdict::kLeak ||
         verdict == Verdict::kLivelock || verdict == Verdict::kDeadline;
}

void ComposeTasks(const Evidence& evidence, Report* report) {
  if (!ShowsTasks(report->verdict)) return;
  const std::vector<uint32_t>& cycle = evidence.failure.cycle;
  for (const TaskSnapshot& task : evidence.snapshot.tasks) {
    if (task.finished) continue;
    if (!cycle.empty() && std::find(cycle.begin(), cycle.end(), task.slot) == cycle.end()) continue;
    if (report->verdict == Verdict::kLeak && task.daemon) continue;
    report->tasks.push_back(ReportOf(task, evidence.snapshot));
  }
}

void ComposeAccesses(const Evidence& evidence, Report* report) {
  for (const AccessSnapshot& access : evidence.failure.accesses) {
    AccessReport entry;
    const TaskSnapshot* task = evidence.snapshot.Find(access.slot);
    entry.task = task != nullptr ? task->Title() : "a thread outside the execution";
    entry.what = access.what;
    entry.at = access.at.line != 0 ? ToString(access.at) : "";
    entry.stack = access.stack;
    if (entry.at.empty() && !access.stack.empty()) {
      // "Increment() counter.cc:8"; a frame without symbols names no place.
      const std::string& top = access.stack.front();
      const std::string place = top.substr(top.rfind(' ') + 1);
      if (place.find(':') != std::string::npos) entry.at = place;
    }
    report->accesses.push_back(std::move(entry));
  }
}

void ComposeSteps(const Evidence& evidence, Report* report) {
  const Snapshot& snapshot = evidence.snapshot;
  std::vector<uint32_t> column_of;
  for (const TaskSnapshot& task : snapshot.tasks) {
    column_of.resize(std::max<size_t>(column_of.size(), task.slot + 1));
    column_of[task.slot] = static_cast<uint32_t>(report->columns.size());
    report->columns.push_back(task.Title());
  }
  const auto clock_column = static_cast<uint32_t>(report->columns.size());
  bool clock = false;
  uint32_t last = 0;
  for (const StepSnapshot& step : snapshot.history) {
    StepReport row;
    const bool is_clock = step.operation == OperationKind::kFire;
    clock = clock || is_clock;
    row.step = step.step;
    row.column = is_clock ? clock_column : column_of[step.slot];
    row.text = step.text;
    row.line = step.at.line;
    row.at = step.at.line != 0 ? ToString(step.at) : "";
    row.blocked = step.step == 0 && step.operation != OperationKind::kChoose;
    row.switched = row.column != last && !report->steps.empty();
    row.early = step.early;
    last = row.column;
    report->steps.push_back(std::move(row));
  }
  if (clock) report->columns.push_back("clock");
  report->preemptions = evidence.preemptions;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// "at cart.cc:44 by T2 buyer, spawned at cart.cc:30"
std::vector<std::string> WhoMisused(const Evidence& evidence) {
  const Failure& failure = evidence.failure;
  const TaskSnapshot* task = evidence.snapshot.Find(failure.slot);
  if (task == nullptr || failure.at.line == 0) return {};
  std::string text = "at " + ToString(failure.at) + " by " + task->Title();
  if (task->spawned_at.line != 0) text += ", spawned at " + ToString(task->spawned_at);
  return {text};
}

}  // namespace

void ComposeFailure(const Outcome& outcome, Report* report) {
  report->verdict = outcome.verdict;
  report->step_count = outcome.steps;
  if (outcome.verdict != Verdict::kDeadline) report->trace_hash = outcome.trace_hash;
  if (outcome.evidence == nullptr) return;
  const Evidence& evidence = *outcome.evidence;
  ComposeSteps(evidence, report);
  if (!IsFailure(outcome.verdict)) {
    report->headline = evidence.failure.message;
    return;
  }
  Explanation explanation = Explain(evidence.failure, evidence.snapshot);
  report->headline = std::move(explanation.headline);
  report->why = std::move(explanation.why);
  report->remedy = std::move(explanation.remedy);
  report->at = evidence.failure.at.line != 0 ? ToString(evidence.failure.at) : "";
  if (outcome.verdict == Verdict::kAssertion) report->details = Lines(evidence.failure.message);
  if (outcome.verdict == Verdict::kMisuse) report->details = WhoMisused(evidence);
  ComposeTasks(evidence, report);
  ComposeAccesses(evidence, report);
  if (outcome.verdict == Verdict::kLivelock) ShowCyclesOnce(report);
}

void ComposeDivergence(const Outcome& first, const Outcome& second, const std::string& difference,
                       Report* report) {
  report->verdict = Verdict::kDiverged;
  report->headline = "the scenario does not repeat itself: the same schedule took other steps";
  report->details = {"first run: " + std::string(ToString(first.verdict)) + " after " +
                     std::to_string(first.steps) +
                     " steps; second run: " + std::string(ToString(second.verdict)) + " after " +
                     std::to_string(second.steps) + " steps"};
  if (!difference.empty()) report->details.push_back(difference);
  for (std::string& line : Lines(first.evidence->failure.message)) {
    report->details.push_back("the first run's message: " + std::move(line));
  }
  report->tasks.clear();
  report->why = {kUsualCauses};
  report->remedy = "make the scenario depend on nothing but the schedule, then explore again";
  report->not_reproduced = "the second run took other steps";
}

void ComposeRecheck(const Outcome& second, Report* report) {
  if (second.verdict != Verdict::kDiverged) {
    ComposeFailure(second, report);
    report->not_reproduced =
        "the same schedule had just passed: something else than the schedule decides";
    return;
  }
  report->verdict = Verdict::kDiverged;
  report->step_count = second.steps + 1;
  report->headline = "the scenario does not repeat itself: the same schedule took other steps";
  report->details = Lines(second.evidence->failure.message);
  report->why = {kUsualCauses};
  report->remedy = "make the scenario depend on nothing but the schedule, then explore again";
}

void ComposeSearchDivergence(const Outcome& outcome, Report* report) {
  report->verdict = Verdict::kDiverged;
  report->step_count = outcome.steps + 1;
  report->headline = "the scenario does not repeat itself: the same schedule took other steps";
  report->details = {
      "step " + std::to_string(outcome.steps + 1) +
      " is another than in an earlier execution with the same decisions up to there"};
  report->why = {kUsualCauses};
  report->remedy = "make the scenario depend on nothing but the schedule, then explore again";
}

void ComposeOtherwiseInWorker(Verdict verdict, bool same_steps, Report* report) {
  report->verdict = same_steps ? verdict : Verdict::kDiverged;
  report->headline =
      "the execution failed (" + std::string(ToString(verdict)) +
      ") in one of the processes that share the executions, and passed when it was repeated";
  report->why = {same_steps
                     ? "it took the same steps: something else than the schedule decides, or "
                       "ThreadSanitizer did not see the race again"
                     : kUsualCauses};
  report->remedy =
      "explore without .jobs (HEDDLE_JOBS), so that every execution runs in one process";
  report->not_reproduced = "it passed when it was repeated";
}

void ComposeDeadline(const Options& options, Report* report) {
  report->verdict = Verdict::kDeadline;
  report->headline = "the deadline of " + std::to_string(options.deadline_ms) +
                     " ms passed; no schedule failed so far";
  report->remedy = "raise .deadline_ms (HEDDLE_DEADLINE_MS), or explore fewer schedules";
}

void ComposeVacuity(Explanation why, Report* report) {
  report->verdict = Verdict::kVacuous;
  report->headline = std::move(why.headline);
  report->remedy = std::move(why.remedy);
}

void ComposeReplayDivergence(const Replay& recorded, const Outcome& outcome,
                             const std::string& difference, Report* report) {
  report->verdict = Verdict::kDiverged;
  report->headline = "this replay is not the execution that was recorded";
  report->details = {"recorded: " + std::to_string(recorded.decisions) +
                     " decisions; here: " + std::to_string(outcome.decisions) + " decisions, " +
                     std::to_string(outcome.steps) + " steps"};
  report->details.push_back(difference.empty() ? "every recorded decision fitted, but the steps "
                                                 "between them are others (trace hash)"
                                               : difference);
  report->tasks.clear();
  report->accesses.clear();
  report->why = {"the scenario changed since the schedule was recorded, or does not repeat itself",
                 kUsualCauses};
  report->remedy = "replay with the code that was recorded, or explore again for a fresh schedule";
  report->not_reproduced = "the replay diverged";
}

void ComposeNothingFailed(Report* report) {
  report->verdict = Verdict::kDiverged;
  report->headline =
      "the replay reached the end of the recorded execution, and nothing failed there";
  report->details = {"every recorded decision fitted and the steps between them are the same"};
  report->why = {
      "the bug was mended and no step before it changed; or it is a race on plain memory, "
      "which only a ThreadSanitizer build sees, and not always"};
  report->remedy = "replay in the build that found it; if it is mended, explore again";
  report->not_reproduced = "nothing failed";
}

std::string WriteScheduleFile(const std::string& dir, const std::string& scenario,
                              const std::string& contents) {
  std::string name = scenario.empty() ? "scenario" : scenario;
  std::replace(name.begin(), name.end(), '/', '_');
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  const std::string path = dir + "/" + name + ".schedule";
  std::ofstream file(path, std::ios::binary);
  file << contents;
  file.close();
  return file ? path : std::string();
}

}  // namespace heddle::internal
