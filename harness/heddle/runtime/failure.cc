// SPDX-License-Identifier: Apache-2.0
//
// Executions that end before their time, and operations that are refused.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/runtime/internal/limits.h"

namespace heddle::internal {

void EndHere(Throws throws) {
  SwitchTo(x.current, &x.driver);
  Abandon(throws);
}

void FailHere(Failure failure, Throws throws) {
  if (x.failure == nullptr) x.failure = std::make_unique<Failure>(std::move(failure));
  EndHere(throws);
}

void Misuse(OperationKind kind, ObjectState* object, Location where, Throws throws,
            std::string message, std::string remedy) {
  TaskState* me = Announce(kind, object, where);
  Failure failure;
  failure.verdict = Verdict::kMisuse;
  failure.slot = me->slot;
  failure.operation = kind;
  failure.at = where;
  failure.message = std::move(message);
  failure.remedy = std::move(remedy);
  FailHere(std::move(failure), throws);
}

void FailAtLimit() {
  if (x.failure != nullptr) return;
  Failure failure;
  failure.at_limit = true;
  failure.body_blocked = !x.body_ran_fairly;
  failure.verdict = failure.body_blocked ? Verdict::kDeadlock : Verdict::kLivelock;
  const std::string knob = ".max_steps = " + std::to_string(x.options.max_steps);
  const char* fairly =
      x.options.strategy == StrategyKind::kExhaustive ? "" : ", the second half scheduled fairly";
  failure.message = failure.body_blocked
                        ? "the body is blocked for good while other tasks go on (" + knob + ")"
                        : "no end after " + knob + " steps" + fairly;
  x.failure = std::make_unique<Failure>(std::move(failure));
}

void FailAtDeadline() {
  if (x.failure != nullptr) return;
  Failure failure;
  failure.verdict = Verdict::kDeadline;
  failure.message = "the deadline of " + std::to_string(x.options.deadline_ms) +
                    " ms passed during this execution";
  failure.remedy =
      "raise .deadline_ms (HEDDLE_DEADLINE_MS), explore fewer schedules, or look at the tasks "
      "above: they may never come to an end (.max_steps)";
  x.failure = std::make_unique<Failure>(std::move(failure));
}

void RequestStop(Failure failure) {
  if (x.failure == nullptr) x.failure = std::make_unique<Failure>(std::move(failure));
  x.stop_requested = true;
  LookSoon();
}

const TaskState* OwnerAwaited(const TaskState& task, uint32_t n) {
  if (task.finished || task.timer.armed()) return nullptr;
  switch (Operation::FromWord(task.word).kind) {
    case OperationKind::kJoin: return n == 0 ? task.joining : nullptr;
    case OperationKind::kLock:
    case OperationKind::kLockShared:
    case OperationKind::kAwaitReaders:
    case OperationKind::kCallOnce:
      return task.object != nullptr ? task.object->Owner(task, n) : nullptr;
    default: return nullptr;
  }
}

namespace {

// Searches depth first for a way back to `waiter`, and leaves it in x.path. (Any cycle without
// `waiter` would have been found when it formed.)
bool FindOwnershipCycle(const TaskState* waiter) {
  std::vector<Waiting>& path = x.path;
  path.assign(1, Waiting{waiter});
  const uint32_t search = ++x.searches;
  while (!path.empty()) {
    const TaskState* task = path.back().task;
    const TaskState* owner = IsRunnable(task) ? nullptr : OwnerAwaited(*task, path.back().owners++);
    if (owner == waiter) return true;
    if (owner == nullptr) {
      path.pop_back();
    } else if (owner->searched != search) {
      owner->searched = search;
      path.push_back(Waiting{owner});
    }
  }
  return false;
}

}  // namespace

bool NoOwnershipCycleOf(const TaskState* waiter, Throws throws) {
  if (!FindOwnershipCycle(waiter)) return true;
  Failure failure;
  failure.verdict = Verdict::kDeadlock;
  failure.slot = waiter->slot;
  failure.at = waiter->where;
  for (const Waiting& waiting : x.path) failure.cycle.push_back(waiting.task->slot);
  FailHere(std::move(failure), throws);
  return false;
}

bool NoOwnershipCycle(TaskState* me) { return NoOwnershipCycleOf(me, Throws::kYes); }

void RefuseOutside(OperationKind kind, Location where, Throws throws) {
  if (x.serial == kUnwinding) return Abandon(throws);
  const std::string operation(ToString(kind));
  std::fprintf(
      stderr,
      "%s:%u: heddle: %s outside a scenario: no execution runs here. Heddle's primitives "
      "work in the body of HEDDLE_TEST or heddle::Explore, and in tasks that it spawned.\n",
      where.file, where.line, operation.c_str());
  std::abort();
}

// -- Handles
// ----------------------------------------------------------------------------------------

namespace {

// Whether a task that stands there uses the object, whatever others do first: it does not wait there, nor did it.
bool UsesAtOnce(OperationKind kind) {
  constexpr KindSet kWaits(OperationKind::kLock, OperationKind::kLockShared,
                           OperationKind::kAwaitReaders, OperationKind::kCallOnce,
                           OperationKind::kAcquire, OperationKind::kWait, OperationKind::kResume,
                           OperationKind::kTimeout);
  return !kWaits.Contains(kind);
}

// Some task that is about to use the object; null if there is none.
const TaskState* NextUser(const ObjectState* object) {
  const TaskState* user = nullptr;
  Runnable().ForEach([&](uint32_t slot) {
    const TaskState* task = &x.tasks[slot];
    const Operation operation = Operation::FromWord(task->word);
    if (user == nullptr && task != x.current && task->object == object &&
        operation.object == object->id && UsesAtOnce(operation.kind)) {
      user = task;
    }
  });
  return user;
}

constexpr std::string_view kLifetimeRemedy =
    "let it live as long as the tasks that use it: in the fixture or a shared_ptr";

}  // namespace

void Retire(ObjectState* object) {
  object->destroyed = true;
  if (x.search != nullptr) x.search->Destroyed(object->id);
  const TaskState* user = NextUser(object);
  if (user == nullptr) return;
  const OperationKind kind = Operation::FromWord(user->word).kind;
  Misuse(OperationKind::kNone, object, object->created_at, Throws::kNo,
         LabelOf(*object) + " is destroyed while " + user->Label() + " is about to use it (" +
             std::string(ToString(kind)) + " at " + ToString(user->where) + ")",
         std::string(kLifetimeRemedy));
}

void GoOnWithout(ObjectState* object) {
  Misuse(OperationKind::kTimeout, object, x.current->where, Throws::kYes,
         LabelOf(*object) + " was destroyed while " + x.current->Label() +
             " waited at it, which gives up waiting now",
         std::string(kLifetimeRemedy));
}

void NoteHeldObjects(const TaskState& me) {
  for (const ObjectState* object = x.objects; object != nullptr; object = object->next) {
    if (object->IsHeldBy(me)) x.search->Used(object->id);
  }
}

void HandleBase::KeepOutside() {
  outside_ = true;
  if (name_ != nullptr && *name_ != '\0') name_ = strdup(name_);
}

void HandleBase::ForgetOutside() {
  if (name_ != nullptr && *name_ != '\0') std::free(const_cast<char*>(name_));
}

bool HandleBase::MayBind(OperationKind kind, Location where, Throws throws) {
  if (x.serial < kFirstSerial) {
    RefuseOutside(kind, where, throws);
    return false;
  }
  if (outside_ && serial_ != kDestroyed) return true;
  const std::string kind_name(ToString(kind_));
  const bool vowel =  // as it sounds
      kind_ != ObjectKind::kOnce &&
      std::string_view("aeiou").find(kind_name.front()) != std::string_view::npos;
  const std::string what = (vowel ? "an " : "a ") + kind_name;
  if (serial_ == kDestroyed) {
    Misuse(kind, nullptr, where, throws, what + " was used after it was destroyed",
           std::string(kLifetimeRemedy));
  } else {
    Misuse(kind, nullptr, where, throws, what + " of another execution was used",
           "create it inside the scenario's body (or as a global, which is reset each time)");
  }
  return false;
}

}  // namespace heddle::internal
