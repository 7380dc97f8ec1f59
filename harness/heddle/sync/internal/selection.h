// SPDX-License-Identifier: Apache-2.0
//
// Waiting for one of several sends and receives: the machine behind select, and behind every operation
// on a channel where tasks park.
//
//   a case          | is ready by itself          | is ready by a partner
//   nil             | never                       | never
//   closed          | always                      | never
//   buffered        | room (send), value (receive)| never
//   unbuffered      | never                       | another task is parked opposite and available
//
// A selection without a case that parks is a guard: it may go on while a case is ready by itself. With
// one it can always take its first step: that commits to a ready case, or parks in the lines of all
// cases. A parked selection is available to partners while none of its own cases is ready by itself;
// else it is runnable, and available again when that case was taken away. Where both of two parked
// selections stand opposite each other and are available, both are runnable: either's step completes
// both.
//
// At a step: which ready case is the strategy's choice (in the order of the list), then which partner (in
// the order of parking; the longest waiting one on a FIFO channel). On a FIFO channel with a buffer who
// is in line is served in the step that makes it possible.
//
// Values are moved in the identity of the task to which the operation belongs and before any state
// changes: if moving throws, nothing has happened.
#ifndef HEDDLE_SYNC_INTERNAL_SELECTION_H_
#define HEDDLE_SYNC_INTERNAL_SELECTION_H_

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "heddle/sync/internal/channel_state.h"

namespace heddle::internal {

// How values of a type move. A sender's `place` is its value, a receiver's an empty std::optional.
struct ValueOps {
  void (*construct)(void* storage, void* value);  // from the sender into the buffer
  void (*pass)(void* place, void* value);         // from the sender to the receiver
  void (*take)(void* place, void* storage);       // from the buffer to the receiver
};

// With `U` = const T a value is copied, else moved.
template <class T, class U = T>
inline constexpr ValueOps kValueOps = {
    [](void* storage, void* value) { new (storage) T(static_cast<U&&>(*static_cast<U*>(value))); },
    [](void* place, void* value) {
      static_cast<std::optional<T>*>(place)->emplace(static_cast<U&&>(*static_cast<U*>(value)));
    },
    [](void* place, void* storage) {
      T* value = std::launder(static_cast<T*>(storage));
      static_cast<std::optional<T>*>(place)->emplace(std::move(*value));
      value->~T();
    }};

struct Selection;

struct Case : Waiter {
  ChannelState* channel = nullptr;  // null: nil
  const ValueOps* ops;
  void* place;  // where a value comes from or goes to
  Selection* selection;
  bool sends = false;
};

// Lives in the frame of the operation.
struct Selection final : AwaitedCases {
  TaskState* task = nullptr;
  Case* cases = nullptr;
  uint32_t count = 0;
  bool parks = false;  // it has a case that parks
  bool parked = false;
  bool ready = false;         // a case is ready by itself
  bool closed = false;        // the chosen case received nothing: its channel is closed
  Case* completed = nullptr;  // by a partner's step

  ~Selection() {
    Hidden hidden;
    if (task != nullptr) task->cases = nullptr;
  }
  void List(std::vector<AwaitedCase>* awaited) const override;
  void Add(Case* all, uint32_t n) {
    cases = all;
    count = n;
    for (uint32_t i = 0; i < n; ++i) cases[i].selection = this;
  }
};

// Instead of the index of a case.
inline constexpr uint32_t kNoCase = 0xffff'ffff;   // none was ready, or the deadline came first
inline constexpr uint32_t kNothing = 0xffff'fffe;  // the operation is to do nothing

enum class Mode : uint8_t {
  kWait,
  kTry,    // a select with a default
  kUntil,  // with a deadline
};

// Announces `kind` on `object` (null for a select) and does it all. The index of the case that was
// committed to.
uint32_t RunSelection(Selection& selection, OperationKind kind, ObjectState* object, Location where,
                      Mode mode, int64_t deadline = 0);

// The state of a channel changed otherwise than by a selection: those who wait for it look again.
enum class Whom : bool { kSelects, kAll };
void RefreshWaiters(ChannelState* channel, Whom whom = Whom::kSelects);

}  // namespace heddle::internal

#endif  // HEDDLE_SYNC_INTERNAL_SELECTION_H_
