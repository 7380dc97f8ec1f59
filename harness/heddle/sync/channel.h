// SPDX-License-Identifier: Apache-2.0
//
// Channel<T>: Go's channel. Buffered with a capacity, or unbuffered (capacity 0), where a send and
// a receive meet. A copyable handle: copies are the same channel. Default-constructed it is nil.
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
// Every operation is a step. On a buffered channel waiting is none: nobody can observe it. On an
// unbuffered one parking is a step of its own, because only a parked task makes another's TrySend
// or TryReceive succeed; 'not yet parked' is an interleaving too. Which of several blocked tasks
// goes next, or which of several parked partners is met, is the strategy's choice. All operations
// cost O(1) but the choice among n parked partners, O(n).
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

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/sync/internal/channel_state.h"

namespace heddle {

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
class Channel {
  static_assert(alignof(T) <= 64, "values of a Channel are aligned to 64 bytes at most");

 public:
  class Iterator;

  // nil: never ready, cannot be closed.
  Channel() = default;
  // `name` is what reports call it; it is copied.
  explicit Channel(size_t capacity, const char* name = nullptr, Location where = Location::Here());

  void Send(T value, Location where = Location::Here()) const;
  // `value` is left alone unless it was sent.
  [[nodiscard]] bool TrySend(T&& value, Location where = Location::Here()) const;
  [[nodiscard]] bool TrySend(const T& value, Location where = Location::Here()) const;
  [[nodiscard]] std::optional<T> Receive(Location where = Location::Here()) const;
  [[nodiscard]] TryReceived<T> TryReceive(Location where = Location::Here()) const;
  void Close(Location where = Location::Here()) const;

  // Receives until the channel is closed and drained.
  Iterator begin(Location where = Location::Here()) const { return Iterator(*this, where); }
  std::default_sentinel_t end() const { return {}; }

  bool IsNil() const { return core_.IsNil(); }
  friend bool operator==(const Channel& a, const Channel& b) { return a.core_ == b.core_; }

 private:
  using State = internal::ChannelState;
  using Kind = OperationKind;
  using Slot = internal::ChannelSlot<T>;

  // The value type of a parked receiver's place.
  using Place = std::optional<T>;

  static Slot* SlotAt(State* c, size_t index) { return static_cast<Slot*>(c->buffer) + index; }
  static void DestroyBuffer(State* c);

  template <class U>
  static bool SendTo(State* c, Kind kind, U&& value, Location where);
  template <class U>
  static bool SendUnbuffered(State* c, internal::TaskState* me, Kind kind, U&& value,
                             Location where);
  static std::optional<T> ReceiveUnbuffered(State* c, internal::TaskState* me, Kind kind,
                                            bool* closed);
  static std::optional<T> ReceiveFrom(State* c, Kind kind, Location where, bool* closed);

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

// -- Implementation
// ---------------------------------------------------------------------------------

template <class T>
Channel<T>::Channel(size_t capacity, const char* name, Location where)
    : core_(internal::ChannelType{sizeof(Slot), alignof(Slot),
                                  std::is_trivially_destructible_v<T> ? nullptr : &DestroyBuffer},
            capacity, name, where) {}

template <class T>
void Channel<T>::DestroyBuffer(State* c) {
  for (; c->length > 0; --c->length) {
    SlotAt(c, c->head)->value()->~T();
    c->head = c->Next(c->head);
  }
}

template <class T>
HEDDLE_USER_OPERATION void Channel<T>::Send(T value, Location where) const {
  using namespace internal;
  State* c;
  {
    Hidden hidden;
    c = core_.Get(Kind::kSend, where);
  }
  if (c != nullptr) SendTo(c, Kind::kSend, std::move(value), where);
}

template <class T>
HEDDLE_USER_OPERATION bool Channel<T>::TrySend(T&& value, Location where) const {
  State* c;
  {
    internal::Hidden hidden;
    c = core_.Get(Kind::kTrySend, where);
  }
  return c != nullptr && SendTo(c, Kind::kTrySend, std::move(value), where);
}

template <class T>
HEDDLE_USER_OPERATION bool Channel<T>::TrySend(const T& value, Location where) const {
  State* c;
  {
    internal::Hidden hidden;
    c = core_.Get(Kind::kTrySend, where);
  }
  return c != nullptr && SendTo(c, Kind::kTrySend, value, where);
}

template <class T>
HEDDLE_USER_OPERATION std::optional<T> Channel<T>::Receive(Location where) const {
  State* c;
  {
    internal::Hidden hidden;
    c = core_.Get(Kind::kReceive, where);
  }
  bool closed = false;
  return c != nullptr ? ReceiveFrom(c, Kind::kReceive, where, &closed) : std::nullopt;
}

template <class T>
HEDDLE_USER_OPERATION TryReceived<T> Channel<T>::TryReceive(Location where) const {
  State* c;
  {
    internal::Hidden hidden;
    c = core_.Get(Kind::kTryReceive, where);
  }
  // No assignment: T need only be constructible.
  bool closed = false;
  return TryReceived<T>{
      c != nullptr ? ReceiveFrom(c, Kind::kTryReceive, where, &closed) : std::optional<T>(),
      closed};
}

template <class T>
void Channel<T>::Close(Location where) const {
  State* c;
  {
    internal::Hidden hidden;
    c = core_.Get(Kind::kClose, where);
    if (c == nullptr || !CloseChannel(c, where)) return;
  }
  internal::TsanRelease(&c->closed);
}

// Values are moved between the Hidden regions, in the task's own identity, and before the channel's
// state changes: if T's constructor throws, nothing has happened.
template <class T>
template <class U>
HEDDLE_USER_OPERATION bool Channel<T>::SendTo(State* c, Kind kind, U&& value, Location where) {
  using namespace internal;
  internal::TaskState* me;
  Slot* slot = nullptr;
  {
    Hidden hidden;
    me = Announce(kind, c, where);
    if (c->capacity != 0 && kind == Kind::kSend) {
      Pend(c->senders, me, c->length < c->capacity || c->closed);
    }
    if (!Step(me)) return false;
    if (c->capacity != 0) {
      if (kind == Kind::kSend) Unpend(c->senders, me);
      if (c->closed) [[unlikely]] {
        SendOnClosed(c, kind, where);
        return false;
      }
      if (c->length == c->capacity) return false;  // TrySend
      slot = SlotAt(c, c->tail);
      if (c->sent < c->capacity) new (&slot->clock) VectorClock;  // its first use
      AcquireClock(me, slot->clock);
    }
  }
  if (slot == nullptr) [[unlikely]] {
    return SendUnbuffered(c, me, kind, std::forward<U>(value), where);
  }
  TsanAcquire(slot);
  new (slot->storage) T(std::forward<U>(value));
  {
    Hidden hidden;
    ReleaseClock(me, slot->clock);
    c->tail = c->Next(c->tail);
    ++c->sent;
    if (++c->length == c->capacity) Shut(c->senders);
    if (c->length == 1) Open(c->receivers);
  }
  TsanRelease(slot);
  return true;
}

template <class T>
HEDDLE_USER_OPERATION std::optional<T> Channel<T>::ReceiveFrom(State* c, Kind kind, Location where,
                                                               bool* closed) {
  using namespace internal;
  internal::TaskState* me;
  Slot* slot = nullptr;
  {
    Hidden hidden;
    me = Announce(kind, c, where);
    if (c->capacity != 0 && kind == Kind::kReceive) {
      Pend(c->receivers, me, c->length > 0 || c->closed);
    }
    if (!Step(me)) return std::nullopt;
    if (c->capacity != 0) {
      if (kind == Kind::kReceive) Unpend(c->receivers, me);
      if (c->length > 0) {
        slot = SlotAt(c, c->head);
        AcquireClock(me, slot->clock);
      } else if (c->closed) {
        *closed = true;
        AcquireClock(me, c->close_clock);
      }
    }
  }
  if (slot == nullptr) [[unlikely]] {
    if (c->capacity == 0) return ReceiveUnbuffered(c, me, kind, closed);
    if (*closed) TsanAcquire(&c->closed);
    return std::nullopt;
  }
  TsanAcquire(slot);
  std::optional<T> result(std::move(*slot->value()));
  slot->value()->~T();
  {
    Hidden hidden;
    ReleaseClock(me, slot->clock);
    c->head = c->Next(c->head);
    if (c->length-- == c->capacity && !c->closed) Open(c->senders);
    if (c->length == 0 && !c->closed) Shut(c->receivers);
  }
  TsanRelease(slot);
  return result;
}

// `me` took the step: meets a parked receiver, or parks until one comes (Send) or gives up
// (TrySend).
template <class T>
template <class U>
HEDDLE_USER_OPERATION bool Channel<T>::SendUnbuffered(State* c, internal::TaskState* me, Kind kind,
                                                      U&& value, Location where) {
  using namespace internal;
  Waiter* partner;
  Waiter mine;
  {
    Hidden hidden;
    if (c->closed) [[unlikely]] {
      SendOnClosed(c, kind, where);
      return false;
    }
    partner = ChoosePartner(c, c->parked_receivers, me);
    if (partner == nullptr) {
      if (kind == Kind::kTrySend) return false;
      // (A TrySend of a const value does not come here.)
      mine.place = const_cast<T*>(std::addressof(value));
      Park(c->parked_senders, &mine, me);
    }
  }
  if (partner != nullptr) {
    TsanAcquire(partner);
    static_cast<Place*>(partner->place)->emplace(std::forward<U>(value));
    TsanRelease(partner);
    Hidden hidden;
    Meet(partner, me);
    return true;
  }
  TsanRelease(&mine);
  {
    Hidden hidden;
    if (!Step(me)) return false;
    me->park = nullptr;
    if (!mine.completed) {
      SendOnClosed(c, kind, where);
      return false;
    }
  }
  TsanAcquire(&mine);
  return true;
}

template <class T>
HEDDLE_USER_OPERATION std::optional<T> Channel<T>::ReceiveUnbuffered(State* c,
                                                                     internal::TaskState* me,
                                                                     Kind kind, bool* closed) {
  using namespace internal;
  Waiter* partner;
  Waiter mine;
  Place place;
  {
    Hidden hidden;
    partner = ChoosePartner(c, c->parked_senders, me);
    if (partner == nullptr) {
      *closed = c->closed;
      if (c->closed) {
        AcquireClock(me, c->close_clock);
      } else if (kind == Kind::kReceive) {
        mine.place = &place;
        Park(c->parked_receivers, &mine, me);
      } else {
        return std::nullopt;
      }
    }
  }
  if (partner != nullptr) {
    TsanAcquire(partner);
    place.emplace(std::move(*static_cast<T*>(partner->place)));
    TsanRelease(partner);
    Hidden hidden;
    Meet(partner, me);
    return place;
  }
  if (!*closed) {
    TsanRelease(&mine);
    {
      Hidden hidden;
      if (!Step(me)) return std::nullopt;
      me->park = nullptr;
      if (!mine.completed) AcquireClock(me, c->close_clock);
    }
    if (mine.completed) {
      TsanAcquire(&mine);
      return place;
    }
    *closed = true;
  }
  TsanAcquire(&c->closed);
  return std::nullopt;
}

}  // namespace heddle

#endif  // HEDDLE_SYNC_CHANNEL_H_
