// SPDX-License-Identifier: Apache-2.0
//
// Channel<T>: Go's channel. Buffered with a capacity, or unbuffered (capacity 0), where a send and
// a receive meet. A copyable handle: copies are the same channel. Default-constructed it is nil.
// Sender<T> and Receiver<T> are its two ends, for those who shall do but one thing.
//
//   buffered   | room          | full       | empty         | closed, empty | closed     | nil
//   Send       | appends       | blocks     | appends       | misuse        | misuse     | blocks
//   TrySend    | appends, true | false      | appends, true | misuse        | misuse     | false
//   Receive    | the oldest    | the oldest | blocks        | nullopt       | the oldest | blocks
//   TryReceive | the oldest    | the oldest | no value      | closed        | the oldest | no value
//   Close      | closes        | closes     | closes        | misuse        | misuse     | misuse
//
//   unbuffered | a partner is parked opposite | none               | closed
//   Send       | hands over, both go on       | parks              | misuse
//   TrySend    | hands over, true             | false              | misuse
//   Receive    | takes over, both go on       | parks              | nullopt
//   TryReceive | takes over                   | no value           | closed
//   Close      | completes nobody: a parked receiver gets nullopt, a parked sender's step is misuse
//
// TrySendFor/Until and TryReceiveFor/Until wait as Send and Receive do, at a nil channel too, but give up at a
// deadline: then they return what the Try operation returns where it does nothing. They try, in a step of its
// own, before they wait. Len is a step that tells how many values the buffer holds, Cap a constant (both 0 for
// a nil channel). Select (sync/select.h) waits for one of several.
//
// Every operation is a step. On a buffered channel waiting is none: nobody can observe it. On an
// unbuffered one parking is a step of its own, because only a parked task makes another's TrySend
// or TryReceive succeed; 'not yet parked' is an interleaving too. Which of several blocked tasks
// goes next, or which of several parked partners is met, is the strategy's choice. All operations
// cost O(1) but the choice among n parked partners, O(n), and n selects that wait at the channel, O(n).
//
// With ChannelOptions{.fifo = true} waiting tasks are served in the order in which they came, as in Go:
// they park, with a buffer too, and the step that makes room or brings a value serves the longest waiting
// one in the same step. (Without it, more interleavings are explored, Go's among them.) Then T's move must
// not throw.
//
// Happens-before (as in the Go memory model): the k-th send happens before the k-th receive
// returns; on a channel of capacity C the k-th receive happens before the (k+C)-th send returns;
// without a buffer each of the two happens before the other returns; Close happens before a receive
// that sees it.
//
// The channel lives in the execution: values left in it are destroyed at its end, whatever handles
// remain. Moving T must contain no operation of Heddle's.
//
//   heddle::Channel<int> orders(1, "orders");
//   orders.Send(7);
//   if (std::optional<int> order = orders.Receive()) ...   // nullopt: closed and drained
//   for (int order : orders) ...                           // until closed and drained
#ifndef HEDDLE_SYNC_CHANNEL_H_
#define HEDDLE_SYNC_CHANNEL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/sync/internal/channel_state.h"
#include "heddle/sync/internal/selection.h"
#include "heddle/sync/time.h"

namespace heddle {

namespace internal {
struct ChannelAccess;
}  // namespace internal

struct ChannelOptions {
  const char* name = nullptr;  // what reports call it; copied
  bool fifo = false;           // waiting tasks are served in the order in which they came
};

// What TryReceive found: a value; or none, because the channel is empty now or closed for good.
template <class T>
struct TryReceived {
  std::optional<T> value;
  bool closed = false;

  explicit operator bool() const { return value.has_value(); }
  T& operator*() { return *value; }
  const T& operator*() const { return *value; }
  T* operator->() { return &*value; }
  const T* operator->() const { return &*value; }
};

template <class T>
class Sender;
template <class T>
class Receiver;

template <class T>
class Channel {
  static_assert(alignof(T) <= 64, "values of a Channel are aligned to 64 bytes at most");

 public:
  class Iterator;

  // nil: never ready, cannot be closed.
  Channel() = default;
  // `name` is what reports call it; it is copied.
  explicit Channel(size_t capacity, const char* name = nullptr, Location where = Location::Here())
      : Channel(capacity, ChannelOptions{.name = name}, where) {}
  explicit Channel(size_t capacity, ChannelOptions options, Location where = Location::Here());

  void Send(T value, Location where = Location::Here()) const;
  // `value` is left alone unless it was sent.
  [[nodiscard]] bool TrySend(T&& value, Location where = Location::Here()) const;
  [[nodiscard]] bool TrySend(const T& value, Location where = Location::Here()) const;
  [[nodiscard]] std::optional<T> Receive(Location where = Location::Here()) const;
  [[nodiscard]] TryReceived<T> TryReceive(Location where = Location::Here()) const;
  void Close(Location where = Location::Here()) const;

  // `value` is lost with the attempt.
  [[nodiscard]] bool TrySendFor(T value, std::chrono::nanoseconds timeout,
                                Location where = Location::Here()) const;
  [[nodiscard]] bool TrySendUntil(T value, VirtualClock::time_point deadline,
                                  Location where = Location::Here()) const;
  [[nodiscard]] TryReceived<T> TryReceiveFor(std::chrono::nanoseconds timeout,
                                             Location where = Location::Here()) const;
  [[nodiscard]] TryReceived<T> TryReceiveUntil(VirtualClock::time_point deadline,
                                               Location where = Location::Here()) const;

  [[nodiscard]] size_t Len(Location where = Location::Here()) const;
  size_t Cap() const { return core_.Capacity(); }

  // Receives until the channel is closed and drained.
  Iterator begin(Location where = Location::Here()) const { return Iterator(*this, where); }
  std::default_sentinel_t end() const { return {}; }

  bool IsNil() const { return core_.IsNil(); }
  friend bool operator==(const Channel& a, const Channel& b) { return a.core_ == b.core_; }

 private:
  friend class Sender<T>;
  friend class Receiver<T>;
  friend struct internal::ChannelAccess;
  using State = internal::ChannelState;
  using Kind = OperationKind;
  using Mode = internal::Mode;
  using Slot = internal::ChannelSlot<T>;

  explicit Channel(internal::ChannelHandle core) : core_(std::move(core)) {}

  static Slot* SlotAt(State* c, size_t index) { return static_cast<Slot*>(c->buffer) + index; }
  static void DestroyBuffer(State* c);
  static const internal::ChannelType& Type();

  State* Get(Kind kind, Location where) const {
    internal::Hidden hidden;
    return core_.Get(kind, where);
  }
  // For what waits at a nil channel, too: null for that; false if it is refused.
  bool Find(Kind kind, Location where, State** state) const {
    internal::Hidden hidden;
    return core_.Find(kind, where, state);
  }
  template <class U>
  static bool SendTo(State* c, Kind kind, U&& value, Location where);
  static std::optional<T> ReceiveFrom(State* c, Kind kind, Location where, bool* closed);
  // The effects on a direct channel of the step that `me` takes.
  template <class U>
  static bool Put(State* c, Kind kind, U&& value, Location where, internal::TaskState* me);
  static void Take(State* c, internal::TaskState* me, std::optional<T>* place, bool* closed);
  // Not inlined: channels that are not direct, and deadlines.
  template <class U>
  static bool SelectSend(State* c, Kind kind, U& value, Location where, Mode mode,
                         int64_t deadline = 0);
  static std::optional<T> SelectReceive(State* c, Kind kind, Location where, bool* closed,
                                        Mode mode, int64_t deadline = 0);

  internal::ChannelHandle core_;
};

template <class T>
class Channel<T>::Iterator {
 public:
  using value_type = T;
  using difference_type = ptrdiff_t;

  Iterator(Channel channel, Location where) : channel_(std::move(channel)), where_(where) {
    ++*this;
  }
  T& operator*() { return *value_; }
  Iterator& operator++() {
    value_.reset();
    if (std::optional<T> next = channel_.Receive(where_)) value_.emplace(std::move(*next));
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(const Iterator& i, std::default_sentinel_t) { return !i.value_; }

 private:
  Channel channel_;
  Location where_;
  std::optional<T> value_;
};

// -- Ends
// -------------------------------------------------------------------------------------------

// The end that sends: what may be done with the channel but receiving.
template <class T>
class Sender {
 public:
  Sender() = default;                                           // nil
  Sender(Channel<T> channel) : channel_(std::move(channel)) {}  // NOLINT: as in Go

  void Send(T value, Location where = Location::Here()) const {
    channel_.Send(std::move(value), where);
  }
  [[nodiscard]] bool TrySend(T&& value, Location where = Location::Here()) const {
    return channel_.TrySend(std::move(value), where);
  }
  [[nodiscard]] bool TrySend(const T& value, Location where = Location::Here()) const {
    return channel_.TrySend(value, where);
  }
  [[nodiscard]] bool TrySendFor(T value, std::chrono::nanoseconds timeout,
                                Location where = Location::Here()) const {
    return channel_.TrySendFor(std::move(value), timeout, where);
  }
  [[nodiscard]] bool TrySendUntil(T value, VirtualClock::time_point deadline,
                                  Location where = Location::Here()) const {
    return channel_.TrySendUntil(std::move(value), deadline, where);
  }
  void Close(Location where = Location::Here()) const { channel_.Close(where); }
  [[nodiscard]] size_t Len(Location where = Location::Here()) const { return channel_.Len(where); }
  size_t Cap() const { return channel_.Cap(); }
  bool IsNil() const { return channel_.IsNil(); }
  friend bool operator==(const Sender&, const Sender&) = default;

 private:
  friend struct internal::ChannelAccess;
  Channel<T> channel_;
};

// The end that receives: it can neither send nor close.
template <class T>
class Receiver {
 public:
  using Iterator = typename Channel<T>::Iterator;

  Receiver() = default;                                           // nil
  Receiver(Channel<T> channel) : channel_(std::move(channel)) {}  // NOLINT: as in Go

  [[nodiscard]] std::optional<T> Receive(Location where = Location::Here()) const {
    return channel_.Receive(where);
  }
  [[nodiscard]] TryReceived<T> TryReceive(Location where = Location::Here()) const {
    return channel_.TryReceive(where);
  }
  [[nodiscard]] TryReceived<T> TryReceiveFor(std::chrono::nanoseconds timeout,
                                             Location where = Location::Here()) const {
    return channel_.TryReceiveFor(timeout, where);
  }
  [[nodiscard]] TryReceived<T> TryReceiveUntil(VirtualClock::time_point deadline,
                                               Location where = Location::Here()) const {
    return channel_.TryReceiveUntil(deadline, where);
  }
  Iterator begin(Location where = Location::Here()) const { return channel_.begin(where); }
  std::default_sentinel_t end() const { return {}; }
  [[nodiscard]] size_t Len(Location where = Location::Here()) const { return channel_.Len(where); }
  size_t Cap() const { return channel_.Cap(); }
  bool IsNil() const { return channel_.IsNil(); }
  friend bool operator==(const Receiver&, const Receiver&) = default;

 private:
  friend struct internal::ChannelAccess;
  Channel<T> channel_;
};

namespace internal {

// For the other parts of heddle/sync.
struct ChannelAccess {
  template <class T>
  static const ChannelHandle& Handle(const Channel<T>& channel) {
    return channel.core_;
  }
  template <class T>
  static const ChannelHandle& Handle(const Sender<T>& end) {
    return end.channel_.core_;
  }
  template <class T>
  static const ChannelHandle& Handle(const Receiver<T>& end) {
    return end.channel_.core_;
  }
  template <class T>
  static Channel<T> Of(ChannelState* state) {
    return Channel<T>(ChannelHandle(state));
  }
  template <class T>
  static const ChannelType& Type() {
    return Channel<T>::Type();
  }
  template <class T>
  HEDDLE_ALWAYS_INLINE static bool Put(ChannelState* c, T& value, Location where, TaskState* me) {
    return Channel<T>::Put(c, OperationKind::kSelect, std::move(value), where, me);
  }
  template <class T>
  HEDDLE_ALWAYS_INLINE static void Take(ChannelState* c, TaskState* me, std::optional<T>* place) {
    bool closed = false;
    Channel<T>::Take(c, me, place, &closed);
  }
};

}  // namespace internal

}  // namespace heddle

#include "heddle/sync/internal/channel_operations.h"

#endif  // HEDDLE_SYNC_CHANNEL_H_
