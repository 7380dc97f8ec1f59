// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/deadline.h"

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <utility>

#include "heddle/core/check.h"
#include "heddle/runtime/internal/deadline_handler.h"
#include "heddle/runtime/internal/last_words.h"
#include "heddle/runtime/internal/stack.h"

namespace heddle::internal {
namespace {

sigset_t previous_mask;

// ThreadSanitizer defers handlers that libc installs until the next system call that libc makes, which
// a loop without calls never does. So ours is installed past libc, on x86-64.
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

// That long after its time comes a deadline that was put off, ms.
constexpr uint32_t kPutOff = 10 * kGraceMilliseconds;

void CreateTimer() {
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGURG;
  event.sigev_value.sival_ptr = &deadline_timer;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  HEDDLE_CHECK(timer_create(CLOCK_MONOTONIC, &event, &deadline_timer) == 0);
}

uint32_t MillisecondsLeft() {
  itimerspec when = {};
  timer_gettime(deadline_timer, &when);
  return static_cast<uint32_t>(when.it_value.tv_sec * 1000 + when.it_value.tv_nsec / 1'000'000);
}

}  // namespace

Deadline::Deadline(uint32_t milliseconds, LastWords words)
    : milliseconds_(milliseconds), words_(std::move(words)) {
  HEDDLE_CHECK(exploration == nullptr);
  exploration = this;
  if (milliseconds == 0) return;
  HEDDLE_CHECK(armed_deadline == nullptr);
  UseSignalStack();
  CreateTimer();
  SignalAction action = ActionFor(OnDeadlineTimer);
  Handle(SIGURG, &action, &previous_action);
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGURG);
  pthread_sigmask(SIG_UNBLOCK, &ours, &previous_mask);
  armed_deadline = this;
  SetDeadlineTimer(milliseconds);
}

void Deadline::Disarm() {
  if (exploration == this) exploration = nullptr;
  if (armed_deadline != this) return;
  armed_deadline = nullptr;
  timer_delete(deadline_timer);
  deadline_passed = 0;
  pthread_sigmask(SIG_SETMASK, &previous_mask, nullptr);
  Handle(SIGURG, &previous_action, nullptr);
}

void Deadline::PutOff() {
  if (armed_deadline != this) return;
  left_ = MillisecondsLeft();
  SetDeadlineTimer(left_ + kPutOff);
}

void Deadline::TakeBack() {
  if (armed_deadline != this) return;
  const uint32_t left = MillisecondsLeft();
  SetDeadlineTimer(left > kPutOff ? left - kPutOff : 1);
}

void Deadline::Inherit() {
  if (armed_deadline != this) return;
  CreateTimer();  // timers are not inherited
  SetDeadlineTimer(left_ > 0 ? left_ : 1);
}

}  // namespace heddle::internal
