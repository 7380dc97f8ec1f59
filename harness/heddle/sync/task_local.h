// SPDX-License-Identifier: Apache-2.0
//
// TaskLocal<T>: a variable of which each task has its own instance. (A `thread_local` is shared by all tasks,
// which run on one thread.)
//
//   operation    | the task has no instance yet                | it has one
//   Get, *, ->   | made from the initial value or initialiser  | that one
//   end of task  | -                                           | destroyed
//   ~TaskLocal   | -                                           | the instances live on until their tasks end
//
// A task's instances are destroyed when its function has returned (or was left by an exception, or is unwound),
// the last made first, on the task itself: their destructors may take steps, and are part of what happens before
// a Join returns. One that uses a TaskLocal whose instance is gone makes a new one, which is destroyed in turn.
// With .abandon_stacks, and where a stack could not be unwound, they are not destroyed.
//
// No operation is a step: nobody else can observe it. No happens-before edges. A TaskLocal may be a global, a
// static or a local variable; it holds nothing but how instances are made. Using one outside a scenario ends the
// process with a message. Cost: O(task locals of the task), no allocation but T's own.
//
//   heddle::TaskLocal<int> depth;                                        // 0 in each task
//   heddle::TaskLocal<std::string> name([] { return std::string("?"); });
//   ++*depth;   name->append("!");
#ifndef HEDDLE_SYNC_TASK_LOCAL_H_
#define HEDDLE_SYNC_TASK_LOCAL_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/execution.h"

namespace heddle {
namespace internal {

// One more variable; which one is never reused.
uint64_t NewTaskLocal();
// Null: the running task has none.
LocalInstance* FindLocal(uint64_t variable);
// Memory for an instance and its value, in the execution.
LocalInstance* AllocateLocal(uint64_t variable, size_t size, size_t alignment);
// It is made: destroyed from now on.
void AddLocal(LocalInstance* instance);
// Ends the process if no execution runs.
void RequireExecution(const char* what, Location where);

}  // namespace internal

template <class T>
class TaskLocal {
  static_assert(alignof(T) <= 64, "a TaskLocal is aligned to 64 bytes at most");

 public:
  TaskLocal() requires std::default_initializable<T>
      : initialise_([](void* place) { return ::new (place) T(); }) {}
  explicit TaskLocal(T initial) requires std::copy_constructible<T>
      : initialise_([initial = std::move(initial)](void* place) {
        return ::new (place) T(initial);
      }) {}
  // Calls it in the task, each time an instance is made.
  template <std::invocable F>
  requires(!std::convertible_to<F, T> && std::copy_constructible<F> &&
           std::convertible_to<std::invoke_result_t<F&>, T>) explicit TaskLocal(F initialiser)
      : initialise_([initialiser = std::move(initialiser)](void* place) mutable {
          return ::new (place) T(initialiser());
        }) {}
  TaskLocal(const TaskLocal&) = delete;
  TaskLocal& operator=(const TaskLocal&) = delete;

  // This task's instance.
  T& Get(Location where = Location::Here()) const {
    internal::LocalInstance* instance;
    {
      internal::Hidden hidden;
      internal::RequireExecution("TaskLocal", where);
      instance = internal::FindLocal(variable_);
      if (instance != nullptr) [[likely]]
        return *static_cast<T*>(instance->value);
      instance = internal::AllocateLocal(variable_, sizeof(T), alignof(T));
    }
    T* value = initialise_(instance->value);
    internal::Hidden hidden;
    instance->value = value;
    instance->destroy = [](internal::LocalInstance* dying) { static_cast<T*>(dying->value)->~T(); };
    internal::AddLocal(instance);
    return *value;
  }
  T& operator*() const { return Get(Location{}); }
  T* operator->() const { return std::addressof(Get(Location{})); }

 private:
  const uint64_t variable_ = internal::NewTaskLocal();
  const std::function<T*(void*)> initialise_;
};

}  // namespace heddle

#endif  // HEDDLE_SYNC_TASK_LOCAL_H_
