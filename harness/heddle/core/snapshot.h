// SPDX-License-Identifier: Apache-2.0
//
// How an execution ended and how it got there, as values: what detectors and reports read. Taken
// once per failing execution, before the abandoned tasks are unwound.
#ifndef HEDDLE_CORE_SNAPSHOT_H_
#define HEDDLE_CORE_SNAPSHOT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "heddle/core/location.h"
#include "heddle/core/operation.h"
#include "heddle/core/verdict.h"

namespace heddle {

inline constexpr uint32_t kNobody = 0xffff'ffff;

// One of the things of which a task waits for any: a case of a select.
struct CaseSnapshot {
  uint32_t object = kNobody;  // index into Snapshot::objects; kNobody: a nil channel
  OperationKind operation = OperationKind::kNone;

  friend bool operator==(const CaseSnapshot&, const CaseSnapshot&) = default;
};

// One task in its final state. Tasks are referred to by slot.
struct TaskSnapshot {
  uint32_t slot = 0;
  std::string label;                               // "T1", "T1.2"
  std::string name;                                // "producer" or empty
  OperationKind operation = OperationKind::kNone;  // where it stands
  uint32_t object = kNobody;                       // index into Snapshot::objects, or kNobody
  std::string waits;                               // 'send to channel "orders" (full, 1/1)'
  Location at;
  Location spawned_at;
  bool started = false;
  bool finished = false;
  bool runnable = false;
  bool running = false;  // it was in the middle of its own code
  bool daemon = false;
  std::vector<CaseSnapshot> cases;  // of a select
  std::vector<uint32_t> holders;    // slots of the tasks that alone can make its guard true
  std::vector<uint32_t> holds;      // indices of the objects that it holds

  // "T1 producer"
  std::string Title() const { return name.empty() ? label : label + " " + name; }
};

struct ObjectSnapshot {
  ObjectKind kind = ObjectKind::kNone;
  std::string label;      // 'mutex "cart.mu"', 'channel #2'
  std::string shorthand;  // 'cart.mu', '#2': in the interleaving
  std::string state;      // "full, 1/1", "0 permits", ...
  Location made_at = {};
};

// One row of the recorded second run: a step, or an announcement that cannot take effect yet.
struct StepSnapshot {
  uint64_t step = 0;  // 0: a blocked announcement, or (kChoose) a value drawn
  uint32_t slot = 0;
  OperationKind operation = OperationKind::kNone;
  uint32_t object = kNobody;
  std::string text;  // "send orders 0/1"
  Location at;
  std::vector<CaseSnapshot> cases;  // of a select
  CaseSnapshot taken;               // the one of these that the step committed to
  bool preempts = false;  // the task of the row before could have gone on and did not yield
  bool early = false;     // the clock fired though a task could run
};

struct AccessSnapshot {
  uint32_t slot = kNobody;
  std::string what;  // 'write of variable "counter"'
  Location at;
  std::vector<std::string> stack;  // innermost first; may be empty
};

// Why an execution ended otherwise than well.
struct Failure {
  Verdict verdict = Verdict::kPassed;
  uint32_t slot = kNobody;  // the task that did it, if one did
  uint32_t object = kNobody;
  OperationKind operation = OperationKind::kNone;  // the operation at fault (misuse)
  Location at = {};
  std::string message = {};  // one sentence, or the text of an assertion or exception
  std::string remedy = {};
  std::vector<uint32_t> cycle =
      {};  // ownership cycle: each waits for the next, the last for the first
  std::vector<AccessSnapshot> accesses = {};  // of a race: the earlier one first
  bool by_thread_sanitizer = false;           // which saw a race, or something else
  bool at_limit = false;                      // max_steps or drain_steps was reached
  bool body_blocked = false;  // the body could not go on during the fair half before that
};

struct Snapshot {
  std::vector<TaskSnapshot> tasks;  // by slot, the clock excluded
  std::vector<ObjectSnapshot> objects;
  std::vector<StepSnapshot> history;  // empty while exploring
  bool body_returned = false;
  std::string now;              // "5ms"
  std::string next_timer;       // "T2's timer at 10ms"; empty: none is armed
  uint64_t fair_from = 0;       // the steps after this one were those of a fair random walk
  bool time_looked_at = false;  // by a task, since then

  const TaskSnapshot* Find(uint32_t slot) const {
    for (const TaskSnapshot& task : tasks) {
      if (task.slot == slot) return &task;
    }
    return nullptr;
  }
};

}  // namespace heddle

#endif  // HEDDLE_CORE_SNAPSHOT_H_
