// SPDX-License-Identifier: Apache-2.0
//
// The handler may interrupt anything: the allocator, the standard library, a sanitizer's runtime.
// So it calls nothing but system calls, and by their numbers: ThreadSanitizer replaces the
// functions of libc that make them (and defers handlers that libc installs until the next such
// call, which a loop without calls never makes; so ours is installed past libc, on x86-64). For the
// same reason this file is not instrumented
// in such builds.
#include "heddle/runtime/internal/deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "heddle/core/check.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/limits.h"
#include "heddle/runtime/internal/stack.h"

namespace heddle::internal {
namespace {

// How often the step loop is asked to look before the process ends.
constexpr int kTicks = 3;

Deadline* armed = nullptr;
timer_t timer;
volatile int ticks_left = 0;
sigset_t previous_mask;

// -- Signals, past libc
// ---------------------------------------------------------------------------

#if defined(__x86_64__)
// As the kernel lays it out.
struct SignalAction {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  void (*restorer)();
  unsigned long mask;
};

extern "C" void heddle_signal_return();
// The kernel wants to be told how a handler returns; debuggers know these two instructions.
__asm__(
    ".pushsection .text\n"
    ".globl heddle_signal_return\n"  // hidden, not local: link-time optimisation may part it from us
    ".hidden heddle_signal_return\n"
    ".type heddle_signal_return, @function\n"
    "heddle_signal_return:\n"
    "  movq $15, %rax\n"
    "  syscall\n"
    ".size heddle_signal_return, . - heddle_signal_return\n"
    ".popsection\n");

void Handle(int signal, SignalAction* action, SignalAction* previous) {
  syscall(SYS_rt_sigaction, signal, action, previous, sizeof action->mask);
}

SignalAction ActionFor(void (*handler)(int, siginfo_t*, void*)) {
  constexpr unsigned long kHasRestorer = 0x0400'0000;
  return SignalAction{
      .handler = handler,
      .flags = static_cast<unsigned long>(SA_SIGINFO | SA_ONSTACK | SA_RESTART) | kHasRestorer,
      .restorer = heddle_signal_return,
      .mask = 0};
}
#else
using SignalAction = struct sigaction;

void Handle(int signal, SignalAction* action, SignalAction* previous) {
  sigaction(signal, action, previous);
}

SignalAction ActionFor(void (*handler)(int, siginfo_t*, void*)) {
  SignalAction action = {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  return action;
}
#endif

SignalAction previous_action;

void SetTimer(uint32_t milliseconds) {
  itimerspec when = {};
  when.it_value.tv_sec = milliseconds / 1000;
  when.it_value.tv_nsec = static_cast<long>(milliseconds % 1000) * 1'000'000;
  timer_settime(timer, 0, &when, nullptr);
}

// -- What is said
// ---------------------------------------------------------------------------------

// Text in plain memory.
class Text {
 public:
  Text& operator<<(std::string_view part) {
    for (char c : part) {
      if (size_ < sizeof text_) text_[size_++] = c;
    }
    return *this;
  }
  Text& operator<<(uint64_t number) {
    char digits[20];
    size_t first = sizeof digits;
    do digits[--first] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    return *this << std::string_view(digits + first, sizeof digits - first);
  }
  Text& operator<<(Location where) {
    const std::string_view path = where.file;
    return *this << path.substr(path.rfind('/') + 1) << ":" << uint64_t{where.line};
  }
  void Write() const {
    for (size_t done = 0; done < size_;) {
      const long written = syscall(SYS_write, STDERR_FILENO, text_ + done, size_ - done);
      if (written <= 0) return;
      done += static_cast<size_t>(written);
    }
  }

 private:
  char text_[8192];
  size_t size_ = 0;
};

// TaskState::Label without a std::string.
void AppendLabel(Text& text, const TaskState& task) {
  if (task.parent == nullptr) {
    text << "T0";
    return;
  }
  if (task.parent->parent == nullptr) {
    text << "T";
  } else {
    AppendLabel(text, *task.parent);
    text << ".";
  }
  text << uint64_t{task.ordinal};
}

void AppendOperation(Text& text, const TaskState& task) {
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

void AppendTask(Text& text, const TaskState* task) {
  if (task == nullptr) {
    text << "\n  no task runs: this is code around them (a fixture's destructor, the destructor "
            "of a value in a channel)\n";
    return;
  }
  text << "\n  its last step: ";
  AppendOperation(text, *task);
  if (task->parent != nullptr) text << "\n  spawned at " << task->spawned_at;
  if (x.serial == kUnwinding) {
    text << "\n  the execution is over ("
         << ToString(x.failure ? x.failure->verdict : Verdict::kPassed)
         << ") and the task is being unwound: a destructor does not end";
  }
  text << "\n";
}

void AppendHeadline(Text& text, const TaskState* task) {
  const LastWords& words = armed->words();
  text << "\nDEADLINE  ";
  if (task != nullptr) {
    AppendLabel(text, *task);
    if (task->name != nullptr) text << " " << task->name;
    text << " reaches no further step; ";
  }
  text << "the deadline of " << uint64_t{armed->milliseconds()} << " ms passed\n          (";
  if (!words.scenario.empty()) text << words.scenario << ", ";
  if (words.planned == 0) {
    text << "replay";
  } else {
    text << "schedule " << uint64_t{armed->index() - words.first} + 1 << " of " << words.planned;
  }
  text << ", step " << StepsTaken() << ")\n";
}

[[noreturn]] void EndProcess() {
  static Text text;
  const TaskState* task = Running();
  const LastWords& words = armed->words();
  AppendHeadline(text, task);
  if (armed->found() != nullptr) {
    text << "\n  this schedule had failed (" << armed->found()
         << ") and was run again to explain it\n";
  }
  AppendTask(text, task);
  text << "\n  why: an endless loop, a system call that blocks, or a lock that is not Heddle's and "
          "is"
          "\n       held across a step: one OS thread carries all tasks, and it is stuck there"
          "\n  try: replay it in a debugger and look at the stack; if it only takes long, raise"
          "\n       .deadline_ms (HEDDLE_DEADLINE_MS)\n"
          "\n  reproduce (same binary):\n    "
       << words.replay;
  if (words.planned != 0) text << uint64_t{armed->index()} << words.replay_rest;
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
  const std::string_view text(status, static_cast<size_t>(size));
  constexpr std::string_view kKey = "TracerPid:\t";
  const size_t at = text.find(kKey);
  return at != text.npos && at + kKey.size() < text.size() && text[at + kKey.size()] != '0';
}

void OnTimer(int, siginfo_t* info, void*) {
  if (info->si_code != SI_TIMER || info->si_value.sival_ptr != &timer || armed == nullptr) return;
  const int saved_errno = errno;
  if (IsTraced()) {
    deadline_passed = 0;
    SetTimer(armed->milliseconds());
  } else if (DeadlinePassed()) {
    ticks_left = ticks_left - 1;
    if (ticks_left == 0) EndProcess();
    LookSoon();
    SetTimer(kGraceMilliseconds / kTicks);
  } else {
    deadline_passed = 1;
    ticks_left = kTicks;
    LookSoon();
    SetTimer(kGraceMilliseconds / kTicks);
  }
  errno = saved_errno;
}

}  // namespace

Deadline::Deadline(uint32_t milliseconds, LastWords words)
    : milliseconds_(milliseconds), words_(std::move(words)) {
  if (milliseconds == 0) return;
  HEDDLE_CHECK(armed == nullptr);
  UseSignalStack();
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGURG;
  event.sigev_value.sival_ptr = &timer;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  HEDDLE_CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  SignalAction action = ActionFor(OnTimer);
  Handle(SIGURG, &action, &previous_action);
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGURG);
  pthread_sigmask(SIG_UNBLOCK, &ours, &previous_mask);
  armed = this;
  SetTimer(milliseconds);
}

void Deadline::Disarm() {
  if (armed != this) return;
  armed = nullptr;
  timer_delete(timer);
  deadline_passed = 0;
  pthread_sigmask(SIG_SETMASK, &previous_mask, nullptr);
  Handle(SIGURG, &previous_action, nullptr);
}

}  // namespace heddle::internal
