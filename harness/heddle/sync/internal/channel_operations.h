// SPDX-License-Identifier: Apache-2.0
//
// The operations of Channel<T>. Those of a direct channel are inlined into the user's function, like those
// of a mutex; all others go through a Selection of one case.
#ifndef HEDDLE_SYNC_INTERNAL_CHANNEL_OPERATIONS_H_
#define HEDDLE_SYNC_INTERNAL_CHANNEL_OPERATIONS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "heddle/sync/channel.h"
#include "heddle/sync/internal/deadline.h"

namespace heddle {

template <class T>
const internal::ChannelType& Channel<T>::Type() {
  static constexpr internal::ChannelType kType{
      sizeof(Slot), alignof(Slot), offsetof(Slot, storage),
      std::is_trivially_destructible_v<T> ? nullptr : &DestroyBuffer};
  return kType;
}

template <class T>
Channel<T>::Channel(size_t capacity, ChannelOptions options, Location where)
    : core_(Type(), internal::ChannelShape{.capacity = capacity, .fifo = options.fifo},
            options.name, where) {}

template <class T>
void Channel<T>::DestroyBuffer(State* c) {
  for (; c->length > 0; --c->length) {
    SlotAt(c, c->head)->value()->~T();
    c->head = c->Next(c->head);
  }
}

template <class T>
HEDDLE_USER_OPERATION void Channel<T>::Send(T value, Location where) const {
  State* c = Get(Kind::kSend, where);
  if (c != nullptr) SendTo(c, Kind::kSend, std::move(value), where);
}

template <class T>
HEDDLE_USER_OPERATION bool Channel<T>::TrySend(T&& value, Location where) const {
  State* c = Get(Kind::kTrySend, where);
  return c != nullptr && SendTo(c, Kind::kTrySend, std::move(value), where);
}

template <class T>
HEDDLE_USER_OPERATION bool Channel<T>::TrySend(const T& value, Location where) const {
  State* c = Get(Kind::kTrySend, where);
  return c != nullptr && SendTo(c, Kind::kTrySend, value, where);
}

template <class T>
HEDDLE_USER_OPERATION std::optional<T> Channel<T>::Receive(Location where) const {
  State* c = Get(Kind::kReceive, where);
  bool closed = false;
  return c != nullptr ? ReceiveFrom(c, Kind::kReceive, where, &closed) : std::nullopt;
}

template <class T>
HEDDLE_USER_OPERATION TryReceived<T> Channel<T>::TryReceive(Location where) const {
  State* c = Get(Kind::kTryReceive, where);
  // No assignment: T need only be constructible.
  bool closed = false;
  return TryReceived<T>{
      c != nullptr ? ReceiveFrom(c, Kind::kTryReceive, where, &closed) : std::optional<T>(),
      closed};
}

template <class T>
void Channel<T>::Close(Location where) const {
  State* c = Get(Kind::kClose, where);
  if (c != nullptr) internal::CloseChannel(c, where);
}

template <class T>
template <class U>
HEDDLE_USER_OPERATION bool Channel<T>::SendTo(State* c, Kind kind, U&& value, Location where) {
  using namespace internal;
  if (!c->direct) [[unlikely]] {
    return SelectSend(c, kind, value, where, kind == Kind::kSend ? Mode::kWait : Mode::kTry);
  }
  internal::TaskState* me;
  {
    Hidden hidden;
    me = Announce(kind, c, where);
    if (kind == Kind::kSend) Pend(c->senders, me, c->length < c->capacity || c->closed);
    if (!Step(me)) return false;
    if (kind == Kind::kSend) Unpend(c->senders, me);
  }
  return Put(c, kind, std::forward<U>(value), where, me);
}

template <class T>
HEDDLE_USER_OPERATION std::optional<T> Channel<T>::ReceiveFrom(State* c, Kind kind, Location where,
                                                               bool* closed) {
  using namespace internal;
  if (!c->direct) [[unlikely]] {
    return SelectReceive(c, kind, where, closed, kind == Kind::kReceive ? Mode::kWait : Mode::kTry);
  }
  std::optional<T> result;
  internal::TaskState* me;
  {
    Hidden hidden;
    me = Announce(kind, c, where);
    if (kind == Kind::kReceive) Pend(c->receivers, me, c->length > 0 || c->closed);
    if (!Step(me)) return result;
    if (kind == Kind::kReceive) Unpend(c->receivers, me);
  }
  Take(c, me, &result, closed);
  return result;
}

// Values are moved between the Hidden regions, in the task's own identity, and before the channel's
// state changes: if T's constructor throws, nothing has happened.
template <class T>
template <class U>
HEDDLE_USER_OPERATION bool Channel<T>::Put(State* c, Kind kind, U&& value, Location where,
                                           internal::TaskState* me) {
  using namespace internal;
  Slot* slot;
  {
    Hidden hidden;
    if (c->closed) [[unlikely]] {
      SendOnClosed(c, kind, where);
      return false;
    }
    if (c->length == c->capacity) return ChangedNothing();  // TrySend
    slot = SlotAt(c, c->tail);
    if (c->sent < c->capacity) new (&slot->clock) VectorClock;  // its first use
    AcquireClock(me, slot->clock);
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
    if (c->IsWatched()) [[unlikely]]
      RefreshWaiters(c);
  }
  TsanRelease(slot);
  return true;
}

template <class T>
HEDDLE_USER_OPERATION void Channel<T>::Take(State* c, internal::TaskState* me,
                                            std::optional<T>* place, bool* closed) {
  using namespace internal;
  Slot* slot = nullptr;
  {
    Hidden hidden;
    if (c->length > 0) {
      slot = SlotAt(c, c->head);
      AcquireClock(me, slot->clock);
    } else if (c->closed) {
      *closed = true;
      AcquireClock(me, c->closing->clock);
    }
    if (c->length == 0) ChangedNothing();
  }
  if (slot == nullptr) [[unlikely]] {
    if (*closed) TsanAcquire(&c->closed);
    return;
  }
  TsanAcquire(slot);
  place->emplace(std::move(*slot->value()));
  slot->value()->~T();
  {
    Hidden hidden;
    ReleaseClock(me, slot->clock);
    c->head = c->Next(c->head);
    if (c->length-- == c->capacity && !c->closed) Open(c->senders);
    if (c->length == 0 && !c->closed) Shut(c->receivers);
    if (c->IsWatched()) [[unlikely]]
      RefreshWaiters(c);
  }
  TsanRelease(slot);
}

template <class T>
template <class U>
[[gnu::noinline]] bool Channel<T>::SelectSend(State* c, Kind kind, U& value, Location where,
                                              Mode mode, int64_t deadline) {
  using namespace internal;
  Case mine;
  Selection selection;
  {
    Hidden hidden;
    mine.channel = c;
    mine.ops = &kValueOps<T, U>;
    mine.sends = true;
    mine.place = const_cast<T*>(std::addressof(value));
    selection.Add(&mine, 1);
  }
  return RunSelection(selection, kind, c, where, mode, deadline) == 0;
}

template <class T>
[[gnu::noinline]] std::optional<T> Channel<T>::SelectReceive(State* c, Kind kind, Location where,
                                                             bool* closed, Mode mode,
                                                             int64_t deadline) {
  using namespace internal;
  std::optional<T> place;
  Case mine;
  Selection selection;
  {
    Hidden hidden;
    mine.channel = c;
    mine.ops = &kValueOps<T>;
    mine.place = &place;
    selection.Add(&mine, 1);
  }
  RunSelection(selection, kind, c, where, mode, deadline);
  *closed = selection.closed;
  return place;
}

template <class T>
bool Channel<T>::TrySendUntil(T value, VirtualClock::time_point deadline, Location where) const {
  if (internal::IsPast(internal::DeadlineOf(deadline))) return TrySend(std::move(value), where);
  State* c;
  if (!Find(Kind::kSend, where, &c)) return false;
  const int64_t at = deadline.time_since_epoch().count();
  return SelectSend(c, Kind::kSend, value, where, Mode::kUntil, at);
}

template <class T>
bool Channel<T>::TrySendFor(T value, std::chrono::nanoseconds timeout, Location where) const {
  return TrySendUntil(std::move(value), internal::TimeIn(timeout), where);
}

template <class T>
TryReceived<T> Channel<T>::TryReceiveUntil(VirtualClock::time_point deadline,
                                           Location where) const {
  if (internal::IsPast(internal::DeadlineOf(deadline))) return TryReceive(where);
  State* c;
  if (!Find(Kind::kReceive, where, &c)) return {};
  bool closed = false;
  const int64_t at = deadline.time_since_epoch().count();
  return TryReceived<T>{SelectReceive(c, Kind::kReceive, where, &closed, Mode::kUntil, at), closed};
}

template <class T>
TryReceived<T> Channel<T>::TryReceiveFor(std::chrono::nanoseconds timeout, Location where) const {
  return TryReceiveUntil(internal::TimeIn(timeout), where);
}

template <class T>
size_t Channel<T>::Len(Location where) const {
  State* c = Get(Kind::kLength, where);
  return c != nullptr ? internal::ChannelLength(c, where) : 0;
}

}  // namespace heddle

#endif  // HEDDLE_SYNC_INTERNAL_CHANNEL_OPERATIONS_H_
