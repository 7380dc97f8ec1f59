// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/deadline_handler.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string_view>

#include "heddle/core/check.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/last_words.h"
#include "heddle/runtime/internal/limits.h"

namespace heddle::internal {
namespace {

// How often the step loop is asked to look before the process ends.
constexpr int kTicks = 3;

volatile int ticks_left = 0;

[[noreturn]] void EndLateProcess() {
  const TaskState* task = Running();
  last_words << "\nDEADLINE  ";
  if (task != nullptr) {
    AppendName(*task);
    last_words << " reaches no further step; ";
  }
  last_words << "the deadline of " << uint64_t{armed_deadline->milliseconds()}
             << " ms passed\n          ";
  AppendPlace();
  last_words << "\n";
  AppendFound();
  AppendTask(task);
  if (task != nullptr && x.serial == kUnwinding) {
    last_words << "  the execution is over ("
               << ToString(x.failure ? x.failure->verdict : Verdict::kPassed)
               << ") and the task is being unwound: a destructor does not end\n";
  }
  last_words
      << "\n  why: an endless loop, a system call that blocks, or a lock that is not Heddle's and "
         "is"
         "\n       held across a step: one OS thread carries all tasks, and it is stuck there"
         "\n  try: replay it in a debugger and look at the stack; if it only takes long, raise"
         "\n       .deadline_ms (HEDDLE_DEADLINE_MS)\n";
  AppendReplay();
  last_words.Write();
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
    if (ticks_left == 0) EndLateProcess();
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
