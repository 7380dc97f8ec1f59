// SPDX-License-Identifier: Apache-2.0
//
// The part of a channel that does not depend on the type of its values.
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

struct ChannelType;

class ChannelState final : public ObjectState {
 public:
  ChannelState(size_t places, void (*destroy)(ChannelState*))
      : ObjectState(ObjectKind::kChannel), capacity(places), destroy_values(destroy) {}

  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;
  void DestroyValues() override {
    if (destroy_values != nullptr) destroy_values(this);
  }

  size_t Next(size_t index) const { return index + 1 == capacity ? 0 : index + 1; }

  const size_t capacity;  // 0: unbuffered
  size_t length = 0;
  size_t head = 0;
  size_t tail = 0;
  uint64_t sent = 0;
  bool closed = false;
  void* buffer = nullptr;  // ChannelSlot<T>[capacity]
  TaskSet senders;         // at `send`, buffered
  TaskSet receivers;       // at `receive`, buffered
  Line parked_senders;
  Line parked_receivers;
  VectorClock close_clock;
  const TaskState* closer = nullptr;
  Location closed_at;
  void (*const destroy_values)(ChannelState*);
};

struct ChannelType {
  size_t slot_size = 0;
  size_t slot_align = 1;
  void (*destroy)(ChannelState*) = nullptr;  // null: nothing to destroy
};

// What a Channel<T> holds. A channel made outside the executions is shared by its copies through
// `outside_`, which is bound anew in each execution.
class ChannelHandle {
 public:
  ChannelHandle() = default;
  ChannelHandle(ChannelType type, size_t capacity, const char* name, Location where);

  // The state in this execution; null if the operation is to do nothing. A nil channel blocks
  // (Send, Receive), refuses (Close) or is not ready (null).
  ChannelState* Get(OperationKind kind, Location where) const {
    if (serial_ != x.serial) [[unlikely]]
      return GetSlow(kind, where);
    return state_;
  }

  bool IsNil() const { return state_ == nullptr && outside_ == nullptr; }
  friend bool operator==(const ChannelHandle& a, const ChannelHandle& b) {
    return a.state_ == b.state_ && a.outside_ == b.outside_;
  }

 private:
  struct Outside {
    ChannelType type;
    size_t capacity;
    std::string name;
    Location where;
    ChannelState* state = nullptr;
    uint64_t serial = 0;
  };

  [[gnu::noinline]] ChannelState* GetSlow(OperationKind kind, Location where) const;
  static ChannelState* Make(const ChannelType& type, size_t capacity, const char* name,
                            Location where, bool outside);

  ChannelState* state_ = nullptr;
  uint64_t serial_ = 0;
  std::shared_ptr<Outside> outside_;
};

// One of the tasks parked in `line`, chosen by the strategy; null if there is none. It stays in line
// until `me` has moved the value and calls Meet: if T's constructor throws, nothing has happened.
Waiter* ChoosePartner(ChannelState* channel, Line& line, TaskState* me);
// Completes `partner`'s operation, with its clock and that of `me` joined.
void Meet(Waiter* partner, TaskState* me);

// The step of Close; false if it was refused.
bool CloseChannel(ChannelState* channel, Location where);
[[gnu::cold]] void SendOnClosed(ChannelState* channel, OperationKind kind, Location where);

}  // namespace heddle::internal

#endif  // HEDDLE_SYNC_INTERNAL_CHANNEL_STATE_H_
