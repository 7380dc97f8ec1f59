// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/task_local.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace heddle::internal {

uint64_t NewTaskLocal() {
  static std::atomic<uint64_t> variables = 0;
  return variables.fetch_add(1, std::memory_order_relaxed) + 1;
}

LocalInstance* FindLocal(uint64_t variable) {
  LocalInstance* instance = x.current->locals;
  while (instance != nullptr && instance->variable != variable) instance = instance->next;
  return instance;
}

LocalInstance* AllocateLocal(uint64_t variable, size_t size, size_t alignment) {
  auto* instance = x.arena.New<LocalInstance>();
  instance->variable = variable;
  instance->value = x.arena.Allocate(size, alignment);
  return instance;
}

void AddLocal(LocalInstance* instance) {
  instance->next = x.current->locals;
  x.current->locals = instance;
}

void RequireExecution(const char* what, Location where) {
  if (x.serial != kIdle) return;
  std::fprintf(
      stderr,
      "%s:%u: heddle: %s outside a scenario: no execution runs here. Heddle's primitives "
      "work in the body of HEDDLE_TEST or heddle::Explore, and in tasks that it spawned.\n",
      where.file, where.line, what);
  std::abort();
}

}  // namespace heddle::internal
