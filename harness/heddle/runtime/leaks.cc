// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/leaks.h"

#include <cstdint>
#include <cstdlib>

#include "heddle/runtime/internal/execution.h"

#if HEDDLE_ASAN

extern "C" {
void __lsan_ignore_object(const void* object);
void* __asan_get_current_fake_stack(void);
void* __asan_addr_is_in_fake_stack(void* fake_stack, void* address, void** begin, void** end);
}

namespace heddle::internal {
namespace {

// What the words of [begin, end) point to, and all that is reached from there, is no leak. With
// AddressSanitizer's search for uses after return, locals lie in frames on the heap, to which the stack
// points. Words that are no pointers do no harm.
__attribute__((no_sanitize("address"))) void Forgive(const void* begin, const void* end,
                                                     void* fake_stack) {
  constexpr uintptr_t kWord = sizeof(void*);
  const uintptr_t first = (reinterpret_cast<uintptr_t>(begin) + kWord - 1) / kWord * kWord;
  for (auto word = reinterpret_cast<void* const*>(first); word + 1 <= end; ++word) {
    __lsan_ignore_object(*word);
    void* from = nullptr;
    void* to = nullptr;
    if (fake_stack != nullptr && __asan_addr_is_in_fake_stack(fake_stack, *word, &from, &to)) {
      Forgive(from, to, nullptr);
    }
  }
}

void ForgiveStack(const Fiber& fiber, const void* from, void* fake_stack) {
  const char* const top = static_cast<const char*>(fiber.stack_bottom) + fiber.stack_size;
  if (from >= fiber.stack_bottom && from < top) Forgive(from, top, fake_stack);
}

void ForgiveFrames(const Fiber& fiber) { ForgiveStack(fiber, fiber.context, fiber.fake_stack); }

// Whoever exits need not be the running task: another thread may, or a signal's handler.
void ForgiveAll() {
  if (x.serial == kIdle || x.current == &x.driver) return;
  ForgiveStack(*x.current, __builtin_frame_address(0), __asan_get_current_fake_stack());
  ForgiveFrames(x.driver);
  for (uint32_t slot = 0; slot < x.next_slot; ++slot) {
    const TaskState& task = x.tasks[slot];
    if (&task != x.current && task.started && !task.finished) ForgiveFrames(task);
  }
  ForgiveArena();
}

}  // namespace

void ForgiveLeaks(const TaskState& task) {
  Forgive(&task, &task + 1, nullptr);
  ForgiveFrames(task);
}

void ForgiveArena() {
  x.arena.ForEachUsed([](const void* begin, const void* end) { Forgive(begin, end, nullptr); });
}

void ForgiveLeaksAtExit() { std::atexit(ForgiveAll); }

}  // namespace heddle::internal

#else

namespace heddle::internal {

void ForgiveLeaks(const TaskState&) {}
void ForgiveArena() {}
void ForgiveLeaksAtExit() {}

}  // namespace heddle::internal

#endif
