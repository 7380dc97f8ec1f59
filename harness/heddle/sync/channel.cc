// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/channel.h"

#include <cstring>
#include <string>

#include "heddle/runtime/internal/handle.h"

namespace heddle::internal {
namespace {

constexpr size_t kMostBufferBytes = size_t{1} << 30;

Throws MayThrow(OperationKind kind) {
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

std::string HowClosed(const ChannelState& channel) {
  return channel.closing->closer->Label() + " closed it at " + ToString(channel.closing->where);
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
  if (what == OperationKind::kLength) return "-> " + std::to_string(length);
  if (capacity != 0) return std::to_string(length) + "/" + std::to_string(capacity);
  if (closed) return "(closed)";
  const bool sends = what == OperationKind::kSend || what == OperationKind::kTrySend;
  const bool waits = what == OperationKind::kSend || what == OperationKind::kReceive;
  const Line& opposite = sends ? parked_receivers : parked_senders;
  if (opposite.Count() == 1) return (sends ? "-> " : "<- ") + opposite.Front()->task->Label();
  if (opposite.Count() > 1) return "(" + std::to_string(opposite.Count()) + " wait)";
  return waits ? "(parks)" : (sends ? "-> false" : "-> none");
}

ChannelHandle::ChannelHandle(const ChannelType& type, const ChannelShape& shape, const char* name,
                             Location where) {
  Hidden hidden;
  if (x.serial < kFirstSerial || IsStatic(this)) {
    outside_ = std::make_shared<Outside>();
    outside_->type = type;
    outside_->shape = shape;
    outside_->name = name != nullptr ? name : "";
    outside_->where = where;
    return;
  }
  state_ = MakeChannel(type, shape, name, where, /*outside=*/false);
  serial_ = x.serial;
}

ChannelState* MakeChannel(const ChannelType& type, const ChannelShape& shape, const char* name,
                          Location where, bool outside) {
  const bool fits = shape.capacity <= kMostBufferBytes / type.slot_size;
  auto* state = x.arena.New<ChannelState>(type, fits ? shape : ChannelShape{});
  Register(state, name, where, outside);
  if (!fits) {
    Misuse(OperationKind::kNone, state, where, Throws::kYes,
           LabelOf(*state) + " is made with room for " + std::to_string(shape.capacity) + " values",
           "give it the room that the program needs; a channel has at most 1 GiB");
  } else if (shape.capacity != 0) {
    // A place is prepared when it is first used (SendTo).
    state->buffer = x.arena.Allocate(type.slot_size * shape.capacity, type.slot_align);
  }
  return state;
}

bool ChannelHandle::FindSlow(OperationKind kind, Location where, ChannelState** state) const {
  Hidden hidden;
  *state = nullptr;
  if (x.serial < kFirstSerial) {
    RefuseOutside(kind, where, MayThrow(kind));
    return false;
  }
  if (outside_ != nullptr) {
    Outside& outside = *outside_;
    if (outside.serial != x.serial) {
      outside.state = MakeChannel(outside.type, outside.shape, outside.name.c_str(), outside.where,
                                  /*outside=*/true);
      outside.serial = x.serial;
    }
    *state = outside.state;
    return true;
  }
  if (state_ == nullptr) return true;  // nil
  Misuse(kind, nullptr, where, MayThrow(kind), "a channel of another execution was used",
         "create it inside the scenario's body (or as a global, which is reset each time)");
  return false;
}

ChannelState* ChannelHandle::GetSlow(OperationKind kind, Location where) const {
  ChannelState* state;
  if (!Find(kind, where, &state)) return nullptr;
  if (state != nullptr) return state;
  switch (kind) {
    case OperationKind::kClose: MisuseNil(where); break;
    case OperationKind::kSend:
    case OperationKind::kReceive: BlockForGood(kind, where); break;
    default: Step(Announce(kind, nullptr, where));  // not ready
  }
  return nullptr;
}

size_t ChannelHandle::Capacity() const {
  Hidden hidden;
  const ChannelShape* shape = state_ != nullptr     ? &state_->shape
                              : outside_ != nullptr ? &outside_->shape
                                                    : nullptr;
  return shape == nullptr || shape->closes_only ? 0 : shape->capacity;
}

void MarkClosed(ChannelState* channel, const Closing* closing) {
  channel->closed = true;
  channel->closing = closing;
  Open(channel->senders);
  Open(channel->receivers);
  RefreshWaiters(channel, Whom::kAll);
}

bool CloseChannel(ChannelState* channel, Location where) {
  {
    Hidden hidden;
    TaskState* me = Announce(OperationKind::kClose, channel, where);
    if (!Step<Throws::kNo>(me)) return false;
    if (channel->closed) {
      Misuse(OperationKind::kClose, channel, where, Throws::kNo,
             LabelOf(*channel) + " is closed twice; " + HowClosed(*channel),
             "let one task own the channel's end and close it once");
      return false;
    }
    auto* closing = x.arena.New<Closing>();
    closing->closer = me;
    closing->where = where;
    ReleaseClock(me, closing->clock);
    MarkClosed(channel, closing);
  }
  TsanRelease(&channel->closed);
  return true;
}

size_t ChannelLength(ChannelState* channel, Location where) {
  Hidden hidden;
  TaskState* me = Announce(OperationKind::kLength, channel, where);
  return Step(me) ? channel->length : 0;
}

void SendOnClosed(ChannelState* channel, OperationKind kind, Location where) {
  Misuse(kind, channel, where, Throws::kYes,
         "send on closed " + LabelOf(*channel) + "; " + HowClosed(*channel),
         "let the sending side close the channel, after its last send");
}

}  // namespace heddle::internal
