// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/internal/selection_effects.h"

#include <new>

namespace heddle::internal {
namespace {

struct SlotRef {
  VectorClock* clock = nullptr;
  void* storage = nullptr;
};

SlotRef SlotAt(const ChannelState* channel, size_t index) {
  char* slot = static_cast<char*>(channel->buffer) + index * channel->type.slot_size;
  return {reinterpret_cast<VectorClock*>(slot), slot + channel->type.storage_offset};
}

}  // namespace

void SendToBuffer(Case& c) {
  ChannelState* channel;
  TaskState* task;
  SlotRef slot;
  {
    Hidden hidden;
    channel = c.channel;
    task = c.selection->task;
    slot = SlotAt(channel, channel->tail);
    if (channel->sent < channel->capacity) new (slot.clock) VectorClock;  // its first use
    AcquireClock(task, *slot.clock);
  }
  RunAs(task, [&] {
    TsanAcquire(slot.clock);
    c.ops->construct(slot.storage, c.place);
    TsanRelease(slot.clock);
  });
  Hidden hidden;
  ReleaseClock(task, *slot.clock);
  channel->tail = channel->Next(channel->tail);
  ++channel->sent;
  if (++channel->length == channel->capacity) Shut(channel->senders);
  if (channel->length == 1) Open(channel->receivers);
}

void ReceiveFromBuffer(Case& c) {
  ChannelState* channel;
  TaskState* task;
  SlotRef slot;
  bool ordered;
  {
    Hidden hidden;
    channel = c.channel;
    task = c.selection->task;
    slot = SlotAt(channel, channel->head);
    ordered = !channel->shape.ticks;
    if (ordered) AcquireClock(task, *slot.clock);
  }
  RunAs(task, [&] {
    if (ordered) TsanAcquire(slot.clock);
    c.ops->take(c.place, slot.storage);
    if (ordered) TsanRelease(slot.clock);
  });
  Hidden hidden;
  if (ordered) ReleaseClock(task, *slot.clock);
  channel->head = channel->Next(channel->head);
  if (channel->length-- == channel->capacity && !channel->closed) Open(channel->senders);
  if (channel->length == 0 && !channel->closed) Shut(channel->receivers);
  if (channel->on_taken != nullptr) channel->on_taken(channel);
}

void Serve(ChannelState* channel) {
  for (;;) {
    Case* sender = nullptr;
    Case* receiver = nullptr;
    {
      Hidden hidden;
      if (!channel->shape.fifo || channel->capacity == 0) return;
      const bool room = channel->length < channel->capacity && !channel->closed;
      if (room) sender = FirstAvailable(channel->parked_senders, nullptr);
      if (channel->length > 0) receiver = FirstAvailable(channel->parked_receivers, nullptr);
    }
    if (sender == nullptr && receiver == nullptr) return;
    Case& served = sender != nullptr ? *sender : *receiver;
    if (sender != nullptr) {
      SendToBuffer(served);
    } else {
      ReceiveFromBuffer(served);
    }
    Hidden hidden;
    CompleteCase(served);
  }
}

void Meet(Case& mine, Case& partner) {
  Selection* met;
  const Case* from;
  const Case* to;
  {
    Hidden hidden;
    met = partner.selection;
    from = mine.sends ? &mine : &partner;
    to = mine.sends ? &partner : &mine;
  }
  TsanAcquire(met);  // from here on what the partner did before it parked is ordered
  from->ops->pass(to->place, from->place);
  TsanRelease(met);
  Hidden hidden;
  Selection& other = *met;
  TaskState* me = mine.selection->task;
  // Both operations happen before either returns: the two clocks become one.
  me->clock.Join(other.task->clock, x.arena);
  other.task->clock.Join(me->clock, x.arena);
  me->clock.Increment(me->slot, x.arena);
  other.task->clock.Increment(other.task->slot, x.arena);
  CompleteCase(partner);
}

}  // namespace heddle::internal
