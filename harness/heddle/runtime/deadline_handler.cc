// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/deadline_handler.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string_view>

#include "heddle/core/check.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/limits.h"

namespace heddle::internal {
namespace {

// How often the step loop is asked to look before the process ends.
constexpr int kTicks = 3;

volatile int ticks_left = 0;

// -- What is said
// ---------------------------------------------------------------------------------

// Text in plain memory.
class Text {
 public:
  Text& operator<<(char c) {
    if (size_ < sizeof text_) text_[size_++] = c;
    return *this;
  }
  Text& operator<<(std::string_view part) {
    for (char c : part) *this << c;
    return *this;
  }
  Text& operator<<(const char* part) {
    for (; *part != '\0'; ++part) *this << *part;
    return *this;
  }
  Text& operator<<(uint64_t number) {
    char digits[20];
    size_t first = sizeof digits;
    do digits[--first] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    while (first < sizeof digits) *this << digits[first++];
    return *this;
  }
  Text& operator<<(Location where) {
    const char* name = where.file;
    for (const char* c = where.file; *c != '\0'; ++c) {
      if (*c == '/') name = c + 1;
    }
    return *this << name << ":" << uint64_t{where.line};
  }
  void Write() const {
    for (size_t done = 0; done < size_;) {
      const long written = syscall(SYS_write, STDERR_FILENO, text_ + done, size_ - done);
      if (written <= 0) return;
      done += static_cast<size_t>(written);
    }
  }

 private:
  char text_[8192] = {};
  size_t size_ = 0;
};

constinit Text text;  // no local: that would be guarded by a lock

// TaskState::Label without a std::string.
void AppendLabel(const TaskState& task) {
  if (task.parent == nullptr) {
    text << "T0";
    return;
  }
  if (task.parent->parent == nullptr) {
    text << "T";
  } else {
    AppendLabel(*task.parent);
    text << ".";
  }
  text << uint64_t{task.ordinal};
}

void AppendOperation(const TaskState& task) {
  text << ToString(Operation::FromWord(task.word).kind);
  if (const ObjectState* object = task.object) {
    text << " " << ToString(object->kind) << " ";
    if (object->name != nullptr) {
      text << "\"" << object->name << "\"";
    } else {
      text << "#" << uint64_t{object->ordinal};
    }
  }
  if (task.where.line != 0) text << " at " << task.where;
}

// The task whose code runs, if it is a task's.
const TaskState* Running() {
  if (x.serial == kIdle || x.current == &x.driver || x.current->slot == kClockSlot) return nullptr;
  return x.current;
}

void AppendTask(const TaskState* task) {
  if (task == nullptr) {
    text << "\n  no task runs: this is code around them (a fixture's destructor, the destructor "
            "of a value in a channel)\n";
    return;
  }
  text << "\n  its last step: ";
  AppendOperation(*task);
  if (task->parent != nullptr) text << "\n  spawned at " << task->spawned_at;
  if (x.serial == kUnwinding) {
    text << "\n  the execution is over ("
         << ToString(x.failure ? x.failure->verdict : Verdict::kPassed)
         << ") and the task is being unwound: a destructor does not end";
  }
  text << "\n";
}

void AppendHeadline(const TaskState* task) {
  const LastWords& words = armed_deadline->words();
  text << "\nDEADLINE  ";
  if (task != nullptr) {
    AppendLabel(*task);
    if (task->name != nullptr) text << " " << task->name;
    text << " reaches no further step; ";
  }
  text << "the deadline of " << uint64_t{armed_deadline->milliseconds()}
       << " ms passed\n          (";
  if (!words.scenario.empty()) text << words.scenario << ", ";
  if (!words.has_seeds) {
    text << "schedule " << uint64_t{armed_deadline->index()} + 1;
  } else if (words.planned == 0) {
    text << "replay";
  } else {
    text << "schedule " << uint64_t{armed_deadline->index() - words.first} + 1 << " of "
         << words.planned;
  }
  text << ", step " << StepsTaken() << ")\n";
}

[[noreturn]] void EndProcess() {
  const TaskState* task = Running();
  const LastWords& words = armed_deadline->words();
  AppendHeadline(task);
  if (armed_deadline->found() != nullptr) {
    text << "\n  this schedule had failed (" << armed_deadline->found()
         << ") and was run again to explain it\n";
  }
  AppendTask(task);
  text << "\n  why: an endless loop, a system call that blocks, or a lock that is not Heddle's and "
          "is"
          "\n       held across a step: one OS thread carries all tasks, and it is stuck there"
          "\n  try: replay it in a debugger and look at the stack; if it only takes long, raise"
          "\n       .deadline_ms (HEDDLE_DEADLINE_MS)\n"
          "\n  reproduce (same binary):\n    "
       << words.replay;
  if (words.planned != 0 && words.has_seeds)
    text << uint64_t{armed_deadline->index()} << words.replay_rest;
  text << "\n";
  text.Write();
  syscall(SYS_exit_group, bug_found_status != 0 ? bug_found_status : kDeadlineExitStatus);
  __builtin_trap();
}

// -- The handler
// ---------------------------------------------------------------------------------

// /proc/self/status has a line "TracerPid:\t<pid>", 0 if nobody traces.
bool IsTraced() {
  static char status[4096];
  const auto file =
      static_cast<int>(syscall(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC));
  if (file < 0) return false;
  const long size = syscall(SYS_read, file, status, sizeof status);
  syscall(SYS_close, file);
  if (size <= 0) return false;
  constexpr std::string_view kKey = "TracerPid:\t";
  for (size_t at = 0; at + kKey.size() < static_cast<size_t>(size); ++at) {
    size_t same = 0;
    while (same < kKey.size() && status[at + same] == kKey[same]) ++same;
    if (same == kKey.size()) return status[at + same] != '0';
  }
  return false;
}

}  // namespace

void SetDeadlineTimer(uint32_t milliseconds) {
  itimerspec when = {};
  when.it_value.tv_sec = milliseconds / 1000;
  when.it_value.tv_nsec = static_cast<long>(milliseconds % 1000) * 1'000'000;
  timer_settime(deadline_timer, 0, &when, nullptr);
}

void OnDeadlineTimer(int, siginfo_t* info, void*) {
  const bool ours = info->si_code == SI_TIMER && info->si_value.sival_ptr == &deadline_timer;
  if (!ours || armed_deadline == nullptr) return;
  const int saved_errno = errno;
  if (IsTraced()) {
    deadline_passed = 0;
    SetDeadlineTimer(armed_deadline->milliseconds());
  } else if (DeadlinePassed()) {
    ticks_left = ticks_left - 1;
    if (ticks_left == 0) EndProcess();
    LookSoon();
    SetDeadlineTimer(kGraceMilliseconds / kTicks);
  } else {
    deadline_passed = 1;
    ticks_left = kTicks;
    LookSoon();
    SetDeadlineTimer(kGraceMilliseconds / kTicks);
  }
  errno = saved_errno;
}

}  // namespace heddle::internal
