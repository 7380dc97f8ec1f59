// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/channel.h"

#include <cstring>
#include <string>

#include "heddle/runtime/internal/handle.h"

namespace heddle::internal {
namespace {

constexpr size_t kMostBufferBytes = size_t{1} << 30;

Throws ThrowsOf(OperationKind kind) {
  return kind == OperationKind::kClose ? Throws::kNo : Throws::kYes;
}

// Operations on a nil channel.
void BlockForGood(OperationKind kind, Location where) {
  TaskState* me = Announce(kind, nullptr, where);
  MakeBlocked(me);
  Step(me);
}

void MisuseNil(Location where) {
  Misuse(OperationKind::kClose, nullptr, where, Throws::kNo, "a nil channel is closed",
         "close only a channel that was constructed with a capacity");
}

}  // namespace

std::string ChannelState::Describe() const {
  if (closed) return "closed";
  if (capacity == 0) return "unbuffered";
  const std::string fill = std::to_string(length) + "/" + std::to_string(capacity);
  if (length == 0) return "empty, " + fill;
  return length == capacity ? "full, " + fill : fill;
}

std::string ChannelState::DescribeStep(const TaskState& task) const {
  const OperationKind what = Operation::FromWord(task.word).kind;
  if (what == OperationKind::kClose || what == OperationKind::kResume) return {};
  if (capacity != 0) return std::to_string(length) + "/" + std::to_string(capacity);
  if (closed) return "(closed)";
  const bool sends = what == OperationKind::kSend || what == OperationKind::kTrySend;
  const bool waits = what == OperationKind::kSend || what == OperationKind::kReceive;
  const Line& opposite = sends ? parked_receivers : parked_senders;
  if (opposite.Count() == 1) return (sends ? "-> " : "<- ") + opposite.Front()->task->Label();
  if (opposite.Count() > 1) return "(" + std::to_string(opposite.Count()) + " wait)";
  return waits ? "(parks)" : (sends ? "-> false" : "-> none");
}

ChannelHandle::ChannelHandle(ChannelType type, size_t capacity, const char* name, Location where) {
  Hidden hidden;
  if (x.serial < kFirstSerial || IsStatic(this)) {
    outside_ = std::make_shared<Outside>();
    outside_->type = type;
    outside_->capacity = capacity;
    outside_->name = name != nullptr ? name : "";
    outside_->where = where;
    return;
  }
  state_ = Make(type, capacity, name, where, /*outside=*/false);
  serial_ = x.serial;
}

ChannelState* ChannelHandle::Make(const ChannelType& type, size_t capacity, const char* name,
                                  Location where, bool outside) {
  const bool fits = capacity <= kMostBufferBytes / type.slot_size;
  auto* state = x.arena.New<ChannelState>(fits ? capacity : 0, type.destroy);
  Register(state, name, where, outside);
  if (!fits) {
    Misuse(OperationKind::kNone, state, where, Throws::kYes,
           LabelOf(*state) + " is made with room for " + std::to_string(capacity) + " values",
           "give it the room that the program needs; a channel has at most 1 GiB");
  } else if (capacity != 0) {
    // A place is prepared when it is first used (SendTo).
    state->buffer = x.arena.Allocate(type.slot_size * capacity, type.slot_align);
  }
  return state;
}

ChannelState* ChannelHandle::GetSlow(OperationKind kind, Location where) const {
  const bool waits = kind == OperationKind::kSend || kind == OperationKind::kReceive;
  if (x.serial < kFirstSerial) {
    RefuseOutside(kind, where, ThrowsOf(kind));
  } else if (outside_ != nullptr) {
    Outside& outside = *outside_;
    if (outside.serial != x.serial) {
      outside.state = Make(outside.type, outside.capacity, outside.name.c_str(), outside.where,
                           /*outside=*/true);
      outside.serial = x.serial;
    }
    return outside.state;
  } else if (state_ != nullptr) {
    Misuse(kind, nullptr, where, ThrowsOf(kind), "a channel of another execution was used",
           "create it inside the scenario's body (or as a global, which is reset each time)");
  } else if (kind == OperationKind::kClose) {
    MisuseNil(where);
  } else if (waits) {
    BlockForGood(kind, where);
  } else {
    Step(Announce(kind, nullptr, where));  // not ready
  }
  return nullptr;
}

Waiter* ChoosePartner(ChannelState* channel, Line& line, TaskState* me) {
  if (line.Empty() || channel->closed) return nullptr;
  return line.Nth(ChooseIndex(line.Count(), me));
}

void Meet(Waiter* partner, TaskState* me) {
  TaskState* task = partner->task;
  // Both operations happen before either returns: the two clocks become one.
  me->clock.Join(task->clock, x.arena);
  task->clock.Join(me->clock, x.arena);
  me->clock.Increment(me->slot, x.arena);
  task->clock.Increment(task->slot, x.arena);
  Complete(partner);
}

bool CloseChannel(ChannelState* channel, Location where) {
  TaskState* me = Announce(OperationKind::kClose, channel, where);
  if (!Step<Throws::kNo>(me)) return false;
  if (channel->closed) {
    Misuse(OperationKind::kClose, channel, where, Throws::kNo,
           LabelOf(*channel) + " is closed twice; " + channel->closer->Label() + " closed it at " +
               ToString(channel->closed_at),
           "let one task own the channel's end and close it once");
    return false;
  }
  channel->closed = true;
  channel->closer = me;
  channel->closed_at = where;
  ReleaseClock(me, channel->close_clock);
  Open(channel->senders);
  Open(channel->receivers);
  ReleaseLine(channel->parked_senders);
  ReleaseLine(channel->parked_receivers);
  return true;
}

void SendOnClosed(ChannelState* channel, OperationKind kind, Location where) {
  Misuse(kind, channel, where, Throws::kYes,
         "send on closed " + LabelOf(*channel) + "; " + channel->closer->Label() +
             " closed it at " + ToString(channel->closed_at),
         "let the sending side close the channel, after its last send");
}

}  // namespace heddle::internal
