// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/explain.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "heddle/detect/reasons.h"

namespace heddle {
namespace {

std::string Count(size_t n, const char* singular, const char* plural) {
  return std::to_string(n) + " " + (n == 1 ? singular : plural);
}

// -- Deadlock
// ---------------------------------------------------------------------------------------

std::string LabelAt(const Snapshot& snapshot, uint32_t slot) {
  const TaskSnapshot* task = snapshot.Find(slot);
  return task != nullptr ? task->label : "?";
}

// "T1 -> T2 -> T1"
std::string CycleText(const Failure& failure, const Snapshot& snapshot) {
  std::string text;
  for (uint32_t slot : failure.cycle) text += LabelAt(snapshot, slot) + " -> ";
  return text + LabelAt(snapshot, failure.cycle.front());
}

// A cycle of length one.
void ExplainSelfCycle(const TaskSnapshot& task, const Snapshot& snapshot,
                      Explanation* explanation) {
  if (task.operation == OperationKind::kJoin) {
    explanation->headline = task.label + " joins itself";
    explanation->remedy = "join a task from another one";
    return;
  }
  const std::string& object = snapshot.objects[task.object].label;
  if (task.operation == OperationKind::kCallOnce) {
    explanation->headline = task.label + " calls " + object + " from within its own call";
    explanation->remedy = "do not call it again in the function that it calls";
    return;
  }
  explanation->headline = task.label + " locks " + object + ", which it holds already";
  explanation->remedy =
      task.operation == OperationKind::kAwaitReaders
          ? "unlock_shared before lock: a reader cannot become the writer"
          : "unlock it before, on every path; where a caller still needs it, split "
            "off a function that expects the lock to be held";
}

// Whether a reader reads again behind a writer that awaits it.
bool ReadsBehindAWriter(const Failure& failure, const Snapshot& snapshot) {
  const TaskSnapshot* reader = nullptr;
  const TaskSnapshot* writer = nullptr;
  for (uint32_t slot : failure.cycle) {
    const TaskSnapshot* task = snapshot.Find(slot);
    if (task->operation == OperationKind::kLockShared) reader = task;
    if (task->operation == OperationKind::kAwaitReaders) writer = task;
  }
  return reader != nullptr && writer != nullptr && reader->object == writer->object &&
         failure.cycle.size() == 2;
}

std::string RemedyForCycle(const Failure& failure, const Snapshot& snapshot) {
  const auto any = [&](OperationKind kind) {
    return std::any_of(failure.cycle.begin(), failure.cycle.end(),
                       [&](uint32_t slot) { return snapshot.Find(slot)->operation == kind; });
  };
  if (any(OperationKind::kJoin)) return "release the lock before joining a task that needs it";
  if (any(OperationKind::kCallOnce)) {
    return "let the function that is called once wait for no task that needs it: take its locks "
           "before";
  }
  if (ReadsBehindAWriter(failure, snapshot)) {
    return "do not lock_shared again while reading: a writer that came in between keeps new "
           "readers out";
  }
  return "take these locks in the same order everywhere, or all at once by std::scoped_lock";
}

Explanation ExplainCycle(const Failure& failure, const Snapshot& snapshot) {
  Explanation explanation;
  for (uint32_t slot : failure.cycle) {
    explanation.why.push_back(ReasonOf(*snapshot.Find(slot), snapshot));
  }
  if (failure.cycle.size() == 1) {
    ExplainSelfCycle(*snapshot.Find(failure.cycle.front()), snapshot, &explanation);
    return explanation;
  }
  explanation.headline = Count(failure.cycle.size(), "task", "tasks") +
                         " wait for each other and never go on: " + CycleText(failure, snapshot);
  explanation.remedy = RemedyForCycle(failure, snapshot);
  return explanation;
}

Explanation ExplainBlocked(const std::vector<const TaskSnapshot*>& stuck,
                           const Snapshot& snapshot) {
  Explanation explanation;
  for (const TaskSnapshot* task : stuck) {
    if (!task->runnable) explanation.why.push_back(ReasonOf(*task, snapshot));
  }
  explanation.remedy = RemedyFor(stuck, snapshot);
  return explanation;
}

std::vector<const TaskSnapshot*> Unfinished(const Snapshot& snapshot) {
  std::vector<const TaskSnapshot*> tasks;
  for (const TaskSnapshot& task : snapshot.tasks) {
    if (!task.finished) tasks.push_back(&task);
  }
  return tasks;
}

// What the second half of the history shows, that of the fair walk.
struct SecondHalf {
  bool fired = false;          // the clock moved
  size_t early = 0;            // how often the clock had moved before though a task could go on
  std::set<uint32_t> stepped;  // slots of the tasks that took steps
};

SecondHalf LookAtSecondHalf(const Snapshot& snapshot) {
  SecondHalf half;
  for (const StepSnapshot& row : snapshot.history) {
    half.early += row.early;
    if (row.step <= snapshot.fair_from) continue;
    if (row.operation == OperationKind::kFire) {
      half.fired = true;
    } else {
      half.stepped.insert(row.slot);
    }
  }
  return half;
}

// Why in an execution at its limit time did not pass; empty if it did, or nobody waited for that.
std::string WhyTimeStandsStill(const Failure& failure, const Snapshot& snapshot) {
  if (!failure.at_limit || snapshot.history.empty()) return {};
  const SecondHalf half = LookAtSecondHalf(snapshot);
  if (half.fired) return {};
  const std::string stands = "time stands still at " + snapshot.now;
  if (snapshot.next_timer.empty()) {
    return !snapshot.time_looked_at
               ? ""
               : stands +
                     ": nothing moves it but a Sleep, a timer or a deadline to wait for, and "
                     "there is none";
  }
  std::string runs;
  for (uint32_t slot : half.stepped) {
    if (!snapshot.Find(slot)->runnable || snapshot.Find(slot)->finished) continue;
    runs += (runs.empty() ? "" : " or ") + LabelAt(snapshot, slot);
  }
  if (runs.empty()) return {};
  std::string early;
  if (half.early > 0)
    early = ", and moved early " + Count(half.early, "time", "times") + " (.early_timers)";
  return stands + ", before " + snapshot.next_timer + ": it moves when no task can run, but " +
         runs + " always could" + early;
}

void AddTime(const Failure& failure, const Snapshot& snapshot, Explanation* explanation) {
  std::string why = WhyTimeStandsStill(failure, snapshot);
  if (why.empty()) return;
  explanation->why.push_back(std::move(why));
  explanation->remedy = "let a loop that waits for time to pass Sleep, or wait with a deadline";
}

Explanation ExplainDeadlock(const Failure& failure, const Snapshot& snapshot) {
  if (!failure.cycle.empty()) return ExplainCycle(failure, snapshot);
  const std::vector<const TaskSnapshot*> live = Unfinished(snapshot);
  const auto blocked = static_cast<size_t>(
      std::count_if(live.begin(), live.end(), [](const TaskSnapshot* t) { return !t->runnable; }));
  Explanation explanation = ExplainBlocked(live, snapshot);
  explanation.headline = failure.at_limit
                             ? failure.message
                             : std::to_string(blocked) + " of " +
                                   Count(live.size(), "live task is", "live tasks are") +
                                   " blocked, none can run";
  AddTime(failure, snapshot, &explanation);
  return explanation;
}

// -- The others
// -------------------------------------------------------------------------------------

Explanation ExplainLeak(const Failure& failure, const Snapshot& snapshot) {
  std::vector<const TaskSnapshot*> leaked = Unfinished(snapshot);
  std::erase_if(leaked, [](const TaskSnapshot* task) { return task->daemon; });
  Explanation explanation = ExplainBlocked(leaked, snapshot);
  if (leaked.empty()) {
    explanation.headline = failure.message;
    explanation.remedy = failure.remedy;
    return explanation;
  }
  explanation.headline =
      Count(leaked.size(), "task", "tasks") + " never finished after the body returned";
  if (failure.at_limit) {
    explanation.why.push_back("still running after .drain_steps further steps");
    if (explanation.remedy.empty()) {
      explanation.remedy =
          "tell the task to stop (close its channel, cancel its context) and join it, or spawn it "
          "with .daemon = true";
    }
    AddTime(failure, snapshot, &explanation);
  }
  return explanation;
}

// The lock which the task of the later access holds for reading; null if there is none.
const ObjectSnapshot* ReadLockAt(const Failure& failure, const Snapshot& snapshot) {
  const TaskSnapshot* task = snapshot.Find(failure.accesses.back().slot);
  if (task == nullptr) return nullptr;
  for (uint32_t held : task->holds) {
    const ObjectSnapshot& object = snapshot.objects[held];
    if (object.kind == ObjectKind::kSharedMutex && object.state.starts_with("read by")) {
      return &object;
    }
  }
  return nullptr;
}

Explanation ExplainRace(const Failure& failure, const Snapshot& snapshot) {
  Explanation explanation;
  explanation.headline = failure.message;
  if (failure.by_thread_sanitizer && failure.message.find("data race") == std::string::npos) {
    explanation.remedy = "correct the use of this memory first; AddressSanitizer may tell more";
    return explanation;
  }
  if (failure.accesses.size() == 2) {
    explanation.why.push_back("nothing that " + LabelAt(snapshot, failure.accesses[0].slot) +
                              " did after its access happens before " +
                              LabelAt(snapshot, failure.accesses[1].slot) + "'s access");
    if (const ObjectSnapshot* lock = ReadLockAt(failure, snapshot)) {
      explanation.remedy = "lock " + lock->label +
                           " for writing before a write: tasks that hold it "
                           "for reading are not ordered with each other";
      return explanation;
    }
  }
  explanation.remedy =
      "guard both accesses by the same mutex, or order them by a channel, a semaphore or a join";
  return explanation;
}

Explanation ExplainLivelock(const Failure& failure, const Snapshot& snapshot) {
  Explanation explanation;
  explanation.headline = failure.message;
  for (const TaskSnapshot* task : Unfinished(snapshot)) {
    const std::string doing = task->runnable ? " goes on at " : " is blocked at ";
    explanation.why.push_back(task->Title() + doing + ToString(task->at) + ": " + task->waits);
  }
  explanation.remedy =
      "wait for the condition (channel, semaphore) instead of polling for it; if the work is "
      "finite, "
      "raise .max_steps";
  AddTime(failure, snapshot, &explanation);
  return explanation;
}

}  // namespace

Explanation Explain(const Failure& failure, const Snapshot& snapshot) {
  Explanation explanation;
  const TaskSnapshot* task = snapshot.Find(failure.slot);
  const std::string who = task != nullptr ? task->Title() : "a task";
  switch (failure.verdict) {
    case Verdict::kDeadlock: return ExplainDeadlock(failure, snapshot);
    case Verdict::kLeak: return ExplainLeak(failure, snapshot);
    case Verdict::kRace: return ExplainRace(failure, snapshot);
    case Verdict::kLivelock: return ExplainLivelock(failure, snapshot);
    case Verdict::kMisuse:
      explanation.headline = failure.message;
      explanation.remedy = failure.remedy;
      break;
    case Verdict::kAssertion:
      explanation.headline = "an assertion failed in " + who;
      explanation.remedy = "read the interleaving below for the order in which the assertion fails";
      break;
    case Verdict::kException:
      explanation.headline = "an exception left " + who + ": " + failure.message;
      explanation.remedy = "catch it in the task and hand the error on, or do not throw";
      break;
    default: explanation.headline = failure.message; explanation.remedy = failure.remedy;
  }
  return explanation;
}

}  // namespace heddle
