// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/stack.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>

#include "heddle/core/check.h"
#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {
namespace {

struct sigaction previous_segv;
struct sigaction previous_bus;

const TaskState* TaskWithGuardAt(const char* address) {
  for (uint32_t slot = 0; slot < x.next_slot; ++slot) {
    const TaskState& task = x.tasks[slot];
    if (task.stack != nullptr && address < task.stack && address >= task.stack - kGuardBytes) {
      return &task;
    }
  }
  return nullptr;
}

// For signals of one OS thread, as long as it lives.
class SignalStack {
 public:
  SignalStack() : memory_(std::make_unique<char[]>(kBytes)) {
    stack_t stack = {};
    stack.ss_sp = memory_.get();
    stack.ss_size = kBytes;
    sigaltstack(&stack, nullptr);
  }
  ~SignalStack() {
    stack_t stack = {};
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, nullptr);
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  static constexpr size_t kBytes = 64 * 1024;
  std::unique_ptr<char[]> memory_;
};

// Only async-signal-safe calls. (The label is short enough for the string's own buffer in all but
// deeply nested spawns, and the process is lost anyway.)
void SayWhoOverflowed(const TaskState& task) {
  char text[512];
  char spawned[256] = "";
  const size_t kib = task.stack_bytes / 1024;
  if (task.spawned_at.line != 0) {
    snprintf(spawned, sizeof spawned, " (spawned at %s:%u)", task.spawned_at.file,
             task.spawned_at.line);
  }
  int n = snprintf(text, sizeof text,
                   "heddle: task %s%s%s overflowed its stack of %zu KiB%s. Give every task of the "
                   "scenario more with .stack_kib = %zu.\n",
                   task.Label().c_str(), task.name != nullptr ? " " : "",
                   task.name != nullptr ? task.name : "", kib, spawned, kib * 4);
  if (n > 0)
    (void)!write(STDERR_FILENO, text,
                 static_cast<size_t>(n) < sizeof text ? static_cast<size_t>(n) : sizeof text - 1);
}

void OnFault(int signal, siginfo_t* info, [[maybe_unused]] void* context) {
  const TaskState* task = TaskWithGuardAt(static_cast<const char*>(info->si_addr));
  if (task != nullptr) SayWhoOverflowed(*task);
  const struct sigaction& previous = signal == SIGSEGV ? previous_segv : previous_bus;
#if HEDDLE_TSAN
  // The runtime's handler faults again while it unwinds a task's stack, and would then end the process
  // with status 0 (its `exitcode`). Called from here, with the signal blocked, that fault kills.
  if ((previous.sa_flags & SA_SIGINFO) != 0) previous.sa_sigaction(signal, info, context);
#endif
  // Returning repeats the fault, now under whoever handled it before us.
  sigaction(signal, &previous, nullptr);
}

// Stacks are mapped side by side and used at the same offset. An even distance, in pages, would make
// thousands of them compete for a few sets of the TLB, so an even number of pages is made odd.
constexpr size_t MappedBytes(size_t stack_bytes) {
  constexpr size_t kPage = 4096;
  return (stack_bytes + kGuardBytes) | kPage;
}

}  // namespace

char* MapStack(size_t bytes) {
  const size_t mapped = MappedBytes(bytes);
  void* map = mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (map == MAP_FAILED) return nullptr;
  if (mprotect(map, mapped - bytes, PROT_NONE) != 0) {
    munmap(map, mapped);
    return nullptr;
  }
  return static_cast<char*>(map) + mapped - bytes;
}

void UnmapStack(char* stack, size_t bytes) {
  const size_t mapped = MappedBytes(bytes);
  munmap(stack + bytes - mapped, mapped);
}

void UseSignalStack() {
  // A sanitizer may have given this thread one already.
  stack_t current = {};
  sigaltstack(nullptr, &current);
  if ((current.ss_flags & SS_DISABLE) == 0) return;
  static thread_local SignalStack alternate;
}

void WatchStackOverflow() {
  UseSignalStack();
  static bool installed = false;
  if (installed) return;
  installed = true;
  struct sigaction action = {};
  action.sa_sigaction = OnFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &previous_segv);
  sigaction(SIGBUS, &action, &previous_bus);
}

}  // namespace heddle::internal
