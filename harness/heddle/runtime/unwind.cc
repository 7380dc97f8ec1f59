// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/unwind.h"

#include <cxxabi.h>

#include <cstdint>
#include <exception>

#include "heddle/runtime/internal/exceptions.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/last_words.h"

namespace heddle::internal {
namespace {

std::terminate_handler users_handler = nullptr;

// So often a task that is being unwound may call an operation; then it does nothing else (a loop
// that catches everything, or that waits in a destructor for what can no longer happen).
constexpr uint32_t kMostRefused = 1'000;

// The rest of the running task's stack cannot or will not be unwound: nothing returns into it any
// more. The driver drops it.
void GiveUpStack() {
  while (Hidden::depth > 0) Hidden::Leave();
  TsanRelease(&x.current->done_edge);
  Hidden::Enter();
  if (x.current->unwind != nullptr) abi::__cxa_free_exception(x.current->unwind);
  x.current->unwind = nullptr;
  SwitchTo(x.current, &x.driver);
}

constexpr char kWhyThrown[] =
    "\n  why: an exception may not leave a noexcept function, nor a destructor: the process ends "
    "there"
    "\n  try: catch it inside, or let the function throw\n";
constexpr char kWhyNotThrown[] =
    "\n  why: the program ends the process, without an exception: it calls std::terminate, loses a"
    "\n       std::thread that nobody has joined, or calls a pure virtual function"
    "\n  try: replay it in a debugger and look at the stack\n";

// There will be no report: this is all that is said.
void SayWhatRan() {
  const TaskState* task = Running();
  const bool thrown = x.thread.exceptions->caught != nullptr;
  last_words << "\nCRASH  std::terminate";
  if (task != nullptr) {
    last_words << " in ";
    AppendName(*task);
  }
  if (thrown) last_words << ", with " << DescribeCurrentException();
  last_words << "\n       ";
  AppendPlace();
  last_words << "\n";
  AppendFound();
  AppendTask(task);
  if (x.serial == kUnwinding) {
    last_words << "  the execution is over ("
               << ToString(x.failure ? x.failure->verdict : Verdict::kPassed) << ")\n";
  }
  last_words << (thrown ? kWhyThrown : kWhyNotThrown);
  AppendReplay();
  last_words.Write();
}

void OnTerminate() {
  const void* const thread = abi::__cxa_get_globals();
  const bool ours = x.thread.exceptions == thread;  // no other OS thread's
  if (ours && x.serial == kUnwinding && x.current != &x.driver) {
    Hidden::Enter();
    TellAwaitedException("what met noexcept");
    GiveUpStack();  // a noexcept frame met Unwind
  }
  if (ours) {
    Hidden hidden;
    SayWhatRan();
  }
  if (users_handler != nullptr) users_handler();
}

}  // namespace

Unwind::Unwind() { x.current->unwind = this; }
Unwind::~Unwind() { x.current->unwind = nullptr; }

TerminateGuard::TerminateGuard() { users_handler = std::set_terminate(OnTerminate); }
TerminateGuard::~TerminateGuard() { std::set_terminate(users_handler); }

void Abandon(Throws throws) {
  if (x.current == &x.driver) return;
  TellAwaitedException("what was caught then");
  if (++x.current->refused > kMostRefused) GiveUpStack();
  // In a destructor that runs because of an exception, ours or the user's, nothing may be thrown.
  if (throws == Throws::kNo || std::uncaught_exceptions() > 0) return;
  throw Unwind{};
}

}  // namespace heddle::internal
