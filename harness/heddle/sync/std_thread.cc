// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/internal/std_thread.h"

#include <exception>
#include <string>
#include <system_error>

#include "heddle/runtime/internal/exceptions.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/unwind.h"

namespace heddle {
namespace internal {
namespace {

[[noreturn]] void ThrowNotJoinable() {
  throw std::system_error(std::make_error_code(std::errc::invalid_argument));
}

}  // namespace

ThreadId::ThreadId(const TaskState* task) : number_(task->id.value + 1), slot_(task->slot) {}

ThreadId ThreadId::Of(const heddle::Task& task) {
  Hidden hidden;
  const TaskState* state = TaskAccess::State(task);
  return state != nullptr ? ThreadId(state) : ThreadId();
}

ThreadId ThreadId::Current() {
  Hidden hidden;
  return x.serial >= kFirstSerial ? ThreadId(x.current) : ThreadId();
}

std::string ThreadId::Label() const {
  Hidden hidden;
  if (number_ == 0) return "no thread";
  const bool here = x.serial >= kFirstSerial && slot_ < x.next_slot;
  if (here && x.tasks[slot_].id.value + 1 == number_) return x.tasks[slot_].Label();
  return "T?";
}

void ThreadHandle::Join(Location where) {
  if (!joinable_) ThrowNotJoinable();
  task_.Join(where);
  joinable_ = false;
}

void ThreadHandle::Detach() {
  if (!joinable_) ThrowNotJoinable();
  joinable_ = false;
}

bool ThreadHandle::IsAlive() const {
  Hidden hidden;
  return joinable_ && TaskAccess::Serial(task_) == x.serial;
}

void ThreadHandle::RefuseToLose(const char* how) {
  if (!IsAlive()) return;
  Hidden hidden;
  const bool leaving = std::uncaught_exceptions() > 0;
  if (leaving) AwaitException();
  Misuse(
      OperationKind::kNone, nullptr, started_at_, Throws::kNo,
      "the thread object of " + TaskAccess::State(task_)->Label() + " is " + how +
          (leaving ? " while an exception is leaving its scope" : "") +
          ", but nobody has joined or detached it: std::thread would end the process",
      leaving
          ? "see what is thrown after the thread's start and join it on that way out, too, or make "
            "it a jthread"
          : "join it on every way out, or make it a jthread");
}

void ThreadHandle::JoinInDestructor() {
  try {
    task_.Join(started_at_);
  } catch (const Unwind&) {
    // The task is unwound from its next operation on.
  }
  joinable_ = false;
}

}  // namespace internal

void standard::jthread::StopAndJoin() {
  if (!handle_.IsAlive()) return;
  try {
    (void)stop_.request_stop(handle_.started_at());
  } catch (const internal::Unwind&) {
    return;
  }
  stop_.Leave();
  handle_.JoinInDestructor();
}

}  // namespace heddle
