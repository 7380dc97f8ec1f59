// SPDX-License-Identifier: Apache-2.0
//
// The part of a channel that does not depend on the type of its values.
//
// A plain buffered channel is `direct`: its operations are inlined into the user's function
// (sync/channel.h). Everything else goes through a Selection (selection.h): unbuffered and FIFO channels,
// timers' channels, and select on channels of any kind.
#ifndef HEDDLE_SYNC_INTERNAL_CHANNEL_STATE_H_
#define HEDDLE_SYNC_INTERNAL_CHANNEL_STATE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/line.h"

namespace heddle::internal {

// A place in the buffer. Its clock carries the k-th send to the k-th receive and that on to the
// send that reuses the place, which is the edge of the Go memory model.
template <class T>
struct ChannelSlot {
  VectorClock clock;
  alignas(T) std::byte storage[sizeof(T)];

  T* value() { return std::launder(reinterpret_cast<T*>(storage)); }
};

class ChannelState;

struct ChannelType {
  size_t slot_size = 0;
  size_t slot_align = 1;
  size_t storage_offset = 0;                 // of the value in the slot
  void (*destroy)(ChannelState*) = nullptr;  // null: nothing to destroy
};

// How a channel was closed. Those of the contexts that are cancelled together share one.
struct Closing {
  VectorClock clock;
  const TaskState* closer = nullptr;
  Location where;
};

// How many values a channel holds, and what is special about it.
struct ChannelShape {
  size_t capacity = 0;       // 0: unbuffered
  bool fifo = false;         // waiting tasks are served in the order in which they came
  bool ticks = false;        // the clock sends: its sends order nothing
  bool closes_only = false;  // nobody sends: a context's Done
};

class ChannelState : public ObjectState {
 public:
  ChannelState(const ChannelType& of, const ChannelShape& made,
               ObjectKind what = ObjectKind::kChannel)
      : ObjectState(what),
        capacity(made.capacity),
        direct(made.capacity != 0 && !made.fifo && !made.ticks && !made.closes_only),
        shape(made),
        type(of) {}

  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;
  void DestroyValues() override {
    if (type.destroy != nullptr) type.destroy(this);
  }

  // As what a case of a select here counts in reports.
  virtual AwaitedCase Awaits(OperationKind what) const { return {this, what}; }

  size_t Next(size_t index) const { return index + 1 == capacity ? 0 : index + 1; }
  // Whether a task that waits here parks: others can see that it waits.
  bool Parks() const { return capacity == 0 || shape.fifo; }
  bool IsWatched() const { return watchers.low != 0 || watchers.high != nullptr; }

  const size_t capacity;  // 0: unbuffered
  const bool direct;
  bool closed = false;
  size_t length = 0;
  size_t head = 0;
  size_t tail = 0;
  uint64_t sent = 0;
  void* buffer = nullptr;  // ChannelSlot<T>[capacity]
  TaskSet senders;         // at `send` of a direct channel
  TaskSet receivers;       // at `receive` of a direct channel
  TaskSet watchers;        // at a selection with a case here that does not park (selection.h)
  Line parked_senders;     // cases that park
  Line parked_receivers;
  uint32_t selects = 0;              // cases in these lines that are one of several of their task
  const Closing* closing = nullptr;  // null: open
  const ChannelShape shape;
  const ChannelType type;
  void (*on_taken)(ChannelState*) = nullptr;    // a value left the buffer of a channel that ticks
  void (*on_blocked)(ChannelState*) = nullptr;  // the fault that may happen when a task blocks here

 protected:
  ~ChannelState() = default;
};

// What a Channel<T> holds. A channel made outside the executions is shared by its copies through
// `outside_`, which is bound anew in each execution.
class ChannelHandle {
 public:
  ChannelHandle() = default;
  ChannelHandle(const ChannelType& type, const ChannelShape& shape, const char* name,
                Location where);
  // Of a channel that belongs to another object's state.
  explicit ChannelHandle(ChannelState* state) : state_(state), serial_(x.serial) {}

  // The state in this execution; null if the operation is to do nothing. A nil channel blocks
  // (Send, Receive), refuses (Close) or is not ready (null).
  ChannelState* Get(OperationKind kind, Location where) const {
    if (serial_ != x.serial) [[unlikely]]
      return GetSlow(kind, where);
    return state_;
  }
  // For a case of a select: false if it is refused; null for a nil channel.
  bool Find(OperationKind kind, Location where, ChannelState** state) const {
    if (serial_ != x.serial) [[unlikely]]
      return FindSlow(kind, where, state);
    *state = state_;
    return true;
  }

  // The state, if it is this execution's and direct; else null.
  ChannelState* GetDirect() const {
    return serial_ == x.serial && state_ != nullptr && state_->direct ? state_ : nullptr;
  }

  size_t Capacity() const;
  bool IsNil() const { return state_ == nullptr && outside_ == nullptr; }
  friend bool operator==(const ChannelHandle& a, const ChannelHandle& b) {
    return a.state_ == b.state_ && a.outside_ == b.outside_;
  }

 private:
  struct Outside {
    ChannelType type;
    ChannelShape shape;
    std::string name;
    Location where;
    ChannelState* state = nullptr;
    uint64_t serial = 0;
  };

  [[gnu::noinline]] ChannelState* GetSlow(OperationKind kind, Location where) const;
  [[gnu::noinline]] bool FindSlow(OperationKind kind, Location where, ChannelState** state) const;

  ChannelState* state_ = nullptr;
  uint64_t serial_ = 0;
  std::shared_ptr<Outside> outside_;
};

ChannelState* MakeChannel(const ChannelType& type, const ChannelShape& shape, const char* name,
                          Location where, bool outside);

// The step of Close; false if it was refused.
bool CloseChannel(ChannelState* channel, Location where);
// Its effect, of a step of `me`.
void MarkClosed(ChannelState* channel, const Closing* closing);
// The step of Len.
size_t ChannelLength(ChannelState* channel, Location where);
[[gnu::cold]] void SendOnClosed(ChannelState* channel, OperationKind kind, Location where);

}  // namespace heddle::internal

#endif  // HEDDLE_SYNC_INTERNAL_CHANNEL_STATE_H_
